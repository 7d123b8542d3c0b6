"""Which page tables exist under a range of addresses: they are made on first use and kept after unmapping."""

from bisect import bisect_right


class Coverage:
    """Runs of ``span`` bytes that were touched, counted once each."""

    __slots__ = ("_ends", "_starts", "span")

    def __init__(self, span: int) -> None:
        """``span`` is the bytes that one bottom-level page table maps (2 MiB on x86-64 and PAE)."""
        self.span = span
        self._starts: list[int] = []
        self._ends: list[int] = []

    def copy(self) -> "Coverage":
        """Return an independent copy."""
        twin = Coverage(self.span)
        twin._starts, twin._ends = self._starts.copy(), self._ends.copy()
        return twin

    def touch(self, start: int, end: int) -> int:
        """Touch ``[start, end)`` and return how many runs are new."""
        low, high = start // self.span, -(-end // self.span)
        index = bisect_right(self._starts, low) - 1
        if index >= 0 and self._ends[index] >= high:
            return 0
        first = index if index >= 0 and self._ends[index] >= low else index + 1
        last = first
        new = high - low
        while last < len(self._starts) and self._starts[last] <= high:
            new -= max(min(high, self._ends[last]) - max(low, self._starts[last]), 0)
            low, high = min(low, self._starts[last]), max(high, self._ends[last])
            last += 1
        self._starts[first:last] = [low]
        self._ends[first:last] = [high]
        return new
