# ruff: noqa: C901, PLR0912, FBT001 - the kernel's rules one after the other, not split further
"""The bitmap placement rules done naively: every block's record walked, every free bit looked at. A second opinion for the tests."""

from planner.allocator.chunk import Chunk
from planner.allocator.rules import raw_slot

GRANULE = 4


class NaiveHintedChunk(Chunk):
    """A chunk of 5.2 and later. Positions and lengths in bits of 4 bytes.

    ``free`` holds one integer a page: bit k set = granule k free. The parallel lists hold the page blocks' records.
    """

    __slots__ = (
        "block_bits",
        "contig",
        "contig_start",
        "first_free",
        "free",
        "free_slot",
        "left",
        "md_contig",
        "md_contig_start",
        "md_first_free",
        "md_left",
        "md_right",
        "md_scan",
        "md_scan_start",
        "nr_bits",
        "owner",
        "right",
        "scan",
        "scan_start",
        "sizes",
        "unit_size",
    )

    def __init__(self, index: int, base: int, nr_pages: int, page_size: int, unit_size: int) -> None:
        super().__init__(index, base, nr_pages)
        bits = page_size // GRANULE
        self.block_bits = bits
        self.nr_bits = nr_pages * bits
        self.unit_size = unit_size
        self.free = [(1 << bits) - 1] * nr_pages
        self.contig = [bits] * nr_pages
        self.contig_start = [0] * nr_pages
        self.scan = [0] * nr_pages
        self.scan_start = [0] * nr_pages
        self.left = [bits] * nr_pages
        self.right = [bits] * nr_pages
        self.first_free = [0] * nr_pages
        self.md_contig = self.md_left = self.md_right = self.nr_bits
        self.md_contig_start = self.md_scan = self.md_scan_start = self.md_first_free = 0
        self.sizes: dict[int, int] = {}
        self.free_bytes = self.nr_bits * GRANULE

    # -- records ----------------------------------------------------------------------------------------------------

    def record(self) -> tuple[int, ...]:
        """chunk_md: contig, its start, scan, its start, left, right, first free (bits)."""
        return (
            self.md_contig,
            self.md_contig_start,
            self.md_scan,
            self.md_scan_start,
            self.md_left,
            self.md_right,
            self.md_first_free,
        )

    def blocks(self) -> list[tuple[int, ...]]:
        """The page blocks' records, in the order of :meth:`record`."""
        return list(
            zip(
                self.contig,
                self.contig_start,
                self.scan,
                self.scan_start,
                self.left,
                self.right,
                self.first_free,
                strict=True,
            )
        )

    @property
    def nr_alloc(self) -> int:
        return len(self.sizes)

    def stats_fields(self) -> list[tuple[str, int]]:
        return [
            ("empty_pop_pages", self.nr_empty_pop_pages),
            ("first_bit", self.md_first_free),
            ("free_bytes", self.free_bytes),
            ("contig_bytes", self.md_contig * GRANULE),
        ]

    def runs(self) -> list[int]:
        """See the base class. The kernel never looks at the last bit: an area reaching the end is shown one granule short."""
        head = self.start_offset // GRANULE
        last_bit = self.nr_bits - self.end_offset // GRANULE - 1
        areas = sorted(self.sizes.items())
        if len(areas) == 1 and not head and areas[0] == (last_bit, 1):
            stop = last_bit + 1  # find_last_bit found nothing below and the code then tests the last bit itself
        else:
            stop = max((min(x + n, last_bit) for x, n in areas if x < last_bit), default=head)
        runs = []
        position = head
        for x, n in areas:
            if x >= stop:
                break
            if x > position:
                runs.append((position - x) * GRANULE)
            position = min(x + n, stop)
            runs.append((position - x) * GRANULE)
        return runs

    def areas(self) -> list[tuple[int, int]]:
        return [(self.origin + GRANULE * bit, GRANULE * n) for bit, n in sorted(self.sizes.items())]

    def empty_page_mask(self) -> int:
        """Bit set of pages whose block record says wholly free."""
        full = self.block_bits
        return sum(1 << page for page, contig in enumerate(self.contig) if contig == full)

    def set_slot(self) -> None:
        """Recompute ``slot`` from the metadata."""
        if self.free_bytes < GRANULE or not self.md_contig:
            self.slot = 0
        else:
            size = self.md_contig * GRANULE
            self.slot = self.free_slot if size == self.unit_size else raw_slot(size)

    def _update_block(self, i: int, s: int, e: int) -> None:
        """A free run [s, e) of block i is known (pcpu_block_update)."""
        length = e - s
        if s < self.first_free[i]:
            self.first_free[i] = s
        if s == 0:
            self.left[i] = length
        if e == self.block_bits:
            self.right[i] = length
        contig, start, scan, scan_start = self.contig[i], self.contig_start[i], self.scan[i], self.scan_start[i]
        if length > contig:
            if s > start:
                if contig > scan:
                    self.scan_start[i], self.scan[i] = start, contig
                elif s < scan_start:
                    self.scan[i] = 0
            else:
                self.scan[i] = 0
            self.contig[i], self.contig_start[i] = length, s
        elif length == contig:
            if start and (not s or (s & -s) > (start & -start)):
                self.contig_start[i] = s
                if s < scan_start and contig > scan:
                    self.scan[i] = 0
            elif s > scan_start or contig > scan:
                self.scan_start[i], self.scan[i] = s, length
        elif s < start and (length > scan or (length == scan and s > scan_start)):
            self.scan_start[i], self.scan[i] = s, length

    def _update_record(self, s: int, e: int) -> None:
        """The same for the chunk's record; e may lie before s (see _hint_free)."""
        length = e - s
        self.md_first_free = min(self.md_first_free, s)
        if s == 0:
            self.md_left = length
        if e == self.nr_bits:
            self.md_right = length
        if length > self.md_contig:
            if s > self.md_contig_start:
                if self.md_contig > self.md_scan:
                    self.md_scan_start, self.md_scan = self.md_contig_start, self.md_contig
                elif s < self.md_scan_start:
                    self.md_scan = 0
            else:
                self.md_scan = 0
            self.md_contig, self.md_contig_start = length, s
        elif length == self.md_contig:
            start = self.md_contig_start
            if start and (not s or (s & -s) > (start & -start)):
                self.md_contig_start = s
                if s < self.md_scan_start and self.md_contig > self.md_scan:
                    self.md_scan = 0
            elif s > self.md_scan_start or self.md_contig > self.md_scan:
                self.md_scan_start, self.md_scan = s, length
        elif s < self.md_contig_start and (
            length > self.md_scan or (length == self.md_scan and s > self.md_scan_start)
        ):
            self.md_scan_start, self.md_scan = s, length

    def _refresh_block(self, i: int) -> None:
        if self.scan[i]:
            start = self.scan_start[i] + self.scan[i]
            self.contig_start[i], self.contig[i] = self.scan_start[i], self.scan[i]
            self.scan[i] = 0
        else:
            start = self.first_free[i]
            self.contig[i] = 0
        self.right[i] = 0
        rest = self.free[i] >> start
        while rest:
            skip = (rest & -rest).bit_length() - 1
            rest >>= skip
            start += skip
            run = (~rest & (rest + 1)).bit_length() - 1
            self._update_block(i, start, start + run)
            rest >>= run
            start += run

    def _refresh_record(self, *, full: bool) -> None:
        if self.md_scan and not full:
            offset = self.md_scan_start + self.md_scan
            self.md_contig_start, self.md_contig = self.md_scan_start, self.md_scan
            self.md_scan = 0
        else:
            offset = self.md_first_free
            self.md_contig = 0
        while True:
            offset, bits = self._next_region(offset)
            if offset >= self.nr_bits:
                return
            self._update_record(offset, offset + bits)
            offset += bits + 1

    def _next_region(self, offset: int) -> tuple[int, int]:
        width = self.block_bits
        i, b = divmod(offset, width)
        bits = 0
        while i < self.nr_pages:
            if bits:
                bits += self.left[i]
                if self.left[i] != width:
                    return offset, bits
                i += 1
                continue
            bits = self.contig[i]
            start = self.contig_start[i]
            if bits and start >= b and start + bits < width:
                return i * width + start, bits
            b = 0
            bits = self.right[i]
            offset = (i + 1) * width - bits
            i += 1
        return offset, bits

    # -- placing ----------------------------------------------------------------------------------------------------

    def find_fit(self, n: int, a: int, atomic: bool) -> int:
        """Return the bit to scan from for ``n`` bits aligned to ``a``, or -1 (pcpu_find_block_fit)."""
        start = self.md_contig_start
        if -start % a + n > self.md_contig:
            return -1
        if self.md_scan and start > self.md_scan_start and n > self.md_scan:
            offset = self.md_scan_start + self.md_scan
        else:
            offset = self.md_first_free
        while True:
            offset, bits = self._next_fit(offset, n, a)
            if offset >= self.nr_bits:
                return -1
            if not atomic:
                return offset
            width = self.block_bits
            missing = self.unpopulated_within(offset // width, -(-(offset + bits) // width))
            if not missing:
                return offset
            offset = missing[0][1] * width

    def _next_fit(self, offset: int, n: int, a: int) -> tuple[int, int]:
        width = self.block_bits
        i, b = divmod(offset, width)
        bits = 0
        while i < self.nr_pages:
            if bits:
                bits += self.left[i]
                if bits >= n:
                    return offset, bits
                if self.left[i] == width:
                    i += 1
                    continue
            contig, start = self.contig[i], self.contig_start[i]
            pad = -start % a
            if contig and start >= b and contig >= pad + n:
                scan, scan_start = self.scan[i], self.scan_start[i]
                hint = scan_start + scan if scan and start > scan_start and n > scan else self.first_free[i]
                return i * width + hint, pad + n + start - hint
            b = 0
            edge = width - self.right[i]
            edge += -edge % a
            bits = width - edge
            offset = i * width + edge
            if bits >= n:
                return offset, bits
            i += 1
        return self.nr_bits, 0

    def _next_zero(self, x: int) -> int:
        """First free bit at or after ``x``."""
        width = self.block_bits
        i, b = divmod(x, width)
        while i < self.nr_pages:
            rest = self.free[i] >> b
            if rest:
                return i * width + b + (rest & -rest).bit_length() - 1
            i += 1
            b = 0
        return self.nr_bits

    def _next_used(self, x: int, end: int) -> int:
        """First allocated bit in [x, end), or end."""
        width = self.block_bits
        i, b = divmod(x, width)
        while i * width < end:
            rest = ~self.free[i] >> b
            bit = b + (rest & -rest).bit_length() - 1
            if bit < width:
                return min(end, i * width + bit)
            i += 1
            b = 0
        return end

    def take(self, n: int, a: int, start: int) -> int:
        """Allocate at the first place from ``start`` on (pcpu_alloc_area); return its bit, or -1."""
        end = min(start + n + self.block_bits, self.nr_bits)
        x = start
        largest, at = 0, 0
        while True:
            x = self._next_zero(x)
            x += -x % a
            if x + n > end:
                return -1
            y = self._next_used(x, x + n)
            if y == x + n:
                break
            length = y - x
            if length > largest or (length and length == largest and at and (not x or (x & -x) > (at & -at))):
                largest, at = length, x
            x = y + 1
        if largest:
            self._update_scan(at, largest)
        self._mark(x, n)
        self.sizes[x] = n
        self.free_bytes -= n * GRANULE
        if x == self.md_first_free:
            self.md_first_free = self._next_zero(x + n)
        self._hint_alloc(x, n)
        self.set_slot()
        return x

    def _mark(self, x: int, n: int) -> None:
        width = self.block_bits
        i, b = divmod(x, width)
        while n:
            run = min(n, width - b)
            self.free[i] ^= ((1 << run) - 1) << b
            n -= run
            i += 1
            b = 0

    def _update_scan(self, at: int, length: int) -> None:
        i, s = divmod(at, self.block_bits)
        e = s + length
        if e > self.block_bits:
            return
        below = ~self.free[i] & ((1 << s) - 1)
        self._update_block(i, below.bit_length(), e)

    def _hint_alloc(self, x: int, n: int) -> None:
        width = self.block_bits
        s, so = divmod(x, width)
        e, eo = divmod(x + n - 1, width)
        eo += 1
        empties = 0
        if self.contig[s] == width:
            empties += 1
        if so == self.first_free[s]:
            end = eo if s == e else width
            rest = self.free[s] >> end
            self.first_free[s] = end + (rest & -rest).bit_length() - 1 if rest else width
        if self.scan[s] and so < self.scan_start[s] + self.scan[s] and self.scan_start[s] < so + n:
            self.scan[s] = 0
        cs = self.contig_start[s]
        if so < cs + self.contig[s] and cs < so + n:
            if so == 0:
                self.left[s] = 0
            self._refresh_block(s)
        else:
            self.left[s] = min(self.left[s], so)
            self.right[s] = min(self.right[s], width - eo) if s == e else 0
        if s != e:
            if self.contig[e] == width:
                empties += 1
            rest = self.free[e] >> eo
            self.first_free[e] = eo + (rest & -rest).bit_length() - 1 if rest else width
            last = e
            if eo == width:
                last = e + 1
            else:
                if eo > self.scan_start[e]:
                    self.scan[e] = 0
                self.left[e] = 0
                if eo > self.contig_start[e]:
                    self._refresh_block(e)
                else:
                    self.right[e] = min(self.right[e], width - eo)
            empties += e - s - 1
            for i in range(s + 1, last):
                self.scan[i] = self.contig[i] = self.left[i] = self.right[i] = 0
        if empties:
            self._change_empty(-empties)
        if self.md_scan and x < self.md_scan_start + self.md_scan and self.md_scan_start < x + n:
            self.md_scan = 0
        if x < self.md_contig_start + self.md_contig and self.md_contig_start < x + n:
            self._refresh_record(full=False)

    def _change_empty(self, pages: int) -> None:
        self.nr_empty_pop_pages += pages
        self.owner.count_empty(self, pages)

    def release(self, pointer: int) -> int:
        x = (pointer - self.zero) // GRANULE
        n = self.sizes.pop(x)
        self._mark(x, n)
        self.free_bytes += n * GRANULE
        self.md_first_free = min(self.md_first_free, x)
        self._hint_free(x, n)
        self.set_slot()
        return n * GRANULE

    def _hint_free(self, x: int, n: int) -> None:
        width = self.block_bits
        s, so = divmod(x, width)
        e, eo = divmod(x + n - 1, width)
        eo += 1
        known = self.contig_start[s]
        start = known if so == known + self.contig[s] else (~self.free[s] & ((1 << so) - 1)).bit_length()
        if eo == self.contig_start[e]:
            end = eo + self.contig[e]
        else:
            rest = ~self.free[e] >> eo
            end = eo + (rest & -rest).bit_length() - 1
        e_off = end if s == e else width
        freed = 0
        if start == 0 and e_off == width:
            freed += 1
        self._update_block(s, start, e_off)
        if s != e:
            if end == width:
                freed += 1
            self._update_block(e, 0, end)
            freed += e - s - 1
            for i in range(s + 1, e):
                self.first_free[i] = self.scan[i] = self.scan_start[i] = self.contig_start[i] = 0
                self.contig[i] = self.left[i] = self.right[i] = width
        self._finish_free(s, e, start, end, freed)

    def _finish_free(self, s: int, e: int, start: int, end: int, freed: int) -> None:
        width = self.block_bits
        if freed:
            self._change_empty(freed)
        if s != e or end - start >= width:
            self._refresh_record(full=True)
        else:
            self._update_record(s * width + start, end)
