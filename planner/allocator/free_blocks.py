"""Free blocks of a stretch of address space, sorted by address: taken out of, given back to, merged where they touch."""

from bisect import bisect_left, bisect_right


class FreeBlocks:
    """Free blocks ``[start, end)`` in bytes; ``starts`` and ``ends`` ascend together and are never empty blocks."""

    __slots__ = ("ends", "starts")

    def __init__(self, start: int, end: int) -> None:
        """One block from ``start`` to ``end``; none at all where the two are equal."""
        self.starts: list[int] = [start] if end > start else []
        self.ends: list[int] = [end] if end > start else []

    def copy(self) -> "FreeBlocks":
        """Return an independent copy."""
        twin = FreeBlocks(0, 0)
        twin.starts = self.starts.copy()
        twin.ends = self.ends.copy()
        return twin

    def __iter__(self) -> "zip[tuple[int, int]]":
        return zip(self.starts, self.ends, strict=True)

    def __len__(self) -> int:
        return len(self.starts)

    def index(self, address: int) -> int:
        """Return the index of the highest block that starts at or below ``address``; -1 where there is none."""
        return bisect_right(self.starts, address) - 1

    def above(self, address: int) -> int:
        """Return the index of the lowest block that ends above ``address``."""
        return bisect_right(self.ends, address)

    def is_free(self, start: int, end: int) -> bool:
        """Return whether all of ``[start, end)`` is free."""
        index = bisect_right(self.starts, start) - 1
        return index >= 0 and self.ends[index] >= end

    def take(self, start: int, end: int) -> None:
        """Mark ``[start, end)`` as busy.

        :raises ValueError: a part of it is not free.
        """
        index = bisect_right(self.starts, start) - 1
        if index < 0 or self.ends[index] < end or end <= start:
            raise ValueError(f"{start:#x}-{end:#x} is not free")
        low, high = self.starts[index], self.ends[index]
        if low == start and high == end:
            del self.starts[index], self.ends[index]
        elif low == start:
            self.starts[index] = end
        elif high == end:
            self.ends[index] = start
        else:
            self.ends[index] = start
            self.starts.insert(index + 1, end)
            self.ends.insert(index + 1, high)

    def give(self, start: int, end: int) -> None:
        """Mark ``[start, end)`` as free and merge it with free neighbours.

        :raises ValueError: a part of it is free already.
        """
        index = bisect_left(self.starts, start)
        left = index > 0 and self.ends[index - 1] >= start
        right = index < len(self.starts) and self.starts[index] <= end
        if end <= start or (left and self.ends[index - 1] > start) or (right and self.starts[index] < end):
            raise ValueError(f"{start:#x}-{end:#x} is not busy")
        if left and right:
            self.ends[index - 1] = self.ends[index]
            del self.starts[index], self.ends[index]
        elif left:
            self.ends[index - 1] = end
        elif right:
            self.starts[index] = start
        else:
            self.starts.insert(index, start)
            self.ends.insert(index, end)
