"""What every chunk has, whatever finds places inside it, and the lists that chunks stand on."""

from collections.abc import Iterator
from typing import ClassVar

PageRange = tuple[int, int]

MOST_SKIPS = 16
"""Kinds of requests for which a list remembers which chunks to pass over."""
SKIPS_FROM = 8
"""A walk past this many chunks is worth remembering."""


class SlotList:
    """An ordered list of chunks (``struct list_head``): constant-time insertion at either end and removal anywhere.

    ``skips`` saves walking: for a kind of request ``(size, alignment)``, in the engine's units, the last of the chunks from the front
    on that are known to be too small for it by their own record. Those chunks have ``skipped`` set.
    """

    __slots__ = ("bit", "first", "last", "number", "owner", "skips")

    def __init__(self, number: int, owner: "SlotLists") -> None:
        self.number = number
        self.bit = 1 << number
        self.owner = owner
        self.first: Chunk | None = None
        self.last: Chunk | None = None
        self.skips: dict[tuple[int, int], Chunk] = {}

    def __iter__(self) -> Iterator["Chunk"]:
        """Yield front to tail; the chunk last yielded may be moved away meanwhile."""
        chunk = self.first
        while chunk is not None:
            following = chunk.next
            yield chunk
            chunk = following

    def push_front(self, chunk: "Chunk") -> None:
        """Take ``chunk`` off its list, if any, and put it at the front of this one."""
        if chunk.list is not None:
            chunk.list.remove(chunk)
        chunk.list = self
        chunk.prev = None
        chunk.next = head = self.first
        if head is None:
            self.owner.occupied |= self.bit
            self.last = chunk
        else:
            head.prev = chunk
        self.first = chunk
        if self.skips:
            self.recheck(chunk)

    def push_back(self, chunk: "Chunk") -> None:
        """Take ``chunk`` off its list, if any, and put it at the tail of this one."""
        if chunk.list is not None:
            chunk.list.remove(chunk)
        chunk.list = self
        chunk.next = None
        chunk.prev = tail = self.last
        if tail is None:
            self.owner.occupied |= self.bit
            self.first = chunk
        else:
            tail.next = chunk
        self.last = chunk

    def remove(self, chunk: "Chunk") -> None:
        """Take ``chunk`` off this list."""
        before, after = chunk.prev, chunk.next
        if chunk.skipped:
            chunk.skipped = False
            for kind, last in list(self.skips.items()):
                if last is chunk and before is None:
                    del self.skips[kind]
                elif last is chunk and before is not None:
                    self.skips[kind] = before
        if before is None:
            self.first = after
            if after is None:
                self.owner.occupied ^= self.bit
        else:
            before.next = after
        if after is None:
            self.last = before
        else:
            after.prev = before
        chunk.list = chunk.prev = chunk.next = None

    def start(self, size: int, align: int) -> "Chunk | None":
        """Return the first chunk that may be large enough for a request, as far as ``skips`` knows."""
        last = self.skips.get((size, align))
        if last is None:
            for (least, loosest), chunk in self.skips.items():
                if least <= size and loosest <= align:
                    last = chunk
                    break
            else:
                return self.first
        return last.next

    def skip(self, size: int, align: int, first: "Chunk", last: "Chunk") -> None:
        """Remember that the chunks from ``first``, which :meth:`start` gave, to ``last`` are too small for a request."""
        if len(self.skips) >= MOST_SKIPS:
            self.skips.clear()
        self.skips[size, align] = last
        chunk: Chunk | None = first
        while chunk is not None:
            chunk.skipped = True
            chunk = None if chunk is last else chunk.next

    def recheck(self, chunk: "Chunk") -> None:
        """Forget what is not true of ``chunk``, which changed or came to the front."""
        for size, align in [kind for kind in self.skips if not chunk.too_small(*kind)]:
            del self.skips[size, align]
        chunk.skipped = bool(self.skips)


class SlotLists(list[SlotList]):
    """The lists of one chunk type, by slot. ``occupied`` has a bit for each list that holds a chunk, so that a search skips the others."""

    __slots__ = ("occupied",)

    def __init__(self, nr_slots: int) -> None:
        self.occupied = 0
        super().__init__(SlotList(number, self) for number in range(nr_slots))


class Chunk:
    """One chunk: a unit's worth of offsets for every CPU, served as one space.

    Sizes and offsets are bytes. ``index`` counts chunks in creation order: 0 is the first chunk's dynamic part, -1 its reserved
    part. ``base`` is the address that the backing gave. ``origin`` is the offset within the unit of the chunk's own offset 0:
    non-zero only for the first and reserved chunks from 4.14 on, which begin at the page holding their region.
    ``populated`` is a bit set of page indexes counted from ``origin``; ``backed`` the offset within the unit below which all of the
    chunk is (known once ``page_bytes`` is, from registration on). ``slot`` is the slot that the metadata ask for (kept
    current by the engine); the list that the chunk really stands on is ``list``. ``key`` is the pointer of the unit's offset 0,
    ``zero`` that of the chunk's own.

    An engine subclasses this with its metadata and answers :meth:`areas` and :meth:`release`.
    """

    __slots__ = (
        "accounted",
        "backed",
        "base",
        "end_offset",
        "free_bytes",
        "immutable",
        "index",
        "isolated",
        "key",
        "list",
        "max_alloc_size",
        "next",
        "nr_empty_pop_pages",
        "nr_pages",
        "nr_populated",
        "origin",
        "page_bytes",
        "populated",
        "prev",
        "quarter",
        "skipped",
        "slot",
        "start_offset",
        "zero",
    )

    engine: ClassVar[str] = ""

    def __init__(self, index: int, base: int, nr_pages: int) -> None:
        self.index = index
        self.key = self.zero = 0
        self.base = base
        self.nr_pages = nr_pages
        self.quarter = nr_pages // 4
        self.origin = self.start_offset = self.end_offset = 0
        self.immutable = self.isolated = self.accounted = False
        self.populated = self.nr_populated = self.nr_empty_pop_pages = 0
        self.backed = self.page_bytes = 0
        self.free_bytes = self.max_alloc_size = 0
        self.slot = -1
        self.skipped = False
        self.list: SlotList | None = None
        self.prev: Chunk | None = None
        self.next: Chunk | None = None

    @property
    def reserved(self) -> bool:
        """Tell whether this is the reserved part of the first chunk."""
        return self.index < 0

    @property
    def populated_ranges(self) -> list[PageRange]:
        """Populated page ranges ``[from, to)`` in ascending order."""
        return list(bit_ranges(self.populated))

    def unpopulated_within(self, start: int, end: int) -> list[PageRange]:
        """Maximal runs of unpopulated pages inside page range ``[start, end)``, ascending."""
        if self.nr_populated == self.nr_pages:
            return []
        missing = ~(self.populated >> start) & ((1 << (end - start)) - 1)
        return [(start + low, start + high) for low, high in bit_ranges(missing)]

    def mark_populated(self, start: int, end: int) -> None:
        """Page range ``[start, end)``, unpopulated so far, has memory behind it now."""
        self.populated |= ((1 << (end - start)) - 1) << start
        self.nr_populated += end - start
        self.note_backed()

    def mark_depopulated(self, start: int, end: int) -> None:
        """Page range ``[start, end)``, populated so far, lost its memory."""
        self.populated &= ~(((1 << (end - start)) - 1) << start)
        self.nr_populated -= end - start
        self.note_backed()

    def note_backed(self) -> None:
        """Bring ``backed`` up to date."""
        self.backed = self.origin + self.page_bytes * ((~self.populated & (self.populated + 1)).bit_length() - 1)

    def too_small(self, size: int, align: int) -> bool:
        """Tell whether the chunk's own record shows at once that a request cannot be served (engine's units; see SlotList.skips)."""
        raise NotImplementedError

    @property
    def nr_alloc(self) -> int:
        """Live areas."""
        raise NotImplementedError

    def stats_fields(self) -> list[tuple[str, int]]:
        """Return the fields of percpu_stats between max_alloc_size and sum_frag, with their values (kernels 4.13 on)."""
        raise NotImplementedError

    def runs(self) -> list[int]:
        """Return what percpu_stats sees of the chunk: lengths of areas, holes below the last area as negative lengths (bytes)."""
        raise NotImplementedError

    def empty_page_mask(self) -> int:
        """Return the bit set of pages that the record says are wholly free (from 5.14 on, where chunks are depopulated)."""
        raise NotImplementedError

    def areas(self) -> list[tuple[int, int]]:
        """Live areas as (offset within the unit, length), ascending; the static or hidden head is not among them."""
        raise NotImplementedError

    def release(self, pointer: int) -> int:
        """Free the area at ``pointer``, keep all metadata and ``slot``, and return its length.

        :raises KeyError: no area starts there.
        """
        raise NotImplementedError


def bit_ranges(bits: int) -> Iterator[PageRange]:
    """Yield the runs of ones in ``bits`` as ``[from, to)``, lowest first."""
    position = 0
    while bits:
        skip = (bits & -bits).bit_length() - 1
        bits >>= skip
        position += skip
        run = (~bits & (bits + 1)).bit_length() - 1
        yield position, position + run
        bits >>= run
        position += run
