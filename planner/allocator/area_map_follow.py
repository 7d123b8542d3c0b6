"""Equal requests that follow each other through a chunk with an area map: the rest of a page, or many pages, in one step (up to 4.13)."""

from typing import TYPE_CHECKING

from planner.allocator.area_map import AreaMapChunk
from planner.allocator.area_map_state import FRAGMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.allocator.engine import Stance
    from planner.allocator.page_turns import Turn

LEAST_PACKED = 32
"""Areas in one step from which on they are remembered as a row instead of one by one."""


def follow(chunk: AreaMapChunk, offset: int, size: int, align: int, most: int) -> int:
    """Place up to ``most`` more areas of ``size`` bytes behind the one just placed at ``offset``, the one before on the same page.

    All stay on that page. They come out of the chunk's last free area, which must go on beyond the
    next page; the map must have room for them. Returns how many.
    """
    front = offset + size
    if not _at_front(chunk, front) or align & (align - 1):
        return 0
    page = chunk.page_size
    page_end = ((front - 1) // page + 1) * page
    gap = -front & (align - 1)
    stride = gap + size
    count = min(most, (page_end - front) // stride, _room(chunk, gap))
    if count <= 0 or page_end + page > chunk.limit or chunk.limit - front - count * stride < max(chunk.others, gap):
        return 0
    _take(chunk, front, size, align, count)
    return count


def stance(chunk: AreaMapChunk, offset: int, turn: "Turn") -> "Stance | None":
    """Return what of ``chunk`` is the same at each turn's first area, just placed at ``offset``, and what moves."""
    front = offset + turn.size
    if not _at_front(chunk, front):
        return None
    fixed = (chunk.others, chunk.exact, chunk.map_alloc, chunk.extension_asked)
    return fixed, (chunk.free_bytes, chunk.hint, chunk.map_used, chunk.starts[0], chunk.first_free_offset)


def most_turns(chunk: AreaMapChunk, offset: int, turn: "Turn", steps: "Sequence[int]") -> int:
    """Return how many turns more, behind the area at ``offset``, certainly go like the last."""
    front = offset + turn.size
    gap = -front & (turn.align - 1)
    moved = turn.pages * chunk.page_size
    kept = gap >= FRAGMENT
    free, hint, entries, first, first_free = steps
    taken = (-turn.areas * turn.size, 2 * turn.areas) if kept else (-moved, turn.areas)
    if (free, entries) != taken:
        return 0
    if hint not in {0, -moved} or first not in {0, moved} or first_free != first:
        return 0
    longest = max(chunk.others, gap, chunk.page_size)
    return min(_room(chunk, gap) // turn.areas, (chunk.limit - front - longest - 1) // moved - 1)


def take_turns(chunk: AreaMapChunk, offset: int, turn: "Turn", times: int) -> None:
    """Do ``times`` turns behind the area at ``offset``."""
    front = offset + turn.size
    _take(chunk, front, turn.size, turn.align, turn.areas * times)


def _at_front(chunk: AreaMapChunk, front: int) -> bool:
    """Tell whether the chunk's last free area begins at ``front``, ends with the map, and nothing waits to be merged."""
    return (
        len(chunk.starts) > 1
        and chunk.starts[-2] == front
        and front + chunk.lens[-2] == chunk.limit
        and not chunk.freed
    )


def _room(chunk: AreaMapChunk, gap: int) -> int:
    """Return for how many areas the map certainly has room."""
    return (chunk.most_entries - len(chunk.used) - len(chunk.starts)) // (2 if gap >= FRAGMENT else 1)


def _take(chunk: AreaMapChunk, front: int, size: int, align: int, count: int) -> None:
    """Take ``count`` areas from ``front`` up, the start of the last free area; nothing before it serves such a request."""
    gap = -front & (align - 1)
    stride = gap + size
    stop = front + count * stride
    placed = range(front + gap, stop, stride)
    if chunk.shared:
        chunk.own()
    if count >= LEAST_PACKED:
        chunk.pack(placed, size)
    else:
        chunk.used.update(dict.fromkeys(placed, size))
    kept = gap >= FRAGMENT
    if kept:
        chunk.starts[-2:-2] = range(front, stop, stride)
        chunk.lens[-2:-2] = [gap] * count
        chunk.others = max(chunk.others, gap)
        chunk.note(size, align, stop)
    elif gap:
        chunk.slack.update(dict.fromkeys(range(front, stop, stride), gap))
    chunk.starts[-2] = stop
    chunk.lens[-2] = chunk.limit - stop
    chunk.free_bytes -= count * (size if kept else stride)
    chunk.exact = False
    chunk.first_free_offset = chunk.starts[0]
    if chunk.signed:
        chunk.hint = chunk.limit - stop
    if chunk.free_bytes < chunk.slot_least:
        chunk.set_slot()
