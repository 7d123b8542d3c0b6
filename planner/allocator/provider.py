"""Where kernel memory comes from: slab, vmalloc or pages, with the log lines of what is refused."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from planner.allocator import chunk_cost, kernel_space
from planner.allocator.address_space import AddressSpace, Groups
from planner.allocator.chunk_cost import Holding, Piece
from planner.allocator.coverage import Coverage
from planner.allocator.gfp import mode_text
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Layout
from planner.allocator.memory import Memory
from planner.allocator.messages import format_message, vmalloc_failure_lines
from planner.allocator.space_run import Run

Limit = Literal["vmalloc", "ram"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the machine refused: ``limit`` is vmalloc (address space) or ram, ``size`` the bytes asked for.

    ``what`` is the piece of a chunk (``object vector``, ``areas`` …), the ``pages`` that back it, or ``slab`` and ``lowmem pages`` of a
    consumer. ``killer``: the request does not fail but waits for the out-of-memory killer; the allocator says nothing. ``say`` makes
    the lines: most refusals are the worker's, which nobody reads.
    """

    limit: Limit
    what: str
    size: int
    say: Callable[[], tuple[str, ...]] = field(repr=False, compare=False)
    killer: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """What the kernel logs before the allocator's own message; of the out-of-memory killer its first line."""
        return self.say()


@dataclass(frozen=True, slots=True)
class Held:
    """A live piece: its vmalloc ``areas`` as ``(address, bytes)``, the objects in ``slabs`` by size, and ``pages``."""

    what: str
    size: int
    areas: tuple[tuple[int, int], ...]
    slabs: tuple[int, ...]
    pages: int

    def shifted(self, by: int) -> "Held":
        """Return the same piece with its areas ``by`` bytes higher."""
        if not by or not self.areas:
            return self
        areas = tuple((address + by, size) for address, size in self.areas)
        return Held(self.what, self.size, areas, self.slabs, self.pages)


class Provider:
    """kmalloc, vmalloc and the page allocator of one machine; every refusal is recorded."""

    __slots__ = (
        "_holdings",
        "_tables",
        "comm",
        "layout",
        "memory",
        "noretry",
        "nowarn",
        "refusals",
        "space",
        "version",
    )

    def __init__(
        self, version: KernelVersion, layout: Layout, space: AddressSpace | None, memory: Memory, comm: str
    ) -> None:
        """``comm`` names the allocating task in the log lines; without a ``space`` addresses never run out (no MMU, percpu-km).

        ``noretry`` and ``nowarn`` are the flags of the request at hand.
        """
        self.version = version
        self.layout = layout
        self.space = space
        self.memory = memory
        self.comm = comm
        self.noretry = False
        self.nowarn = False
        self.refusals: list[Refusal] = []
        self._holdings: dict[int, Holding] = {}
        self._tables = Coverage(layout.page_size * layout.page_size // 8)

    def copy(self) -> "Provider":
        """Return an independent copy in the same state."""
        space = None if self.space is None else self.space.copy()
        twin = Provider(self.version, self.layout, space, self.memory.copy(), self.comm)
        twin.noretry, twin.nowarn = self.noretry, self.nowarn
        twin.refusals = self.refusals.copy()
        twin._holdings = self._holdings
        twin._tables = self._tables.copy()
        return twin

    def holding(self, size: int) -> Holding:
        """Return what an allocation of ``size`` bytes takes."""
        found = self._holdings.get(size)
        if found is None:
            layout = self.layout
            found = chunk_cost.holding(self.version, size, page_size=layout.page_size, word=layout.bits // 8)
            self._holdings[size] = found
        return found

    def take(self, piece: Piece) -> Held | None:
        """Get a piece as pcpu_mem_zalloc does; ``None`` when refused, and nothing of it is taken."""
        holding = self.holding(piece.size)
        areas: list[tuple[int, int]] = []
        for number, size in enumerate(holding.vmalloc if self.space is not None else ()):
            address = None if self.space is None else self.space.allocate(size)
            if address is None:
                self._give_areas(areas)
                asked = piece.size if number == 0 else (size // self.layout.page_size - 1) * self.layout.page_size
                self.refuse("vmalloc", piece.what, asked, area=size)
                return None
            areas.append((address, size))
        if not self.take_objects(piece.what, holding.slabs):
            self._give_areas(areas)
            return None
        if holding.pages and not self.memory.take(holding.pages, highmem=True):
            for size in holding.slabs:
                self.memory.give_slab(size)
            self._give_areas(areas)
            self.refuse("ram", piece.what, piece.size)
            return None
        for address, size in areas:
            self.map(address, size - self.layout.page_size)
        return Held(piece.what, piece.size, tuple(areas), holding.slabs, holding.pages)

    def give(self, held: Held) -> None:
        """Give a piece back; its areas lazily."""
        self._give_areas(held.areas)
        for size in held.slabs:
            self.memory.give_slab(size)
        if held.pages:
            self.memory.give(held.pages, highmem=True)

    def take_objects(self, what: str, sizes: Sequence[int]) -> bool:
        """Get kmalloc objects, all or none."""
        for number, size in enumerate(sizes):
            if not self.memory.take_slab(size):
                for taken in sizes[:number]:
                    self.memory.give_slab(taken)
                self.refuse("ram", what, size)
                return False
        return True

    def take_pages(self, pages: int) -> bool:
        """Get backing pages."""
        if self.memory.take(pages, highmem=True):
            return True
        self.refuse("ram", "pages", pages * self.layout.page_size)
        return False

    def take_memory(self, size: int, count: int, where: str) -> bool:
        """Get ``count`` objects of ``size`` bytes for somebody else than the allocator."""
        if where == "slab":
            if self.memory.take_slab(size, count):
                return True
            self.refuse("ram", "slab", size)
            return False
        if where == "pages":
            if self.memory.take(-(-size // self.layout.page_size) * count):
                return True
            self.refuse("ram", "lowmem pages", size)
            return False
        return all(self.take(Piece("vmalloc", max(size, self.layout.page_size + 1))) is not None for _ in range(count))

    def map(self, address: int, size: int) -> None:
        """Make the page tables under a mapping; they stay."""
        if size:
            self.memory.force(self._tables.touch(address, address + size))

    def take_run(self, run: Run, pages: int, changes: Sequence[tuple[int, float]], groups: Groups) -> None:
        """Take the memory of ``run`` at once, which :meth:`Memory.cycles` found to be there.

        ``changes`` are the objects that a cycle takes (size, 1) and gives back (size, -1), in order; on average where not whole.
        """
        self.memory.take(run.count * pages, highmem=True)
        lasting: dict[int, float] = {}
        peak: dict[int, float] = {}
        for size, change in changes:
            cache = chunk_cost.kmalloc_size(size)
            lasting[cache] = lasting.get(cache, 0) + change
            peak[cache] = max(peak.get(cache, 0), lasting[cache])
        for cache, kept in lasting.items():
            self.memory.take_slab(cache, math.ceil((run.count - 1) * kept + peak[cache]))
            self.memory.give_slab(cache, int(peak[cache] - kept))
        down = (run.count - 1) * run.stride
        for offset, size in groups:
            self.map(run.base + offset - down, size + down)
        if run.step:
            self.map(run.start, run.count * run.step)

    def refuse(self, limit: Limit, what: str, size: int, *, area: int = 0) -> None:
        """Record a refusal; ``area`` is the vmalloc area with guard page that found no place."""
        waits = limit == "ram" and not (self.noretry and kernel_space.REQUEST_FLAGS.at(self.version))
        say = partial(self._lines, limit, what, size, area, noretry=self.noretry, nowarn=self.nowarn)
        self.refusals.append(Refusal(limit, what, size, say, waits))

    def _lines(self, limit: Limit, what: str, size: int, area: int, *, noretry: bool, nowarn: bool) -> tuple[str, ...]:  # noqa: PLR0913 - what was asked, and how
        version = self.version
        handed_on = kernel_space.REQUEST_FLAGS.at(version)
        if nowarn and handed_on:
            return ()
        more = ("__GFP_NORETRY",) if noretry and handed_on else ()
        if limit == "vmalloc":
            if not area or self.space is None:
                return ()
            space = self.space
            return vmalloc_failure_lines(
                version, size=size, area=area, comm=self.comm, start=space.start, end=space.end, flags=more
            )
        own = {"pages": ("__GFP_HIGHMEM",), "lowmem pages": ()}.get(what, ("__GFP_COMP",))
        mode = mode_text(version, ("GFP_KERNEL", *own, *more))
        if not more:
            values = {
                "comm": self.comm,
                "mode": mode,
                "order": 0,
                "adj": 0,
                "mems": "(null)",
                "rest": "oom_score_adj=0",
            }
            return (format_message("oom-invoked", version, **values),)
        if what != "pages":
            return ()
        return (format_message("page-failure", version, comm=self.comm, order=0, mode=mode, cpuset="/", mems="0"),)

    def _give_areas(self, areas: Sequence[tuple[int, int]]) -> None:
        if self.space is not None:
            for address, size in areas:
                self.space.free(address, size)
