"""What entering one page of a chunk after another does to its populated pages, and to the worker's stock of empty ones.

Which places equal requests get does not depend on the stock, and the stock goes its own round: so many pages are used up, then the
worker populates as many again. So the two are worked out apart, the places by turns (page_turns.py) or from an earlier chunk
(chunk_replay.py), and the stock here, page by page, as long as nothing but this chunk gives and takes.
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.allocator.rules import EMPTY_POP_PAGES_HIGH, EMPTY_POP_PAGES_LOW, raw_slot

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk


@dataclass(slots=True)
class Stock:
    """The stock when ``page`` is the last page of a chunk that areas reach into: it and all before it are in use, none behind it.

    The first ``populated`` pages have memory. ``empty`` counts the allocator's empty populated pages, ``own`` the
    chunk's, ``scheduled`` the runs of the worker. ``early``, ``keeps``: the rules' tests. ``served``: a run populates this chunk.
    """

    page: int
    pages: int
    populated: int
    empty: int
    own: int
    scheduled: int
    early: bool
    keeps: bool
    served: bool

    @classmethod
    def of(cls, allocator: "Allocator", chunk: "Chunk", page: int) -> "Stock | None":
        """Return the stock as it is; ``None`` where what it does next depends on more than this."""
        rules = allocator.rules
        if (
            allocator.pending
            or allocator.atomic_failed
            or chunk.isolated
            or chunk.list is None
            or chunk.list.number != chunk.slot
            or chunk.populated & (chunk.populated + 1)
            or not page < chunk.nr_populated
            or not (allocator.async_enabled or not rules.keeps_stock)
        ):
            return None
        empty = allocator.empty[counter_of(allocator, chunk)]
        return cls(
            page,
            chunk.nr_pages,
            chunk.nr_populated,
            empty,
            chunk.nr_empty_pop_pages,
            allocator.times_scheduled,
            rules.low_test_early,
            rules.keeps_stock,
            _serves(allocator, chunk),
        )

    def copy(self) -> "Stock":
        """Return an independent copy."""
        return copy.copy(self)

    def enter(self, stops: Iterable[int]) -> int:
        """Let areas, one after another, reach up to pages ``stops``; return the last page that is certainly reached."""
        populated, empty, own, scheduled = self.populated, self.empty, self.own, self.scheduled
        for stop in stops:
            if stop >= self.pages:
                break
            missing = max(stop + 1 - max(populated, self.page + 1), 0)
            used = stop - self.page - missing
            populated += missing
            empty -= used
            own -= used
            if self.keeps and empty - (missing if self.early else 0) < EMPTY_POP_PAGES_LOW:  # the worker runs
                wanted = EMPTY_POP_PAGES_HIGH - empty
                if not self.served or not 0 <= wanted <= EMPTY_POP_PAGES_HIGH or populated + wanted > self.pages:
                    break
                populated += wanted
                empty += wanted
                own += wanted
                scheduled += 1
            self.page, self.populated, self.empty, self.own, self.scheduled = stop, populated, empty, own, scheduled
        return self.page

    def turns(self, pages: int, most: int) -> tuple[int, "Stock"]:
        """Return how many times, up to ``most``, ``pages`` pages can be entered one by one for certain, and the stock after that."""
        first = self.page + 1
        times = (self.copy().enter(range(first, first + pages * most)) + 1 - first) // pages
        after = self.copy()
        after.enter(range(first, first + pages * times))
        return times, after

    def settle(self, allocator: "Allocator", chunk: "Chunk") -> None:
        """Make this the stock of ``allocator``, with ``chunk`` in use so far. The backing grants the pages for certain."""
        start, end = chunk.nr_populated, self.populated
        if end > start:
            allocator.backing.take_pages((end - start) * allocator.rules.nr_cpus)
            if allocator.page_array is not None:
                allocator.page_array.written(start, end)
            chunk.mark_populated(start, end)
            allocator.nr_populated += end - start
        allocator.times_scheduled = self.scheduled
        allocator.empty[counter_of(allocator, chunk)] = self.empty
        chunk.nr_empty_pop_pages = self.own


def counter_of(allocator: "Allocator", chunk: "Chunk") -> int:
    """Return the number of the counter in which the empty pages of ``chunk`` are counted."""
    return int(chunk.accounted and allocator.rules.counters > 1)


def _serves(allocator: "Allocator", chunk: "Chunk") -> bool:
    """Tell whether a run of the worker would populate pages of ``chunk`` and do nothing else.

    While areas fill the chunk it only goes down the lists, to the end of each, and there is nothing to populate on them before it.
    """
    rules = allocator.rules
    lists = allocator.lists[chunk.accounted]
    surplus = any(each[rules.free_slot].first is not each[rules.free_slot].last for each in allocator.lists)
    sparse = rules.depopulate_slot >= 0 and lists[rules.depopulate_slot].first is not None
    if surplus or sparse or not allocator.engine.idle:
        return False
    if rules.counters > 1:
        if allocator.empty[1 - counter_of(allocator, chunk)] < EMPTY_POP_PAGES_HIGH:
            return False
    elif chunk.accounted:
        return False  # what the two types have in common is populated in the other's chunks
    for slot in range(raw_slot(rules.page_size), rules.free_slot + 1):
        for candidate in lists[slot]:
            if candidate.nr_populated < candidate.nr_pages:
                return candidate is chunk
    return False
