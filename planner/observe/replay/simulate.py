"""The same events on the model: is everything where the model puts it, and what would another kernel or machine do with them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from planner.allocator.allocator import Allocator
from planner.allocator.chunk import Chunk
from planner.allocator.request import Failure, Gfp
from planner.observe.parsers.trace import TraceEvent
from planner.observe.replay.ledger import Place

_MAXIMUM_DIVERGENCES: Final = 100
_SAMPLE_EVERY: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The model put a request elsewhere than the kernel: the event's number, and both places (empty: failed)."""

    event: int
    size: int
    align: int
    kernel: str
    model: str


@dataclass(slots=True)
class Outcome:
    """What the model did with a trace. ``exact``: requests placed (or failed) just as the kernel did. Pages are those of one unit."""

    requests: int = 0
    exact: int = 0
    failures: int = 0
    unknown_frees: int = 0
    divergences: list[Divergence] = field(default_factory=list)
    divergent: int = 0
    peak_bytes: int = 0
    end_bytes: int = 0
    peak_chunks: int = 0
    end_chunks: int = 0


@dataclass(slots=True)
class Simulation:
    """One allocator fed with a trace.

    ``check``: compare places, and after a difference put the object where the kernel did (kernels with bitmaps, 4.14 and later),
    so that one difference does not make all the rest differ. The worker runs when it has something to do, before the next
    event; when exactly the kernel ran it no tracepoint tells. ``first_base`` and ``reserved_base`` are those chunks' addresses.
    """

    allocator: Allocator
    check: bool = False
    first_base: int | None = None
    reserved_base: int | None = None
    outcome: Outcome = field(default_factory=Outcome)
    _pointers: dict[Place, int] = field(default_factory=dict)
    _chunks: dict[str, Chunk] = field(default_factory=dict)
    _number: int = 0

    def run(self, events: Iterable[TraceEvent]) -> Outcome:
        """Take all events and return what came of them."""
        if self.check:
            self._adopt()
        for event in events:
            self._number += 1
            if event.kind == "alloc":
                self._alloc(event)
            elif event.kind == "free":
                self._free(event)
            elif event.kind == "fail":
                self._fail(event)
            if self.allocator.pending:
                self.allocator.run_pending()
            if self._number % _SAMPLE_EVERY == 0:
                self._measure()
        self._measure()
        outcome = self.outcome
        outcome.end_bytes, outcome.end_chunks = self.allocator.percpu_bytes, self._count()
        return outcome

    def _adopt(self) -> None:
        """Know the start state's chunks and areas by the addresses that the kernel gives them."""
        special = {self.allocator.first_chunk: self.first_base, self.allocator.reserved_chunk: self.reserved_base}
        for chunk in self.allocator.all_chunks():
            base = special.get(chunk, chunk.base)
            if base:
                self._chunks[f"{base:x}"] = chunk
                for offset, _size in chunk.areas():
                    self._pointers[f"{base:x}", offset - chunk.origin] = self.allocator.pointer(chunk.index, offset)

    def _ask(self, event: TraceEvent) -> int | Failure:
        self.outcome.requests += 1
        flags = Gfp.NOWAIT if event.atomic else Gfp.KERNEL
        return self.allocator.alloc(event.size, max(event.align, 1), flags, event.reserved)

    def _alloc(self, event: TraceEvent) -> None:
        place = _place(event)
        pointer = self._ask(event)
        if isinstance(pointer, Failure):
            self.outcome.failures += 1
            self._differs(event, f"{event.base}+{event.off}", "")
            return
        placed = self._compare(event, pointer) if self.check else pointer
        if placed is not None:
            self._pointers[place] = placed

    def _compare(self, event: TraceEvent, pointer: int) -> int | None:
        index, offset = self.allocator.locate(pointer)
        chunk = self.allocator.chunk(index)
        known = self._chunks.get(_base(event))
        if known is None and chunk not in self._chunks.values() and offset - chunk.origin == event.off:
            self._chunks[_base(event)] = known = chunk
        if known is chunk and offset - chunk.origin == event.off:
            self.outcome.exact += 1
            return pointer
        self._differs(event, f"{event.base}+{event.off}", f"chunk {index}+{offset - chunk.origin}")
        return self._move(event, pointer, known)

    def _move(self, event: TraceEvent, pointer: int, chunk: Any) -> int | None:
        """Give the model's place back and take the kernel's, where that is free."""
        take = getattr(chunk, "take", None)
        if take is None or event.off % 4 or event.size % 4:
            return pointer
        low, high = chunk.origin + event.off, chunk.origin + event.off + event.size
        self.allocator.free(pointer)
        if any(start < high and low < start + size for start, size in chunk.areas()):
            return self._unplaced(event)
        old = chunk.slot
        take(event.size // 4, 0, event.off // 4)
        if chunk.slot != old:
            self.allocator.relocate(chunk, old)
        page = self.allocator.layout.page_size
        for first, last in chunk.unpopulated_within(event.off // page, -(-(event.off + event.size) // page)):
            self.allocator.populate(chunk, first, last, for_request=True)
        return self.allocator.pointer(chunk.index, low)

    def _unplaced(self, event: TraceEvent) -> int | None:
        """Keep the model's place after all: the kernel's is taken in the model."""
        pointer = self.allocator.alloc(event.size, max(event.align, 1), Gfp.KERNEL, event.reserved)
        return None if isinstance(pointer, Failure) else pointer

    def _fail(self, event: TraceEvent) -> None:
        pointer = self._ask(event)
        if isinstance(pointer, Failure):
            self.outcome.failures += 1
            self.outcome.exact += 1
            return
        index, offset = self.allocator.locate(pointer)
        self._differs(event, "", f"chunk {index}+{offset}")
        self.allocator.free(pointer)

    def _free(self, event: TraceEvent) -> None:
        pointer = self._pointers.pop(_place(event), None)
        if pointer is None:
            self.outcome.unknown_frees += 1
        else:
            self.allocator.free(pointer)

    def _differs(self, event: TraceEvent, kernel: str, model: str) -> None:
        self.outcome.divergent += 1
        if len(self.outcome.divergences) < _MAXIMUM_DIVERGENCES:
            self.outcome.divergences.append(
                Divergence(event=self._number, size=event.size, align=event.align, kernel=kernel, model=model)
            )

    def _measure(self) -> None:
        outcome = self.outcome
        outcome.peak_bytes = max(outcome.peak_bytes, self.allocator.percpu_bytes)
        outcome.peak_chunks = max(outcome.peak_chunks, self._count())

    def _count(self) -> int:
        """Chunks as percpu_stats counts them: the reserved one is part of the first."""
        return sum(not chunk.reserved for chunk in self.allocator.all_chunks())


def _base(event: TraceEvent) -> str:
    return event.base.removeprefix("0x").lstrip("0") or "0"


def _place(event: TraceEvent) -> Place:
    return _base(event), event.off
