"""Turns of pages (see page_turns.py) of a bitmap chunk, done many at a time: their blocks are those of the turn before (4.14 on).

Nothing that the records compare is changed by moving whole pages: holes between areas never begin at a page's start, so how well
they are aligned moves with them, and the free space at the end is kept longer than any other.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.allocator.bitmap_chunk import GRANULE
from planner.allocator.bitmap_follow import at_front

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.allocator.bitmap_block import Block
    from planner.allocator.bitmap_moves import MovingChunk
    from planner.allocator.engine import Stance
    from planner.allocator.page_turns import Turn

_RECORD = (
    "md_contig",
    "md_contig_start",
    "md_first_free",
    "md_left",
    "md_right",
    "md_scan",
    "md_scan_start",
    "free_bytes",
    "anyfree",
    "fullfree",
)
_MOVING = ("md_contig_start", "md_contig", "md_right", "md_scan_start", "md_first_free", "free_bytes")


def stance(chunk: "MovingChunk", position: int, n: int) -> "Stance | None":
    """Return what of ``chunk`` is the same at each turn's first area, just placed at ``position``, and what moves."""
    i = position >> chunk.shift
    block = chunk.page_blocks[i]
    if not block.starts or not at_front(chunk, i, position + n):
        return None
    if chunk.nr_empty_pop_pages != (chunk.populated & chunk.fullfree).bit_count():
        return None  # up to 5.1 they are counted now and then only
    fixed = (*_contents(block), chunk.md_left, chunk.md_scan)
    return fixed, (i + _fresh_above(chunk, i), *(getattr(chunk, name) for name in _MOVING))


def _contents(block: "Block") -> tuple[object, ...]:
    return (tuple(block.starts), tuple(block.lens), block.record(), tuple(block.sizes.items()))


def most_turns(chunk: "MovingChunk", i: int, turn: "Turn", steps: "Sequence[int]") -> int:
    """Return how many turns more, from block ``i`` on, certainly go like the last."""
    pages = turn.pages
    moved = pages * chunk.width
    last_fresh, start, contig, right, scan_start, first_free, free = steps
    if (last_fresh, start, contig, free) != (0, moved, -moved, -turn.areas * turn.size) or right not in {0, -moved}:
        return 0
    if (
        scan_start not in {0, moved}
        or first_free not in {0, moved}
        or chunk.fullfree >> (i - pages) & ((1 << pages) - 1)
    ):
        return 0
    return min(_fresh_above(chunk, i) // pages - 1, _while_longest(chunk, i, moved, -free // GRANULE))


def _fresh_above(chunk: "MovingChunk", i: int) -> int:
    """Return how many blocks above ``i`` are as new: a record keeps old values when a page that was in use is free again."""
    above = chunk.fullfree >> (i + 1)
    free = (~above & (above + 1)).bit_length() - 1
    record = type(chunk.page_blocks[i])(chunk.width).record()
    blocks = chunk.page_blocks
    known = None
    for count in range(free):
        block = blocks[i + 1 + count]
        if block is not known:
            if block.record() != record:
                return count
            known = block
    return free


def _while_longest(chunk: "MovingChunk", i: int, moved: int, taken: int) -> int:
    """Return for how many turns the free space at the chunk's end certainly stays longer than any other region."""
    contig = chunk.md_contig
    others = chunk.free_bytes // GRANULE - contig
    times = (contig - others - 1) // (2 * moved - taken)
    if not chunk.fullfree & ((1 << i) - 1):
        longest = 2 * max((chunk.page_blocks[j].contig for j in range(i)), default=0)
        times = max(times, (contig - longest - 1) // moved)
    return min(times, (contig - chunk.md_scan - 1) // moved)


def take_turns(chunk: "MovingChunk", i: int, pages: int, steps: "Sequence[int]", times: int) -> None:
    """Fill the blocks from ``i`` on like those of the turn before, ``times`` over, and begin the next turn as block ``i`` does."""
    blocks = chunk.page_blocks
    pattern = [blocks[j] for j in range(i - pages, i)]
    for block in pattern:
        block.shared = True
    end = i + pages * times
    begun = blocks[i]
    blocks[i:end] = pattern * times
    blocks[end] = begun
    low, turn = (1 << i) - 1, (1 << pages) - 1
    free = (chunk.anyfree >> (i - pages) & turn) * (((1 << (pages * times)) - 1) // turn) << i
    chunk.anyfree = chunk.anyfree & low | free | chunk.anyfree >> end << end
    chunk.fullfree = chunk.fullfree & low | chunk.fullfree >> (end + 1) << (end + 1)
    for name, step in zip(_MOVING, steps[1:], strict=True):
        setattr(chunk, name, getattr(chunk, name) + step * times)
    chunk.index_of_regions = None
    chunk.set_slot()


@dataclass(frozen=True, slots=True)
class Picture:
    """A chunk that was new, as equal requests left it: its record, and the ``blocks`` that they reach into, shared from now on."""

    record: tuple[int, ...]
    contents: tuple[object, ...]
    blocks: "list[Block]" = field(compare=False, repr=False)


def picture(chunk: "MovingChunk", pages: int, fresh: "Block") -> Picture | None:
    """Return the picture of ``chunk``; ``None`` where a block behind the first ``pages`` is not ``fresh``."""
    blocks = chunk.page_blocks
    if type(blocks) is not list or chunk.fullfree >> pages != (1 << (chunk.nr_pages - pages)) - 1:
        return None
    if any(block is not fresh for block in blocks[pages:]):
        return None
    taken = blocks[:pages]
    for block in taken:
        block.shared = True
    return Picture(tuple(getattr(chunk, name) for name in _RECORD), _contents(taken[-1]), taken)


def become(chunk: "MovingChunk", picture: Picture) -> None:
    """Put ``chunk``, new but for a part of what the picture shows, into the state of ``picture``."""
    chunk.page_blocks[: len(picture.blocks)] = picture.blocks
    for name, value in zip(_RECORD, picture.record, strict=True):
        setattr(chunk, name, value)
    chunk.index_of_regions = None
    chunk.set_slot()
