"""Taking and freeing granules of a bitmap chunk: what both generations do alike, in one frame each, because it is the hot path."""

from abc import abstractmethod
from bisect import bisect_left, bisect_right
from typing import ClassVar

from planner.allocator.bitmap_block import Block
from planner.allocator.bitmap_chunk import GRANULE, BitmapChunk

DIRECT_REGIONS = 64
"""Blocks whose regions are learnt one by one before the index is asked."""
FEW_BEHIND = 8
"""An index with no more blocks to look at again is asked as soon as so many blocks were passed."""


class MovingChunk(BitmapChunk):
    """A bitmap chunk that takes and frees. ``hinted``: with scan hints and counted empty pages, as from 5.2 on."""

    __slots__ = ()

    hinted: ClassVar[bool]

    # -- what generations answer ----------------------------------------------------------------------------------------

    @abstractmethod
    def learn(self, s: int, e: int) -> None:
        """Let the chunk's own record take note that [s, e) is a free region."""

    @abstractmethod
    def refresh_record(self, *, full: bool) -> None:
        """Find the record's contig (and scan) anew; ``full``: not from the scan run on."""

    @abstractmethod
    def set_slot(self) -> None:
        """Recompute ``slot``."""

    # -- allocation -----------------------------------------------------------------------------------------------------

    def take(self, n: int, pad: int, start: int) -> int:  # noqa: C901, PLR0912, PLR0915 - the hot path, kept in one frame
        """Take the first place from ``start`` on (mm/percpu.c:pcpu_alloc_area).

        Inside the block, the longest aligned run passed over becomes known to the block's record (pcpu_block_update_scan).
        """
        shift, width = self.shift, self.width
        i = start >> shift
        block = self.page_blocks[i]
        if block.shared:
            block = self.own(i)
        starts, lens = block.starts, block.lens
        x = start & self.low
        begin = starts[0]
        k = 0
        if x > begin:
            k = bisect_right(starts, x) - 1
            begin = starts[k]
            if begin + lens[k] > x:
                begin = x
            else:
                k += 1
                begin = starts[k]
        skipped = passed = passed_at = 0
        while True:
            x = begin + (-begin & pad)
            end = starts[k] + lens[k]
            stop = x + n
            if stop <= end:
                break
            if end == width:
                return self._take_across(i, x, n)
            room = end - x
            if room >= skipped and room > 0 and self.hinted:
                at = (i << shift) + x
                if room > skipped or (passed_at and (not at or at & -at > passed_at & -passed_at)):
                    skipped, passed, passed_at = room, k, at
            k += 1
            begin = starts[k]
        if skipped:
            block.learn(starts[passed], starts[passed] + lens[passed], width)
        begin = starts[k]
        if x == begin:
            if stop == end:
                del starts[k], lens[k]
            else:
                starts[k] = stop
                lens[k] = end - stop
        else:
            lens[k] = x - begin
            k += 1
            if stop < end:
                starts.insert(k, stop)
                lens.insert(k, end - stop)
        following = starts[k] if k < len(starts) else width
        block.sizes[x] = n
        self.free_bytes -= n * GRANULE
        contig, cs = block.contig, block.contig_start
        if contig == width:
            self.fullfree ^= 1 << i
            if self.hinted:
                self.count_empty(-1)
        if not starts:
            self.anyfree ^= 1 << i
        if x == block.first_free:
            block.first_free = following
        scan = block.scan
        if scan and x < block.scan_start + scan and block.scan_start < stop:
            block.scan = 0
        if x < cs + contig and cs < stop:
            if not x:
                block.left = 0
            block.refresh(width)
        else:
            if x < block.left:
                block.left = x
            if width - stop < block.right:
                block.right = width - stop
        if self.index_of_regions is not None:
            self.index_of_regions.dirty.add(i)
        x += i << shift
        if x == self.md_first_free:
            self.md_first_free = (i << shift) + following if following < width else self.next_free((i + 1) << shift)
        stop = x + n
        if self.md_scan and x < self.md_scan_start + self.md_scan and self.md_scan_start < stop:
            self.md_scan = 0
        start = self.md_contig_start
        if x < start + self.md_contig and (start < stop if self.hinted else start <= x):
            self.refresh_record(full=False)
            if not self.hinted or not self.slot_from <= self.md_contig < self.slot_to:
                self.set_slot()
        elif not self.hinted and not self.slot_from <= self.free_bytes < self.slot_to:
            self.set_slot()
        return x

    def hide(self, x: int, n: int) -> None:
        """Mark granules as used for good: the first chunk's static head and the tail of its last page."""
        if x == 0:
            self.md_first_free = n
        i = x >> self.shift
        s = x & self.low
        block = self.cut(i, s, s + n)
        if block.contig == self.width:
            self.fullfree ^= 1 << i
            if self.hinted:
                self.count_empty(-1)
        self._hint_first(block, s, n, s + n)
        self._finish_alloc(x, n)

    def _take_across(self, i: int, x: int, n: int) -> int:
        """Take ``n`` granules from ``x`` in block ``i`` on, into the following blocks."""
        width = self.width
        position = (i << self.shift) + x
        last, stop = i, x + n
        while stop > width:
            last += 1
            stop -= width
        was_first_free = position == self.md_first_free
        empties = (self.fullfree >> i & ((2 << (last - i)) - 1)).bit_count()
        first = self.cut(i, x, width)
        for j in range(i + 1, last):
            self.cut(j, 0, width)
        final = self.cut(last, 0, stop)
        self.fullfree &= ~(((2 << (last - i)) - 1) << i)
        first.sizes[x] = n
        self.free_bytes -= n * GRANULE
        if was_first_free:
            self.md_first_free = self.next_free(position + n)
        self._hint_first(first, x, n, width)
        if stop < width:
            self._hint_last(final, stop)
        else:
            final.first_free = width
            final.scan = final.contig = final.left = final.right = 0
        for j in range(i + 1, last):
            block = self.page_blocks[j]
            block.scan = block.contig = block.left = block.right = 0
        if empties and self.hinted:
            self.count_empty(-empties)
        if self.index_of_regions is not None:
            self.index_of_regions.dirty.update(range(i, last + 1))
        self._finish_alloc(position, n)
        return position

    def _hint_first(self, block: Block, x: int, n: int, stop: int) -> None:
        """Record of the block that an area of ``n`` granules begins in; [x, stop) is the part inside it, already cut out."""
        width = self.width
        if x == block.first_free:
            k = bisect_left(block.starts, stop)
            block.first_free = block.starts[k] if k < len(block.starts) else width
        if block.scan and x < block.scan_start + block.scan and block.scan_start < x + n:
            block.scan = 0
        if x < block.contig_start + block.contig and block.contig_start < x + n:
            if not x:
                block.left = 0
            block.refresh(width)
        else:
            if x < block.left:
                block.left = x
            if width - stop < block.right:
                block.right = width - stop

    def _hint_last(self, block: Block, stop: int) -> None:
        """Record of the block that an area ends in at ``stop``, having begun in an earlier one."""
        block.first_free = block.starts[0] if block.starts else self.width
        if stop > block.scan_start:
            block.scan = 0
        block.left = 0
        if stop > block.contig_start:
            block.refresh(self.width)
        elif self.width - stop < block.right:
            block.right = self.width - stop

    def _finish_alloc(self, x: int, n: int) -> None:
        """Bring the chunk's own record up to date after [x, x+n) was taken."""
        if self.md_scan and x < self.md_scan_start + self.md_scan and self.md_scan_start < x + n:
            self.md_scan = 0
        start = self.md_contig_start
        if x < start + self.md_contig and (start < x + n if self.hinted else start <= x):
            self.refresh_record(full=False)
        self.set_slot()

    # -- free -------------------------------------------------------------------------------------------------------------

    def freed_block(self, i: int) -> None:
        """Block ``i`` is wholly free now, and was not."""
        self.fullfree |= 1 << i
        if self.hinted:
            self.count_empty(1)
        self.refresh_record(full=True)
        self.set_slot()

    def release_across(self, i: int, s: int, e: int) -> None:
        """Free [s, e) of block ``i`` where ``e`` lies in a later block."""
        width, last = self.width, i
        while e > width:
            last += 1
            e -= width
        freed = last - i - 1
        for j in range(i + 1, last):
            block = self.own(j)
            block.starts[:], block.lens[:] = [0], [width]
            block.first_free = block.scan = block.scan_start = block.contig_start = 0
            block.contig = block.left = block.right = width
        self.fullfree |= ((1 << (last - i)) - 2) << i
        for j, freed_from, freed_to in ((i, s, width), (last, 0, e)):
            low, high = self.restore(j, freed_from, freed_to)
            block = self.page_blocks[j]
            known = block.contig_start
            if j == i and known + block.contig == freed_from:
                low = known
            if j == last and known == freed_to:
                high = known + block.contig
            block.learn(low, high, width)
            if high - low == width:
                freed += 1
                self.fullfree |= 1 << j
        self.anyfree |= ((2 << (last - i)) - 1) << i
        if self.index_of_regions is not None:
            self.index_of_regions.dirty.update(range(i, last + 1))
        if freed and self.hinted:
            self.count_empty(freed)
        self.refresh_record(full=True)
        self.set_slot()

    def learn_regions(self, offset: int) -> None:  # noqa: C901 - one walk over two kinds of regions
        """Learn the regions from ``offset`` on, ascending; of many, those that leave a trace (mm/percpu.c:pcpu_chunk_refresh_hint).

        A region shorter than the longest so far leaves none, but for the chunk's first and its last.
        """
        blocks, width, shift, count = self.page_blocks, self.width, self.shift, self.nr_pages
        i, b = offset >> shift, offset & self.low
        longest = self.md_contig
        index = self.index_of_regions
        direct = DIRECT_REGIONS if index is None or index.behind() > FEW_BEHIND else FEW_BEHIND
        steps = 0
        while i < count:
            block = blocks[i]
            contig = block.contig
            if (contig >= longest or not i) and contig:
                start = block.contig_start
                if start >= b and start + contig < width:
                    start += i << shift
                    self.learn(start, start + contig)
                    longest = self.md_contig
            right = block.right
            i += 1
            if right:
                start = (i << shift) - right
                if self.fullfree >> i & 1:
                    above = ~self.fullfree >> i
                    i += (above & -above).bit_length() - 1
                if i >= count:
                    self.learn(start, self.nr_bits)
                    return
                left = blocks[i].left
                stop = (i << shift) + left
                if stop - start >= longest or not start:
                    self.learn(start, stop)
                    longest = self.md_contig
                b = left + 1
            else:
                if not contig:
                    above = self.anyfree >> i
                    if not above:
                        return
                    i += (above & -above).bit_length() - 1
                b = 0
            steps += 1
            if steps >= direct and i < count:
                self.region_index().regions(self).learn(self, i)
                self._see_end()
                return

    def _see_end(self) -> None:
        """Note the length of the region that reaches the chunk's end, which the kernel does on its way."""
        right = self.page_blocks[-1].right
        if right:
            below = (~self.fullfree & ((1 << self.nr_pages) - 1)).bit_length()
            whole = self.nr_pages - below
            if whole:
                right = whole * self.width + (self.page_blocks[below - 1].right if below else 0)
            self.md_right = right
