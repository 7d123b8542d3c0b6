"""A crowd: one chunk object that stands for many alike, neighbours on a list. The jump makes them.

A crowd answers requests as any of its chunks would, so a search may pass it; before one of its chunks changes,
or anybody looks at chunks one by one, :func:`disperse` puts the chunks themselves in its place.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from planner.allocator.chunk import Chunk
from planner.allocator.chunk_twin import twin

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator


class Crowd:
    """``chunk`` stands on the list for chunks of ``indexes`` at ``bases``, both in the order of the list."""

    __slots__ = ("bases", "chunk", "indexes")

    def __init__(self, chunk: Chunk, indexes: Sequence[int], bases: Sequence[int]) -> None:
        self.chunk = chunk
        self.indexes = indexes
        self.bases = bases

    def __len__(self) -> int:
        return len(self.indexes)


def insert_beside(neighbour: Chunk, chunk: Chunk, *, before: bool) -> None:
    """Put ``chunk``, which stands on no list, directly before or after ``neighbour`` on its list."""
    home = neighbour.list
    if home is None:
        raise ValueError("a chunk without a list has no neighbours")
    if before and neighbour.prev is None:
        home.push_front(chunk)
        return
    if not before and neighbour.next is None:
        home.push_back(chunk)
        return
    left, right = (neighbour.prev, neighbour) if before else (neighbour, neighbour.next)
    chunk.list, chunk.prev, chunk.next = home, left, right
    chunk.skipped = neighbour.skipped
    if left is not None:
        left.next = chunk
    if right is not None:
        right.prev = chunk


def counted(allocator: "Allocator") -> Iterator[tuple[Chunk, int]]:
    """Yield the dynamic chunks, the first one included, each with how many it stands for; crowds stay together."""
    sizes = {id(crowd.chunk): len(crowd) for crowd in allocator.crowds}
    for lists in allocator.lists:
        for slot in lists:
            for chunk in slot:
                yield chunk, sizes.get(id(chunk), 1)


def disperse(allocator: "Allocator") -> None:
    """Replace every crowd by its chunks."""
    crowds, allocator.crowds, allocator.crowded = allocator.crowds, [], False
    for crowd in crowds:
        place = crowd.chunk
        for index, base in zip(crowd.indexes, crowd.bases, strict=True):
            chunk = twin(place)
            chunk.index, chunk.base = index, base
            allocator.register(chunk)
            insert_beside(place, chunk, before=True)
        if place.list is not None:
            place.list.remove(place)
