"""The state of a chunk with an area map (2.6.30 to 4.13): free areas, areas in use, and what the kernel's array would show.

The kernel keeps an array of areas and walks it. Here only the free areas stand in address order; what the kernel would see in its
array (entry count, first_free, the raw map) is derived where it is asked for. Which area is taken, and every figure,
is the same: tests/allocator/area_map_reference.py is the array walked naively, and the tests hold the two together.
"""

from bisect import bisect_left, bisect_right
from typing import ClassVar, Protocol

from planner.allocator.area_map_pack import unbundle
from planner.allocator.chunk import Chunk
from planner.allocator.rules import raw_slot

END = 1 << 40
"""Start of the area that closes ``starts``: it fits everything, so that a search needs no test for the end."""
FRAGMENT = 4
"""sizeof(int): a smaller piece before or after an area is not kept apart but given to a neighbour."""
FINE_BELOW = 1024
"""Lengths below have a class for every 8 bytes, from there on one for every power of two."""
COARSE = FINE_BELOW // 8 + 1 - FINE_BELOW.bit_length()
"""Class of a longer length, less its bit length."""
SIZE_CLASSES = COARSE + 48
MOST_UNSETTLED = 48
"""Areas freed that wait to be merged: an allocation never pays for more."""


class Owner(Protocol):
    """Whom a chunk tells about areas freed: the engine."""

    unsettled: "list[AreaMapState]"
    """Chunks with areas freed and not merged yet."""

    def count_pages(self, chunk: "AreaMapState", pages: int) -> None:
        """Count pages of ``chunk`` that became wholly free (negative: no longer are)."""

    def watch(self, chunk: "AreaMapState") -> None:
        """Take note that areas of ``chunk`` stand one by one again."""

    def numbers(self, row: range) -> list[int]:
        """Return the numbers of ``row`` as objects that chunks filled alike have in common. Not to be changed."""


class AreaMapState(Chunk):
    """What a chunk with an area map is, and what frees make of it. Offsets and sizes in bytes.

    ``starts`` and ``lens`` are the free areas in address order, closed by a sentinel; ``used`` is the length of each area in
    use by offset, but for those in ``rows`` (offsets of equally long areas, and their length) and in ``bundle`` (see
    area_map_pack.py); ``packed`` is how many those are. They are taken apart when one of them is freed. ``freed`` are areas freed
    (end by offset) that :meth:`settle` has yet to merge into the free ones: what depends on neighbours is worked out when
    somebody asks. ``slack`` holds bytes that no area got: key the offset where they begin, which is the end of the area that
    owns them. ``hint`` is the kernel's
    contig_hint (never too small, often too big). ``head`` is the
    end of the static part that the first entry covers, -1 where the map has no such entry; ``limit`` the end of the map;
    ``map_alloc`` the entries that the map has room for; ``most_entries`` the length of ``used`` and ``starts`` together above
    which it must be extended first.

    ``low[k]``: no free area of class ``k`` or above (see FINE_BELOW) starts below it. ``notes[size, align]``: no such request fits
    below it. ``others`` bounds the free areas that do not end at ``limit``; ``exact``: nothing was taken since the hint was made
    exact. These only save walking.
    """

    __slots__ = (
        "bundle",
        "empty_pages",
        "exact",
        "extension_asked",
        "first_free_offset",
        "free_slot",
        "freed",
        "head",
        "hint",
        "lens",
        "limit",
        "low",
        "map_alloc",
        "most_entries",
        "notes",
        "others",
        "owner",
        "packed",
        "page_shift",
        "page_size",
        "rows",
        "shared",
        "slack",
        "slot_beyond",
        "slot_least",
        "starts",
        "unit_size",
        "used",
    )

    SHARED: ClassVar = frozenset({"used", "slack", "starts", "lens"})
    """What twins have in common while ``shared`` is set in both."""

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
        self.rows: list[tuple[range, int]] = []
        self.bundle = b""
        self.packed = 0
        self.freed: dict[int, int] = {}
        self.slack: dict[int, int] = {}
        self.low = [0] * SIZE_CLASSES
        self.low[0] = -1
        self.notes: dict[tuple[int, int], int] = {}
        self.others = 0
        self.exact = False
        self.first_free_offset = -1
        self.extension_asked = False
        self.shared = False
        self.set_map(0, 0)
        self.set_free(0, unit_size)

    def set_free(self, start: int, end: int) -> None:
        """Make ``[start, end)`` the one free area and the rest of the map's reach static; ``end`` closes the map."""
        self.limit = end
        self.starts = [start, END] if end > start else [END]
        self.lens = [end - start, END] if end > start else [END]
        self.free_bytes = self.hint = end - start
        self.set_slot()

    def set_map(self, entries: int, margin: int) -> None:
        """Give the map room for ``entries``, of which ``margin`` are to be free when an area is placed."""
        self.map_alloc = entries
        self.most_entries = entries - margin + 1 - (self.head >= 0) - self.packed

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
        return len(self.used) + self.packed + len(self.starts) - 1 + (self.head >= 0)

    @property
    def first_free(self) -> int:
        """Index below which no entry is free (3.15 on)."""
        self.settle()
        bound = self.first_free_offset
        if bound < 0:
            return 0
        return (self.head >= 0) + sum(start < bound for start in self._every()) + bisect_left(self.starts, bound)

    def areas(self) -> list[tuple[int, int]]:
        """Areas in use as (offset, length with everything absorbed), ascending, without the static head."""
        self.settle()
        return [(offset, self._end(offset + size) - offset) for offset, size in sorted(self._every().items())]

    @property
    def nr_alloc(self) -> int:
        """Live areas."""
        return len(self.used) + self.packed

    def stats_fields(self) -> list[tuple[str, int]]:
        """Return what 4.13's percpu_stats shows of the map."""
        return [("free_size", self.free_bytes), ("contig_hint", self.contig_hint)]

    def runs(self) -> list[int]:
        """Lengths of the entries up to the last area in use, free ones negative, without the static head."""
        areas = self.areas()
        if not areas:
            return []
        last = areas[-1][0]
        free = [(start, -length) for start, length in zip(self.starts, self.lens, strict=True) if start < last]
        return [length for _, length in sorted(areas + free)]

    def raw_map(self) -> list[int]:
        """Return the kernel's array: signed sizes, or offsets with bit 0 = in use and the closing entry last."""
        self.settle()
        entries = [(start, start + length, 0) for start, length in zip(self.starts[:-1], self.lens[:-1], strict=True)]
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

    # -- freeing ----------------------------------------------------------------------------------------------------

    def release(self, pointer: int) -> int:
        """Free the area at ``pointer``; return the length that was asked for or absorbed.

        Without static data a signed map begins with an empty entry at offset 0 that the kernel's search finds first: the object
        there stays (mm/percpu.c:pcpu_free_area up to 3.14).

        :raises KeyError: no area starts there.
        """
        offset = pointer - self.key
        if not offset and self.signed and not self.head:
            return self._every()[0]
        if self.shared:
            self.own()
        try:
            size = self.used.pop(offset)
        except KeyError:
            if not self.packed:
                raise
            self.unpack()
            size = self.used.pop(offset)
        end = offset + size
        if self.slack:
            end = self._absorbed(end)
        freed = self.freed
        if not freed:
            self.owner.unsettled.append(self)
        freed[offset] = end
        if len(freed) > MOST_UNSETTLED:
            self.settle()
        self.free_bytes = free = self.free_bytes + end - offset
        if free >= self.slot_beyond:
            self.set_slot()
        return size

    def pack(self, row: range, size: int) -> None:
        """Enter areas of ``size`` bytes at the offsets of ``row``, which are new, with what continues the row downwards."""
        used, rows, step = self.used, self.rows, row.step
        first, stop = row[0], row[-1] + step
        while used.get(first - step) == size:
            first -= step
            del used[first]
        new = (stop - first) // step
        if rows and rows[-1][1] == size and (rows[-1][0].step, rows[-1][0].stop) == (step, first):
            first = rows.pop()[0].start
        rows.append((range(first, stop, step), size))
        self.packed += new
        self.most_entries -= new

    def tidy(self) -> None:
        """Let the last row take in what continues it upwards, so that chunks filled alike look alike."""
        if not self.rows:
            return
        row, size = self.rows[-1]
        stop = row.stop
        while self.used.get(stop) == size:
            stop += row.step
        if stop > row.stop:
            if self.shared:
                self.own()
            more = range(row.stop, stop, row.step)
            for offset in more:
                del self.used[offset]
            self.pack(more, size)

    def enter(self, bundle: bytes, areas: int) -> None:
        """Put ``bundle``, of so many ``areas``, in the place of the one before and of all areas that stand one by one."""
        if self.shared:
            self.own()
        self.most_entries += self.packed
        self.used, self.bundle = {}, bundle
        self.packed = areas + sum(len(row) for row, _size in self.rows)
        self.most_entries -= self.packed

    def unpack(self) -> None:
        """Enter the areas of all rows and of the bundle one by one."""
        if self.shared:
            self.own()
        self.used = self._every()
        self.most_entries += self.packed
        self.rows, self.bundle, self.packed = [], b"", 0
        self.owner.watch(self)

    def _every(self) -> dict[int, int]:
        """Return the length of each area in use by offset, those in rows and bundle too."""
        if not self.packed:
            return self.used
        every = {**unbundle(self.bundle), **self.used}
        for row, size in self.rows:
            every.update(dict.fromkeys(row, size))
        return every

    def own(self) -> None:
        """Get areas of its own: a twin shares them until one of the two writes."""
        self.used, self.slack = self.used.copy(), self.slack.copy()
        self.starts, self.lens = list(self.starts), list(self.lens)
        self.shared = False

    def settle(self) -> None:  # noqa: C901, PLR0912 - one loop over what was freed, in one frame
        """Merge what was freed into the free areas, and draw the conclusions."""
        freed = self.freed
        if not freed:
            return
        starts, lens, low, notes = self.starts, self.lens, self.low, self.notes
        page, limit, others, hint = self.page_size, self.limit, self.others, self.hint
        pages = 0
        least = min(notes)[0] if notes else END
        for offset, end in freed.items():
            i = bisect_left(starts, offset)
            start, stop = starts[i - 1], end
            if starts[i] == end:
                stop += lens[i]
                if start + lens[i - 1] == offset:
                    length = lens[i - 1] = stop - start
                    del starts[i], lens[i]
                else:
                    start = starts[i] = offset
                    length = lens[i] = stop - start
            elif start + lens[i - 1] == offset:
                length = lens[i - 1] = stop - start
            else:
                start = offset
                length = stop - start
                starts.insert(i, start)
                lens.insert(i, length)
            if length > others:
                if stop != limit:
                    others = length
                if length > hint:
                    hint = length
            size_class = (length >> 3) + 1 if length < FINE_BELOW else COARSE + length.bit_length()
            if low[size_class] > start:
                least_class = bisect_right(low, start, 0, size_class)
                low[least_class : size_class + 1] = [start] * (size_class + 1 - least_class)
            if length >= page:
                pages += self._pages(start, offset, end, stop)
            if length >= least:
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
