"""The area maps of 2.6.30 to 4.13 walked naively, entry by entry, as spec section 7 tells it: what the fast ones must equal."""

from dataclasses import dataclass, field

FRAGMENT = 4


@dataclass
class Entry:
    start: int
    end: int
    used: bool

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass
class NaiveMap:
    """One chunk. ``head`` >= 0: a static part of that many bytes in front, an entry of its own even if it is empty."""

    signed: bool
    unit_size: int
    page_size: int
    head: int = -1
    limit: int | None = None
    populated: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        limit = self.unit_size if self.limit is None else self.limit
        self.entries = [Entry(0, self.head, used=True)] if self.head >= 0 else []
        start = max(self.head, 0)
        if limit > start:
            self.entries.append(Entry(start, limit, used=False))
        self.free = self.contig = limit - start
        self.first_free = 0
        self.occupied = 0

    def slot(self) -> int:
        if self.free < FRAGMENT or self.contig < FRAGMENT:
            return 0
        slot = 1
        while 16 << (slot - 1) <= self.unit_size:
            slot += 1
        return slot + 1 if self.free == self.unit_size else max(self.free.bit_length() - 3, 1)

    def raw(self) -> list[int]:
        if self.signed:
            return [-entry.length if entry.used else entry.length for entry in self.entries]
        return [entry.start + entry.used for entry in self.entries] + [self.entries[-1].end + 1]

    def areas(self) -> list[tuple[int, int]]:
        return [(entry.start, entry.length) for entry in self.entries[self.head >= 0 :] if entry.used]

    def fit(self, entry: Entry, size: int, align: int, *, atomic: bool) -> int:
        """Bytes to leave out before the area, -1 where it does not fit."""
        candidate = entry.start
        while True:
            offset = -(-candidate // align) * align
            if offset + size > entry.end:
                return -1
            if not atomic:
                return offset - entry.start
            page = offset // self.page_size
            beyond = -(-entry.end // self.page_size)
            while page < beyond and page in self.populated:
                page += 1
            if page >= -(-(offset + size) // self.page_size):
                return offset - entry.start
            while page < beyond and page not in self.populated:
                page += 1
            candidate = page * self.page_size

    def alloc(self, size: int, align: int, *, atomic: bool = False) -> int:
        largest, seen = 0, False
        for i in range(0 if self.signed else self.first_free, len(self.entries)):
            entry = self.entries[i]
            if entry.used:
                continue
            head = self.fit(entry, size, align, atomic=atomic)
            if head < 0:
                if not seen and not self.signed:
                    self.first_free = i
                seen = True
                largest = max(largest, entry.length)
                continue
            return self.split(i, head, size, largest, seen=seen)
        self.contig = largest
        return -1

    def split(self, i: int, head: int, size: int, largest: int, *, seen: bool) -> int:
        entry = self.entries[i]
        was_last = i == len(self.entries) - 1
        if 0 < head < FRAGMENT:
            self.entries[i - 1].end += head
            entry.start += head
            self.free -= head
            head = 0
        tail = entry.length - head - size
        if tail < FRAGMENT:
            size += tail
            tail = 0
        pieces = [Entry(entry.start + head, entry.start + head + size, used=True)]
        if head:
            pieces.insert(0, Entry(entry.start, entry.start + head, used=False))
        if tail:
            pieces.append(Entry(entry.end - tail, entry.end, used=False))
        self.entries[i : i + 1] = pieces
        here = i + bool(head)
        if not seen and not self.signed:
            self.first_free = i if head else i + 1
        largest = max(largest, head, tail)
        last = was_last if self.signed else here == len(self.entries) - 1
        self.contig = largest if last else max(self.contig, largest)
        self.free -= size
        self.occupied = self.count_pages(here)
        return self.entries[here].start

    def release(self, offset: int) -> None:
        i = next(i for i, entry in enumerate(self.entries) if entry.start == offset and (self.signed or entry.length))
        entry = self.entries[i]
        self.free += entry.length
        self.occupied = self.count_pages(i)
        if not entry.length:
            return
        entry.used = False
        self.first_free = min(self.first_free, i)
        if i + 1 < len(self.entries) and not self.entries[i + 1].used:
            entry.end = self.entries.pop(i + 1).end
        if i and not self.entries[i - 1].used:
            entry.start = self.entries.pop(i - 1).start
        self.contig = max(self.contig, entry.length)

    def count_pages(self, i: int) -> int:
        """Pages that only this entry keeps from being wholly free (pcpu_count_occupied_pages)."""
        page = self.page_size
        start, end = self.entries[i].start, self.entries[i].end
        before = self.entries[i - 1] if i else None
        after = self.entries[i + 1] if i + 1 < len(self.entries) else None
        if before is not None and not before.used and before.start <= start // page * page:
            start = start // page * page
        if after is not None and not after.used and after.end >= -(-end // page) * page:
            end = -(-end // page) * page
        return max(end // page - -(-start // page), 0)
