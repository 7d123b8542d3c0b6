"""An index over a chunk's blocks, so that looking for a long free region does not take time for every page of the unit.

The kernel sees regions, not runs: of each block its contig run (if it does not touch the block's end), and the run at its end joined
with what follows in the next blocks (mm/percpu.c:pcpu_next_md_free_region). The index keeps for each block the longest region that
begins there, and the maximum over groups of blocks. Chunks make one when first needed; changed blocks are noted and
looked at again when the index is asked.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.allocator.bitmap_block import Block
    from planner.allocator.bitmap_chunk import BitmapChunk

GROUP_SHIFT = 4
GROUP = 1 << GROUP_SHIFT


class RegionIndex:
    """Longest region by the block it begins in (``longest``) and by group of 16 blocks (``top``); ``dirty`` names changed blocks.

    ``odd`` is a bit set of blocks whose contig run touches the end of the block although the record says that nothing is free there
    (the kernel forgets the right end when it falls back on a scan run that touches it): no region, but a fit.
    """

    __slots__ = ("dirty", "longest", "odd", "top")

    def __init__(self, chunk: "BitmapChunk") -> None:
        self.longest = [0] * chunk.nr_pages
        self.top = [0] * (-(-chunk.nr_pages // GROUP))
        self.dirty = set(range(chunk.nr_pages))
        self.odd = 0

    def update(self, chunk: "BitmapChunk") -> None:
        """Look at changed blocks again, and at those whose regions run into or out of them."""
        blocks, fullfree, longest = chunk.page_blocks, chunk.fullfree, self.longest
        todo = set(self.dirty)
        for i in self.dirty:
            if fullfree >> (i + 1) & 1:
                todo.add(i + 1)
            if i:
                # the nearest block below that is not wholly free: a region begins there, or right after it, and runs into this one
                below = (~fullfree & ((1 << i) - 1)).bit_length()
                if below:
                    todo.add(below - 1)
                if below < i:
                    todo.add(below)
        self.dirty.clear()
        nr_pages, width = chunk.nr_pages, chunk.width
        for i in todo:
            block = blocks[i]
            contig, right = block.contig, block.right
            inside = block.contig_start + contig < width
            best = contig if inside else 0
            if not inside and right < contig:
                self.odd |= 1 << i
            elif self.odd >> i & 1:
                self.odd ^= 1 << i
            if right and (right < width or i == 0 or not blocks[i - 1].right):
                above = ~fullfree >> (i + 1)
                j = i + (above & -above).bit_length()
                length = (j - i - 1) * width + right + (blocks[j].left if j < nr_pages else 0)
                best = max(best, length)
            longest[i] = best
        top = self.top
        for g in {i >> GROUP_SHIFT for i in todo}:
            top[g] = max(longest[g << GROUP_SHIFT : (g + 1) << GROUP_SHIFT])

    def next_at_least(self, i: int, length: int) -> int:
        """Return the first block from ``i`` on in which a region of at least ``length`` begins; the number of blocks if none."""
        longest, top = self.longest, self.top
        count = len(longest)
        g = i >> GROUP_SHIFT
        if top[g] >= length:
            for j in range(i, min((g + 1) << GROUP_SHIFT, count)):
                if longest[j] >= length:
                    return j
        for g in range(g + 1, len(top)):
            if top[g] >= length:
                j = g << GROUP_SHIFT
                while longest[j] < length:
                    j += 1
                return j
        return count

    def maximum(self, start: int, end: int) -> int:
        """Return the longest region that begins in blocks ``start`` to ``end - 1`` (0 if none)."""
        first, last = -(-start // GROUP), end >> GROUP_SHIFT
        if first >= last:
            return max(self.longest[start:end], default=0)
        edges = self.longest[start : first << GROUP_SHIFT] + self.longest[last << GROUP_SHIFT : end]
        return max(max(self.top[first:last]), max(edges, default=0))


def regions_of(block: "Block", i: int, chunk: "BitmapChunk") -> list[tuple[int, int]]:
    """Return the regions that begin in block ``i`` as (start, length) in the chunk, ascending; at most two."""
    width = chunk.width
    contig, start, right = block.contig, block.contig_start, block.right
    found = []
    if contig and start + contig < width:
        found.append((i * width + start, contig))
    if right and (right < width or i == 0 or not chunk.page_blocks[i - 1].right):
        above = ~chunk.fullfree >> (i + 1)
        j = i + (above & -above).bit_length()
        length = (j - i - 1) * width + right + (chunk.page_blocks[j].left if j < chunk.nr_pages else 0)
        found.append(((i + 1) * width - right, length))
    return found


def significant(chunk: "BitmapChunk", index: RegionIndex, i: int, known: int) -> list[tuple[int, int]]:
    """Return those regions from block ``i`` on that leave a trace in a record that knows one of length ``known`` already.

    Learning regions in ascending order, a record keeps the longest and, as scan hint, the longest before it; see Block.refresh.
    """
    count = chunk.nr_pages
    longest = index.maximum(i, count)
    if longest < known or not longest:
        return []
    first = index.next_at_least(i, longest)
    own = regions_of(chunk.page_blocks[first], first, chunk)
    before = [region for region in own[: [length for _start, length in own].index(longest)]]
    second = max([index.maximum(i, first), *(length for _start, length in before)])
    found = []
    if second >= known and second:
        j = index.next_at_least(i, second)
        while j < first:
            found += [region for region in regions_of(chunk.page_blocks[j], j, chunk) if region[1] == second]
            j = index.next_at_least(j + 1, second)
        found += [region for region in before if region[1] == second]
    j = first
    while j < count:
        found += [region for region in regions_of(chunk.page_blocks[j], j, chunk) if region[1] == longest]
        j = index.next_at_least(j + 1, longest) if j + 1 < count else count
    return found
