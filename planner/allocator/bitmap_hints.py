"""Bitmap chunks with scan hints: 5.2 and later."""

from bisect import bisect_left

from planner.allocator.bitmap_block import Block
from planner.allocator.bitmap_chunk import GRANULE
from planner.allocator.bitmap_moves import MovingChunk


class HintedChunk(MovingChunk):
    """The chunk's slot follows its own record's contig run, which frees inside one later block do not raise (see :meth:`release`).

    ``slot`` holds for contig runs from ``slot_from`` up to, not including, ``slot_to`` granules.
    """

    __slots__ = ()

    hinted = True

    def record(self) -> tuple[int, ...]:
        """Return chunk_md: contig, its start, scan, its start, left, right, first free."""
        return (
            self.md_contig,
            self.md_contig_start,
            self.md_scan,
            self.md_scan_start,
            self.md_left,
            self.md_right,
            self.md_first_free,
        )

    def set_slot(self) -> None:
        """Recompute ``slot``: from 5.2 on the contig run decides."""
        contig = self.md_contig
        self.slot = slot = self.slot_of(contig * GRANULE)
        if not slot:
            self.slot_from = self.slot_to = 0
        elif slot == self.free_slot:
            self.slot_from, self.slot_to = contig, contig + 1
        else:
            self.slot_from = 1 << (contig.bit_length() - 1)
            self.slot_to = min(2 * self.slot_from, self.unit_bits)

    def start_in(self, block: Block, n: int) -> int:
        """After the scan run where that is known to be too small and lies before the contig run (pcpu_next_hint)."""
        scan = block.scan
        if scan and n > scan and block.contig_start > block.scan_start:
            return block.scan_start + scan
        return block.first_free

    def start_of(self, n: int) -> int:
        """As :meth:`start_in`, for the chunk's own record."""
        scan = self.md_scan
        if scan and n > scan and self.md_contig_start > self.md_scan_start:
            return self.md_scan_start + scan
        return self.md_first_free

    def release(self, pointer: int) -> int:  # noqa: C901, PLR0912, PLR0915 - the hot path, kept in one frame
        """Free the area at ``pointer`` (mm/percpu.c:pcpu_free_area and pcpu_block_update_hint_free).

        The kernel tells the chunk's own record of a free inside one block with the run's start counted from the chunk and its end
        counted from the block. In block 0 that is the run; in any other it is a negative length, which changes nothing: the record
        does not grow. For where the free space around the area begins and ends the kernel takes the contig run's word, although a
        scan run that became the contig run may be but a part of a longer run.
        """
        position = pointer - self.zero >> 2
        i = position >> self.shift
        block = self.page_blocks[i]
        if block.shared:
            block = self.own(i)
        s = position & self.low
        n = block.sizes.pop(s)
        size = n * GRANULE
        self.free_bytes += size
        if position < self.md_first_free:
            self.md_first_free = position
        e = s + n
        width = self.width
        if e > width:
            self.release_across(i, s, e)
            return size
        starts, lens = block.starts, block.lens
        k = bisect_left(starts, s)
        known = block.contig_start
        if k < len(starts) and starts[k] == e:
            end = e + lens[k]
            if k and starts[k - 1] + lens[k - 1] == s:
                lens[k - 1] = end - starts[k - 1]
                del starts[k], lens[k]
                s = known if known + block.contig == s else starts[k - 1]
            else:
                starts[k] = s
                lens[k] = end - s
            e = e + block.contig if known == e else end
        elif k and starts[k - 1] + lens[k - 1] == s:
            lens[k - 1] = e - starts[k - 1]
            s = known if known + block.contig == s else starts[k - 1]
        else:
            if not starts:
                self.anyfree ^= 1 << i
            starts.insert(k, s)
            lens.insert(k, n)
        if self.index_of_regions is not None:
            self.index_of_regions.dirty.add(i)
        length = e - s
        if length < block.contig:  # Block.learn, in this frame
            if s < block.first_free:
                block.first_free = s
            if not s:
                block.left = length
            if e == width:
                block.right = length
            if s < known:
                scan = block.scan
                if length > scan or (length == scan and s > block.scan_start):
                    block.scan_start = s
                    block.scan = length
        else:
            block.learn(s, e, width)
            if length == width:
                self.freed_block(i)
                return size
        if not i:
            contig = self.md_contig
            if length >= contig or s < self.md_contig_start or not s or e == self.nr_bits:
                self.learn(s, e)
                if self.md_contig != contig:
                    self.set_slot()
        return size

    # -- the chunk's own record ---------------------------------------------------------------------------------------------

    def learn(self, s: int, e: int) -> None:  # noqa: C901 - one rule with many cases
        """Take note that [s, e) is a free region (mm/percpu.c:pcpu_block_update on chunk_md)."""
        length = e - s
        if s < self.md_first_free:
            self.md_first_free = s
        if s == 0:
            self.md_left = length
        if e == self.nr_bits:
            self.md_right = length
        contig, start, scan = self.md_contig, self.md_contig_start, self.md_scan
        if length > contig:
            if s <= start:
                self.md_scan = 0
            elif contig > scan:
                self.md_scan_start, self.md_scan = start, contig
            elif s < self.md_scan_start:
                self.md_scan = 0
            self.md_contig, self.md_contig_start = length, s
        elif length == contig:
            if start and (not s or s & -s > start & -start):
                self.md_contig_start = s
                if s < self.md_scan_start and contig > scan:
                    self.md_scan = 0
            elif s > self.md_scan_start or contig > scan:
                self.md_scan_start, self.md_scan = s, length
        elif s < start and (length > scan or (length == scan and s > self.md_scan_start)):
            self.md_scan_start, self.md_scan = s, length

    def refresh_record(self, *, full: bool) -> None:
        """Find the record's contig and scan anew (mm/percpu.c:pcpu_chunk_refresh_hint); ``full``: not from the scan run on."""
        if self.md_scan and not full:
            offset = self.md_scan_start + self.md_scan
            self.md_contig, self.md_contig_start = self.md_scan, self.md_scan_start
            self.md_scan = 0
        else:
            offset = self.md_first_free
            self.md_contig = 0
        self.learn_regions(offset)
