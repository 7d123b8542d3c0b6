"""Real kernels run until per-CPU memory ended: the model makes as many, stops at the same limit, and says the same."""

from dataclasses import dataclass

import pytest

from planner.allocator import balance
from planner.allocator.allocator import Allocator
from planner.allocator.machine import MachineBacking
from planner.allocator.request import BalanceWork, Failure
from planner.allocator.restore import Restored
from tests.real.exhaustion import Record, Run, Step, records, run, start, steps

RAM_TOLERANCE = 0.002
"""Where RAM decides: pages on per-CPU lists, free objects in slabs, processes that come and go are in no record."""
LONG = 600_000
"""Runs of more per-CPU objects are made in jumps, not walked (test_exhaustion_profiles.py)."""

STEPS = [step for step in steps() if step.made <= LONG or not step.requests]
FRESH = [step for step in STEPS if step.before["state"] is not None]
REFILLED = [record for record in records() if [step["cmd"] for step in record["steps"]][1:2] == ["freeall"]]
"""Steps from a state that the record holds; the others go on from where the step before ended."""


@dataclass
class Outcome:
    step: Step
    allocator: Allocator
    backing: MachineBacking
    state: Restored
    run: Run


@pytest.fixture(scope="module", params=FRESH, ids=str)
def outcome(request: pytest.FixtureRequest) -> Outcome:
    allocator, backing, state = start(request.param)
    ended = run(allocator, backing, request.param)
    if ended.failure is Failure.ATOMIC:
        with backing.background():
            allocator.run_pending()
    return Outcome(request.param, allocator, backing, state, ended)


def real_limit(step: Step) -> str:
    """What ended the real run: memory where the killer or a page failure speaks, or free pages were gone (64 bit)."""
    if step.gfp == "NOWAIT":
        return "atomic"
    lines = step.step["lines"]
    signs = ("oom-killer", "page allocation failure", "failed to populate")
    return "ram" if step.bits == 64 or any(sign in line for line in lines for sign in signs) else "vmalloc"


def areas_of(step: Step, owner: str) -> set[tuple[int, int]]:
    return {(at, size) for at, size, whose in step.step["areas"] if whose == owner}


def test_limit(outcome: Outcome) -> None:
    assert outcome.run.limit == real_limit(outcome.step)


def test_count(outcome: Outcome) -> None:
    """Exact where address space or populated pages decide; a hole that the record does not place may hold one instance more."""
    made, real = outcome.run.made, outcome.step.made
    if outcome.run.limit == "ram":
        assert abs(made - real) <= real * RAM_TOLERANCE
    elif outcome.run.limit == "vmalloc":
        assert made == real
    else:
        placeless = -(-outcome.state.guessed_bytes // outcome.step.requests[0].size)
        assert made <= real <= made + placeless


def test_lines(outcome: Outcome) -> None:
    """What the kernel said, word for word; the probe's own page that failed is not the allocator's."""
    if outcome.run.failure is None and outcome.step.command[0] == "exhaust":
        pytest.skip("the probe's own bag ended the run")
    assert list(outcome.run.lines) == outcome.step.step["lines"]


def test_percpu_areas_stand_where_the_kernel_put_them(outcome: Outcome) -> None:
    """From the top down, address for address, as far as both runs came."""
    if outcome.step.step["areas"] is None:
        pytest.skip("the record has no list of areas")
    first = {(at, size) for at, size, whose in outcome.step.before["areas"] if whose == "area"}
    mine = {(at, size) for at, size, what in outcome.backing.areas() if what == "areas"} | first
    real = areas_of(outcome.step, "area")
    assert all(a == b for a, b in zip(sorted(mine, reverse=True), sorted(real, reverse=True), strict=False))
    assert abs(len(mine) - len(real)) <= (0 if outcome.run.limit != "ram" else 2 + len(real) * RAM_TOLERANCE)


def test_metadata_stands_where_the_kernel_put_it(outcome: Outcome) -> None:
    """Bottom-up between everybody else's areas, address for address."""
    if outcome.run.limit != "vmalloc":
        pytest.skip("others took and freed areas meanwhile (64 bit), or memory ended the run")
    first = {(at, size) for at, size, whose in outcome.step.before["areas"] if whose == "meta"}
    mine = {(at, size) for at, size, what in outcome.backing.areas() if what != "areas"} | first
    assert mine == areas_of(outcome.step, "meta")


def test_unpurged(outcome: Outcome) -> None:
    """The failed attempts' metadata lies where it was freed: the request's own, or that of the worker's later attempts."""
    step = outcome.step
    if outcome.run.limit != "vmalloc":
        pytest.skip("address space did not decide")
    space = outcome.backing.space
    assert space is not None
    lazy = sum(size for _at, size in areas_of(step, "lazy"))
    assert space.lazy_bytes == lazy


@pytest.mark.parametrize("record", REFILLED, ids=lambda record: record["id"])
def test_fill_free_fill(record: Record) -> None:
    """Fill, free all, fill again: as many, at the same addresses.

    When the second fill began, the worker was in the middle of a run: it was taking pages from the freed chunks and giving them
    back to the free list (the records show over a hundred of them still there); what it had destroyed was made again at once.
    """
    first, second = Step(record, 0), Step(record, 2)
    allocator, backing, _state = start(first)
    one = run(allocator, backing, first)
    assert one.made == first.made
    for pointer in one.pointers:
        allocator.free(pointer)
    list(balance._reclaim_populated(allocator, BalanceWork()))
    two = run(allocator, backing, second, worker=False)
    assert two.made == second.made
    # one such line in ten seconds is printed (mm/page_alloc.c:warn_alloc): not the second where both runs took less
    limited = [line for line in two.lines if ": vmalloc error: " not in line]
    assert second.step["lines"] in (list(two.lines), limited)
    if first.cycle == second.cycle and first.command[0] == second.command[0]:
        held = {(at, size) for at, size, _what in backing.areas()}
        assert held == areas_of(second, "area") | areas_of(second, "meta")


def test_destroyed_chunks_give_everything_back() -> None:
    """Fill, free all, let the worker destroy what it will: all but the spared chunks' areas are free after a purge."""
    record = REFILLED[0]
    allocator, backing, _state = start(Step(record, 0))
    space = backing.space
    assert space is not None
    empty = space.free_bytes
    for pointer in run(allocator, backing, Step(record, 0)).pointers:
        allocator.free(pointer)
        if allocator.pending:
            with backing.background():
                allocator.balance()
    assert 1 <= backing.chunks < 4
    space.purge()
    assert space.free_bytes == empty - sum(size for _at, size, _what in backing.areas())
