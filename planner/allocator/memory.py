"""RAM as far as it can run out: pages that kernel and highmem allocations may still take, and the slab on top of them.

The watermark rules are those of mm/page_alloc.c:__setup_per_zone_wmarks and mm/khugepaged.c:set_recommended_min_free_kbytes; the slab
geometry is mm/slub.c:calculate_order. Pages parked on per-CPU lists (no figure of free memory counts them), free objects in
partial slabs and what other processes do are not known: :attr:`Memory.uncertain_pages` says by how much the figures may be off.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from planner.allocator import kernel_space
from planner.allocator.chunk_cost import kmalloc_size
from planner.allocator.kernel_version import KernelVersion

_MAXIMUM_ORDER = 3
"""slub_max_order, PAGE_ALLOC_COSTLY_ORDER."""
_PCPTYPES = 3
"""MIGRATE_PCPTYPES."""
_BATCH_SCALE = 5
"""CONFIG_PCP_BATCH_SCALE_MAX: in a row of allocations a list takes up to 2^5 batches at a time (6.7 on)."""
_VISITED = 8
"""CPUs that a run to the end comes to: all of up to 8, which is the most that runs were recorded with; of more not many more (assumed)."""
_LIST_SHARE = 8
"""The lists of all CPUs grow to an eighth of the zone at most (mm/page_alloc.c:zone_highsize, 6.7 on)."""


def minimum_free_kib(lowmem_kib: int) -> int:
    """Return the kernel's own min_free_kbytes for ``lowmem_kib`` of managed memory below highmem (init_per_zone_wmark_min)."""
    return min(max(math.isqrt(lowmem_kib * 16), 128), 262144)


def watermarks_kib(lowmem_kib: int, min_free_kib: int) -> tuple[int, int]:
    """Return the low and high watermarks over all of lowmem (mm/page_alloc.c:__setup_per_zone_wmarks, watermark_scale_factor 10)."""
    step = max(min_free_kib // 4, lowmem_kib // 1000)
    return min_free_kib + step, min_free_kib + 2 * step


def recommended_free_kib(lowmem_kib: int, *, zones: int, page_size: int, pageblock_pages: int) -> int:
    """Return the min_free_kbytes that transparent hugepages raise it to (not with less than 512 MiB of RAM).

    It is capped at a twentieth of what nr_free_buffer_pages counts: lowmem above the high watermark.
    """
    pages = pageblock_pages * zones * (2 + _PCPTYPES * _PCPTYPES)
    buffers_kib = lowmem_kib - watermarks_kib(lowmem_kib, minimum_free_kib(lowmem_kib))[1]
    return min(pages, buffers_kib * 1024 // page_size // 20) * page_size // 1024


def min_free_kib_of(
    lowmem_kib: int, *, zones: int = 2, page_size: int = 4096, hugepages: bool = True, pageblock_pages: int = 512
) -> int:
    """Return min_free_kbytes as the kernel sets it at boot, ``hugepages`` being transparent ones."""
    least = minimum_free_kib(lowmem_kib)
    if not hugepages:
        return least
    return max(
        least, recommended_free_kib(lowmem_kib, zones=zones, page_size=page_size, pageblock_pages=pageblock_pages)
    )


def untouchable_pages(  # noqa: PLR0913 - the facts of a machine
    *,
    lowmem_kib: int,
    dma_kib: int = 15360,
    page_size: int = 4096,
    hugepages: bool = True,
    pageblock_pages: int = 512,
    min_free_kib: int | None = None,
) -> int:
    """Return the pages that an ordinary GFP_KERNEL allocation leaves: the zones' min watermarks and the DMA zone's reserve.

    ``lowmem_kib`` is the managed memory below highmem, ``dma_kib`` the DMA zone in it (0 where there is none);
    ``min_free_kib`` overrides what the kernel would choose. A machine that allocates without end stops here.
    """
    if min_free_kib is None:
        min_free_kib = min_free_kib_of(
            lowmem_kib,
            zones=2 if dma_kib else 1,
            page_size=page_size,
            hugepages=hugepages,
            pageblock_pages=pageblock_pages,
        )
    reserve = (lowmem_kib - dma_kib) * 1024 // page_size // 256 if dma_kib else 0
    return min_free_kib * 1024 // page_size + reserve


def list_batch(lowmem_kib: int, page_size: int = 4096) -> int:
    """Return how many pages a per-CPU list takes from the zone at a time (mm/page_alloc.c:zone_batchsize, up to 1 MiB / 4)."""
    quarter = max(min(lowmem_kib * 1024 // page_size // 1024, (1 << 20) // page_size) // 4, 1)
    return max((1 << ((quarter + quarter // 2).bit_length() - 1)) - 1, 1)


def burst_pages(version: KernelVersion, lowmem_kib: int, page_size: int = 4096) -> int:
    """Return the most pages that a list takes from the zone at a time: what is left of them when a run ends is stuck there."""
    scale = _BATCH_SCALE if kernel_space.PARKED_PAGES.at(version) == "low watermark and a burst" else 0
    return list_batch(lowmem_kib, page_size) << scale


def parked_pages(
    version: KernelVersion,
    *,
    lowmem_kib: int,
    page_size: int = 4096,
    online_cpus: int = 1,
    min_free_kib: int | None = None,
) -> int:
    """Return the most pages that one CPU's lists hold when the machine is quiet: free for that CPU, but in no figure of free memory.

    ``min_free_kib`` as the kernel set it. What may lie there is the CPU's share of the low watermark (from 6.7 on a burst more).
    """
    rule = kernel_space.PARKED_PAGES.at(version)
    batch = list_batch(lowmem_kib, page_size)
    if rule == "six batches":
        return 6 * min(batch, 31)
    least = minimum_free_kib(lowmem_kib) if min_free_kib is None else min_free_kib
    share = watermarks_kib(lowmem_kib, least)[0] * 1024 // page_size // max(online_cpus, 1)
    burst = burst_pages(version, lowmem_kib, page_size)
    return max(share, 4 * batch) + (burst if burst > batch else 0)


def list_at_rest(version: KernelVersion, lowmem_kib: int, page_size: int = 4096) -> int:
    """Return the pages that a CPU's list of single pages for the kernel's own use holds on average when the machine is quiet.

    A run finds them when it comes to that CPU; pages of other lists only if the kernel happens to drain them.
    """
    return kernel_space.LIST_AT_REST.at(version) * list_batch(lowmem_kib, page_size)


def left_on_list(version: KernelVersion, lowmem_kib: int, page_size: int = 4096, *, online_cpus: int = 1) -> int:
    """Return the pages that a run of single pages leaves on the list of its CPU: half of the last that it took from the zone.

    Below the watermark lists are not looked at (mm/page_alloc.c:get_page_from_freelist). Slabs of several pages are not taken in bursts.
    """
    batch, pages = list_batch(lowmem_kib, page_size), lowmem_kib * 1024 // page_size
    most = max(pages // _LIST_SHARE // online_cpus, batch)
    return min(burst_pages(version, lowmem_kib, page_size), most) // 2


def usable_parked_pages(version: KernelVersion, *, lowmem_kib: int, page_size: int = 4096, online_cpus: int = 1) -> int:
    """Return how many more pages a run gets on average than what counts as free tells; from 6.7 on it may be fewer: below 0."""
    left = left_on_list(version, lowmem_kib, page_size, online_cpus=online_cpus)
    return min(online_cpus, _VISITED) * list_at_rest(version, lowmem_kib, page_size) - left


@lru_cache(maxsize=4096)
def slab_geometry(size: int, *, page_size: int, nr_cpus: int) -> tuple[int, int]:
    """Return objects and pages of one slab of objects of ``size`` bytes."""
    wanted = min(4 * (nr_cpus.bit_length() + 1), max((page_size << _MAXIMUM_ORDER) // size, 1))
    while wanted > 1:
        for fraction in (16, 8, 4):
            first = max(-(-wanted * size // page_size) - 1, 0).bit_length()
            for order in range(first, _MAXIMUM_ORDER + 1):
                slab = page_size << order
                if slab % size <= slab // fraction:
                    return slab // size, 1 << order
        wanted -= 1
    order = max(-(-size // page_size) - 1, 0).bit_length()
    return (page_size << order) // size, 1 << order


@lru_cache(maxsize=4096)
def _slab_share(slabs: tuple[tuple[int, float], ...], page_size: int, nr_cpus: int) -> tuple[float, int]:
    """Return the pages that objects (size, count) take on average, and those of one slab of each."""
    share, begun = 0.0, 0
    for size, count in slabs:
        objects, pages = slab_geometry(kmalloc_size(size), page_size=page_size, nr_cpus=nr_cpus)
        share += count * pages / objects
        begun += pages
    return share, begun


@dataclass(slots=True)
class Memory:
    """Pages that may still be taken: ``lowmem`` by anything, ``highmem`` by what may lie there; ``None`` = never runs out.

    Both are counted above the watermarks (:func:`untouchable_pages`). ``highmem_reserve`` are lowmem pages that highmem
    allocations may not take once highmem is used up (lowmem_reserve). ``uncertain_pages`` is how far ``lowmem`` may be off
    either way. ``slabs`` are the free objects in slabs made here, by object size; ``taken`` counts all pages out.
    """

    lowmem: int | None = None
    highmem: int = 0
    highmem_reserve: int = 0
    page_size: int = 4096
    nr_cpus: int = 1
    uncertain_pages: int = 0
    slabs: dict[int, int] = field(default_factory=dict)
    taken: int = 0
    _from_highmem: int = 0

    def copy(self) -> "Memory":
        """Return an independent copy."""
        return replace(self, slabs=self.slabs.copy())

    def room(self, *, highmem: bool) -> int | None:
        """Return the pages that a request could take now, ``None`` without limit."""
        if self.lowmem is None:
            return None
        if not highmem:
            return max(self.lowmem, 0)
        return self.highmem + max(self.lowmem - self.highmem_reserve, 0)

    def take(self, pages: int, *, highmem: bool = False) -> bool:
        """Take pages; ``False`` when they are not there, and none is taken. ``highmem``: highmem serves first."""
        room = self.room(highmem=highmem)
        if room is not None:
            if pages > room:
                return False
            high = min(pages, self.highmem) if highmem else 0
            self.highmem -= high
            self._from_highmem += high
            self.lowmem = (self.lowmem or 0) - (pages - high)
        self.taken += pages
        return True

    def give(self, pages: int, *, highmem: bool = False) -> None:
        """Give pages back; to highmem first, as far as pages are out from there, where they could have come from it."""
        self.taken -= pages
        if self.lowmem is None:
            return
        high = min(pages, self._from_highmem) if highmem else 0
        self._from_highmem -= high
        self.highmem += high
        self.lowmem += pages - high

    def take_slab(self, size: int, count: int = 1) -> bool:
        """Take ``count`` objects of ``size`` bytes from kmalloc; ``False`` when no page is left for them, and none is taken."""
        size = kmalloc_size(size)
        free = self.slabs.get(size, 0)
        if count > free:
            objects, pages = slab_geometry(size, page_size=self.page_size, nr_cpus=self.nr_cpus)
            slabs = -(-(count - free) // objects)
            if not self.take(slabs * pages):
                return False
            free += slabs * objects
        self.slabs[size] = free - count
        return True

    def return_slab(self, size: int, count: int) -> None:
        """Give back objects taken ahead and never used, with the slabs made for them alone."""
        size = kmalloc_size(size)
        objects, pages = slab_geometry(size, page_size=self.page_size, nr_cpus=self.nr_cpus)
        free = self.slabs.get(size, 0) + count
        whole = min(free // objects, count // objects + 1)
        self.slabs[size] = free - whole * objects
        self.give(whole * pages)

    def force(self, pages: int) -> None:
        """Take lowmem pages that are not refused at this point: what is missing will be missed by the next request."""
        self.taken += pages
        if self.lowmem is not None:
            self.lowmem -= pages

    def cycles(self, pages: int, slabs: Sequence[tuple[int, float]], low_pages: float = 0) -> int:
        """Return how often all of these can certainly be taken together.

        ``pages``, highmem or not; objects ``slabs`` as (size, count); ``low_pages`` of lowmem, on average.
        """
        if self.lowmem is None:
            return 1 << 62
        share, slack = low_pages, 64
        if slabs:
            of_slabs, begun = _slab_share(tuple(slabs), self.page_size, self.nr_cpus)
            share, slack = share + of_slabs, slack + begun
        low = self.lowmem - slack
        room = self.highmem + max(low - self.highmem_reserve, 0) if self.highmem else low
        by_slab = math.inf if not share else low / share
        by_all = math.inf if not share + pages else room / (share + pages)
        return max(int(min(by_slab, by_all, 1 << 62)), 0)

    def rounds(self, slabs: Sequence[tuple[int, int]], low_pages: int, most: int) -> int:
        """Return how often, up to ``most``, objects (size, count) and pages of lowmem can be taken, to the last page."""
        if self.lowmem is None:
            return most
        least, beyond = 0, most + 1
        while beyond - least > 1:
            tried = (least + beyond) // 2
            if self._slab_pages(slabs, tried) + low_pages * tried <= self.lowmem:
                least = tried
            else:
                beyond = tried
        return least

    def _slab_pages(self, slabs: Sequence[tuple[int, int]], times: int) -> int:
        """Return the pages of new slabs that so many times the objects need."""
        wanted: dict[int, int] = {}
        for asked, count in slabs:
            size = kmalloc_size(asked)
            wanted[size] = wanted.get(size, 0) + count * times
        pages = 0
        for size, count in wanted.items():
            objects, of_slab = slab_geometry(size, page_size=self.page_size, nr_cpus=self.nr_cpus)
            pages += -(-max(count - self.slabs.get(size, 0), 0) // objects) * of_slab
        return pages

    def give_slab(self, size: int, count: int = 1) -> None:
        """Give objects back; their slabs are kept, as SLUB keeps partial ones."""
        size = kmalloc_size(size)
        self.slabs[size] = self.slabs.get(size, 0) + count
