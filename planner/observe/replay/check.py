"""Model beside kernel: from a captured state on, does the model put every request where the trace says that the kernel put it.

What no tracepoint tells is inferred from what the trace does tell, never from where the model would like things to be:

- When the worker ran. It is taken to wait until the trace shows its work: a chunk that a kworker makes or destroys, or an atomic
  request that the kernel served and the model cannot without it.
- What happened between the capture and the trace. Where the kernel puts an object on one of the start state's without a free in
  between, that one had gone before; it is taken out before the first request.

After a difference the model takes the kernel's place, so that one difference does not make all the rest differ.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from planner.allocator.allocator import Allocator
from planner.allocator.chunk import Chunk
from planner.allocator.request import Failure, Gfp
from planner.observe.parsers.trace import TraceEvent
from planner.observe.replay.ledger import Place
from planner.observe.replay.simulate import Divergence, Outcome, ask, measure

_MAXIMUM_DIVERGENCES: Final = 100
_SAMPLE_EVERY: Final = 64
_GRANULE: Final = 4
_WORKER: Final = "kworker"


@dataclass(slots=True)
class Check:
    """One allocator that follows a trace. ``first_base`` and ``reserved_base`` are those chunks' addresses, as the trace prints bases."""

    allocator: Allocator
    first_base: int | None = None
    reserved_base: int | None = None
    outcome: Outcome = field(default_factory=Outcome)
    _pointers: dict[Place, int] = field(default_factory=dict)
    _chunks: dict[str, Chunk] = field(default_factory=dict)
    _number: int = 0

    def run(self, events: Sequence[TraceEvent]) -> Outcome:
        """Take all events and return what came of them."""
        self._adopt()
        self._take_out_what_had_gone(events)
        for event in events:
            self._number += 1
            if event.kind == "alloc":
                self._alloc(event)
            elif event.kind == "free":
                self._free(event)
            elif event.kind == "fail":
                self._fail(event)
            else:
                self._chunk_event(event)
            if self._number % _SAMPLE_EVERY == 0:
                measure(self.outcome, self.allocator)
        self.allocator.run_pending()
        measure(self.outcome, self.allocator)
        return self.outcome

    # -- the start ------------------------------------------------------------------------------------------------------

    def _adopt(self) -> None:
        """Know the start state's chunks and areas by the addresses that the kernel gives them."""
        special = {self.allocator.first_chunk: self.first_base, self.allocator.reserved_chunk: self.reserved_base}
        for chunk in self.allocator.all_chunks():
            base = special.get(chunk, chunk.base)
            if base:
                self._chunks[f"{base:x}"] = chunk
                for offset, _size in chunk.areas():
                    self._pointers[f"{base:x}", offset - chunk.origin] = self.allocator.pointer(chunk.index, offset)

    def _take_out_what_had_gone(self, events: Sequence[TraceEvent]) -> None:
        areas = {
            base: {
                offset - chunk.origin: size
                for offset, size in chunk.areas()
                if (base, offset - chunk.origin) in self._pointers
            }
            for base, chunk in self._chunks.items()
        }
        for place in gone_before(areas, events):
            self.outcome.gone += 1
            self.allocator.free(self._pointers.pop(place))
        self.allocator.run_pending()

    # -- requests -------------------------------------------------------------------------------------------------------

    def _alloc(self, event: TraceEvent) -> None:
        self.outcome.requests += 1
        waiting = self.allocator.pending
        pointer = ask(self.allocator, event)
        if waiting and not self._agrees(event, pointer):  # then the worker has been there before this request
            if not isinstance(pointer, Failure):
                self.allocator.free(pointer)
            self.allocator.run_pending()
            pointer = ask(self.allocator, event)
        placed: int | None
        if not isinstance(pointer, Failure) and self._agrees(event, pointer):
            self.outcome.exact += 1
            placed = pointer
        else:
            self._differs(event, f"{event.base}+{event.off}", self._shown(pointer))
            if isinstance(pointer, Failure):
                self.outcome.failures += 1
            else:
                self.allocator.free(pointer)
            placed = self._put(event)
        if placed is not None:
            self._pointers[_place(event)] = placed

    def _agrees(self, event: TraceEvent, pointer: int | Failure) -> bool:
        """Return whether the model's place is the kernel's; a chunk of the model without a name yet takes that of the kernel's."""
        if isinstance(pointer, Failure):
            return False
        index, offset = self.allocator.locate(pointer)
        chunk = self.allocator.chunk(index)
        if offset - chunk.origin != event.off:
            return False
        known = self._known(event)
        if known is None and chunk not in self._chunks.values():
            self._chunks[_base(event)] = known = chunk
        return known is chunk

    def _shown(self, pointer: int | Failure) -> str:
        if isinstance(pointer, Failure):
            return ""
        index, offset = self.allocator.locate(pointer)
        return f"chunk {index}+{offset - self.allocator.chunk(index).origin}"

    def _fail(self, event: TraceEvent) -> None:
        self.outcome.requests += 1
        pointer = ask(self.allocator, event)
        if isinstance(pointer, Failure):
            self.outcome.failures += 1
            self.outcome.exact += 1
            return
        self._differs(event, "", self._shown(pointer))
        self.allocator.free(pointer)

    def _free(self, event: TraceEvent) -> None:
        pointer = self._pointers.pop(_place(event), None)
        if pointer is None:
            self.outcome.unknown_frees += 1
        else:
            self.allocator.free(pointer)

    def _chunk_event(self, event: TraceEvent) -> None:
        """Let the worker have done this; a chunk that a request makes is none of the worker's: the model makes it with the request."""
        if event.kind == "destroy" or event.task.startswith(_WORKER):
            self.allocator.run_pending()
        if event.kind == "destroy":
            self._chunks.pop(_base(event), None)

    # -- taking the kernel's place --------------------------------------------------------------------------------------

    def _known(self, event: TraceEvent) -> Chunk | None:
        """Return the model's chunk for the event's, ``None`` where it has none (any more)."""
        chunk = self._chunks.get(_base(event))
        if chunk is not None and chunk not in self.allocator.all_chunks():
            del self._chunks[_base(event)]
            return None
        return chunk

    def _put(self, event: TraceEvent) -> int | None:
        """Put the object where the kernel did; ``None`` where the model cannot have it there."""
        chunk: Any = self._known(event) or self._fresh(event)
        take = getattr(chunk, "take", None)
        if take is None or event.off % _GRANULE:
            return self._anywhere(event)
        size = -(-event.size // _GRANULE) * _GRANULE
        low, high = chunk.origin + event.off, chunk.origin + event.off + size
        if not self._cleared(chunk, _base(event), low, high):
            return self._anywhere(event)
        old = chunk.slot
        take(size // _GRANULE, 0, event.off // _GRANULE)
        if chunk.slot != old:
            self.allocator.relocate(chunk, old)
        page = self.allocator.layout.page_size
        for first, last in chunk.unpopulated_within(event.off // page, -(-(event.off + size) // page)):
            self.allocator.populate(chunk, first, last, for_request=True)
        return self.allocator.pointer(chunk.index, low)

    def _fresh(self, event: TraceEvent) -> Chunk | None:
        """Make a chunk that the kernel has and the model has not."""
        unnamed = [
            chunk
            for chunk in self.allocator.all_chunks()
            if chunk not in self._chunks.values() and not chunk.reserved and not chunk.immutable
        ]
        chunk = unnamed[0] if unnamed else self.allocator.create_chunk()
        if chunk is not None:
            self._chunks[_base(event)] = chunk
        return chunk

    def _cleared(self, chunk: Any, base: str, low: int, high: int) -> bool:
        """Free what the model still has between two offsets: the kernel has another object there now, so the free was not seen.

        Return whether the place is free then: it may lie in the static section, or outside the chunk.
        """
        if low < chunk.origin or high > chunk.origin + chunk.nr_bits * _GRANULE - chunk.end_offset:
            return False
        for start, size in chunk.areas():
            if start < high and low < start + size:
                pointer = self._pointers.pop((base, start - chunk.origin), None)
                if pointer is None:
                    return False
                self.outcome.unfreed += 1
                self.allocator.free(pointer)
        first = (low - chunk.origin) // _GRANULE
        return bool(chunk.next_free(first) == first)

    def _anywhere(self, event: TraceEvent) -> int | None:
        pointer = self.allocator.alloc(event.size, max(event.align, 1), Gfp.KERNEL, event.reserved)
        return None if isinstance(pointer, Failure) else pointer

    def _differs(self, event: TraceEvent, kernel: str, model: str) -> None:
        self.outcome.divergent += 1
        if len(self.outcome.divergences) < _MAXIMUM_DIVERGENCES:
            self.outcome.divergences.append(
                Divergence(event=self._number, size=event.size, align=event.align, kernel=kernel, model=model)
            )


def gone_before(areas: dict[str, dict[int, int]], events: Iterable[TraceEvent]) -> list[Place]:
    """Return the areas that cannot have been there any more when the trace began.

    ``areas``: by base, offset → size in bytes. The kernel puts another object there, and no free of them comes before that.
    """
    left = {base: dict(held) for base, held in areas.items()}
    offsets = {base: sorted(held) for base, held in areas.items()}
    found: list[Place] = []
    for event in events:
        base = _base(event)
        held = left.get(base)
        if not held:
            continue
        if event.kind == "free":
            held.pop(event.off, None)
        elif event.kind == "destroy":
            held.clear()
        elif event.kind == "alloc":
            places = offsets[base]
            first = max(0, bisect_right(places, event.off) - 1)
            for offset in places[first : bisect_left(places, event.off + event.size)]:
                if offset in held and offset + held[offset] > event.off:
                    del held[offset]
                    found.append((base, offset))
    return found


def _base(event: TraceEvent) -> str:
    return event.base.removeprefix("0x").lstrip("0") or "0"


def _place(event: TraceEvent) -> Place:
    return _base(event), event.off
