"""Several consumers at once: the whole mix in its proportions, and consumers that grow against each other."""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.capacity.filling import ENDLESS, place
from planner.capacity.fit import Base, Bases, Consumers, stop_of
from planner.capacity.machine import Machine
from planner.capacity.plan import MOST_CALLS, composite
from planner.profile.counts import Growth
from planner.report.model import CompetitionInfo, ScaleInfo

LARGEST_ROUND = 10_000
"""Instances in one round of the mix or of interleaved growth; what needs more is rounded to a common fraction."""
LARGEST_MIX = 20_000
"""Requests in one round of the mix, likewise."""
WALKED = 50_000
"""Requests followed one by one where the growth of several consumers compounds, so that no round repeats."""


def scale(machine: Machine, consumers: Consumers) -> ScaleInfo | None:
    """Return how often the declared mix fits, grown in its proportions from nothing; ``None`` where nothing stops it.

    Nor is there an answer where single instances make very many requests (:data:`~planner.capacity.plan.MOST_CALLS`).
    A round holds each consumer's count divided by the counts' greatest common divisor, in the profile's order; where that is more than
    :data:`LARGEST_ROUND` instances, by as much more as makes it so few, rounded.
    """
    declared = [(named, count) for named, count in consumers if count]
    if not declared:
        return None
    total = sum(count for _named, count in declared)
    asked = sum(count * named.plan.nr_calls for named, count in declared)
    divisor = max(
        Fraction(math.gcd(*(count for _named, count in declared))),
        Fraction(total, LARGEST_ROUND),
        Fraction(asked, LARGEST_MIX),
    )
    parts = tuple((max(round(count / divisor), 1), named) for named, count in declared)
    if sum(count * named.plan.nr_calls for count, named in parts) > MOST_CALLS:
        return None
    whole = composite(parts)
    if not whole.each and not whole.memory:
        return None
    allocator, backing = machine.start()
    filled = place(allocator, whole, ENDLESS, machine.effort)
    if filled.complete:
        return None
    return ScaleInfo(
        factor=round(float(filled.made / divisor), 6),
        rounds=filled.made,
        round=tuple((named.name, count) for count, named in parts),
        stops=stop_of(machine, Base(allocator, backing, ()), filled),
        rounds_range=None if filled.off is None else (max(filled.made - filled.off[0], 0), filled.made + filled.off[1]),
    )


def compete(bases: Bases, growth: Sequence[Growth | None]) -> CompetitionInfo | None:
    """Let the consumers with declared growth grow against each other; say who dies first, and when.

    ``None``: none grows, or nothing stops them (of several whose growth compounds: not within :data:`WALKED` requests).
    """
    machine, consumers, base = bases.machine, bases.consumers, bases.copy()
    growing = _growing(base, growth)
    if not growing:
        return None
    rates = {number: growth[number] for number in growing}
    rounds, made = 0, Counter[int]()
    compounding = any(rate.percent for rate in rates.values() if rate is not None)
    if not compounding:
        period, order = _round({number: rate for number, rate in rates.items() if rate is not None})
        if sum(consumers[number][0].plan.nr_calls for number in order) > MOST_CALLS:
            return None
        whole = composite(tuple((1, consumers[number][0]) for number in order))
        filled = place(base.allocator, whole, ENDLESS, machine.effort, first=False)
        if filled.complete:
            return None
        rounds = filled.made
        # again without the round that failed: what it gave back would stand between the events below
        base = bases.copy()
        rounds = place(base.allocator, whole, rounds, machine.effort, first=False).made
        for number in order:
            made[number] += rounds
        # an estimate of the whole rounds may fall short of the end by some
        events: Iterator[tuple[float, int]] = (
            (float(past * period + period * (index + 1) / len(order)), number)
            for past in range(rounds, rounds + WALKED)
            for index, number in enumerate(order)
        )
    elif len(growing) == 1:
        (number,) = growing
        made[number] = _last_alone(machine, base, consumers, number)
        base = bases.copy()
        made[number] = place(base.allocator, consumers[number][0].plan, made[number], machine.effort, first=False).made
        events = _alone(growth[number], number, consumers[number][1], made[number])
    else:
        counts = {number: consumers[number][1] for number in growing}
        events = _events({number: rate for number, rate in rates.items() if rate is not None}, counts)
    base.backing.refusals.clear()
    walked = 0
    for moment, number in events:
        walked += len(consumers[number][0].plan.each)
        if walked > (WALKED if compounding else MOST_CALLS):
            return None
        filled = place(base.allocator, consumers[number][0].plan, 1, machine.effort, first=False)
        if not filled.complete:
            return CompetitionInfo(
                first=consumers[number][0].name,
                seconds=moment,
                counts=tuple((named.name, count + made[index]) for index, (named, count) in enumerate(consumers)),
                stops=stop_of(machine, base, filled),
            )
        made[number] += 1
    return None


def _growing(base: Base, growth: Sequence[Growth | None]) -> list[int]:
    """Return the numbers of the consumers that grow; none where not even the declared counts fit."""
    if any(not one.filled.complete for one in base.placed):
        return []
    return [number for number, rate in enumerate(growth) if rate is not None and rate.amount > 0]


def _last_alone(machine: Machine, base: Base, consumers: Consumers, number: int) -> int:
    """Return how many more instances of one consumer there can be; none where its instances take nothing."""
    plan = consumers[number][0].plan
    endless = machine.first_chunk.layout.km and base.backing.memory.lowmem is None
    if endless or not (plan.each or plan.memory):
        return 0
    return place(base.allocator, plan, ENDLESS, machine.effort, first=False).made


def _alone(rate: Growth | None, number: int, count: int, made: int) -> Iterator[tuple[float, int]]:
    """Yield the next instances of the only consumer that grows, ``made`` having come since there were ``count``."""
    for more in range(WALKED if rate is not None and count > 0 else 0):
        if rate is not None:
            yield _next(rate, count, count + made + more), number


def _round(rates: dict[int, Growth]) -> tuple[Fraction, tuple[int, ...]]:
    """Return the seconds after which growth repeats, and who grows in that time in order (ties: the profile's order)."""
    exact = {
        number: Fraction(rate.amount).limit_denominator(1000) / Fraction(rate.seconds) for number, rate in rates.items()
    }
    slowest = min(exact.values())
    ratio = {number: (rate / slowest).limit_denominator(100) for number, rate in exact.items()}
    multiple = math.lcm(*(value.denominator for value in ratio.values()))
    if sum(value * multiple for value in ratio.values()) > LARGEST_ROUND:
        ratio = {number: Fraction(max(round(value), 1)) for number, value in ratio.items()}
        multiple = 1
    fastest = max(ratio.values())
    if fastest > LARGEST_ROUND:  # who is so much slower as good as stands still
        ratio = {number: Fraction(round(value / fastest * LARGEST_ROUND)) for number, value in ratio.items()}
        slowest = max(exact.values()) / LARGEST_ROUND
    counts = {number: int(value * multiple) for number, value in ratio.items()}
    steps = [(Fraction(step, count), number) for number, count in counts.items() for step in range(1, count + 1)]
    return multiple / slowest, tuple(number for _when, number in sorted(steps))


def _events(rates: dict[int, Growth], counts: dict[int, int]) -> Iterator[tuple[float, int]]:
    """Yield (seconds, consumer) of each new instance where some growth compounds."""
    now = dict(counts)
    queue = [(_next(rates[number], counts[number], now[number]), number) for number in rates]
    heapq.heapify(queue)
    for _ in range(WALKED):
        moment, number = heapq.heappop(queue)
        if math.isinf(moment):
            return
        yield moment, number
        now[number] += 1
        heapq.heappush(queue, (_next(rates[number], counts[number], now[number]), number))


def _next(rate: Growth, start: int, now: int) -> float:
    """Seconds at which the count passes from ``now`` to the next instance."""
    if not rate.percent:
        return (now + 1 - start) * rate.seconds / rate.amount
    if start <= 0:
        return math.inf
    return rate.seconds * math.log((now + 1) / start) / math.log1p(rate.amount / 100)
