"""The answer in one sentence: what breaks first, at which count, in the kernel's words."""

import math
from collections.abc import Sequence

from planner.profile.counts import Growth
from planner.profile.model import Profile
from planner.report.model import AdviceInfo, ConsumerInfo, Verdict
from planner.report.text import count_text


def breaks_first(profile: Profile, consumers: Sequence[ConsumerInfo]) -> ConsumerInfo | None:
    """Return the consumer that fails first.

    With declared growth: the soonest. Else the one with the least room in proportion to its count; those that do not
    even fit come before all others.
    """
    stopped = [consumer for consumer in consumers if consumer.stops is not None and consumer.fits is not None]
    if not stopped:
        return None
    return min(stopped, key=lambda consumer: (_time_left(profile, consumer), consumer.name))


def _time_left(profile: Profile, consumer: ConsumerInfo) -> tuple[int, float]:
    more = max(consumer.more or 0, 0)
    if consumer.placed is not None:
        return 0, 0.0
    growth = profile.consumer(consumer.name).growth
    if growth is not None:
        return 1, seconds_until(growth, consumer.count, consumer.count + more)
    return 2, more / consumer.count if consumer.count else float(more)


def seconds_until(growth: Growth, count: int, target: int) -> float:
    """Return the seconds in which ``count`` grows to ``target``; infinite where it never does."""
    if target <= count:
        return 0.0
    rate = growth.per_second(count)
    if rate <= 0:
        return math.inf
    if growth.percent:
        return growth.seconds * math.log(target / count) / math.log1p(growth.amount / 100)
    return (target - count) / rate


def verdict(profile: Profile, consumers: Sequence[ConsumerInfo], advice: Sequence[AdviceInfo]) -> Verdict:
    """Return the verdict; ``advice`` is ranked, the best first."""
    first = breaks_first(profile, consumers)
    if first is None or first.stops is None:
        headline = (
            "Nothing of this system stops what the profile declares." if consumers else "No consumer is declared."
        )
        return Verdict(headline=headline)
    return Verdict(
        headline=_headline(first),
        breaks_first=first.name,
        reason=first.stops.reason,
        kernel_log=first.stops.kernel_log,
        best_change=best_change(advice),
    )


def _headline(consumer: ConsumerInfo) -> str:
    """Say how many of ``consumer`` fit, as exactly as is known."""
    noun = (
        f"{consumer.name} ({consumer.unit or consumer.kind})"
        if (consumer.unit or consumer.kind) != consumer.name
        else consumer.name
    )
    if consumer.placed is not None and consumer.fits_range is None:
        return f"{noun}: only {count_text(consumer.placed)} of the declared {count_text(consumer.count)} fit."
    if consumer.fits_range is not None:
        declared = f"{count_text(consumer.count)} {'is' if consumer.count == 1 else 'are'} declared"
        return f"{noun}: {_span(0, consumer.fits_range)} fit in all; {declared}."
    assert consumer.fits is not None  # noqa: S101 - breaks_first chose it so
    return (
        f"{noun}: {count_text(consumer.fits)} fit in all, {count_text(consumer.more or 0)} more than the "
        f"{count_text(consumer.count)} declared; number {count_text(consumer.fits + 1)} fails."
    )


def best_change(advice: Sequence[AdviceInfo]) -> str:
    """Say what the best change buys, as exactly as is known; empty when none buys anything."""
    for item in advice:
        if item.fits_after is None:
            return f"{item.change}: then nothing of this system stops {item.consumer}"
        if item.fits_before is None or item.fits_after <= item.fits_before:
            continue
        if item.fits_before_range is None and item.fits_after_range is None:
            gain = count_text(item.fits_after - item.fits_before)
            return f"{item.change}: {count_text(item.fits_after)} {item.consumer} fit, {gain} more"
        after, before = _span(item.fits_after, item.fits_after_range), _span(item.fits_before, item.fits_before_range)
        return f"{item.change}: {after} {item.consumer} fit instead of {before}"
    return ""


def _span(fits: int, bounds: tuple[int | None, int | None] | None) -> str:
    """Return a count, or the range that it lies in."""
    if bounds is None:
        return count_text(fits)
    low, high = bounds
    return f"between {count_text(low or 0)} and {count_text(high) if high is not None else 'an unknown number'}"
