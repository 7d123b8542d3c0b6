"""Who holds what in the chunks: the declared counts placed once more, looked at after each consumer.

Placing only adds areas, so what is new after a consumer is the consumer's. That holds for chunks that a jump made as well: they are looked
at as chunks, not as calls. The state is that of :func:`planner.capacity.fit.populate`, place for place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from planner.allocator.allocator import Allocator
from planner.allocator.chunk import Chunk
from planner.capacity.bases import Consumers
from planner.capacity.filling import place
from planner.capacity.machine import Machine

SHOWN_CHUNKS = 8
"""Chunks that a picture shows one by one; those after them are much like them."""
UNKNOWN = "used"
"""Stands for the holder of what was there before any consumer: the kernel itself, or what a captured state does not tell."""
_STATES = frozenset({"static", "reserved", "used", "free", "unpopulated"})
"""Words that mean something else where a holder stands."""


def in_order(allocator: Allocator) -> tuple[list[Chunk], list[Chunk]]:
    """Return the chunks that are shown one by one, the reserved one first and then by creation, and all others."""
    chunks = sorted(allocator.chunks, key=lambda chunk: chunk.index)
    if allocator.reserved_chunk is not None:
        chunks.insert(0, allocator.reserved_chunk)
    shown = SHOWN_CHUNKS + (len(chunks) == SHOWN_CHUNKS + 1)  # a line for one more takes no less room than the chunk
    return chunks[:shown], chunks[shown:]


@dataclass(slots=True)
class Owners:
    """Holders by chunk index and offset of an area, and bytes of a unit by holder over ``rest``, the chunks not shown one by one.

    A consumer is named as in the profile, all else is :data:`UNKNOWN`.
    """

    allocator: Allocator
    areas: dict[int, dict[int, str]] = field(default_factory=dict)
    rest: dict[str, int] = field(default_factory=dict)

    def note(self, holder: str) -> None:
        """Look at what is new since the last look; it is ``holder``'s."""
        name = UNKNOWN if holder in _STATES else holder
        shown, rest = in_order(self.allocator)
        for chunk in shown:
            known = self.areas.setdefault(chunk.index, {})
            for offset, _size in chunk.areas():
                known.setdefault(offset, name)
        unit = self.allocator.layout.unit_size
        new = sum(unit - chunk.free_bytes for chunk in rest) - sum(self.rest.values())
        if new > 0:
            self.rest[name] = self.rest.get(name, 0) + new

    def runs(self, chunk: Chunk) -> Iterator[tuple[int, int, str]]:
        """Yield the areas of a chunk as (start, end, holder) in bytes of a unit, neighbours of one holder joined."""
        return _joined(chunk.areas(), self.areas.get(chunk.index, {}))


def owners(machine: Machine, consumers: Consumers) -> Owners:
    """Place every consumer at its declared count, in the profile's order, and note who holds what."""
    allocator, _backing = machine.start()
    found = Owners(allocator)
    found.note(UNKNOWN)
    if machine.profile.state is None:  # a captured state holds all of them already, and does not say which is whose
        for named, count in consumers:
            place(allocator, named.plan, count, machine.effort)
            found.note(named.name)
    return found


def _joined(areas: Sequence[tuple[int, int]], holders: dict[int, str]) -> Iterator[tuple[int, int, str]]:
    start = end = -1
    last = ""
    for offset, size in areas:
        holder = holders.get(offset, UNKNOWN)
        if offset != end or holder != last:
            if end > start:
                yield start, end, last
            start, last = offset, holder
        end = offset + size
    if end > start:
        yield start, end, last
