"""Placement by area map (2.6.30 to 4.13): first fit by address over the free areas of a chunk.

The kernel keeps an array of areas and walks it. Here only the free areas stand in address order; what the kernel would see in its
array (entry count, first_free, the raw map) is derived where it is asked for. Which area is taken, and every figure,
is the same: tests/allocator/area_map_reference.py is the array walked naively, and the tests hold the two together.
"""

from bisect import bisect_left
from operator import sub
from typing import ClassVar, Protocol

from planner.allocator.chunk import Chunk
from planner.allocator.rules import raw_slot

END = 1 << 40
"""Start of the area that closes ``starts``: it fits everything, so that a search needs no test for the end."""
FRAGMENT = 4
"""sizeof(int): a smaller piece before or after an area is not kept apart but given to a neighbour."""
ENTRY_BYTES = 4
_SKIPPED = 8
"""Areas passed over before a search leaves a note of how far it came."""
_NOTES = 8
_CLASSES = 48


class Owner(Protocol):
    """Whom a chunk tells about areas freed: the engine."""

    unsettled: "list[AreaMapChunk]"
    """Chunks with areas freed and not merged yet."""

    def count_pages(self, chunk: "AreaMapChunk", pages: int) -> None:
        """Count pages of ``chunk`` that became wholly free (negative: no longer are)."""


class AreaMapChunk(Chunk):
    """A chunk with an area map. Offsets and sizes in bytes.

    ``starts`` and ``ends`` are the free areas in address order, closed by a sentinel; ``used`` is the length of each area in
    use by offset. ``freed`` are areas freed (end by offset) that :meth:`settle` has yet to merge into them: what depends on
    neighbours is worked out when somebody asks. ``slack`` holds bytes that no area got: key the offset where they begin, which is
    the end of the area that owns them. ``hint`` is the kernel's contig_hint (never too small, often too big). ``head`` is the
    end of the static part that the first entry covers, -1 where the map has no such entry; ``limit`` the end of the map;
    ``map_alloc`` the entries that the map has room for; ``most_entries`` the length of ``used`` and ``starts`` together from
    which on it must be extended first.

    ``low[k]``: no free area of at least ``2**(k-1)`` bytes starts below it. ``notes[size, align]``: no such request fits
    below it. ``others`` bounds the free areas that do not end at ``limit``; ``exact``: nothing was taken since the hint was made
    exact. These only save walking.
    """

    __slots__ = (
        "empty_pages",
        "ends",
        "exact",
        "extension_asked",
        "first_free_offset",
        "free_slot",
        "freed",
        "head",
        "hint",
        "limit",
        "low",
        "map_alloc",
        "most_entries",
        "notes",
        "others",
        "owner",
        "page_shift",
        "page_size",
        "slack",
        "slot_beyond",
        "slot_least",
        "starts",
        "unit_size",
        "used",
    )

    signed: ClassVar[bool]
    """Which encoding: signed sizes (up to 3.14) or offsets with a used bit (3.15 on)."""

    def __init__(  # noqa: PLR0913, PLR0917 - one place calls it, with what all chunks share
        self, index: int, base: int, unit_size: int, page_size: int, free_slot: int, owner: Owner
    ) -> None:
        super().__init__(index, base, unit_size // page_size)
        self.owner = owner
        self.unit_size = unit_size
        self.page_size = page_size
        self.page_shift = page_size.bit_length() - 1
        self.free_slot = free_slot
        self.head = -1
        self.used: dict[int, int] = {}
        self.freed: dict[int, int] = {}
        self.slack: dict[int, int] = {}
        self.low = [0] * _CLASSES
        self.low[0] = -1
        self.notes: dict[tuple[int, int], int] = {}
        self.others = 0
        self.exact = False
        self.first_free_offset = -1
        self.extension_asked = False
        self.set_map(0, 0)
        self.set_free(0, unit_size)

    def set_free(self, start: int, end: int) -> None:
        """Make ``[start, end)`` the one free area and the rest of the map's reach static; ``end`` closes the map."""
        self.limit = end
        self.starts = [start, END] if end > start else [END]
        self.ends = [end, END << 1] if end > start else [END << 1]
        self.free_bytes = self.hint = end - start
        self.set_slot()

    def set_map(self, entries: int, margin: int) -> None:
        """Give the map room for ``entries``, of which ``margin`` are to be free when an area is placed."""
        self.map_alloc = entries
        self.most_entries = entries - margin + 1 - (self.head >= 0)

    # -- what the kernel's array would show -------------------------------------------------------------------------

    @property
    def contig_hint(self) -> int:
        """Length that the largest free area has at most, as the kernel remembers it."""
        self.settle()
        return self.hint

    @property
    def nr_empty_pop_pages(self) -> int:
        """Populated pages that no area touches."""
        self.settle()
        return self.empty_pages

    @nr_empty_pop_pages.setter
    def nr_empty_pop_pages(self, pages: int) -> None:
        self.empty_pages = pages

    @property
    def map_used(self) -> int:
        """Entries in use; the closing entry of the offset encoding does not count."""
        self.settle()
        return len(self.used) + len(self.starts) - 1 + (self.head >= 0)

    @property
    def first_free(self) -> int:
        """Index below which no entry is free (3.15 on)."""
        self.settle()
        bound = self.first_free_offset
        if bound < 0:
            return 0
        return (self.head >= 0) + sum(start < bound for start in self.used) + bisect_left(self.starts, bound)

    def areas(self) -> list[tuple[int, int]]:
        """Areas in use as (offset, length with everything absorbed), ascending, without the static head."""
        return [(offset, self._end(offset + self.used[offset]) - offset) for offset in sorted(self.used)]

    @property
    def nr_alloc(self) -> int:
        """Live areas."""
        return len(self.used)

    def stats_fields(self) -> list[tuple[str, int]]:
        """Return what 4.13's percpu_stats shows of the map."""
        return [("free_size", self.free_bytes), ("contig_hint", self.contig_hint)]

    def runs(self) -> list[int]:
        """Lengths of the entries up to the last area in use, free ones negative, without the static head."""
        self.settle()
        areas = self.areas()
        if not areas:
            return []
        last = areas[-1][0]
        free = [(start, start - end) for start, end in zip(self.starts, self.ends, strict=True) if start < last]
        return [length for _, length in sorted(areas + free)]

    def raw_map(self) -> list[int]:
        """Return the kernel's array: signed sizes, or offsets with bit 0 = in use and the closing entry last."""
        self.settle()
        entries = [(start, end, 0) for start, end in zip(self.starts[:-1], self.ends[:-1], strict=True)]
        entries += [(offset, offset + length, 1) for offset, length in self.areas()]
        entries.sort()
        if self.head >= 0:
            entries.insert(0, (0, self._end(self.head), 1))
        if self.signed:
            return [start - end if used else end - start for start, end, used in entries]
        return [start | used for start, _, used in entries] + [self.limit | 1]

    def _end(self, end: int) -> int:
        """Return where an area that would end at ``end`` really ends."""
        slack = self.slack
        while end in slack:
            end += slack[end]
        return end

    # -- placing ----------------------------------------------------------------------------------------------------

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
            while size_class < _CLASSES and low[size_class] < reached:
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

    # -- freeing ----------------------------------------------------------------------------------------------------

    def release(self, offset: int) -> int:
        """Free the area at ``offset``; return the length that was asked for or absorbed.

        :raises KeyError: no area starts there.
        """
        size = self.used.pop(offset)
        end = offset + size
        if self.slack:
            end = self._absorbed(end)
        freed = self.freed
        if not freed:
            self.owner.unsettled.append(self)
        freed[offset] = end
        self.free_bytes = free = self.free_bytes + end - offset
        if free >= self.slot_beyond:
            self.set_slot()
        return size

    def settle(self) -> None:  # noqa: C901, PLR0912 - one loop over what was freed, in one frame
        """Merge what was freed into the free areas, and draw the conclusions."""
        freed = self.freed
        if not freed:
            return
        starts, ends, low, notes = self.starts, self.ends, self.low, self.notes
        page, limit, others, hint = self.page_size, self.limit, self.others, self.hint
        pages = 0
        for offset, end in freed.items():
            i = bisect_left(starts, offset)
            if starts[i] == end:
                stop = ends[i]
                if ends[i - 1] == offset:
                    start = starts[i - 1]
                    ends[i - 1] = stop
                    del starts[i], ends[i]
                else:
                    start = starts[i] = offset
            elif ends[i - 1] == offset:
                start = starts[i - 1]
                stop = ends[i - 1] = end
            else:
                start, stop = offset, end
                starts.insert(i, start)
                ends.insert(i, stop)
            length = stop - start
            if length > others:
                if stop != limit:
                    others = length
                if length > hint:
                    hint = length
            size_class = length.bit_length()
            while low[size_class] > start:
                low[size_class] = start
                size_class -= 1
            if length >= page:
                pages += self._pages(start, offset, end, stop)
            if notes:
                self._forget(start, stop)
        self.others, self.hint = others, hint
        lowest = min(freed)
        if lowest < self.first_free_offset:
            self.first_free_offset = lowest
        freed.clear()
        if pages:
            self.owner.count_pages(self, pages)

    def _absorbed(self, end: int) -> int:
        """Take back the bytes that the area ending at ``end`` had absorbed; return where it really ends."""
        slack = self.slack
        while end in slack:
            end += slack.pop(end)
        return end

    def _forget(self, start: int, stop: int) -> None:
        """Take back the notes that the new free area ``[start, stop)`` makes wrong."""
        for (size, align), reached in self.notes.items():
            if reached > start and (start + align - 1 & -align) + size <= stop:
                self.notes[size, align] = start

    def _pages(self, start: int, offset: int, end: int, stop: int) -> int:
        """Pages that lie wholly in ``[start, stop)`` and not wholly outside ``[offset, end)``, which is part of it."""
        shift = self.page_shift
        first = offset >> shift
        if first << shift < start:
            first += 1
        last = -(-end >> shift)
        if last << shift > stop:
            last -= 1
        return last - first if last > first else 0

    def whole_pages(self, start: int, end: int) -> int:
        """Pages that lie wholly in ``[start, end)``."""
        return self._pages(start, start, end, end)

    def set_slot(self) -> None:
        """Set ``slot``, and the range of free bytes for which it holds (empty where the hint decides)."""
        free = self.free_bytes
        if self.hint < FRAGMENT:
            self.settle()
        if self.hint < FRAGMENT:
            self.slot, self.slot_least, self.slot_beyond = 0, self.unit_size + 1, 0
        elif free < FRAGMENT:
            self.slot, self.slot_least, self.slot_beyond = 0, 0, FRAGMENT
        elif free == self.unit_size:
            self.slot, self.slot_least, self.slot_beyond = self.free_slot, free, free + 1
        else:
            slot = self.slot = raw_slot(free)
            self.slot_least = 1 << (slot + 2) if slot > 1 else FRAGMENT
            self.slot_beyond = min(1 << (slot + 3), self.unit_size)


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
            return self.used[0]
        return super().release(offset)


class OffsetAreaMap(AreaMapChunk):
    """3.15 to 4.13: offsets, bit 0 = in use."""

    __slots__ = ()
    signed = False
