"""What the bitmap chunks of both generations have in common: blocks, areas, the search for a fit, what percpu_stats sees."""

from abc import abstractmethod
from bisect import bisect_left
from typing import TYPE_CHECKING

from planner.allocator.bitmap_block import Block
from planner.allocator.bitmap_regions import RegionIndex
from planner.allocator.chunk import Chunk
from planner.allocator.rules import raw_slot

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator

GRANULE = 4
"""PCPU_MIN_ALLOC_SIZE: bytes of one bit in the kernel's maps."""
DIRECT_STEPS = 32
"""Blocks looked at one by one before the index is asked."""


class BitmapChunk(Chunk):
    """A chunk from 4.14 on. Positions and lengths are granules of 4 bytes; a block is one page.

    ``page_blocks`` holds one :class:`Block` a page. ``fullfree`` and ``anyfree`` are bit sets of blocks: wholly free, and with a
    free granule. The ``md_`` fields are the chunk's own record (chunk_md; before 5.2 contig_bits, contig_bits_start and first_bit).
    ``index_of_regions`` is made when first needed.
    """

    __slots__ = (
        "anyfree",
        "free_slot",
        "fullfree",
        "index_of_regions",
        "low",
        "md_contig",
        "md_contig_start",
        "md_first_free",
        "md_left",
        "md_right",
        "md_scan",
        "md_scan_start",
        "nr_bits",
        "owner",
        "page_blocks",
        "shift",
        "slot_from",
        "slot_to",
        "unit_bits",
        "width",
    )

    def __init__(self, owner: "Allocator", index: int, base: int, nr_pages: int, fresh: Block) -> None:
        super().__init__(index, base, nr_pages)
        rules = owner.rules
        self.owner = owner
        self.width = width = rules.page_size // GRANULE
        self.shift = width.bit_length() - 1
        self.low = width - 1
        self.nr_bits = nr_pages * width
        self.unit_bits = rules.unit_size // GRANULE
        self.free_slot = rules.free_slot
        self.page_blocks = [fresh] * nr_pages
        self.fullfree = self.anyfree = (1 << nr_pages) - 1
        self.slot_from = self.slot_to = 0
        self.index_of_regions: RegionIndex | None = None
        self.md_contig = self.md_left = self.md_right = self.nr_bits
        self.md_contig_start = self.md_scan = self.md_scan_start = self.md_first_free = 0
        self.free_bytes = self.nr_bits * GRANULE

    # -- what generations answer --------------------------------------------------------------------------------------

    @abstractmethod
    def start_in(self, block: Block, n: int) -> int:
        """Return where in ``block`` the scan for ``n`` granules starts."""

    @abstractmethod
    def start_of(self, n: int) -> int:
        """Return where in the chunk the search for ``n`` granules starts."""

    @abstractmethod
    def take(self, n: int, pad: int, start: int) -> int:
        """Take the first ``n`` free granules from ``start`` on, aligned to pad + 1; return their position. ``start`` is from a fit."""

    @abstractmethod
    def record(self) -> tuple[int, ...]:
        """Return the chunk's own record: contig, its start, (5.2 on: scan, its start, left, right,) first free."""

    def too_small(self, size: int, align: int) -> bool:
        """``size`` in granules, ``align`` as the alignment in granules less one."""
        return (-self.md_contig_start & align) + size > self.md_contig

    # -- the search for a fit -----------------------------------------------------------------------------------------

    def find(self, n: int, pad: int, atomic: bool) -> int:  # noqa: FBT001 - hot path
        """Return the position to scan from for ``n`` granules aligned to pad + 1, or -1 (mm/percpu.c:pcpu_find_block_fit).

        ``atomic``: only populated pages will do, from the start of the scan to the end of the fit.
        """
        if (-self.md_contig_start & pad) + n > self.md_contig:
            return -1
        offset = self.start_of(n)
        while True:
            offset, length = self._next_fit(offset, n, pad)
            if not length:
                return -1
            if not atomic:
                return offset
            missing = self.unpopulated_within(offset >> self.shift, -(-(offset + length) >> self.shift))
            if not missing:
                return offset
            offset = missing[0][1] << self.shift

    def _next_fit(self, offset: int, n: int, pad: int) -> tuple[int, int]:  # noqa: C901 - one walk with two ways to fit
        """Return (position, length) of the next fit from ``offset`` on, as blocks' records tell it; length 0 if none.

        mm/percpu.c:pcpu_next_fit_region: a block fits by its contig run, or by the run at its end joined with following blocks.
        """
        blocks, width, shift, count = self.page_blocks, self.width, self.shift, self.nr_pages
        i, b = offset >> shift, offset & self.low
        direct = i + DIRECT_STEPS
        while i < count:
            block = blocks[i]
            contig = block.contig
            if contig >= n:
                start = block.contig_start
                gap = -start & pad
                if contig >= gap + n and start >= b:
                    hint = self.start_in(block, n)
                    return (i << shift) + hint, gap + n + start - hint
            b = 0
            right = block.right
            i += 1
            if right:
                edge = width - right
                edge += -edge & pad
                length = width - edge  # 0 where aligning leaves nothing of the run
                offset = (i << shift) - length
                if length >= n:
                    return offset, length
                if length > 0:
                    while i < count:
                        left = blocks[i].left
                        length += left
                        if length >= n:
                            return offset, length
                        if left < width:
                            break
                        i += 1
            elif not contig:
                rest = self.anyfree >> i
                if not rest:
                    break
                skip = (rest & -rest).bit_length() - 1
                i += skip
                direct += skip
            if i >= direct:
                i = self.region_index().next_fit(self, i, n, pad)
                direct = i + 1
        return 0, 0

    def region_index(self) -> RegionIndex:
        """Return the index of regions, made when first asked for."""
        index = self.index_of_regions
        if index is None:
            index = self.index_of_regions = RegionIndex()
        return index

    # -- helpers of placing and freeing ---------------------------------------------------------------------------------

    def own(self, i: int) -> Block:
        """Return block ``i`` as one that may be written to."""
        block = self.page_blocks[i]
        if block.shared:
            block = self.page_blocks[i] = block.copy()
        return block

    def next_free(self, position: int) -> int:
        """Return the first free granule at or after ``position``, or the number of granules."""
        i = position >> self.shift
        if i < self.nr_pages:
            at = position & self.low
            starts = self.page_blocks[i].starts
            if at and starts:
                k = bisect_left(starts, at)
                if k and starts[k - 1] + self.page_blocks[i].lens[k - 1] > at:
                    return position
                if k < len(starts):
                    return (i << self.shift) + starts[k]
            if at:
                i += 1
            rest = self.anyfree >> i
            if rest:
                i += (rest & -rest).bit_length() - 1
                return (i << self.shift) + self.page_blocks[i].starts[0]
        return self.nr_bits

    def cut(self, i: int, s: int, e: int) -> Block:
        """Take the free granules [s, e) of block ``i`` out of its runs, and return the block."""
        block = self.own(i)
        starts, lens = block.starts, block.lens
        k = bisect_left(starts, s + 1) - 1
        start, end = starts[k], starts[k] + lens[k]
        if start < s:
            lens[k] = s - start
            if end > e:
                starts.insert(k + 1, e)
                lens.insert(k + 1, end - e)
        elif end > e:
            starts[k], lens[k] = e, end - e
        else:
            del starts[k], lens[k]
            if not starts:
                self.anyfree ^= 1 << i
        return block

    def restore(self, i: int, s: int, e: int) -> tuple[int, int]:
        """Give granules [s, e) back to the runs of block ``i``; return the whole run."""
        block = self.own(i)
        starts, lens = block.starts, block.lens
        k = bisect_left(starts, s)
        if k < len(starts) and starts[k] == e:
            e += lens[k]
            del starts[k], lens[k]
        if k and starts[k - 1] + lens[k - 1] == s:
            s = starts[k - 1]
            lens[k - 1] = e - s
        else:
            starts.insert(k, s)
            lens.insert(k, e - s)
        return s, e

    def count_empty(self, pages: int) -> None:
        """Count pages that became empty (negative: were taken), populated or not."""
        self.nr_empty_pop_pages += pages
        self.owner.count_empty(self, pages)

    def blocks(self) -> list[tuple[int, ...]]:
        """Return the blocks' records in page order (see Block.record)."""
        return [block.record() for block in self.page_blocks]

    # -- views ----------------------------------------------------------------------------------------------------------

    def bits(self) -> list[tuple[int, int]]:
        """Live areas as (position, length) in granules, ascending."""
        shift = self.shift
        return [
            ((i << shift) + s, n) for i, block in enumerate(self.page_blocks) for s, n in sorted(block.sizes.items())
        ]

    def areas(self) -> list[tuple[int, int]]:
        """Live areas as (offset within the unit, length) in bytes, ascending."""
        return [(self.origin + GRANULE * position, GRANULE * n) for position, n in self.bits()]

    @property
    def nr_alloc(self) -> int:
        """Live areas."""
        return sum(len(block.sizes) for block in self.page_blocks)

    def stats_fields(self) -> list[tuple[str, int]]:
        """Return what percpu_stats shows of bitmap chunks."""
        return [
            ("empty_pop_pages", self.nr_empty_pop_pages),
            ("first_bit", self.md_first_free),
            ("free_bytes", self.free_bytes),
            ("contig_bytes", self.md_contig * GRANULE),
        ]

    def runs(self) -> list[int]:
        """See the base class. The kernel never looks at the last bit: an area reaching the end is shown one granule short."""
        head = self.start_offset // GRANULE
        last_bit = self.nr_bits - self.end_offset // GRANULE - 1
        areas = self.bits()
        if not head and areas == [(last_bit, 1)]:
            stop = last_bit + 1  # find_last_bit found nothing below and the code then tests the last bit itself
        else:
            stop = max((min(x + n, last_bit) for x, n in areas if x < last_bit), default=head)
        found = []
        position = head
        for x, n in areas:
            if x >= stop:
                break
            if x > position:
                found.append((position - x) * GRANULE)
            position = min(x + n, stop)
            found.append((position - x) * GRANULE)
        return found

    def empty_page_mask(self) -> int:
        """Bit set of pages that are wholly free."""
        return self.fullfree

    def slot_of(self, size: int) -> int:
        """Return the slot of a chunk whose decisive figure is ``size`` bytes (mm/percpu.c:pcpu_chunk_slot)."""
        if self.free_bytes < GRANULE or not self.md_contig:
            return 0
        return self.free_slot if size == self.unit_bits * GRANULE else raw_slot(size)
