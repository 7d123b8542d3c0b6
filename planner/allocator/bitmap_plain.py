"""Bitmap chunks without scan hints: 4.14 to 5.1."""

from bisect import bisect_left

from planner.allocator.bitmap_block import Block
from planner.allocator.bitmap_chunk import GRANULE
from planner.allocator.bitmap_moves import MovingChunk


class PlainBlock(Block):
    """A block whose record has no scan run (``scan`` and ``scan_start`` stay 0)."""

    __slots__ = ()

    def learn(self, s: int, e: int, width: int) -> None:
        """Take note that [s, e) is a free run (mm/percpu.c:pcpu_block_update, 4.14 to 5.1)."""
        length = e - s
        if s < self.first_free:
            self.first_free = s
        if s == 0:
            self.left = length
        if e == width:
            self.right = length
        start = self.contig_start
        if length > self.contig:
            self.contig, self.contig_start = length, s
        elif length == self.contig and start and (not s or s & -s > start & -start):
            self.contig_start = s

    def refresh(self, width: int) -> None:
        """Find the longest run anew; of equally long ones the best aligned, the first of those (pcpu_block_refresh_hint)."""
        starts, lens = self.starts, self.lens
        if not starts:
            self.contig = self.left = self.right = 0
            return
        self.left = lens[0] if not starts[0] else 0
        self.right = lens[-1] if starts[-1] + lens[-1] == width else 0
        longest = max(lens) if len(lens) > 1 else lens[0]
        k = lens.index(longest)
        best = starts[k]
        for _ in range(lens.count(longest) - 1):
            k = lens.index(longest, k + 1)
            if best and starts[k] & -starts[k] > best & -best:
                best = starts[k]
        self.contig, self.contig_start = longest, best

    def record(self) -> tuple[int, ...]:
        """Return the kernel's fields: contig, its start, left, right, first free."""
        return (self.contig, self.contig_start, self.left, self.right, self.first_free)


class PlainChunk(MovingChunk):
    """The chunk's slot follows its free bytes; its empty pages are counted when its record is found anew, and only then.

    ``slot`` holds for free bytes from ``slot_from`` up to, not including, ``slot_to`` (as long as a contig run is known).
    """

    __slots__ = ()

    hinted = False

    def record(self) -> tuple[int, ...]:
        """Return contig_bits, contig_bits_start and first_bit."""
        return (self.md_contig, self.md_contig_start, self.md_first_free)

    def set_slot(self) -> None:
        """Recompute ``slot``: up to 5.1 the free bytes decide."""
        size = self.free_bytes
        self.slot = slot = self.slot_of(size)
        if not slot:
            self.slot_from = self.slot_to = 0
        elif slot == self.free_slot:
            self.slot_from, self.slot_to = size, size + 1
        else:
            self.slot_from = 1 << (size.bit_length() - 1)
            self.slot_to = min(2 * self.slot_from, self.unit_bits * GRANULE)

    def start_in(self, block: Block, n: int) -> int:  # noqa: ARG002 - the hinted generation needs it
        """Return the first free granule of the block."""
        return block.first_free

    def start_of(self, n: int) -> int:  # noqa: ARG002 - the hinted generation needs it
        """Return the first free granule of the chunk."""
        return self.md_first_free

    def learn(self, s: int, e: int) -> None:
        """Take note of a region (mm/percpu.c:pcpu_chunk_update)."""
        length = e - s
        start = self.md_contig_start
        if length > self.md_contig:
            self.md_contig, self.md_contig_start = length, s
        elif length == self.md_contig and start and (not s or s & -s > start & -start):
            self.md_contig_start = s

    def refresh_record(self, *, full: bool) -> None:  # noqa: ARG002 - the hinted generation needs it
        """Find the longest region anew and count the pages that are populated and wholly inside one (pcpu_chunk_refresh_hint)."""
        self.md_contig = 0
        self.learn_regions(self.md_first_free)
        self.count_empty((self.populated & self.fullfree).bit_count() - self.nr_empty_pop_pages)

    def release(self, pointer: int) -> int:  # noqa: C901, PLR0912, PLR0915 - the hot path, kept in one frame
        """Free the area at ``pointer`` (mm/percpu.c:pcpu_free_area and pcpu_block_update_hint_free).

        For its own record the kernel pairs the run's start with the length of the block's contig run, whichever run that is.
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
        if k < len(starts) and starts[k] == e:
            e += lens[k]
            if k and starts[k - 1] + lens[k - 1] == s:
                s = starts[k - 1]
                lens[k - 1] = e - s
                del starts[k], lens[k]
            else:
                starts[k] = s
                lens[k] = e - s
        elif k and starts[k - 1] + lens[k - 1] == s:
            s = starts[k - 1]
            lens[k - 1] = e - s
        else:
            if not starts:
                self.anyfree ^= 1 << i
            starts.insert(k, s)
            lens.insert(k, n)
        if self.index_of_regions is not None:
            self.index_of_regions.dirty.add(i)
        length = e - s
        contig = block.contig
        if length < contig:  # PlainBlock.learn, in this frame
            if s < block.first_free:
                block.first_free = s
            if not s:
                block.left = length
            if e == width:
                block.right = length
        else:
            block.learn(s, e, width)
            if length == width:
                self.freed_block(i)
                return size
            contig = block.contig
        if contig >= self.md_contig:
            s += i << self.shift
            self.learn(s, s + contig)
        if self.free_bytes >= self.slot_to:
            self.set_slot()
        return size
