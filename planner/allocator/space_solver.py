"""Solving for what is not known of an address space: how much of it others hold, when a count of chunks was seen."""

from collections.abc import Callable, Sequence

from planner.allocator.machine import MachineBacking
from planner.quick import dataclass

ENDLESS = 1 << 40
"""More chunks than any address space holds."""


@dataclass(frozen=True, slots=True)
class ChunkCycle:
    """What each further chunk costs: ``pages`` backing pages, and the steps by which its area map grows (up to 4.13), bytes."""

    pages: int = 0
    maps: Sequence[tuple[int, int]] = ()
    accounted: bool = False


def chunks_that_fit(machine: MachineBacking, cycle: ChunkCycle, most: int = ENDLESS) -> int:
    """Return how many chunks, at most ``most``, the machine gives until it refuses; the machine is left as it was."""
    trial = machine.copy()
    made = 0
    while made < most:
        done = trial.create_chunks(most - made, accounted=cycle.accounted, pages=cycle.pages, maps=cycle.maps)
        made += len(done)
        if done:
            continue
        base = trial.create_chunk(accounted=cycle.accounted)
        if base is None or not all(trial.extend_map(old, new, base) for old, new in cycle.maps):
            return made
        if cycle.pages and not trial.take_pages(cycle.pages):
            return made
        made += 1
    return made


def used_for_chunks(
    machine_with: Callable[[int], MachineBacking | None], chunks: int, cycle: ChunkCycle, *, largest: int, step: int
) -> tuple[int, int] | None:
    """Return the lowest and highest bytes held by others (multiples of ``step``) with which exactly ``chunks`` fit; ``None`` if none do.

    ``machine_with(used)`` makes the machine with ``used`` bytes held by others, ``None`` where that is more than there is. More in
    use must never give more chunks, as with one piece at the bottom; bisection finds the range, and its ends and their
    neighbours are counted, so that the answer is right or refused.

    :raises ValueError: the counts do not fall as more is used, so that no range can be told.
    """

    def count(number: int) -> int:
        machine = machine_with(number * step)
        return -1 if machine is None else chunks_that_fit(machine, cycle, chunks + 1)

    end = largest // step + 1
    low = _first(lambda number: count(number) <= chunks, end)
    above = _first(lambda number: count(number) < chunks, end)
    edges = [count(number) for number in (0, low - 1, low, above - 1, above, end) if 0 <= number <= end]
    if edges != sorted(edges, reverse=True) or (low < above and not count(low) == count(above - 1) == chunks):
        raise ValueError("more in use does not always mean fewer chunks here")
    return (low * step, (above - 1) * step) if low < above else None


def _first(holds: Callable[[int], bool], end: int) -> int:
    """Return the least number below ``end`` for which ``holds``, ``end`` where there is none."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
