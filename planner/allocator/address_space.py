"""The vmalloc space: ordinary areas from the bottom, congruent per-CPU areas from the top, lazily freed ones in between.

Sources: mm/vmalloc.c of the versions named in kernel_space.py. Areas are described by what is free between them, so a
space with ten thousand areas costs no more than its holes; who owns an area is the business of its owner.
"""

from collections.abc import Iterable, Sequence

from planner.allocator import kernel_space
from planner.allocator.free_blocks import FreeBlocks
from planner.allocator.kernel_version import KernelVersion
from planner.quick import dataclass

Groups = Sequence[tuple[int, int]]
"""Offset and size in bytes of each group's area; the lowest offset is 0."""


@dataclass(frozen=True, slots=True)
class SpaceRules:
    """How one kernel searches. ``gap`` in bytes; ``lazy_limit`` in bytes of lazily freed areas that start a purge."""

    ordinary: kernel_space.OrdinarySearch
    percpu: kernel_space.PercpuSearch
    gap: int
    strict: bool
    page_size: int
    lazy_limit: int

    @classmethod
    def of(cls, version: KernelVersion, *, page_size: int, online_cpus: int) -> "SpaceRules":
        """Look the rules of ``version`` up.

        :raises LookupError: the version is older than 2.6.28.
        """
        return cls(
            ordinary=kernel_space.ORDINARY_SEARCH.at(version),
            percpu=kernel_space.PERCPU_SEARCH.at(version),
            gap=kernel_space.HOLE_GAP.at(version) * page_size,
            strict=kernel_space.STRICT_HOLE.at(version),
            page_size=page_size,
            lazy_limit=max(online_cpus, 1).bit_length() * kernel_space.LAZY_PURGE_BYTES,
        )


class AddressSpace:
    """The addresses from ``start`` up to before ``end``; both as the kernel's VMALLOC_START and VMALLOC_END.

    Sizes include the guard page where there is one: :meth:`allocate` and :meth:`free` add nothing. ``free`` is lazy as in the
    kernel: the addresses return at the next purge (too much lazily freed, or a search that failed). A purge is taken to be over at once,
    where the kernel (5.13 on) leaves it to a worker. ``lazy`` lists the lazily freed ``(start, end)`` and ``lazy_bytes`` is their
    sum; ``hint`` is vmap_area_pcpu_hole, the address from which per-CPU searches up to 5.1 start downwards.

    Not modelled: 64-bit kernels from 6.9 on keep freed small areas in pools by size and hand them out again before they search
    (mm/vmalloc.c:node_alloc), which changes addresses in a space that never runs out, and no count.
    """

    __slots__ = (
        "_cache_end",
        "_cached_align",
        "_cached_hole",
        "_floors",
        "blocks",
        "end",
        "hint",
        "lazy",
        "lazy_bytes",
        "rules",
        "start",
    )

    def __init__(self, start: int, end: int, rules: SpaceRules, areas: Iterable[tuple[int, int]] = ()) -> None:
        """``areas`` are the ``(start, size)`` in bytes that are busy; parts outside the range are ignored.

        :raises ValueError: the range is empty, or two areas overlap.
        """
        if end <= start:
            raise ValueError("an address space needs an end above its start")
        self.start = start
        self.end = end
        self.rules = rules
        self.blocks = FreeBlocks(start, end)
        self.lazy: list[tuple[int, int]] = []
        self.lazy_bytes = 0
        self.hint = end
        self._cache_end: int | None = None
        self._cached_hole = 0
        self._cached_align = 1
        self._floors: dict[tuple[int, int], int] = {}
        for address, size in areas:
            self.reserve(address, size)

    def copy(self) -> "AddressSpace":
        """Return an independent copy; its cost is that of the holes."""
        twin = AddressSpace(self.start, self.end, self.rules)
        twin.blocks = self.blocks.copy()
        twin.lazy = self.lazy.copy()
        twin.lazy_bytes = self.lazy_bytes
        twin.hint = self.hint
        twin._cache_end, twin._cached_hole, twin._cached_align = self._cache_end, self._cached_hole, self._cached_align
        twin._floors = self._floors.copy()
        return twin

    @property
    def free_bytes(self) -> int:
        """Bytes that are free, lazily freed ones not counted."""
        return sum(high - low for low, high in self.blocks)

    @property
    def largest_hole(self) -> int:
        """Bytes of the largest free block."""
        return max((high - low for low, high in self.blocks), default=0)

    def reserve(self, address: int, size: int) -> None:
        """Make ``size`` bytes at ``address`` busy, as far as they lie in the space.

        :raises ValueError: a part of it is busy.
        """
        low, high = max(address, self.start), min(address + size, self.end)
        if low < high:
            self.blocks.take(low, high)

    # -- ordinary areas ------------------------------------------------------------------------------------------------

    def allocate(self, size: int, align: int = 1) -> int | None:
        """Take ``size`` bytes (guard page included) for vmalloc or ioremap; ``None`` where no hole is left after a purge.

        ``align`` is a power of two, as alloc_vmap_area gets it (vmalloc: 1).
        """
        address = self._search(size, align)
        if address is None and self.purge():
            address = self._search(size, align)
        if address is None:
            return None
        self.blocks.take(address, address + size)
        if self.rules.ordinary == "cached":
            self._cache_end = address + size
        return address

    def free(self, address: int, size: int) -> None:
        """Give an area back, lazily."""
        low, high = max(address, self.start), min(address + size, self.end)
        if low < high:
            self.lazy.append((low, high))
            self.lazy_bytes += high - low
            if self.lazy_bytes > self.rules.lazy_limit:
                self.purge()

    def purge(self) -> bool:
        """Make lazily freed areas really free; return whether there were any."""
        if not self.lazy:
            return False
        for low, high in sorted(self.lazy):
            self._forget(low, high)
            self.blocks.give(low, high)
        self.lazy.clear()
        self.lazy_bytes = 0
        self._floors.clear()
        return True

    def _forget(self, low: int, high: int) -> None:
        """Adjust the searches' memories to a freed area (mm/vmalloc.c:__free_vmap_area up to 5.1)."""
        self.hint = max(self.hint, high)
        if self._cache_end is not None and low < self._cache_end:
            index = self.blocks.index(low)
            touching = index >= 0 and self.blocks.ends[index] == low
            before = self.blocks.starts[index] if touching else low
            self._cache_end = before if before > self.start else None

    def _search(self, size: int, align: int) -> int | None:
        if self.rules.ordinary == "cached":
            return self._search_cached(size, align)
        key = (size, align)
        blocks = self.blocks
        for index in range(blocks.above(self._floors.get(key, self.start)), len(blocks)):
            address = self._fit(index, size, align)
            if address is not None:
                self._floors[key] = blocks.starts[index]
                return address
        self._floors[key] = self.end
        return None

    def _fit(self, index: int, size: int, align: int) -> int | None:
        """Return where ``size`` bytes go in a block, by the rules of the plain searches."""
        low, high = self.blocks.starts[index], self.blocks.ends[index]
        if self.rules.gap and low > self.start:
            low += self.rules.gap
        address = -(-low // align) * align
        spare = 1 if self.rules.strict and high < self.end else 0
        return address if address + size + spare <= high else None

    def _search_cached(self, size: int, align: int) -> int | None:
        """Search from the last area taken on, unless a hole was seen below it (2.6.39 to 5.1)."""
        if self._cache_end is None or size < self._cached_hole or align < self._cached_align:
            self._cached_hole = 0
            self._cache_end = None
        self._cached_align = align
        first = self.start if self._cache_end is None else self._cache_end
        blocks = self.blocks
        for index in range(blocks.above(first), len(blocks)):
            address = self._fit(index, size, align)
            if address is not None:
                return address
            low = (
                -(-(blocks.starts[index] + (self.rules.gap if blocks.starts[index] > self.start else 0)) // align)
                * align
            )
            if blocks.ends[index] < self.end:
                self._cached_hole = max(self._cached_hole, blocks.ends[index] - low)
        return None

    def steady_block(self, sizes: Sequence[int]) -> int | None:
        """Return the index of the block from whose start all of ``sizes`` will be served one after the other, as long as it lasts.

        ``None`` where that is not certain.
        """
        smallest = min(sizes)
        blocks = self.blocks
        if self.rules.gap or self.rules.strict:
            return None
        if self.rules.ordinary == "cached":
            if self._cache_end is None or smallest < self._cached_hole or self._cached_align > 1:
                return None
            index = blocks.index(self._cache_end)
            return index if index >= 0 and blocks.starts[index] == self._cache_end else None
        for index in range(blocks.above(self._floors.get((smallest, 1), self.start)), len(blocks)):
            if blocks.ends[index] - blocks.starts[index] >= smallest:
                return index
        return None

    def take_steady(self, start: int, end: int) -> None:
        """Take ``[start, end)`` at the start of a :meth:`steady_block` for several areas at once."""
        self.blocks.take(start, end)
        if self.rules.ordinary == "cached":
            self._cache_end = end

    # -- per-CPU areas -------------------------------------------------------------------------------------------------

    def allocate_percpu(self, groups: Groups, atom: int) -> int | None:
        """Take the areas of one chunk; return the address of the lowest, ``None`` where no place is left after a purge.

        ``atom`` is the alignment in bytes; offsets and sizes are multiples of it.
        """
        span = max(offset + size for offset, size in groups)
        if self.rules.percpu == "bottom-up":
            return self.allocate(span + self.rules.page_size)
        low = -(-self.start // atom) * atom
        high = self.end // atom * atom
        if high - low < span:
            return None
        base = self._search_percpu(groups, atom)
        if base is None:
            self.purge()
            base = self._search_percpu(groups, atom)
        if base is None:
            return None
        for offset, size in groups:
            self.blocks.take(base + offset, base + offset + size)
        self.hint = base + max(offset for offset, _size in groups)
        return base

    def free_percpu(self, base: int, groups: Groups) -> None:
        """Give a chunk's areas back, lazily."""
        if self.rules.percpu == "bottom-up":
            self.free(base, max(offset + size for offset, size in groups) + self.rules.page_size)
            return
        for offset, size in groups:
            self.free(base + offset, size)

    def find_percpu(self, groups: Groups, atom: int) -> int | None:
        """Return where the next chunk would go without taking it or purging; ``None`` where no place is free now."""
        span = max(offset + size for offset, size in groups)
        if self.end // atom * atom - -(-self.start // atom) * atom < span:
            return None
        return self._search_percpu(groups, atom)

    def _search_percpu(self, groups: Groups, atom: int) -> int | None:
        """Return the highest base below the search's bound at which every group's area is free."""
        low = -(-self.start // atom) * atom
        top = self.end // atom * atom
        if self.rules.percpu == "next lower block":
            return self._search_next_lower(groups, atom, low, top)
        if self.rules.percpu == "hint":
            index = self.blocks.index(self.hint)
            if index < 0:
                return None
            top = min(top, self.blocks.ends[index] // atom * atom)
        base = top - max(offset + size for offset, size in groups)
        settled = False
        while not settled:
            settled = True
            for offset, size in groups:
                lowered = self._lower(base + offset, size, atom)
                if lowered is None or lowered - offset < low:
                    return None
                if lowered != base + offset:
                    base = lowered - offset
                    settled = False
        return base

    def _lower(self, address: int, size: int, atom: int) -> int | None:
        """Return the highest place at or below ``address`` where ``size`` bytes are free, the end on an atom boundary."""
        blocks = self.blocks
        index = blocks.index(address)
        while index >= 0:
            place = min(address, blocks.ends[index] // atom * atom - size)
            if place >= blocks.starts[index]:
                return place
            index -= 1
        return None

    def _search_next_lower(self, groups: Groups, atom: int, low: int, high: int) -> int | None:
        """Search as 5.2 alone does: leave a block as soon as an area sticks out of it, at either end."""
        blocks = self.blocks

        def top(index: int) -> tuple[int, int]:
            while index >= 0:
                end = min(blocks.ends[index] // atom * atom, high)
                if blocks.starts[index] < end:
                    return index, end
                index -= 1
            return -1, 0

        area = term = max(range(len(groups)), key=lambda number: groups[number][0])
        index, end = top(blocks.index(high))
        base = end - sum(groups[area])
        while True:
            if index < 0 or base < low:
                return None
            offset, size = groups[area]
            if base + offset < blocks.starts[index] or base + offset + size > blocks.ends[index]:
                index, end = top(index - 1)
                base = end - (offset + size)
                term = area
                continue
            area = (area - 1) % len(groups)
            if area == term:
                return base
            index = blocks.index(base + sum(groups[area]))
