"""Placement by area map (2.6.30 to 4.13): first fit by address over the free areas of a chunk, in two encodings of the map."""

from bisect import bisect_left

from planner.allocator.area_map_state import COARSE, END, FINE_BELOW, FRAGMENT, AreaMapState

ENTRY_BYTES = 4
_SKIPPED = 32
"""Areas passed over before a search leaves a note of how far it came."""
_NEAR = 4
"""Areas passed over before a search tells the size classes how far it came."""
_NOTES = 6
"""Notes kept: every area freed looks at them."""


class AreaMapChunk(AreaMapState):
    """Takes places out of the free areas."""

    __slots__ = ()

    def take(  # noqa: C901, PLR0912, PLR0915 - the hot path, kept in one frame
        self, size: int, align: int, i: int = 0, least: int = 0
    ) -> int:
        """Take the first place for ``size`` bytes at a multiple of ``align``; return its offset, or -1 and a corrected hint.

        The chunk must be settled. ``i`` and ``least``: a place is known, in free area ``i`` from ``least`` on.
        """
        starts, lens = self.starts, self.lens
        mask = align - 1
        start = starts[i]
        end = start + lens[i]
        offset = (least or start) + mask & ~mask
        stop = offset + size
        if stop > end:
            noted = self.notes.get((size, align)) if self.notes else None
            if noted is None:
                noted = self.low[(size >> 3) + 1 if size < FINE_BELOW else COARSE + size.bit_length()]
                first = i = bisect_left(starts, noted)
                while lens[i] < size:
                    i += 1
                if i > first + _NEAR:
                    self._reached(starts[i], size)
            elif noted >= END:
                self._refused()
                return -1
            else:
                first = i = bisect_left(starts, noted)
            while True:
                while lens[i] < size:
                    i += 1
                start = starts[i]
                end = start + lens[i]
                offset = start + mask & ~mask
                stop = offset + size
                if stop <= end:
                    break
                i += 1
            if i - first > _SKIPPED and offset < END:
                self.note(size, align, start)
        if offset >= END:
            return self._nothing(size, align)
        if self.shared:
            self.own()
            starts, lens = self.starts, self.lens
        after = end - stop
        if end - start >= self.page_size:
            pages = self._pages(start, offset, stop if after >= FRAGMENT else end, end)
            if pages:
                self.owner.count_pages(self, -pages)
        before = offset - start
        if 0 < before < FRAGMENT:
            self.slack[start] = before
            self.free_bytes -= before
            before = 0
        if after >= FRAGMENT:
            if before:
                lens[i] = before
                starts.insert(i + 1, stop)
                lens.insert(i + 1, after)
            else:
                starts[i] = stop
                lens[i] = after
        else:
            size += after
            after = 0
            if before:
                lens[i] = before
            else:
                del starts[i], lens[i]
        self.used[offset] = size
        self.free_bytes = free = self.free_bytes - size
        self.exact = False
        self.first_free_offset = starts[0] if i or before else offset + size
        if end == self.limit:
            self._last_used(before, after)
        if free < self.slot_least:
            self.set_slot()
        return offset

    def take_populated(self, size: int, align: int) -> int:
        """Take as :meth:`take` does, but where every page of the place has memory already (atomic requests, 3.18 on)."""
        if self.nr_populated == self.nr_pages:
            return self.take(size, align)
        starts, lens, mask = self.starts, self.lens, align - 1
        least = self.low[(size >> 3) + 1 if size < FINE_BELOW else COARSE + size.bit_length()]
        i = bisect_left(starts, max(self.notes.get((size, align), 0), least))
        passed, fitting = 0, END  # up to the first place that would do if it had memory
        while True:
            while lens[i] < size:
                i += 1
                passed += fitting == END
            start = starts[i]
            if start >= END:
                break
            if (start + mask & ~mask) + size <= start + lens[i]:
                fitting = min(fitting, start)
                offset = self._populated_place(start, start + lens[i], size, align)
                if offset >= 0:
                    if passed > _SKIPPED:
                        self.note(size, align, fitting)
                    return self.take(size, align, i, offset)
            i += 1
            passed += fitting == END
        if passed > _SKIPPED or fitting == END:
            self.note(size, align, fitting)
        self._refused()
        return -1

    def _reached(self, start: int, size: int) -> None:
        """Take note that no free area of ``size`` bytes begins below ``start``."""
        low = self.low
        k = (size + 7 >> 3) + 1 if size < FINE_BELOW else COARSE + (size - 1).bit_length() + 1
        beyond = bisect_left(low, start, k)
        low[k:beyond] = [start] * (beyond - k)

    def _populated_place(self, start: int, end: int, size: int, align: int) -> int:
        """Return the first aligned offset in ``[start, end)`` whose pages are all populated (pcpu_fit_in_area), or -1."""
        page, mask = self.page_size, align - 1
        candidate = start
        while True:
            offset = candidate + mask & ~mask
            if offset + size > end:
                return -1
            missing = self.unpopulated_within(offset // page, -(-end // page))
            if not missing or missing[0][0] >= -(-(offset + size) // page):
                return offset
            candidate = missing[0][1] * page

    def _last_used(self, before: int, after: int) -> None:
        """Make the hint exact, where this encoding does when the last area of the map was taken from."""
        if after and before > self.others:
            self.others = before
        if not self.signed and after:
            return
        if after and after >= self.others:
            self.hint = after
        else:
            self._exact_hint()

    def _nothing(self, size: int, align: int) -> int:
        self.note(size, align, END)
        self._refused()
        return -1

    def _refused(self) -> None:
        """Do what a walk past every free area leaves: the hint is exact now."""
        if self.starts[0] < END:
            self.first_free_offset = self.starts[0]
        if not self.exact:
            self._exact_hint()

    def too_small(self, size: int, align: int) -> bool:
        """Tell whether trying this request would fail and change nothing."""
        return size > self.contig_hint or (self.exact and self.notes.get((size, align), 0) >= END)

    def _exact_hint(self) -> None:
        lens = self.lens[:-1]
        last = lens.pop() if lens and self.starts[-2] + lens[-1] == self.limit else 0
        self.others = max(lens, default=0)
        self.hint = max(self.others, last)
        self.exact = True
        self.set_slot()

    def note(self, size: int, align: int, reached: int) -> None:
        """Remember that no such request fits below ``reached``."""
        notes = self.notes
        notes.pop((size, align), None)
        if len(notes) >= _NOTES:
            del notes[next(iter(notes))]
        notes[size, align] = reached


class SignedAreaMap(AreaMapChunk):
    """Up to 3.14: signed sizes."""

    __slots__ = ()
    signed = True


class OffsetAreaMap(AreaMapChunk):
    """3.15 to 4.13: offsets, bit 0 = in use."""

    __slots__ = ()
    signed = False
