"""Equal requests that fill page after page, done many pages at a time: after so many pages everything is as it was, only further up.

Areas of one size and alignment that follow each other lie at the same places of a page again after a number of pages. There the
state is looked at (:class:`Mark`). Where it is that of an earlier look but for what moved up by the pages between, a turn, the
next turns do the same: what decides is how pieces lie to each other and in their pages, which moving by whole pages changes
nothing of, as long as the free space at the chunk's end stays longer than any other. A turn takes a few such lengths where the
worker's stock of pages comes round later. The chunks tried before refused the same request already, so they go on refusing
without a trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING, Any

from planner.allocator.rules import EMPTY_POP_PAGES_HIGH

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk

LEAST_TURNS = 4
"""Shortest turns that a chunk must have room for: two or more are walked, the last is always walked."""
MOST_LENGTHS = 6
"""Lengths in a turn."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: ``pages`` it takes, its ``areas``, each ``size`` bytes at a multiple of ``align``."""

    pages: int
    areas: int
    size: int
    align: int

    def times(self, number: int) -> "Turn":
        """Return ``number`` of these as one."""
        return Turn(self.pages * number, self.areas * number, self.size, self.align)


@dataclass(frozen=True, slots=True)
class Mark:
    """The state as a turn begins on ``page``: ``fixed`` must be the same at the next, ``moving`` moves from turn to turn.

    Of ``moving`` the first ``OWN`` numbers are the allocator's, the others the engine's.
    """

    page: int
    fixed: tuple[Any, ...]
    moving: tuple[int, ...]

    def later(self, steps: Sequence[int], pages: int, times: int) -> "Mark":
        """Return the mark that ``times`` turns later would be made."""
        moving = tuple(value + step * times for value, step in zip(self.moving, steps, strict=True))
        return Mark(self.page + pages * times, self.fixed, moving)


OWN = 5


class PageTurns:
    """Watches where one repeated call's areas begin their turns, and does many turns at once. ``charges`` come with each area."""

    __slots__ = ("_charges", "_chunk", "_marks", "_turn", "allocator")

    def __init__(self, allocator: "Allocator", charges: Sequence[tuple[int, int, str]]) -> None:
        self.allocator = allocator
        self._charges = charges
        self._marks: list[Mark] = []
        self._chunk: Chunk | None = None
        self._turn: Turn | None = None

    def more(self, chunk: "Chunk", offset: int, request: tuple[int, int], most: int) -> int:
        """Place up to ``most`` more areas like the one just placed at ``offset`` of the unit, the first on its page; return how many."""
        marks = self._marks
        page = self.allocator.rules.page_size
        number = (offset - chunk.origin) // page
        if chunk is not self._chunk:
            marks.clear()
            self._chunk = chunk
            self._turn = _turn(*request, page)
        length = self._turn
        if length is None or LEAST_TURNS * length.pages > chunk.nr_pages:
            return 0
        if marks and number != marks[-1].page + length.pages:
            if number < marks[-1].page + length.pages:
                return 0
            marks.clear()
        mark = self._mark(chunk, offset, number, length)
        if mark is None:
            marks.clear()
            return 0
        lengths = next((k for k, one in enumerate(reversed(marks), 1) if one.fixed == mark.fixed), 0)
        marks.append(mark)
        del marks[:-MOST_LENGTHS]
        if not lengths:
            return 0
        turn = length.times(lengths)
        steps = _steps(marks[-1 - lengths], mark, turn)
        times = 0 if steps is None else self._times(chunk, offset, turn, steps, most)
        if steps is None or times <= 0:
            return 0
        self._do(chunk, offset, turn, steps, times)
        marks[:] = [one.later(steps, turn.pages, times) for one in marks[-lengths:]]
        return times * turn.areas

    def _mark(self, chunk: "Chunk", offset: int, number: int, turn: Turn) -> Mark | None:
        allocator = self.allocator
        stance = allocator.engine.stance(chunk, offset, turn)
        whole = chunk.nr_populated == chunk.nr_pages
        if stance is None or chunk.list is None or allocator.pending or chunk.populated & (chunk.populated + 1):
            return None
        stats = allocator.stats
        empty = (allocator.empty[self._counter(chunk)], chunk.nr_empty_pop_pages)
        fixed = (
            offset % allocator.rules.page_size,
            whole or (*empty, chunk.nr_populated - number),
            allocator.atomic_failed,
            allocator.created,
            allocator.destroyed,
            stats.nr_dealloc,
            *stance[0],
        )
        moving = (stats.nr_alloc, allocator.nr_populated, allocator.times_scheduled, *empty, *stance[1])
        return Mark(number, fixed, moving)

    def _counter(self, chunk: "Chunk") -> int:
        return int(chunk.accounted and self.allocator.rules.counters > 1)

    def _times(self, chunk: "Chunk", offset: int, turn: Turn, steps: Sequence[int], most: int) -> int:
        """Return how many turns more certainly go like the last ones."""
        allocator = self.allocator
        times = min(most // turn.areas, allocator.engine.most_turns(chunk, offset, turn, steps[OWN:]))
        if steps[1]:
            room = chunk.nr_pages - chunk.nr_populated
            times = min(times, room // turn.pages - 1)
        for empty, step in ((allocator.empty[self._counter(chunk)], steps[3]), (chunk.nr_empty_pop_pages, steps[4])):
            if step:
                times = min(times, (empty - EMPTY_POP_PAGES_HIGH) // turn.pages - 1)
        certain = getattr(allocator.backing, "certain_rounds", None)
        if times <= 0 or certain is None:
            return 0
        charges = [(size, count * turn.areas, where) for size, count, where in self._charges]
        granted: int = certain(steps[1] * allocator.rules.nr_cpus, charges)
        return min(times, granted)

    def _do(self, chunk: "Chunk", offset: int, turn: Turn, steps: Sequence[int], times: int) -> None:
        allocator = self.allocator
        old = chunk.slot
        allocator.engine.take_turns(chunk, offset, turn, steps[OWN:], times)
        pages = steps[1] * times
        if pages:
            start = chunk.nr_populated
            allocator.backing.take_pages(pages * allocator.rules.nr_cpus)
            if allocator.page_array is not None:
                allocator.page_array.written(start, start + pages)
            chunk.mark_populated(start, start + pages)
            allocator.nr_populated += pages
        allocator.times_scheduled += steps[2] * times
        allocator.empty[self._counter(chunk)] += steps[3] * times
        chunk.nr_empty_pop_pages += steps[4] * times
        stats = allocator.stats
        stats.nr_alloc += turn.areas * times
        stats.nr_max_alloc = max(stats.nr_max_alloc, stats.nr_alloc - stats.nr_dealloc)
        if chunk.slot != old:
            allocator.relocate(chunk, old)
        elif chunk.skipped and chunk.list is not None:
            chunk.list.recheck(chunk)


def _turn(size: int, align: int, page: int) -> Turn | None:
    """Return the turn of areas of ``size`` bytes, ``None`` where they do not lie evenly or begin on a page each at most."""
    if align & (align - 1):
        return None
    stride = (size + align - 1) & -align
    whole = lcm(stride, page)
    return None if stride >= page else Turn(whole // page, whole // stride, size, align)


def _steps(earlier: Mark, now: Mark, turn: Turn) -> tuple[int, ...] | None:
    """Return by how much everything moved from one mark to another; ``None`` where that was not this chunk's turn alone."""
    steps = tuple(after - before for before, after in zip(earlier.moving, now.moving, strict=True))
    placed, populated, _scheduled, *empty = steps[:OWN]
    if placed != turn.areas or populated not in {0, turn.pages} or not set(empty) <= {0, -turn.pages}:
        return None
    return steps
