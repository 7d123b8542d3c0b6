"""Placement by area map (2.6.30 to 4.13): first fit by address over the free areas of a chunk, in two encodings of the map."""

from bisect import bisect_left
from operator import sub

from planner.allocator.area_map_state import END, FRAGMENT, SIZE_CLASSES, AreaMapState

ENTRY_BYTES = 4
_SKIPPED = 8
"""Areas passed over before a search leaves a note of how far it came."""
_NOTES = 8


class AreaMapChunk(AreaMapState):
    """Takes places out of the free areas."""

    __slots__ = ()

    def take(self, size: int, align: int) -> int:
        """Take the first place for ``size`` bytes at a multiple of ``align``; return its offset, or -1 and a corrected hint.

        The chunk must be settled.
        """
        starts, ends = self.starts, self.ends
        mask = align - 1
        offset = starts[0] + mask & ~mask
        if offset + size <= ends[0]:
            return self._commit(0, offset, size) if offset < END else self._nothing(size, align)
        if self.notes and (size, align) in self.notes:
            first = i = bisect_left(starts, self.notes[size, align])
        else:
            first = i = self._candidate(size)
        while True:
            offset = starts[i] + mask & ~mask
            if offset + size <= ends[i]:
                break
            i += 1
        if i - first > _SKIPPED and offset < END:
            self._note(size, align, starts[i])
        return self._commit(i, offset, size) if offset < END else self._nothing(size, align)

    def take_populated(self, size: int, align: int) -> int:
        """Take as :meth:`take` does, but where every page of the place has memory already (atomic requests, 3.18 on)."""
        if self.nr_populated == self.nr_pages:
            return self.take(size, align)
        i = self._candidate(size)
        while self.starts[i] < END:
            offset = self._populated_place(self.starts[i], self.ends[i], size, align)
            if offset >= 0:
                return self._commit(i, offset, size)
            i += 1
        self._refused()
        return -1

    def _candidate(self, size: int) -> int:
        """Return the index of a free area before which ``size`` bytes fit nowhere."""
        starts, ends, low = self.starts, self.ends, self.low
        size_class = size.bit_length()
        least = 1 << (size_class - 1)
        first = i = bisect_left(starts, low[size_class])
        while ends[i] - starts[i] < least:
            i += 1
        if i - first > _SKIPPED:
            reached = starts[i]
            while size_class < SIZE_CLASSES and low[size_class] < reached:
                low[size_class] = reached
                size_class += 1
        return i

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

    def _commit(self, i: int, offset: int, size: int) -> int:
        """Take ``[offset, offset + size)`` out of free area ``i``; return ``offset``."""
        if self.shared:
            self.own()
        starts, ends = self.starts, self.ends
        start, end = starts[i], ends[i]
        before, stop = offset - start, offset + size
        after = end - stop
        if end - start >= self.page_size:
            pages = self._pages(start, offset, stop if after >= FRAGMENT else end, end)
            if pages:
                self.owner.count_pages(self, -pages)
        if 0 < before < FRAGMENT:
            self.slack[start] = before
            self.free_bytes -= before
            before = 0
        if after < FRAGMENT:
            size += after
            stop = end
            after = 0
            if before:
                ends[i] = offset
            else:
                del starts[i], ends[i]
        elif before:
            ends[i] = offset
            starts.insert(i + 1, stop)
            ends.insert(i + 1, end)
        else:
            starts[i] = stop
        self.used[offset] = size
        self.free_bytes = free = self.free_bytes - size
        self.exact = False
        self.first_free_offset = starts[0] if i or before else stop
        if end == self.limit:
            self._last_used(before, after)
        if free < self.slot_least:
            self.set_slot()
        return offset

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
        self._note(size, align, END)
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
        starts, ends = self.starts[:-1], self.ends[:-1]
        last = ends.pop() - starts.pop() if ends and ends[-1] == self.limit else 0
        self.others = max(map(sub, ends, starts), default=0)
        self.hint = max(self.others, last)
        self.exact = True
        self.set_slot()

    def _note(self, size: int, align: int, reached: int) -> None:
        notes = self.notes
        notes.pop((size, align), None)
        if len(notes) >= _NOTES:
            del notes[next(iter(notes))]
        notes[size, align] = reached


class SignedAreaMap(AreaMapChunk):
    """Up to 3.14: signed sizes."""

    __slots__ = ()
    signed = True

    def release(self, offset: int) -> int:
        """Free the area at ``offset``; see the base class.

        Without static data the map begins with an empty entry at offset 0 that the kernel's search finds first: the object there
        stays (mm/percpu.c:pcpu_free_area).
        """
        if not offset and not self.head:
            self.unpack()
            return self.used[0]
        return super().release(offset)


class OffsetAreaMap(AreaMapChunk):
    """3.15 to 4.13: offsets, bit 0 = in use."""

    __slots__ = ()
    signed = False
