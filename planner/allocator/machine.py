"""A machine as the allocator's backing: address space and memory, what a chunk takes of both, and what refused.

Sources: mm/percpu.c:pcpu_alloc_chunk, pcpu_free_chunk; mm/percpu-vm.c:pcpu_create_chunk, pcpu_destroy_chunk, pcpu_get_pages.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache

from planner.allocator import chunk_cost, kernel_space
from planner.allocator.address_space import AddressSpace
from planner.allocator.chunk_cost import ChunkConfig, Piece
from planner.allocator.chunk_register import ChunkRegister
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Layout
from planner.allocator.memory import Memory
from planner.allocator.provider import Held, Provider, Refusal
from planner.allocator.space_run import Run, do_run, find_area_run, find_run

__all__ = ["MachineBacking", "Refusal"]


_BATCH = 512
_LAST = 4096
"""Instances whose kernel memory is taken at once during a fill."""


class MachineBacking:
    """Chunks out of one address space and one memory, in the order and with the failures of the kernel.

    :param version: the kernel.
    :param layout: the layout that all chunks share.
    :param space: the vmalloc space with everything in it that is there already; ``None`` where chunks need none (percpu-km).
    :param memory: RAM; without it nothing runs out of memory.
    :param config: what of the configuration a chunk's cost depends on.
    :param comm: the name of the task that allocates, for the log lines.
    :param page_array: the temporary page array exists already (a dynamic chunk was populated before).

    ``provider`` has the request's flags ``noretry`` and ``nowarn`` (4.16 on), to be set before a request. ``refusals`` lists what was
    refused, oldest first; the caller may clear it.
    """

    __slots__ = (
        "_area_slabs",
        "_blocks",
        "_chunks",
        "_groups",
        "_pieces",
        "_unowned",
        "config",
        "layout",
        "page_array",
        "provider",
        "version",
    )

    def __init__(  # noqa: PLR0913 - the facts of a machine
        self,
        version: KernelVersion,
        layout: Layout,
        space: AddressSpace | None,
        memory: Memory | None = None,
        config: ChunkConfig | None = None,
        *,
        comm: str = "<task>",
        page_array: bool = False,
    ) -> None:
        if space is None and not layout.km:
            raise ValueError("chunks of this layout need an address space")
        self.version = version
        self.layout = layout
        self.config = ChunkConfig() if config is None else config
        self.provider = Provider(version, layout, space, Memory() if memory is None else memory, comm)
        self.page_array = page_array or layout.km
        self._groups = tuple((group.offset, group.nr_units * layout.unit_size) for group in layout.groups)
        self._blocks = _joined(self._groups)
        self._pieces = tuple(
            chunk_cost.metadata(version, layout, self.config, accounted=flag) for flag in (False, True)
        )
        self._area_slabs = chunk_cost.areas_slabs(version, layout)
        self._chunks = ChunkRegister()
        self._unowned: list[Held] = []

    def copy(self) -> "MachineBacking":
        """Return an independent copy in the same state."""
        twin = MachineBacking(
            self.version, self.layout, self.space, self.memory, self.config, page_array=self.page_array
        )
        twin.provider = self.provider.copy()
        twin._chunks = self._chunks.copy()
        twin._unowned = self._unowned.copy()
        return twin

    @property
    def space(self) -> AddressSpace | None:
        """The address space, in its present state."""
        return self.provider.space

    @property
    def memory(self) -> Memory:
        """The memory, in its present state."""
        return self.provider.memory

    @property
    def room(self) -> int | None:
        """Pages that are free, lowmem and highmem; ``None`` where memory has no limit."""
        return self.memory.room(highmem=True)

    @property
    def refusals(self) -> list[Refusal]:
        """What was refused, oldest first."""
        return self.provider.refusals

    @contextmanager
    def background(self) -> Iterator[None]:
        """Set the flags under which the worker asks: it neither waits for the out-of-memory killer nor logs (4.14.74 on)."""
        provider = self.provider
        before = provider.noretry, provider.nowarn
        provider.noretry = provider.nowarn = kernel_space.QUIET_WORKER.at(self.version)
        try:
            yield
        finally:
            provider.noretry, provider.nowarn = before

    @property
    def chunks(self) -> int:
        """Chunks that were created here or adopted, and live."""
        return len(self._chunks)

    def areas(self) -> Iterator[tuple[int, int, str]]:
        """Yield ``(address, bytes, what)`` of every area of live chunks, in no order; ``what`` is a piece's name, or ``areas``."""
        for base, held in self._chunks.items():
            for piece in held:
                for address, size in piece.areas:
                    yield address, size, piece.what
            for offset, size in self._groups:
                yield base + offset, size, "areas"

    def metadata_bytes(self, *, accounted: bool = False) -> tuple[int, int]:
        """Return the bytes of one chunk's metadata: asked for, and vmalloc space that they take beside the chunk's own areas."""
        pieces = self._pieces[accounted]
        return sum(piece.size for piece in pieces), sum(
            sum(self.provider.holding(piece.size).vmalloc) for piece in pieces
        )

    # -- what the allocator asks ---------------------------------------------------------------------------------------

    def create_chunk(self, *, accounted: bool) -> int | None:
        """Take metadata and areas of one chunk, or nothing of it."""
        held: list[Held] = []
        for piece in self._pieces[accounted]:
            got = self.provider.take(piece)
            if got is None:
                self._release(held)
                return None
            held.append(got)
        base = self._chunks.next_number() if self.layout.km else self._take_areas()
        if base is None:
            self._release(held)
            return None
        self._chunks.add(base, tuple(held))
        return base

    def destroy_chunk(self, base: int) -> None:
        """Give areas and metadata back, in this order.

        :raises KeyError: there is no chunk at ``base``.
        """
        held = self._chunks.remove(base)
        if self.provider.space is not None and not self.layout.km:
            self.provider.space.free_percpu(base, self._groups)
        for size in () if self.layout.km else self._area_slabs:
            self.provider.memory.give_slab(size)
        self._release(held)

    def extend_map(self, old_bytes: int, new_bytes: int, base: int | None = None) -> bool:
        """Take a larger area map and give the old one back; ``base`` is ``None`` for the first chunk's."""
        got = self.provider.take(Piece("area map", new_bytes))
        if got is None:
            return False
        if base is None:
            old = next((held for held in self._unowned if held.size == old_bytes), None)
            if old is not None:
                self._unowned.remove(old)
                self.provider.give(old)
            self._unowned.append(got)
            return True
        chunk, *maps = self._chunks.remove(base)
        for held in maps:
            self.provider.give(held)
        self._chunks.add(base, (chunk, got))
        return True

    def take_pages(self, pages: int) -> bool:
        """Take backing pages, highmem first; the first time the temporary page array as well."""
        if not self.page_array:
            for piece in chunk_cost.populate_once(self.version, self.layout):
                if self.provider.take(piece) is None:
                    return False
            self.page_array = True
        return self.provider.take_pages(pages)

    def give_pages(self, pages: int) -> None:
        """Give backing pages back."""
        self.provider.memory.give(pages, highmem=True)

    def create_chunks(  # noqa: PLR0913 - what a cycle consists of, by name
        self,
        count: int,
        *,
        accounted: bool,
        pages: int = 0,
        maps: Sequence[tuple[int, int]] = (),
        slabs: Sequence[tuple[int, float]] = (),
        low_pages: float = 0,
    ) -> Sequence[int]:
        """Do up to ``count`` whole cycles in one step; see :class:`~planner.allocator.backing.BulkBacking`."""
        space = self.provider.space
        if (space is None and not self.layout.km) or (pages and not self.page_array):
            return ()
        if not self._is_chain(maps, accounted=accounted):
            return ()
        pieces = [*self._pieces[accounted], *(Piece("area map", new) for _old, new in maps)]
        first = [self._unplaced(piece) for piece in pieces]
        own = first[: len(first) - len(maps)]
        sizes = [size for held in first for _at, size in held.areas]
        areas = () if self.layout.km else self._area_slabs
        kept = [size for held in own for size in held.slabs] + [*areas]
        changes: list[tuple[int, float]] = [(size, 1) for size in kept]
        for old, new in maps:
            changes += [(size, 1) for size in self.provider.holding(new).slabs]
            changes += [(size, -1) for size in self.provider.holding(old).slabs]
        changes += slabs
        data = pages + sum(held.pages for held in first)
        every: list[tuple[int, float]] = [
            *((size, 1) for size in areas),
            *((size, 1) for held in first for size in held.slabs),
            *slabs,
        ]
        mapped = sum(sizes) + (0 if self.layout.km else sum(size for _offset, size in self._groups))
        tables = mapped / (self.layout.page_size * self.layout.page_size // 8)
        count = min(count, self.provider.memory.cycles(data, every, low_pages + tables))
        run = self._find_run(sizes, count) if count > 0 else None
        if run is None:
            return ()
        groups = () if self.layout.km else self._blocks
        if space is not None:
            do_run(space, run, groups)
        self.provider.take_run(run, data, changes, groups)
        self.provider.memory.take(math.ceil(run.count * low_pages))
        lasting = [first[0], max(first[1:], key=lambda held: held.size)] if maps else first
        self._chunks.add_run(run, _placed(lasting, run.start))
        return run.bases

    def _is_chain(self, maps: Sequence[tuple[int, int]], *, accounted: bool) -> bool:
        """Tell whether a new chunk's map extended by all of ``maps`` leaves one map, and which addresses that takes is certain.

        A cycle may begin with the last extensions of the chunk before.
        """
        page = self.layout.page_size
        ordered = sorted(maps)
        chain = [self._pieces[accounted][-1].size, *(new for _old, new in ordered)]
        if [old for old, _new in ordered] != chain[:-1] or any(old > page for old, _new in ordered):
            return False
        return ordered == list(maps) or chain[-1] <= page

    def _find_run(self, sizes: Sequence[int], count: int) -> Run | None:
        """Return the run that ``count`` cycles make, as far as it is certain; ``sizes`` are the metadata's vmalloc areas."""
        space = self.provider.space
        if not self.layout.km:
            return None if space is None else find_run(space, sizes, self._blocks, self.layout.atom_size, count)
        run = find_area_run(space, sizes, count) if space is not None and sizes else Run(count, 0, -1, 0, 0)
        return None if run is None else replace(run, base=self._chunks.take_numbers(run.count))

    def swap_maps(self, one: int, other: int) -> None:
        """Exchange the area maps of the chunks at two bases, after :meth:`create_chunks` dealt them out."""
        self._chunks.swap_maps(one, other)

    # -- what else lives on the machine --------------------------------------------------------------------------------

    def take_memory(self, size: int, count: int = 1, where: str = "slab") -> bool:
        """Take ``count`` objects of ``size`` bytes that an instance of a consumer costs; ``False`` at the first that is refused.

        ``pages`` come from lowmem. What was taken before a refusal stays taken, as in the kernel until the caller frees it.
        """
        return self.provider.take_memory(size, count, where)

    def certain_charges(self, charges: Sequence[tuple[int, int, str]], *, margin: bool) -> int:
        """Return how many instances' kernel memory ``(size, count, where)`` can certainly be taken at once.

        ``margin``: with enough left over for two chunks, so that taking it early is felt by nobody. vmalloc is taken one by one.
        """
        parts = _parts(tuple(charges), self.layout.page_size)
        if parts is None:
            return 0
        slabs, low, each = parts
        if margin and slabs and kernel_space.MAP_BYTES.at(self.version):
            return 0  # an area map that grows holds the old one a moment longer, perhaps in the same slab
        certain = self.memory.cycles(0, slabs, low)
        if not margin:
            return certain or self.memory.rounds(slabs, low, _LAST)
        if self.memory.lowmem is None:
            return min(certain, _BATCH)
        chunk = 2 * (self.layout.unit_pages * self.layout.nr_cpus + 64)
        return _BATCH if certain > _BATCH + chunk and self.memory.lowmem > chunk + _BATCH * each else 0

    def certain_rounds(self, pages: int, charges: Sequence[tuple[int, int, str]]) -> int:
        """Return how often backing pages and kernel memory ``(size, count, where)`` can certainly be taken together."""
        parts = _parts(tuple(charges), self.layout.page_size)
        if (pages and not self.page_array) or parts is None:
            return 0
        slabs, low, _each = parts
        return self.memory.cycles(pages, slabs, low)

    def return_charges(self, charges: Sequence[tuple[int, int, str]], instances: int) -> None:
        """Give back kernel memory that was taken ahead for ``instances`` that never came."""
        for size, count, where in charges:
            if where == "slab":
                self.memory.return_slab(size, count * instances)
            else:
                self.memory.give(-(-size // self.layout.page_size) * count * instances)

    def adopt(self, bases: Iterable[int], metadata: Iterable[tuple[int, int]] = ()) -> None:
        """Take over chunks that exist already: their areas are busy in the space, ``metadata`` are ``(address, bytes)`` of theirs there.

        Which metadata belongs to which chunk is not known from a list of areas: they are dealt out by size in address order.
        """
        free: dict[int, list[int]] = {}
        for address, size in sorted(metadata, reverse=True):
            free.setdefault(size, []).append(address)
        for base in sorted(bases, reverse=True):
            held = []
            for piece in map(self._unplaced, self._pieces[False]):
                areas = tuple((free[size].pop(), size) for _at, size in piece.areas if free.get(size))
                held.append(Held(piece.what, piece.size, areas, piece.slabs, piece.pages))
            self._chunks.add(base, tuple(held))

    def _unplaced(self, piece: Piece) -> Held:
        """Return what ``piece`` takes, its areas without addresses."""
        holding = self.provider.holding(piece.size)
        areas = () if self.provider.space is None else tuple((0, size) for size in holding.vmalloc)
        return Held(piece.what, piece.size, areas, holding.slabs, holding.pages)

    def _take_areas(self) -> int | None:
        space = self.provider.space
        if space is None or not self.provider.take_objects("areas", self._area_slabs):
            return None
        base = space.allocate_percpu(self._groups, self.layout.atom_size)
        if base is None:
            for size in self._area_slabs:
                self.provider.memory.give_slab(size)
            self.provider.refuse("vmalloc", "areas", sum(size for _offset, size in self._groups))
            return None
        for offset, size in self._groups:
            self.provider.map(base + offset, size)
        return base

    def _release(self, held: Sequence[Held]) -> None:
        """Give metadata back in reverse order, as pcpu_free_chunk and the error paths do."""
        for piece in reversed(held):
            self.provider.give(piece)


@lru_cache(maxsize=256)
def _parts(charges: tuple[tuple[int, int, str], ...], page: int) -> tuple[tuple[tuple[int, int], ...], int, int] | None:
    """Return an instance's objects as (size, count), its pages of lowmem, and the pages that it takes at most; ``None`` with vmalloc."""
    if any(where == "vmalloc" for _size, _count, where in charges):
        return None
    slabs = tuple((size, count) for size, count, where in charges if where == "slab")
    low = sum(-(-size // page) * count for size, count, where in charges if where == "pages")
    return slabs, low, sum(-(-size // page) * count for size, count, _where in charges) or 1


def _joined(groups: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the groups' areas, those that touch taken as one: they find the same places."""
    joined: list[tuple[int, int]] = []
    for offset, size in sorted(groups):
        if joined and sum(joined[-1]) == offset:
            joined[-1] = (joined[-1][0], joined[-1][1] + size)
        else:
            joined.append((offset, size))
    return tuple(joined)


def _placed(pieces: Iterable[Held], address: int) -> tuple[Held, ...]:
    """Return the pieces with their areas one after the other from ``address`` up."""
    placed = []
    for piece in pieces:
        areas = []
        for _at, size in piece.areas:
            areas.append((address, size))
            address += size
        placed.append(Held(piece.what, piece.size, tuple(areas), piece.slabs, piece.pages))
    return tuple(placed)
