"""The allocator's engine for area maps (2.6.30 to 4.13): walks the slot lists, extends maps, counts occupied pages."""

from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

from planner.allocator import area_map_follow
from planner.allocator.area_map import ENTRY_BYTES, AreaMapChunk, OffsetAreaMap, SignedAreaMap
from planner.allocator.area_map_pack import Shelf
from planner.allocator.area_map_state import AreaMapState
from planner.allocator.chunk import SKIPS_FROM
from planner.allocator.engine import Engine
from planner.allocator.request import Failure
from planner.allocator.rules import SLOT_BASE_SHIFT

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import SlotLists

MOST_ROWS = 64
"""Rows of free areas whose numbers are kept."""
NEW_MAP_ENTRIES = 16
"""PCPU_DFL_MAP_ALLOC, the map of a new chunk."""
_SLOT_SHIFT = SLOT_BASE_SHIFT - 2
_SMALL = 15
"""Slot of a size in bytes: its bit length less the shift, 1 up to the small size (rules.raw_slot)."""
ATOMIC_MARGIN = 3
"""Entries that an atomic request needs: its area and a piece on either side (mm/percpu.c:pcpu_need_to_extend, 3.18 on)."""
ATOMIC_MARGIN_LOW = 32
"""PCPU_ATOMIC_MAP_MARGIN_LOW: an atomic request that leaves fewer asks for an extension."""


class AreaMapEngine(Engine):
    """Both encodings; what differs between them is in the chunk class."""

    chunk_class: ClassVar[type[AreaMapChunk]]
    percpu_stats_empty = False

    def __init__(self, allocator: "Allocator") -> None:
        super().__init__(allocator)
        self.margin = self.rules.map_margin
        self.first_map = self.rules.first_map
        self.own_work_item = self.rules.map_extension == "own work item"
        self.to_extend: deque[AreaMapChunk] = deque()
        self.unsettled: list[AreaMapState] = []
        self.shelf = Shelf()
        self.rows: dict[range, list[int]] = {}

    # -- chunks -----------------------------------------------------------------------------------------------------

    def _make(self, index: int, base: int) -> AreaMapChunk:
        rules = self.rules
        chunk = self.chunk_class(index, base, rules.unit_size, rules.page_size, rules.free_slot, self)
        chunk.set_map(NEW_MAP_ENTRIES, self.margin)
        return chunk

    def count_pages(self, chunk: AreaMapState, pages: int) -> None:
        """Count pages of ``chunk`` that an area freed left empty, or (negative) that one took.

        The kernel takes them off after populating the area; nothing looks at the count in between.
        """
        chunk.empty_pages += pages
        self.allocator.count_empty(chunk, pages)

    def new_chunk(self, index: int, base: int) -> AreaMapChunk:
        """Make a fully free chunk."""
        chunk = self._make(index, base)
        self.shelf.add(chunk)
        return chunk

    def watch(self, chunk: AreaMapState) -> None:
        """Take note that areas of ``chunk`` stand one by one again."""
        self.shelf.watch(chunk)

    def numbers(self, row: range) -> list[int]:
        """Return the numbers of ``row``, of the last rows asked for the same objects each time."""
        found = self.rows.get(row)
        if found is None:
            if len(self.rows) >= MOST_ROWS:
                self.rows.clear()
            found = self.rows[row] = list(row)
        return found

    def first_chunks(self) -> tuple[AreaMapChunk | None, AreaMapChunk]:
        """Make the chunks of mm/percpu.c:pcpu_setup_first_chunk: one map for reserved, one for dynamic space."""
        layout = self.allocator.layout
        middle = layout.static + layout.reserved
        dynamic = self._boot_chunk(0, middle, middle + layout.dynamic)
        reserved = self._boot_chunk(-1, layout.static, middle) if layout.reserved else None
        return reserved, dynamic

    def _boot_chunk(self, index: int, head: int, end: int) -> AreaMapChunk:
        chunk = self._make(index, self.allocator.layout.first_chunk_base)
        chunk.immutable = True
        chunk.head = head
        chunk.set_map(self.first_map, self.margin)
        chunk.set_free(head, end)
        chunk.mark_populated(0, chunk.nr_pages)
        chunk.nr_empty_pop_pages = chunk.whole_pages(head, end)
        return chunk

    # -- placing ----------------------------------------------------------------------------------------------------

    def place(  # noqa: C901, PLR0912, PLR0915 - the hot path, kept in one frame
        self,
        size: int,
        align: int,
        atomic: bool,  # noqa: FBT001 - hot path
        lists: "SlotLists",
    ) -> tuple[AreaMapChunk, int] | Failure | None:
        """Walk the lists; a chunk is tried where its hint is large enough and its map has room."""
        if self.unsettled:
            self.settle()
        above = -1 << size.bit_length() - _SLOT_SHIFT if size > _SMALL else -2
        slots = lists.occupied & above
        first: Any = lists[(slots & -slots).bit_length() - 1].first if slots and not atomic else None
        if (
            first is not None
            and size <= first.hint
            and not first.list.skips
            and len(first.used) + len(first.starts) <= first.most_entries
        ):  # the usual way: the very first chunk serves
            old = first.slot
            offset = first.take(size, align)
            if first.slot != old:
                self.allocator.relocate(first, old)
                slots = lists.occupied & above
            elif first.skipped and offset >= 0:
                first.list.recheck(first)
            if offset >= 0:
                return first, offset
        while slots:
            row = lists[(slots & -slots).bit_length() - 1]
            slots &= slots - 1
            counting = not align & (align - 1)  # a place for another alignment says nothing of a larger one
            chunk: Any = row.start(size, align) if row.skips and counting else row.first
            begin = last = chunk
            passed = 0
            while chunk is not None:
                following = chunk.next
                full = len(chunk.used) + len(chunk.starts) > chunk.most_entries
                if size > chunk.hint:
                    known = True
                elif full and not self._room(chunk, atomic):
                    if not atomic:
                        return Failure.EXTEND
                    known = False
                else:
                    old = chunk.slot
                    offset = chunk.take_populated(size, align) if atomic else chunk.take(size, align)
                    if offset >= 0:
                        if passed >= SKIPS_FROM:
                            row.skip(size, align, begin, last)
                        if chunk.slot != old:
                            self.allocator.relocate(chunk, old)
                        elif chunk.skipped:
                            row.recheck(chunk)
                        return chunk, offset
                    known = chunk.slot == old and (not atomic or (not full and chunk.too_small(size, align)))
                    if chunk.slot != old:
                        self.allocator.relocate(chunk, old)
                if counting and known:
                    passed += 1
                    last = chunk
                else:
                    counting = False
                chunk = following
            if passed >= SKIPS_FROM:
                row.skip(size, align, begin, last)
        return None

    def place_reserved(self, chunk: AreaMapChunk, size: int, align: int, atomic: bool) -> int | Failure:  # noqa: FBT001
        """Take a place in the reserved chunk."""
        self.settle()
        if size > chunk.hint:
            return Failure.RESERVED
        if not self._room(chunk, atomic):
            return Failure.EXTEND_RESERVED
        offset = chunk.take_populated(size, align) if atomic else chunk.take(size, align)
        return offset if offset >= 0 else Failure.RESERVED

    def settle(self) -> None:
        """Merge in every chunk what was freed since the last request."""
        for chunk in self.unsettled:
            chunk.settle()
        self.unsettled.clear()

    def follow(self, chunk: AreaMapChunk, offset: int, size: int, align: int, most: int) -> int:
        """Place equal requests in the rest of a page; see the base class."""
        return area_map_follow.follow(chunk, offset, size, align, most)

    def straight(self, chunk: AreaMapChunk, offset: int, size: int, align: int) -> int:
        """Return how many areas certainly follow at even distances; see the base class."""
        return area_map_follow.straight(chunk, offset, size, align)

    def take_straight(self, chunk: AreaMapChunk, offset: int, size: int, align: int, count: int) -> None:
        """Place areas at even distances; see the base class."""
        area_map_follow.take_straight(chunk, offset, size, align, count)

    # -- maps -------------------------------------------------------------------------------------------------------

    def _room(self, chunk: AreaMapChunk, atomic: bool) -> bool:  # noqa: FBT001 - hot path
        """Has the map room for this request? Extends it where the request may sleep, else asks the worker to."""
        if not atomic:
            return self._extend(chunk)
        if chunk.map_alloc < chunk.map_used + ATOMIC_MARGIN_LOW:
            self._ask_extension(chunk)
        return chunk.map_alloc >= chunk.map_used + ATOMIC_MARGIN

    def _extend(self, chunk: AreaMapChunk) -> bool:
        need = chunk.map_used + self.margin
        if chunk.map_alloc >= need:
            return True
        entries = NEW_MAP_ENTRIES
        while entries < need:
            entries *= 2
        old = chunk.map_alloc if chunk.map_alloc >= NEW_MAP_ENTRIES else 0
        base = None if chunk.immutable else chunk.base
        if not self.allocator.backing.extend_map(old * ENTRY_BYTES, entries * ENTRY_BYTES, base):
            return False
        chunk.set_map(entries, self.margin)
        return True

    def _ask_extension(self, chunk: AreaMapChunk) -> None:
        allocator = self.allocator
        if chunk.extension_asked:
            return
        if self.own_work_item:
            if not allocator.async_enabled:
                return
            allocator.times_scheduled += 1
        else:
            allocator.schedule()
        chunk.extension_asked = True
        self.to_extend.append(chunk)

    def work(self) -> None:
        """Serve the extensions asked for, as part of the balance work (4.7 on)."""
        if not self.own_work_item:
            self._serve_extensions()

    def run_items(self) -> int:
        """Run the engine's own pending work items (3.18 to 4.6: one for each chunk that asked); return how many ran."""
        return self._serve_extensions() if self.own_work_item else 0

    @property
    def idle(self) -> bool:
        """Whether no map waits to be extended."""
        return not self.to_extend

    def _serve_extensions(self) -> int:
        served = 0
        while self.to_extend:
            chunk = self.to_extend.popleft()
            if chunk.extension_asked:
                chunk.extension_asked = False
                self._extend(chunk)
                served += 1
        return served

    def destroyed(self, chunk: "AreaMapChunk") -> None:
        """Forget that ``chunk`` wanted its map extended, and that it might be packed."""
        self.shelf.forget(chunk)
        chunk.settle()
        chunk.extension_asked = False


class SignedMapEngine(AreaMapEngine):
    """2.6.30 to 3.14."""

    names = ("signed map",)
    chunk_class = SignedAreaMap


class OffsetMapEngine(AreaMapEngine):
    """3.15 to 4.13."""

    names = ("offset map",)
    chunk_class = OffsetAreaMap
