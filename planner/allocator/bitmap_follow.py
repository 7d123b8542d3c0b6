"""Equal requests that follow each other through one page's block of a bitmap chunk, done in one step (4.14 on).

What a block goes through from its second area on depends on nothing but the block, so it is walked once for each state that a block is
entered in, and remembered (:class:`Memory`). All that while the chunk's record sees the block as one region, the free space
from the last area up to the chunk's end; it takes each area from the front of that. So learning the regions again after each
area gives a record that depends on the one before only by the scan run, which settles after a few times.
"""

from itertools import repeat
from typing import TYPE_CHECKING

from planner.allocator.bitmap_chunk import GRANULE

if TYPE_CHECKING:
    from planner.allocator.bitmap_block import Block
    from planner.allocator.bitmap_moves import MovingChunk

MOST_RUNS = 8
"""Runs and areas of a block that may be remembered as it is entered."""
MOST_KEPT = 4096
"""Blocks remembered."""

Key = tuple[object, ...]


class Memory:
    """What blocks become: by state and request, the block when it is nearly full, and how many areas that took.

    Where one more area fills the block to its end without a hole, that block as well (``_full``).
    """

    __slots__ = ("_filling", "_full", "_known", "_record_then", "_recording")

    def __init__(self) -> None:
        self._known: dict[Key, tuple[Block, int]] = {}
        self._full: dict[Key, tuple[Block, int]] = {}
        self._recording: tuple[Key, Block, int] | None = None
        self._record_then: tuple[int, ...] = ()
        self._filling: tuple[Key, Block, int] | None = None

    def begin_run(self) -> None:
        """Forget which block is being recorded: others placed or freed areas in it since."""
        self._recording = self._filling = None

    def follow(self, chunk: "MovingChunk", position: int, n: int, pad: int, most: int) -> int:
        """Place more areas like the one just placed at ``position``, the one before it in the same block; return how many.

        Up to ``most``, the rest of the block's or none.
        """
        i = position >> chunk.shift
        block = chunk.page_blocks[i]
        if self._filling is not None:
            self._keep_full(block)
        if not block.starts or not at_front(chunk, i, position + n):
            self._recording = None
            return 0
        recording = self._recording
        if recording is not None and recording[1] is block and not block.shared:
            self._record(block, n, pad, chunk.width)
            return 0 if self._recording is None or n & pad else self._go_on(chunk, i, n, most)
        self._recording = None
        if len(block.starts) > MOST_RUNS or len(block.sizes) > MOST_RUNS:
            return 0
        key = (n, pad, chunk.width, *block.starts, *block.lens, *block.record(), *block.sizes.items())
        full = self._full.get(key)
        if full is not None and full[1] <= most and i + 1 < chunk.nr_pages and _settle(chunk, i, full, n, pad):
            return full[1]
        known = self._known.get(key)
        if known is not None and known[1] <= most:
            if known[1] and _settle(chunk, i, known, n, pad):
                return known[1]
        elif _takes_another(block, n, pad, chunk.width):
            self._recording = (key, block, len(block.sizes))
            self._record_then = block.record()
        else:
            self._known[key] = (block, 0)
        return 0

    def _go_on(self, chunk: "MovingChunk", i: int, n: int, most: int) -> int:
        """Place the areas that certainly change the block as the last one did, which moved the front of its free end; return how many.

        That goes on as long as the free end is longer than any other run, and than the scan run, which may be gone by now.
        """
        block, then = chunk.page_blocks[i], self._record_then
        now = self._record_then = block.record()
        *moved, first = (after - before for before, after in zip(then, now, strict=True))
        if moved != [-n, n, 0, 0, 0, -n] or first not in {0, n}:
            return 0
        longest = max(block.lens[:-1], default=0)
        count = min((block.lens[-1] - max(longest, block.scan) - 1) // n, most)
        if count <= 0:
            return 0
        front, taken = block.starts[-1], count * n
        after = block.copy()
        after.starts[-1], after.lens[-1] = front + taken, block.lens[-1] - taken
        after.sizes.update(zip(range(front, front + taken, n), repeat(n)))
        after.contig, after.contig_start, after.right = (
            block.contig - taken,
            block.contig_start + taken,
            block.right - taken,
        )
        after.first_free += first * count
        if not _settle(chunk, i, (after, count), n, 0):
            return 0
        if self._recording is not None:
            self._recording = (self._recording[0], after, self._recording[2])
            self._record(after, n, 0, chunk.width)
        return count

    def _record(self, block: "Block", n: int, pad: int, width: int) -> None:
        """Remember the block if the next area would be the last that is placed in it, or its free end no longer the longest run."""
        if self._recording is None or _takes_another(block, n, pad, width):
            return
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
            self._full.clear()
        key, _block, before = self._recording
        if len(block.starts) == 1 and block.starts[0] + n == width and not block.starts[0] & pad:
            self._filling = self._recording
        self._recording = None
        self._known[key] = (_copy(block), len(block.sizes) - before)

    def _keep_full(self, block: "Block") -> None:
        """Remember the block that was nearly full if it is full now."""
        if self._filling is not None:
            key, filled, before = self._filling
            if block is filled and not block.starts and not block.shared:
                self._full[key] = (_copy(block), len(block.sizes) - before)
        self._filling = None


def _copy(block: "Block") -> "Block":
    kept = block.copy()
    kept.shared = True
    return kept


def at_front(chunk: "MovingChunk", i: int, front: int) -> bool:
    """Tell whether the free space from ``front`` to the chunk's end is one region, the one that the record holds for the longest."""
    block = chunk.page_blocks[i]
    start = block.starts[-1]
    scan = chunk.md_scan
    return (
        (i << chunk.shift) + start == front == chunk.md_contig_start
        and front + chunk.md_contig == chunk.nr_bits - chunk.end_offset // GRANULE
        and (i + 1 == chunk.nr_pages or bool(chunk.fullfree >> (i + 1) & 1))
        and (not scan or (chunk.md_scan_start + scan <= front and chunk.md_scan_start < front))
        and block.contig_start == start
        and block.contig == block.right == block.lens[-1] == chunk.width - start
    )


def _takes_another(block: "Block", n: int, pad: int, width: int) -> bool:
    """Tell whether one more area fits into the block's free end, and leaves there the longest run by far."""
    front = block.starts[-1]
    gap = -front & pad
    rest = width - (front + gap + n)
    return rest > 0 and rest > gap and (len(block.lens) == 1 or rest > max(block.lens[:-1]))


def _settle(chunk: "MovingChunk", i: int, known: "tuple[Block, int]", n: int, pad: int) -> bool:
    """Put the ``known`` block in the place of block ``i`` and bring the chunk's record up to date; ``False``: it must be walked."""
    after, count = known
    front = chunk.md_contig_start
    gap = -front & pad
    final = (i << chunk.shift) + (after.starts[-1] if after.starts else chunk.width)
    if gap and chunk.md_first_free == front + gap:
        return False
    rest = chunk.md_contig - (final - front)
    if (chunk.hinted and rest <= chunk.md_scan) or not _longest(chunk, i, rest):
        return False
    chunk.page_blocks[i] = after
    if not after.starts:
        chunk.anyfree ^= 1 << i
    chunk.free_bytes -= count * n * GRANULE
    if chunk.md_first_free == front:
        chunk.md_first_free = final if not gap else front
    if chunk.index_of_regions is not None:
        chunk.index_of_regions.dirty.add(i)
    for _ in range(count):
        before = (chunk.md_scan, chunk.md_scan_start)
        chunk.refresh_record(full=False)
        if (chunk.md_scan, chunk.md_scan_start) == before:
            break
    chunk.set_slot()
    return True


def _longest(chunk: "MovingChunk", i: int, rest: int) -> bool:
    """Tell whether the ``rest`` of the free space at the chunk's end is longer than any other region can be."""
    if chunk.free_bytes // GRANULE - chunk.md_contig < rest:
        return True
    low = (1 << i) - 1
    if chunk.fullfree & low:
        return False
    blocks = chunk.page_blocks
    return 2 * max((blocks[j].contig for j in range(i)), default=0) < rest
