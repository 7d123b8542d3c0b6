# ruff: noqa: ARG002 - the hinted generation needs them
"""The placement rules of 4.14 to 5.1 done naively; see bitmap_reference."""

from planner.allocator.rules import raw_slot
from tests.allocator.bitmap_reference import GRANULE, NaiveHintedChunk
from tests.allocator.bitmap_reference_engine import NaiveScanHintEngine


class NaivePlainChunk(NaiveHintedChunk):
    __slots__ = ()

    def record(self):
        return (self.md_contig, self.md_contig_start, self.md_first_free)

    def blocks(self):
        return list(zip(self.contig, self.contig_start, self.left, self.right, self.first_free, strict=True))

    def set_slot(self):
        size = self.free_bytes
        if size < GRANULE or not self.md_contig:
            self.slot = 0
        else:
            self.slot = self.free_slot if size == self.unit_size else raw_slot(size)

    def _update_block(self, i, s, e):
        length = e - s
        if s < self.first_free[i]:
            self.first_free[i] = s
        if s == 0:
            self.left[i] = length
        if e == self.block_bits:
            self.right[i] = length
        contig, start = self.contig[i], self.contig_start[i]
        if length > contig:
            self.contig[i], self.contig_start[i] = length, s
        elif length == contig and start and (not s or (s & -s) > (start & -start)):
            self.contig_start[i] = s

    def _update_chunk(self, s, length):
        start = self.md_contig_start
        if length > self.md_contig:
            self.md_contig, self.md_contig_start = length, s
        elif length == self.md_contig and start and (not s or (s & -s) > (start & -start)):
            self.md_contig_start = s

    def _refresh_block(self, i):
        self.left[i] = self.right[i] = 0
        super()._refresh_block(i)

    def _refresh_record(self, *, full):
        self.md_contig = 0
        offset = self.md_first_free
        empty = 0
        width = self.block_bits
        while True:
            offset, bits = self._next_region(offset)
            if offset >= self.nr_bits:
                break
            self._update_chunk(offset, bits)
            a, b = -(-offset // width), (offset + bits) // width
            if a < b:
                empty += (self.populated >> a & ((1 << (b - a)) - 1)).bit_count()
            offset += bits + 1
        self._change_empty(empty - self.nr_empty_pop_pages)

    def _update_scan(self, at, length):
        pass

    def _hint_alloc(self, x, n):
        width = self.block_bits
        s, so = divmod(x, width)
        e, eo = divmod(x + n - 1, width)
        eo += 1
        if so == self.first_free[s]:
            end = eo if s == e else width
            rest = self.free[s] >> end
            self.first_free[s] = end + (rest & -rest).bit_length() - 1 if rest else width
        cs = self.contig_start[s]
        if cs <= so < cs + self.contig[s]:
            self._refresh_block(s)
        else:
            self.left[s] = min(self.left[s], so)
            self.right[s] = min(self.right[s], width - eo) if s == e else 0
        if s != e:
            rest = self.free[e] >> eo
            self.first_free[e] = eo + (rest & -rest).bit_length() - 1 if rest else width
            last = e
            if eo == width:
                last = e + 1
            elif eo > self.contig_start[e]:
                self._refresh_block(e)
            else:
                self.left[e] = 0
                self.right[e] = min(self.right[e], width - eo)
            for i in range(s + 1, last):
                self.contig[i] = self.left[i] = self.right[i] = 0
        if self.md_contig_start <= x < self.md_contig_start + self.md_contig:
            self._refresh_record(full=False)

    def _finish_free(self, s, e, start, end, freed):
        width = self.block_bits
        if s != e or (start == 0 and end == width):
            self._refresh_record(full=True)
        else:
            self._update_chunk(s * width + start, self.contig[s])


class NaiveBitmapEngine(NaiveScanHintEngine):
    names = ("bitmap",)
    counts_request_pages = False
    fail_threshold = 0
    chunk_class = NaivePlainChunk

    def _prepare(self, chunk, size):
        chunk.md_contig = size // GRANULE
        page = self.rules.page_size
        chunk.nr_empty_pop_pages = max((chunk.start_offset + size) // page - -(-chunk.start_offset // page), 0)
