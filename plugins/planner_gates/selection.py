"""Judging one consumer or all of them, with the worst told first."""

from collections.abc import Callable, Iterable

from planner.plugin import Finding, Report
from planner.report.model import ConsumerInfo
from planner.report.text import clean, count_text

EVERY = ("", "*")
"""Names that mean each consumer."""


def bounds(consumer: ConsumerInfo) -> tuple[int | None, int | None]:
    """Return the least and the greatest number that fits; ``None`` = no such bound is known."""
    return consumer.fits_range if consumer.fits_range is not None else (consumer.fits, consumer.fits)


def least(consumer: ConsumerInfo) -> int | None:
    """Return how many fit for certain, ``None`` where nothing stops the consumer."""
    low, _high = bounds(consumer)
    return low if low is not None or unlimited(consumer) else 0


def unlimited(consumer: ConsumerInfo) -> bool:
    """Return whether nothing of the system stops the consumer."""
    return consumer.fits is None and consumer.fits_range is None


def fits_words(consumer: ConsumerInfo) -> str:
    """Return how many fit, in words."""
    low, high = bounds(consumer)
    name = clean(consumer.name)
    if low is None and high is None:
        return f"no limit for {name}" if unlimited(consumer) else f"an unknown number of {name}"
    if low == high and low is not None:
        return f"{count_text(low)} of {name}"
    shown = ("?" if low is None else count_text(low), "?" if high is None else count_text(high))
    return f"{shown[0]} to {shown[1]} of {name}"


def holds(consumer: ConsumerInfo, enough: Callable[[int], bool]) -> bool | None:
    """Return whether ``enough`` is true of the number that fits, ``None`` where that depends on what is unknown.

    ``enough`` must be monotonous: true of a number, it is true of every greater one.
    """
    if unlimited(consumer):
        return True
    low, high = bounds(consumer)
    if low is not None and enough(low):
        return True
    return False if high is not None and not enough(high) else None


def judge_each(report: Report, name: str, judge: Callable[[ConsumerInfo], Finding], expected: str) -> Finding:
    """Judge the consumer called ``name``, or every one where it is empty or ``*``; a failure is told before a doubt."""
    every = name in EVERY
    chosen = [consumer for consumer in report.consumers if every or consumer.name == name]
    if not chosen:
        what = "the profile has no consumer" if every else f"the profile has no consumer {clean(name)}"
        return Finding(passed=None, expected=expected, found=what)
    return worst(judge(consumer) for consumer in chosen)


def worst(findings: Iterable[Finding]) -> Finding:
    """Return the first failure, else the first that could not be judged, else the first."""
    ordered = sorted(findings, key=lambda finding: {False: 0, None: 1, True: 2}[finding.passed])
    return ordered[0]


def unknown_words(consumer: ConsumerInfo) -> str:
    """Return what to tell planner so that the gate can be judged."""
    return f"depends on {'; '.join(clean(what) for what in consumer.depends_on)}" if consumer.depends_on else ""


def remedy_words(report: Report, consumer: ConsumerInfo) -> str:
    """Return the change that buys this consumer most, as found by the model."""
    tried = [one for one in report.advice if one.consumer == consumer.name and one.fits_after is not None]
    if not tried:
        return ""
    best = max(tried, key=lambda one: one.fits_after or 0)
    low, high = best.fits_after_range or (best.fits_after, best.fits_after)
    fit = (
        count_text(low or 0)
        if low == high
        else f"{count_text(low or 0)} to {'?' if high is None else count_text(high)}"
    )
    return f"{clean(best.paste or best.change)}: {fit} fit"
