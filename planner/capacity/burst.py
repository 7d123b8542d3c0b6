"""Bursts: whether atomic requests outrun the worker that populates pages for them."""

from planner.allocator.request import Failure, Gfp
from planner.capacity.bases import Base, Consumers, populate
from planner.capacity.ending import stop_of
from planner.capacity.filling import Filled
from planner.capacity.machine import EvaluationError, Machine
from planner.capacity.plan import Call, Plan
from planner.profile.model import Burst
from planner.report.model import BurstInfo

WORKER_LATENCY = 0.001
"""Seconds from scheduling the balance worker to its run: a work item on a machine that is not idle (assumed)."""
LARGEST = 1_000_000
"""Requests that a burst is followed for."""


def burst(machine: Machine, consumers: Consumers, number: int, spec: Burst) -> BurstInfo:
    """Let ``spec.count`` instances of consumer ``number`` arrive at once, all others at their declared counts.

    The worker runs after every :data:`WORKER_LATENCY` seconds of the burst, if it is pending then.

    :raises EvaluationError: nothing ends the burst within the requests that are followed, and it is larger.
    """
    named, _count = consumers[number]
    calls = _calls(named.plan, atomic=spec.atomic)
    pause = _instances_between_runs(spec)
    base = populate(machine, consumers, last=number)
    empty = base.allocator.nr_empty_pop_pages
    most = max(LARGEST // max(len(calls), 1), 1)
    made, failure, runs = _run(base, calls, min(spec.count, most), pause)
    if failure is None and made < spec.count:
        raise EvaluationError(
            f"consumer {named.name}: burst.count: {spec.count} at once are too many to follow; nothing stops the first {made}"
        )
    stop = None
    if failure is not None:
        stop = stop_of(machine, base, Filled(made, failure))
        largest = made
    else:
        again = populate(machine, consumers, last=number)
        largest, _failure, _runs = _run(again, calls, most, pause)
    return BurstInfo(
        consumer=named.name,
        count=spec.count,
        atomic=spec.atomic,
        within=spec.within,
        made=made,
        largest=largest,
        worker_runs=runs,
        empty_pages=empty,
        stops=stop,
        raises=_remedies(spec, failed=failure is not None),
    )


def _calls(plan: Plan, *, atomic: bool) -> tuple[Call, ...]:
    if not atomic:
        return plan.each
    return tuple(
        (size, align, Gfp.NOWAIT, reserved, accounted, nowarn)
        for size, align, _, reserved, accounted, nowarn in plan.each
    )


def _instances_between_runs(spec: Burst) -> int:
    """Instances that arrive while the worker is on its way."""
    if spec.within <= WORKER_LATENCY:
        return LARGEST
    return max(int(spec.count * WORKER_LATENCY / spec.within), 1)


def _run(base: Base, calls: tuple[Call, ...], count: int, pause: int) -> tuple[int, Failure | None, int]:
    allocator, runs = base.allocator, 0
    for made in range(count):
        if made and made % pause == 0 and allocator.pending:
            allocator.run_pending()
            runs += 1
        for call in calls:
            pointer = allocator.alloc(*call)
            if isinstance(pointer, Failure):
                return made, pointer, runs
    return count, None, runs


def _remedies(spec: Burst, *, failed: bool) -> tuple[str, ...]:
    if not failed or not spec.atomic:
        return ()
    return (
        "allocate with GFP_KERNEL where the caller may sleep: then chunks and pages are made on the spot",
        "allocate ahead of the burst and keep the objects (a pool), or retry after a millisecond",
        "spread the burst over more time, so that the worker can populate pages between (it keeps only 4 empty pages a CPU)",
    )
