# ruff: noqa: FBT001 - the engines' signatures
"""The naive engine for bitmap_reference: tries every chunk of every list."""

from typing import TYPE_CHECKING

from planner.allocator.engine import Engine
from planner.allocator.isolation import reintegrate
from planner.allocator.request import Failure
from planner.allocator.rules import SLOT_FAIL_THRESHOLD, raw_slot
from tests.allocator.bitmap_reference import GRANULE, NaiveHintedChunk

if TYPE_CHECKING:
    from planner.allocator.chunk import SlotLists


class NaiveScanHintEngine(Engine):
    """5.2 and later."""

    names = ("scan hints",)
    fail_threshold = SLOT_FAIL_THRESHOLD
    chunk_class = NaiveHintedChunk

    def _prepare(self, chunk: NaiveHintedChunk, size: int) -> None:
        """Hook of the plain generation."""

    def _make(self, index: int, base: int, nr_pages: int) -> NaiveHintedChunk:
        rules = self.rules
        chunk = self.chunk_class(index, base, nr_pages, rules.page_size, rules.unit_size)
        chunk.owner = self.allocator
        chunk.free_slot = rules.free_slot
        return chunk

    def new_chunk(self, index: int, base: int) -> NaiveHintedChunk:
        chunk = self._make(index, base, self.rules.unit_pages)
        chunk.set_slot()
        return chunk

    def first_chunks(self) -> tuple[NaiveHintedChunk | None, NaiveHintedChunk]:
        layout = self.allocator.layout
        static = -(-layout.static // GRANULE) * GRANULE
        dynamic = layout.dynamic - (static - layout.static)
        reserved = self._region(-1, static, layout.reserved) if layout.reserved else None
        return reserved, self._region(0, static + layout.reserved, dynamic)

    def _region(self, index: int, start: int, size: int) -> NaiveHintedChunk:
        page = self.rules.page_size
        head = start % page
        pages = -(-(head + size) // page)
        chunk = self._make(index, self.allocator.layout.first_chunk_base, pages)
        chunk.origin, chunk.start_offset, chunk.end_offset = start - head, head, pages * page - head - size
        chunk.immutable = True
        chunk.free_bytes = size
        chunk.mark_populated(0, pages)
        chunk.nr_empty_pop_pages = pages
        self._prepare(chunk, size)
        if head:
            chunk._mark(0, head // GRANULE)
            chunk.md_first_free = head // GRANULE
            chunk._hint_alloc(0, head // GRANULE)
        if chunk.end_offset:
            tail = chunk.end_offset // GRANULE
            chunk._mark(chunk.nr_bits - tail, tail)
            chunk._hint_alloc(chunk.nr_bits - tail, tail)
        chunk.set_slot()
        return chunk

    def place(
        self, size: int, align: int, atomic: bool, lists: "SlotLists"
    ) -> tuple[NaiveHintedChunk, int] | Failure | None:
        rules = self.rules
        n, a = size // GRANULE, align // GRANULE
        first = rules.free_slot if size == rules.unit_size else raw_slot(size)
        for slot in range(first, rules.free_slot + 1):
            for chunk in lists[slot]:
                start = chunk.find_fit(n, a, atomic)
                if start < 0:
                    if slot < self.fail_threshold:
                        lists[0].push_front(chunk)
                    continue
                old = chunk.slot
                bit = chunk.take(n, a, start)
                if bit < 0:
                    continue
                self.allocator.relocate(chunk, old)
                if chunk.isolated:
                    reintegrate(self.allocator, chunk)
                return chunk, chunk.origin + GRANULE * bit
        return None

    def place_reserved(self, chunk: NaiveHintedChunk, size: int, align: int, atomic: bool) -> int | Failure:
        n, a = size // GRANULE, align // GRANULE
        start = chunk.find_fit(n, a, atomic)
        if start < 0:
            return Failure.RESERVED
        bit = chunk.take(n, a, start)
        return chunk.origin + GRANULE * bit if bit >= 0 else Failure.RESERVED

    def follow(self, chunk: NaiveHintedChunk, offset: int, size: int, align: int, most: int) -> int:  # noqa: ARG002
        return 0
