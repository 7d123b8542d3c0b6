"""Churn: what instances that come and go leave behind."""

import random
import statistics

from planner.allocator.allocator import Allocator
from planner.allocator.crowd import counted
from planner.allocator.request import Failure
from planner.capacity.bases import Consumers, populate
from planner.capacity.machine import EvaluationError, Machine
from planner.capacity.plan import Call
from planner.profile.model import Churn
from planner.report.model import ChurnInfo

MAXIMUM_STEPS = 2_000_000
"""Requests made and given back at most over all seeds; fewer seeds run where they would be more, and the result says how many."""

Instance = tuple[int, ...]


def churn(machine: Machine, consumers: Consumers, number: int, spec: Churn) -> ChurnInfo:
    """Let consumer ``number`` rise to ``spec.peak`` and fall back to its count, ``spec.cycles`` times, for each seed.

    All others stand at their declared counts. The same seeds give the same figures.

    :raises EvaluationError: nothing stops the rise within :data:`MAXIMUM_STEPS`, and the peak is higher.
    """
    named, count = consumers[number]
    others = [(plan, 0 if index == number else declared) for index, (plan, declared) in enumerate(consumers)]
    steps = 2 * max(spec.peak - count, 1) * spec.cycles
    most = MAXIMUM_STEPS // max(len(named.plan.each), 1)
    seeds = max(min(spec.seeds, most // steps), 1)
    followed = min(spec.peak, most, count + max(most // (2 * spec.cycles), 1))
    runs = [
        _run(populate(machine, others).allocator, named.plan.each, count, spec, seed, followed)
        for seed in range(spec.seed, spec.seed + seeds)
    ]
    peaks, afters, shares = (sorted(figures) for figures in zip(*runs, strict=True))
    return ChurnInfo(
        consumer=named.name,
        peak=spec.peak,
        cycles=spec.cycles,
        seeds=seeds,
        peak_bytes=(peaks[0], int(statistics.median_low(peaks)), peaks[-1]),
        after_bytes=(afters[0], int(statistics.median_low(afters)), afters[-1]),
        fragmentation=(shares[0], statistics.median_low(shares), shares[-1]),
    )


def _run(  # noqa: PLR0913, PLR0917 - what comes and goes, and how far it is followed
    allocator: Allocator, calls: tuple[Call, ...], count: int, spec: Churn, seed: int, followed: int
) -> tuple[int, int, float]:
    """Run one seed; return Percpu bytes at the peak and at the end, and the free share of populated space at the end."""
    live: list[Instance] = []
    dice = random.Random(seed)  # noqa: S311 - a model's dice
    peak = 0
    for _ in range(spec.cycles):
        if _rise(allocator, calls, live, followed) and followed < spec.peak:
            raise EvaluationError(
                f"churn: {spec.cycles} cycles to a peak of {spec.peak} are too many to follow; nothing stops the first {followed}"
            )
        peak = max(peak, allocator.percpu_bytes)
        _fall(allocator, live, count, spec.order, dice)
    return peak, allocator.percpu_bytes, _free_share(allocator)


def _rise(allocator: Allocator, calls: tuple[Call, ...], live: list[Instance], peak: int) -> bool:
    """Make instances until there are ``peak`` or the kernel refuses one; tell whether there are."""
    while len(live) < peak:
        got: list[int] = []
        for call in calls:
            pointer = allocator.alloc(*call)
            if isinstance(pointer, Failure):
                for earlier in reversed(got):
                    allocator.free(earlier)
                return False
            got.append(pointer)
            if allocator.pending:
                allocator.run_pending()
        live.append(tuple(got))
    return True


def _fall(allocator: Allocator, live: list[Instance], count: int, order: str, dice: random.Random) -> None:
    """Destroy instances until ``count`` are left."""
    if order == "random":
        dice.shuffle(live)
    elif order == "oldest":
        live.reverse()
    while len(live) > count:
        for pointer in live.pop():
            allocator.free(pointer)
            if allocator.pending:
                allocator.run_pending()
    if order == "oldest":
        live.reverse()


def _free_share(allocator: Allocator) -> float:
    """Share of populated dynamic space that is free."""
    page = allocator.rules.page_size
    populated = free = 0
    for chunk, count in counted(allocator):
        populated += (chunk.nr_populated * page - chunk.start_offset - chunk.end_offset) * count
        free += max(chunk.free_bytes - (chunk.nr_pages - chunk.nr_populated) * page, 0) * count
    return round(free / populated, 6) if populated else 0.0
