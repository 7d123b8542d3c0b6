"""An index over a chunk's blocks, so that looking for a long free region does not take time for every page of the unit.

The kernel sees regions, not runs: of each block its contig run (if it does not touch the block's end), and the run at its end joined
with what follows in the next blocks (mm/percpu.c:pcpu_next_md_free_region). The index keeps for each block what its regions can
serve, and maxima over groups of blocks. A chunk makes one when first needed; blocks that change are noted in ``dirty`` and
looked at again when a question comes.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.allocator.bitmap_block import Block
    from planner.allocator.bitmap_chunk import BitmapChunk
    from planner.allocator.bitmap_moves import MovingChunk

GROUP_SHIFT = 4
GROUP = 1 << GROUP_SHIFT


class RegionIndex:
    """One chunk's index: ``dirty`` names the blocks changed since the last question."""

    __slots__ = ("_fits", "_regions", "dirty")

    def __init__(self) -> None:
        self.dirty: set[int] = set()
        self._fits: dict[int, Fits] = {}
        self._regions: Regions | None = None

    def behind(self) -> int:
        """Return how many blocks :meth:`regions` would have to look at again, 2**20 where it has seen none yet."""
        return len(self.dirty) + (1 << 20 if self._regions is None else len(self._regions.pending))

    def _spread(self) -> None:
        """Tell every part which blocks changed."""
        for fits in self._fits.values():
            fits.pending |= self.dirty
        if self._regions is not None:
            self._regions.pending |= self.dirty
        self.dirty.clear()

    def next_fit(self, chunk: "BitmapChunk", i: int, n: int, pad: int) -> int:
        """Return the first block from ``i`` on in which ``n`` granules aligned to pad + 1 fit; the number of blocks if none.

        A block fits by its contig run or by the run at its end joined with what follows. Wholly free blocks are always returned,
        though more than one block's worth may not fit there.
        """
        if self.dirty:
            self._spread()
        fits = self._fits.get(pad)
        if fits is None:
            fits = self._fits[pad] = Fits(chunk.nr_pages, pad)
        if fits.pending:
            fits.invalidate(chunk)
        rest = chunk.fullfree >> i
        limit = i + (rest & -rest).bit_length() - 1 if rest else chunk.nr_pages
        return fits.next(chunk, i, limit, n)

    def regions(self, chunk: "BitmapChunk") -> "Regions":
        """Return the regions' index, up to date."""
        if self.dirty:
            self._spread()
        regions = self._regions
        if regions is None:
            regions = self._regions = Regions(chunk.nr_pages)
        if regions.pending:
            regions.update(chunk)
        return regions


def run_into(chunk: "BitmapChunk", i: int) -> int:
    """Return the block below ``i`` nearest to it that is not wholly free (-1 if none): a run from there may reach into ``i``."""
    return (~chunk.fullfree & ((1 << i) - 1)).bit_length() - 1


def joined(chunk: "BitmapChunk", i: int, right: int) -> int:
    """Return the length of the run of ``right`` granules at the end of block ``i`` joined with what follows in later blocks."""
    above = ~chunk.fullfree >> (i + 1)
    j = i + (above & -above).bit_length()
    return (j - i - 1) * chunk.width + right + (chunk.page_blocks[j].left if j < chunk.nr_pages else 0)


class Fits:
    """For one alignment: how long a request each block can serve (``most``), -1 where that must be worked out again."""

    __slots__ = ("most", "pad", "pending", "top")

    def __init__(self, count: int, pad: int) -> None:
        self.pad = pad
        self.most = [-1] * count
        self.top = [-1] * (-(-count // GROUP))
        self.pending: set[int] = set()

    def invalidate(self, chunk: "BitmapChunk") -> None:
        """Forget what is known of changed blocks, and of those whose last run reaches into them."""
        most, top = self.most, self.top
        for i in self.pending:
            most[i] = top[i >> GROUP_SHIFT] = -1
            if i and chunk.page_blocks[i].left:
                below = run_into(chunk, i)
                if below >= 0:
                    most[below] = top[below >> GROUP_SHIFT] = -1
            elif i:
                most[i - 1] = top[(i - 1) >> GROUP_SHIFT] = -1
        self.pending.clear()

    def next(self, chunk: "BitmapChunk", i: int, limit: int, n: int) -> int:
        """Return the first block from ``i`` up to ``limit`` that serves ``n`` granules, or ``limit``."""
        most, top = self.most, self.top
        while i < limit:
            g = i >> GROUP_SHIFT
            end = (g + 1) << GROUP_SHIFT
            if top[g] < 0 or top[g] >= n:
                first = i
                for j in range(i, min(end, limit)):
                    length = most[j]
                    if length < 0:
                        length = most[j] = self._measure(chunk, j)
                    if length >= n:
                        return j
                if first == g << GROUP_SHIFT and end <= limit:
                    top[g] = max(most[first:end])
            i = end
        return limit

    def _measure(self, chunk: "BitmapChunk", i: int) -> int:
        block = chunk.page_blocks[i]
        right = block.right
        length = block.contig - (-block.contig_start & self.pad)
        if right:
            gap = right - chunk.width & self.pad
            if gap < right:
                length = max(length, joined(chunk, i, right) - gap)
        return max(length, 0)


class Regions:
    """The longest region by the block it begins in (``longest``), and of regions that long the best aligned and the last.

    ``top``, ``top_best`` and ``top_last`` are the same for groups of blocks. Of equally well aligned ones the first is the best.
    """

    __slots__ = ("best", "last", "longest", "pending", "top", "top_best", "top_last")

    def __init__(self, count: int) -> None:
        groups = -(-count // GROUP)
        self.longest, self.best, self.last = [0] * count, [0] * count, [0] * count
        self.top, self.top_best, self.top_last = [0] * groups, [0] * groups, [0] * groups
        self.pending = set(range(count))

    def update(self, chunk: "BitmapChunk") -> None:
        """Look at changed blocks again, and at those whose regions run into or out of them."""
        fullfree = chunk.fullfree
        todo = set(self.pending)
        for i in self.pending:
            if fullfree >> (i + 1) & 1:
                todo.add(i + 1)
            if i:
                below = run_into(chunk, i)
                todo.add(below + 1)
                if below >= 0:
                    todo.add(below)
        self.pending.clear()
        for i in todo:
            found = regions_of(chunk.page_blocks[i], i, chunk)
            if not found:
                self.longest[i] = 0
            elif len(found) == 1 or found[0][1] != found[1][1]:
                best = found[0] if len(found) == 1 or found[0][1] > found[1][1] else found[1]
                self.best[i] = self.last[i] = best[0]
                self.longest[i] = best[1]
            else:
                self.longest[i] = found[0][1]
                self.best[i] = _better(found[0][0], found[1][0])
                self.last[i] = found[1][0]
        for g in {i >> GROUP_SHIFT for i in todo}:
            self._sum_up(g)

    def _sum_up(self, g: int) -> None:
        first = g << GROUP_SHIFT
        lengths = self.longest[first : first + GROUP]
        longest = max(lengths)
        self.top[g] = longest
        if not longest:
            return
        j = first + lengths.index(longest)
        best, last = self.best[j], self.last[j]
        for _ in range(lengths.count(longest) - 1):
            j = self.longest.index(longest, j + 1)
            best, last = _better(best, self.best[j]), self.last[j]
        self.top_best[g], self.top_last[g] = best, last

    def next_at_least(self, i: int, length: int) -> int:
        """Return the first block from ``i`` on in which a region of at least ``length`` begins; the number of blocks if none."""
        longest, top = self.longest, self.top
        count = len(longest)
        while i < count:
            g = i >> GROUP_SHIFT
            end = (g + 1) << GROUP_SHIFT
            if top[g] >= length:
                for j in range(i, min(end, count)):
                    if longest[j] >= length:
                        return j
            i = end
        return count

    def maximum(self, start: int, end: int) -> int:
        """Return the longest region that begins in blocks ``start`` to ``end - 1`` (0 if none)."""
        first, last = -(-start // GROUP), end >> GROUP_SHIFT
        if first >= last:
            return max(self.longest[start:end], default=0)
        edges = self.longest[start : first << GROUP_SHIFT] + self.longest[last << GROUP_SHIFT : end]
        return max([*self.top[first:last], *edges])

    def learn(self, chunk: "MovingChunk", i: int) -> None:
        """Let the chunk's record learn the regions from block ``i`` on, as if one after the other.

        Of them only two lengths leave a trace: the longest of all, and the longest before its first occurrence; see Block.refresh.
        """
        count = chunk.nr_pages
        known = chunk.md_contig
        longest = self.maximum(i, count)
        if longest < known or not longest:
            return
        first = self.next_at_least(i, longest)
        own = regions_of(chunk.page_blocks[first], first, chunk)
        before = own[0] if own[0][1] < longest else None
        second = max(self.maximum(i, first), before[1] if before else 0)
        if second and second >= known:
            self._learn_equal(chunk, i, first, second)
            if before and before[1] == second:
                chunk.learn(before[0], before[0] + second)
        self._learn_equal(chunk, first, count, longest)

    def _learn_equal(self, chunk: "MovingChunk", start: int, end: int, length: int) -> None:
        """Let the record learn the regions ``length`` long that begin in blocks ``start`` to ``end - 1``, where no longer ones begin.

        Once it knows one, another one replaces it only if better aligned; else only the last of them leaves a trace, as scan hint.
        So a group of blocks with no better aligned one is done at once.
        """
        i = start
        while i < end:
            g = i >> GROUP_SHIFT
            stop = min((g + 1) << GROUP_SHIFT, end)
            if self.top[g] >= length:
                whole = i == g << GROUP_SHIFT and stop - i == min(GROUP, len(self.longest) - i)
                known = chunk.md_contig_start
                if whole and chunk.md_contig == length and (not known or _low_bit(self.top_best[g]) <= _low_bit(known)):
                    chunk.learn(self.top_last[g], self.top_last[g] + length)
                else:
                    for j in range(i, stop):
                        if self.longest[j] >= length:
                            self._learn_block(chunk, j, length)
            i = stop

    def _learn_block(self, chunk: "MovingChunk", i: int, length: int) -> None:
        for begin, size in regions_of(chunk.page_blocks[i], i, chunk):
            if size == length:
                chunk.learn(begin, begin + size)


def _low_bit(position: int) -> int:
    return position & -position


def _better(first: int, second: int) -> int:
    """Return the better aligned of two starts, the first if equally well."""
    return second if first and second & -second > first & -first else first


def regions_of(block: "Block", i: int, chunk: "BitmapChunk") -> list[tuple[int, int]]:
    """Return the regions that begin in block ``i`` as (start, length) in the chunk, ascending; at most two."""
    width = chunk.width
    contig, start, right = block.contig, block.contig_start, block.right
    found = []
    if contig and start + contig < width:
        found.append((i * width + start, contig))
    if right and (right < width or i == 0 or not chunk.page_blocks[i - 1].right):
        found.append(((i + 1) * width - right, joined(chunk, i, right)))
    return found
