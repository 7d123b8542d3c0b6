"""Bitmap chunks without scan hints: 4.14 to 5.1."""

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
        """The kernel's fields: contig, its start, left, right, first free."""
        return (self.contig, self.contig_start, self.left, self.right, self.first_free)


class PlainChunk(MovingChunk):
    """The chunk's slot follows its free bytes; its empty pages are counted when its record is found anew, and only then."""

    __slots__ = ()

    hinted = False

    def record(self) -> tuple[int, ...]:
        return (self.md_contig, self.md_contig_start, self.md_first_free)

    def set_slot(self) -> None:
        self.slot = self.slot_of(self.free_bytes)

    def start_in(self, block: Block, n: int) -> int:  # noqa: ARG002 - the hinted generation needs it
        """The first free granule of the block."""
        return block.first_free

    def start_of(self, n: int) -> int:  # noqa: ARG002 - the hinted generation needs it
        """The first free granule of the chunk."""
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

    def freed_inside(self, i: int, s: int, e: int) -> None:  # noqa: ARG002 - the hinted generation needs it
        """The kernel pairs the run's start with the block's contig length, whichever run that is of."""
        start = (i << self.shift) + s
        self.learn(start, start + self.page_blocks[i].contig)
        self.set_slot()
