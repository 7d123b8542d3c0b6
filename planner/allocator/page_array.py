"""The array of page pointers that populating a chunk fills: up to 3.16 it kept its entries from one call to the next.

When alloc_pages failed half-way, pcpu_alloc_pages freed every page named in the range asked for: those just allocated, and those that
an earlier call had left there, though they were in use (commit f0d279654dea, "percpu: fix pcpu_alloc_pages() failure path").
The count of free pages then runs ahead of the truth by what this class counts.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.allocator.backing import Backing


class PageArray:
    """Which entries of the array name a page: by page index, a bit for each possible CPU in the order they are walked."""

    __slots__ = ("_entries", "_full", "_nr_cpus")

    def __init__(self, nr_cpus: int) -> None:
        self._nr_cpus = nr_cpus
        self._full = (1 << nr_cpus) - 1
        self._entries: dict[int, int] = {}

    def written(self, start: int, end: int) -> None:
        """Pages ``[start, end)`` were allocated, or unmapped, for every CPU: all their entries name pages now."""
        for page in range(start, end):
            self._entries[page] = self._full

    def failed(self, start: int, end: int, taken: int) -> int:
        """Allocating ``[start, end)`` failed after ``taken`` pages (CPU by CPU, page by page); return how many others are freed."""
        stale = 0
        for number, (cpu, page) in enumerate((cpu, page) for cpu in range(self._nr_cpus) for page in range(start, end)):
            entries = self._entries.get(page, 0)
            if number < taken:
                self._entries[page] = entries | 1 << cpu
            elif number == taken:
                self._entries[page] = entries & ~(1 << cpu)
            else:
                stale += entries >> cpu & 1
        return stale


def free_stale_pages(backing: "Backing", array: PageArray, start: int, end: int) -> None:
    """Do what a page allocation for ``[start, end)`` does that fails half-way: free pages in use along with those just taken."""
    taken = 0
    while backing.take_pages(1):
        taken += 1
    backing.give_pages(taken + array.failed(start, end, taken))
