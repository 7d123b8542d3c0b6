"""When each limit is hit: from growth that a profile declares, or from reports of several days.

Declared: every consumer grows at its rate, and the model is asked again at each moment tried, so that what one takes from another
counts. Reports: what is left of each limit is followed by a line (:mod:`planner.capacity.trend`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from planner.capacity.bases import Bases, Consumers
from planner.capacity.ending import end_of
from planner.capacity.fit import Fit, fit
from planner.capacity.machine import Machine, Scenario, boot
from planner.capacity.resolve import plans
from planner.capacity.trend import Crossing, crossing
from planner.capacity.verdict import seconds_until
from planner.plugin.manager import PluginManager
from planner.profile.counts import MAXIMUM_COUNT, Growth
from planner.profile.model import Profile
from planner.report.model import Basis, Report
from planner.report.text import count_text

YEAR: Final = 31_556_952.0
HORIZON: Final = 20 * YEAR
"""How far ahead declared growth is followed: no machine is planned for longer."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A limit or consumer, and when it is hit: seconds since 1970, or since now where growth is declared.

    ``early`` and ``late`` bound it; ``None`` = open. ``why`` says why there is no ``when``. ``rate`` is growth a day in ``unit``.
    """

    kind: str
    name: str
    when: float | None
    early: float | None
    late: float | None
    why: str = ""
    rate: float | None = None
    unit: str = "instances"
    left: float | None = None
    basis: Basis = "modelled"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is hit, the soonest first; ``notes`` are sentences on what that rests on. ``relative``: times count from now."""

    hits: tuple[Hit, ...]
    relative: bool
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> Hit | None:
        """Return the consumer that dies first."""
        return next((hit for hit in self.hits if hit.kind == "consumer" and hit.when is not None), None)


def declared(profile: Profile, manager: PluginManager) -> Forecast:
    """Return when each consumer can first not be placed, all growing as the profile declares.

    ``early`` and ``late`` are the ends of what the profile does not tell, as with fits.

    :raises EvaluationError: no such machine can be modelled.
    """
    machine = boot(profile, manager)
    consumers = plans(profile, manager)
    rates = [spec.growth for spec in profile.consumers]
    if not any(rate is not None and rate.amount > 0 for rate in rates):
        note = 'no consumer declares growth (growth = "10/h"), and several reports over time are needed to see it'
        return Forecast((), relative=True, notes=(note,))
    hits = []
    for number, spec in enumerate(profile.consumers):
        now = fit(Bases(machine, consumers), number)
        alone = _alone(spec.growth, spec.count, now)
        when = early = late = _dies(machine, consumers, rates, number, alone)
        if now.fits_range is not None:
            early = _dies(machine, consumers, rates, number, when, Scenario(1))
            if now.stop is not None and now.stop.limit == "ram":
                late = _dies(machine, consumers, rates, number, when, Scenario(-1))
        why = "" if when is not None else f"not within {HORIZON / YEAR:.0f} years of the declared growth"
        rate = spec.growth.per_second(spec.count) * 86400 if spec.growth is not None else 0.0
        first = min((one for one in (early, when) if one is not None), default=None)
        last = None if late is None or when is None else max(late, when)
        hits.append(Hit("consumer", spec.name, when, first, last, why, rate, basis="declared"))
    return Forecast(_soonest_first(hits), relative=True)


def _alone(rate: Growth | None, count: int, now: Fit) -> float | None:
    """Return the seconds in which a consumer alone would grow to its limit: a first guess."""
    if rate is None or rate.amount <= 0 or now.fits is None or not count:
        return None
    return min(max(seconds_until(rate, count, now.fits + 1), 1.0), HORIZON)


def _dies(  # noqa: PLR0913, PLR0917 - the machine, who grows how, whose death, where to begin
    machine: Machine,
    consumers: Consumers,
    rates: Sequence[Growth | None],
    number: int,
    guess: float | None,
    scenario: Scenario | None = None,
) -> float | None:
    """Return the second at which consumer ``number`` can first not be placed behind all others; ``None`` within the horizon."""
    known: dict[tuple[int, ...], int | None] = {}

    def left(seconds: float) -> float:
        """Return the instances that still fit then; below 0 where not all of the count do."""
        grown = [(named, _grown(count, rate, seconds)) for (named, count), rate in zip(consumers, rates, strict=True)]
        own, others = grown[number][1], tuple(count for index, (_named, count) in enumerate(grown) if index != number)
        if others not in known:
            known[others] = end_of(Bases(machine, grown), number, scenario).made
        fits = known[others]
        return math.inf if fits is None else float(fits - own)

    return first_below(left, HORIZON, guess)


def _grown(count: int, rate: Growth | None, seconds: float) -> int:
    if rate is None:
        return count
    try:
        return min(max(int(rate.after(count, seconds)), 0), MAXIMUM_COUNT)
    except OverflowError:
        return MAXIMUM_COUNT


def first_below(left: Callable[[float], float], horizon: float, guess: float | None = None) -> float | None:
    """Return the first moment, to a day or a thousandth, at which ``left`` (falling over time) is below 0.

    The line between the ends of the bracket says where to look next, the middle where that stops helping: a fill costs too much
    to halve forty times.
    """
    low, at_low = 0.0, left(0.0)
    if at_low < 0:
        return 0.0
    high, at_high = 0.0, at_low
    step = (guess or 30 * 86400.0) * 1.001
    while at_high >= 0:
        if high >= horizon:
            return None
        low, at_low = high, at_high
        high = min(high + step, horizon)
        at_high, step = left(high), step * 4
    halve = False
    while high - low > max(86400.0, high * 1e-3):
        share = 0.5 if halve or math.isinf(at_low) else at_low / (at_low - at_high)
        middle = low + (high - low) * min(max(share, 1e-3), 1 - 1e-3)
        width, found = high - low, left(middle)
        if found < 0:
            high, at_high = middle, found
        else:
            low, at_low = middle, found
        halve = high - low > width / 2
    return high


def fitted(reports: Sequence[tuple[float, Report]]) -> Forecast:
    """Return when what is left of each consumer and of each limit comes to nothing, by lines through reports of several moments.

    ``reports`` are (seconds since 1970, report). What a consumer has left already counts what the others take.
    """
    ordered = sorted(reports, key=lambda one: one[0])
    kept, notes = _same_machine(ordered)
    times = [when for when, _report in kept]
    last = kept[-1][1]
    hits = [_consumer(times, kept, consumer.name) for consumer in last.consumers]
    hits += [hit for limit in last.limits if (hit := _limit(times, kept, limit.name)) is not None]
    return Forecast(_soonest_first(hits), relative=False, notes=notes)


def _same_machine(
    ordered: Sequence[tuple[float, Report]],
) -> tuple[Sequence[tuple[float, Report]], tuple[str, ...]]:
    """Leave out what was before the machine became another: figures of two machines make no line."""

    def identity(report: Report) -> tuple[object, ...]:
        system = report.system
        return (
            system.kernel,
            system.cpus_possible,
            system.ram,
            report.first_chunk.unit_size,
            report.first_chunk.dynamic,
        )

    now = identity(ordered[-1][1])
    start = len(ordered)
    while start and identity(ordered[start - 1][1]) == now:
        start -= 1
    if not start:
        return ordered, ()
    note = f"{count_text(start)} earlier of {count_text(len(ordered))} are of another kernel, CPU count or RAM and left out"
    return ordered[start:], (note,)


def _consumer(times: Sequence[float], kept: Sequence[tuple[float, Report]], name: str) -> Hit:
    pairs = []
    for (_when, report), time in zip(kept, times, strict=True):
        found = next((one for one in report.consumers if one.name == name), None)
        if found is not None and found.more is not None:
            pairs.append((time, float(found.more)))
    current = next(one for one in kept[-1][1].consumers if one.name == name)
    if current.more is None:
        return Hit("consumer", name, None, None, None, "nothing of this system stops it")
    left = float(current.more)
    if left <= 0:
        return Hit("consumer", name, times[-1], times[-1], times[-1], "it is full already", left=left)
    return _hit("consumer", name, pairs, 0.0, "instances", left)


def _limit(times: Sequence[float], kept: Sequence[tuple[float, Report]], name: str) -> Hit | None:
    pairs = []
    current = None
    for (_when, report), time in zip(kept, times, strict=True):
        found = next((one for one in report.limits if one.name == name), None)
        current = found
        if found is not None and found.used is not None and found.total is not None:
            pairs.append((time, float(found.total - found.used)))
    if current is None or current.used is None or not current.total:
        return None
    left = float(current.total - current.used)
    if left <= 0:
        return None  # fixed and full (the first chunk's static area, say): no limit that growth comes to
    return _hit("limit", name, pairs, 0.0, current.unit, left)


def _hit(kind: str, name: str, pairs: Sequence[tuple[float, float]], target: float, unit: str, left: float) -> Hit:  # noqa: PLR0913, PLR0917 - a hit's parts
    when: Crossing = crossing([time for time, _value in pairs], [value for _time, value in pairs], target)
    span = pairs[-1][0] - pairs[0][0] if pairs else 0.0
    rate = (pairs[0][1] - pairs[-1][1]) / span * 86400 if span else None
    return Hit(kind, name, when.when, when.early, when.late, when.why, rate, unit, left)


def _soonest_first(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    return tuple(sorted(hits, key=lambda hit: (math.inf if hit.when is None else hit.when, hit.kind, hit.name)))


def since(forecast: Forecast, start: float) -> Forecast:
    """Return a forecast that counts from now as one of dates, ``start`` being now."""

    def moved(value: float | None) -> float | None:
        return None if value is None else value + start

    if not forecast.relative:
        return forecast
    hits = tuple(
        replace(hit, when=moved(hit.when), early=moved(hit.early), late=moved(hit.late)) for hit in forecast.hits
    )
    return Forecast(hits, relative=False, notes=forecast.notes)
