"""Equal requests that follow each other through a chunk with an area map: the rest of a page, or many pages, in one step (up to 4.13)."""

from planner.allocator.area_map import AreaMapChunk
from planner.allocator.area_map_state import FRAGMENT

LEAST_PACKED = 32
"""Areas in one step from which on they are remembered as a row instead of one by one."""


def follow(chunk: AreaMapChunk, offset: int, size: int, align: int, most: int) -> int:
    """Place up to ``most`` more areas of ``size`` bytes behind the one just placed at ``offset``, the one before on the same page.

    All stay on that page. Returns how many.
    """
    front = offset + size
    page = chunk.page_size
    page_end = ((front - 1) // page + 1) * page
    stride = (-front & (align - 1)) + size
    count = min(most, (page_end - front) // stride, straight(chunk, offset, size, align))
    if count <= 0:
        return 0
    take_straight(chunk, offset, size, align, count)
    return count


def straight(chunk: AreaMapChunk, offset: int, size: int, align: int) -> int:
    """Return how many more areas certainly follow the one just placed at ``offset``, whatever pages they enter.

    They come out of the chunk's last free area, which stays the longest but for its last piece; the map must have room for them.
    """
    front = offset + size
    if not _at_front(chunk, front) or align & (align - 1):
        return 0
    gap = -front & (align - 1)
    left = max(chunk.others, gap, FRAGMENT)
    return max(min((chunk.limit - left - front) // (gap + size), _room(chunk, gap)), 0)


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


def take_straight(chunk: AreaMapChunk, offset: int, size: int, align: int, count: int) -> None:
    """Take ``count`` areas, no more than :func:`straight` grants, behind the one at ``offset``."""
    front = offset + size
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
        chunk.starts[-2:-2] = chunk.owner.numbers(range(front, stop, stride))
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
