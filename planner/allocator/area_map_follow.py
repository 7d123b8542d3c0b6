"""Equal requests that follow each other through one page of a chunk with an area map, done in one step (up to 4.13)."""

from planner.allocator.area_map import AreaMapChunk
from planner.allocator.area_map_state import FRAGMENT


def follow(chunk: AreaMapChunk, offset: int, size: int, align: int, most: int) -> int:
    """Place up to ``most`` more areas of ``size`` bytes behind the one just placed at ``offset``, the one before on the same page.

    All stay on that page. They come out of the chunk's last free area, which must go on beyond the
    next page; the map must have room for them. Returns how many.
    """
    starts, ends = chunk.starts, chunk.ends
    i = len(starts) - 2
    front = offset + size
    if i < 0 or starts[i] != front or ends[i] != chunk.limit or align & (align - 1) or chunk.freed:
        return 0
    page = chunk.page_size
    page_end = ((front - 1) // page + 1) * page
    gap = -front & (align - 1)
    stride = gap + size
    kept = gap >= FRAGMENT
    room = chunk.most_entries - len(chunk.used) - len(starts)
    count = min(most, (page_end - front) // stride, room // (2 if kept else 1))
    stop = front + count * stride
    after = chunk.limit - stop
    if count <= 0 or page_end + page > chunk.limit or after < max(chunk.others, gap):
        return 0
    placed = range(front + gap, stop, stride)
    chunk.used.update(dict.fromkeys(placed, size))
    if kept:
        starts[i:i] = range(front, stop, stride)
        ends[i:i] = placed
        chunk.others = max(chunk.others, gap)
    elif gap:
        chunk.slack.update(dict.fromkeys(range(front, stop, stride), gap))
    starts[-2] = stop
    chunk.free_bytes -= count * (size if kept else stride)
    chunk.exact = False
    chunk.first_free_offset = starts[0]
    if chunk.signed:
        chunk.hint = after
    if chunk.free_bytes < chunk.slot_least:
        chunk.set_slot()
    return count
