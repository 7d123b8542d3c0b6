"""The allocator's engines for bitmaps (4.14 on): first chunks, and the walk over the slot lists."""

from typing import TYPE_CHECKING, Any, ClassVar

from planner.allocator import bitmap_turns
from planner.allocator.bitmap_block import Block
from planner.allocator.bitmap_chunk import GRANULE
from planner.allocator.bitmap_follow import Memory
from planner.allocator.bitmap_hints import HintedChunk
from planner.allocator.bitmap_packed import Pool
from planner.allocator.bitmap_plain import PlainBlock, PlainChunk
from planner.allocator.chunk import SKIPS_FROM
from planner.allocator.engine import Engine
from planner.allocator.isolation import reintegrate
from planner.allocator.request import Failure
from planner.allocator.rules import SLOT_FAIL_THRESHOLD, raw_slot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.allocator.allocator import Allocator
    from planner.allocator.bitmap_moves import MovingChunk
    from planner.allocator.chunk import Chunk, SlotLists
    from planner.allocator.engine import Stance
    from planner.allocator.page_turns import Turn


SMALL_SLOTS = tuple(raw_slot(n * GRANULE) for n in range(64 // GRANULE))
"""Slot by granules of small requests."""


class BitmapEngine(Engine):
    """Both generations; what differs between them is in the chunk and block classes."""

    chunk_class: "ClassVar[type[MovingChunk]]"
    block_class: ClassVar[type[Block]]
    fail_threshold: ClassVar[int] = 0
    """Slots below this one are left by chunks in which a request failed: they go to slot 0."""

    def __init__(self, allocator: "Allocator") -> None:
        super().__init__(allocator)
        self.low = self.rules.page_size // GRANULE - 1
        self.shift = self.low.bit_length()
        self.last_slot = self.rules.free_slot + 1
        self.pool = Pool()
        self.memory = Memory()
        self.fresh = self.block_class(self.rules.page_size // GRANULE, shared=True)

    # -- chunks -------------------------------------------------------------------------------------------------------

    def new_chunk(self, index: int, base: int) -> "MovingChunk":
        """Make a fully free chunk."""
        chunk = self.chunk_class(self.allocator, index, base, self.rules.unit_pages, self.fresh)
        chunk.set_slot()
        self.pool.add(chunk)
        return chunk

    def destroyed(self, chunk: "Chunk") -> None:
        """Forget a chunk."""
        self.pool.forget(chunk)

    def first_chunks(self) -> "tuple[MovingChunk | None, MovingChunk]":
        """Make the chunks of mm/percpu.c:pcpu_setup_first_chunk; the static size is rounded up to a granule at the dynamic's cost."""
        layout = self.allocator.layout
        static = -(-layout.static // GRANULE) * GRANULE
        dynamic = layout.dynamic - (static - layout.static)
        reserved = self._region(-1, static, layout.reserved) if layout.reserved else None
        return reserved, self._region(0, static + layout.reserved, dynamic)

    def _region(self, index: int, start: int, size: int) -> "MovingChunk":
        """Make the chunk of [start, start + size) of the unit (mm/percpu.c:pcpu_alloc_first_chunk)."""
        page = self.rules.page_size
        head = start % page
        pages = -(-(head + size) // page)
        chunk = self.chunk_class(self.allocator, index, self.allocator.layout.first_chunk_base, pages, self.fresh)
        chunk.origin, chunk.start_offset, chunk.end_offset = start - head, head, pages * page - head - size
        chunk.immutable = True
        chunk.free_bytes = size
        chunk.mark_populated(0, pages)
        chunk.nr_empty_pop_pages = pages
        if not chunk.hinted:
            chunk.md_contig = size // GRANULE
            chunk.nr_empty_pop_pages = max((head + size) // page - -(-head // page), 0)
        if head:
            chunk.hide(0, head // GRANULE)
        if chunk.end_offset:
            chunk.hide(chunk.nr_bits - chunk.end_offset // GRANULE, chunk.end_offset // GRANULE)
        chunk.set_slot()
        return chunk

    # -- placing ------------------------------------------------------------------------------------------------------

    def place(  # noqa: C901, PLR0912, PLR0915 - the hot path, kept in one frame
        self,
        size: int,
        align: int,
        atomic: bool,  # noqa: FBT001 - hot path
        lists: "SlotLists",
    ) -> "tuple[Chunk, int] | None":
        """Walk the lists (mm/percpu.c:pcpu_alloc). A chunk in one of the lowest slots that fails is hidden in slot 0 (5.2 on)."""
        n, pad = size // GRANULE, align // GRANULE - 1
        slot = (
            (self.rules.free_slot if size == self.rules.unit_size else raw_slot(size)) if size > 63 else SMALL_SLOTS[n]
        )
        shift, low = self.shift, self.low
        occupied = lists.occupied >> slot
        while occupied:
            skip = (occupied & -occupied).bit_length()
            slot += skip
            occupied >>= skip
            if slot > self.last_slot:
                break
            row = lists[slot - 1]
            chunk: Any = row.start(n, pad) if row.skips else row.first
            hiding = slot <= self.fail_threshold
            begin = last = chunk
            passed, counting = 0, not hiding
            while chunk is not None:
                start = chunk.md_contig_start
                if (-start & pad) + n <= chunk.md_contig:  # find() in this frame, as far as its first block
                    scan, offset = chunk.md_scan, chunk.md_first_free
                    if scan and n > scan and start > chunk.md_scan_start:
                        offset = chunk.md_scan_start + scan
                    block = chunk.page_blocks[offset >> shift]
                    start = block.contig_start
                    if not atomic and block.contig >= (-start & pad) + n and start >= offset & low:
                        scan = block.scan
                        if scan and n > scan and start > block.scan_start:
                            start = (offset & ~low) + block.scan_start + scan
                        else:
                            start = (offset & ~low) + block.first_free
                    else:
                        start = chunk.find(n, pad, atomic)
                    if start >= 0:
                        if passed >= SKIPS_FROM:
                            row.skip(n, pad, begin, last)
                        old = chunk.slot
                        position = chunk.take(n, pad, start)
                        if chunk.slot != old:
                            self.allocator.relocate(chunk, old)
                        elif chunk.skipped:
                            row.recheck(chunk)
                        if chunk.isolated:
                            reintegrate(self.allocator, chunk)
                        return chunk, chunk.origin + GRANULE * position
                    counting = False
                elif counting:
                    passed += 1
                    last = chunk
                following = chunk.next
                if hiding:
                    lists[0].push_front(chunk)
                chunk = following
            if passed >= SKIPS_FROM:
                row.skip(n, pad, begin, last)
        return None

    def place_reserved(self, chunk: "MovingChunk", size: int, align: int, atomic: bool) -> int | Failure:  # noqa: FBT001 - hot path
        """Take a place in the reserved chunk."""
        n, pad = size // GRANULE, align // GRANULE - 1
        start = chunk.find(n, pad, atomic)
        if start < 0:
            return Failure.RESERVED
        return chunk.origin + GRANULE * chunk.take(n, pad, start)

    def begin_run(self) -> None:
        """Forget what was being recorded; see the base class."""
        self.memory.begin_run()

    def follow(self, chunk: "MovingChunk", offset: int, size: int, align: int, most: int) -> int:
        """Place equal requests in the rest of a block; see the base class."""
        return self.memory.follow(
            chunk, (offset - chunk.origin) // GRANULE, size // GRANULE, align // GRANULE - 1, most
        )

    def stance(self, chunk: "MovingChunk", offset: int, turn: "Turn") -> "Stance | None":
        """Return the chunk's state at the beginning of a turn; see the base class."""
        return bitmap_turns.stance(chunk, (offset - chunk.origin) // GRANULE, turn.size // GRANULE)

    def most_turns(self, chunk: "MovingChunk", offset: int, turn: "Turn", steps: "Sequence[int]") -> int:
        """Return how many turns are certain; see the base class."""
        return bitmap_turns.most_turns(chunk, (offset - chunk.origin) // self.rules.page_size, turn, steps)

    def take_turns(self, chunk: "MovingChunk", offset: int, turn: "Turn", steps: "Sequence[int]", times: int) -> None:
        """Do turns; see the base class."""
        bitmap_turns.take_turns(chunk, (offset - chunk.origin) // self.rules.page_size, turn.pages, steps, times)

    def picture(self, chunk: "MovingChunk", pages: int) -> Any:
        """Return what equal requests made of a new chunk; see the base class."""
        return bitmap_turns.picture(chunk, pages, self.fresh)

    def become(self, chunk: "MovingChunk", picture: Any) -> None:
        """Put a new chunk into the state of a picture; see the base class."""
        bitmap_turns.become(chunk, picture)


class ScanHintEngine(BitmapEngine):
    """5.2 and later."""

    names = ("scan hints",)
    chunk_class = HintedChunk
    block_class = Block
    fail_threshold = SLOT_FAIL_THRESHOLD


class PlainBitmapEngine(BitmapEngine):
    """4.14 to 5.1."""

    names = ("bitmap",)
    chunk_class = PlainChunk
    block_class = PlainBlock
    counts_request_pages = False
