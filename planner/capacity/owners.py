"""Who holds what in the chunks: looked at after each consumer as the declared counts are placed.

Placing only adds areas, so what is new after a consumer is the consumer's. That holds for chunks that a jump made as well: they are looked
at as chunks, not as calls.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from planner.allocator.allocator import Allocator
from planner.allocator.chunk import Chunk
from planner.capacity.plan import NamedPlan

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

    A consumer is named as in the profile, all else is :data:`UNKNOWN`; all is where there are more chunks than ``most``.
    """

    most: int = 1 << 62
    areas: dict[int, dict[int, str]] = field(default_factory=dict)
    rest: dict[str, int] = field(default_factory=dict)

    def note(self, allocator: Allocator, named: NamedPlan | None) -> None:
        """Look at what is new since the last look; it is the consumer's, ``None``: what was there before any."""
        if allocator.created > self.most:
            return
        name = UNKNOWN if named is None or named.name in _STATES else named.name
        shown, rest = in_order(allocator)
        for chunk in shown:
            known = self.areas.setdefault(chunk.index, {})
            for offset, _size in chunk.areas():
                known.setdefault(offset, name)
        unit = allocator.layout.unit_size
        new = sum(unit - chunk.free_bytes for chunk in rest) - sum(self.rest.values())
        if new > 0:
            self.rest[name] = self.rest.get(name, 0) + new

    def runs(self, chunk: Chunk) -> Iterator[tuple[int, int, str]]:
        """Yield the areas of a chunk as (start, end, holder) in bytes of a unit, neighbours of one holder joined."""
        return _joined(chunk.areas(), self.areas.get(chunk.index, {}))


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
