"""A chunk filled like an earlier one, in one step: equal requests leave of every new chunk what they left of the first.

Pictures of the first chunk that a repeated call fills from its first page on are taken as its areas enter page after page (the
engine's business). A later chunk in which the first area lies as it lay there, and which nothing else touches, goes the same
way, for where areas go depends on nothing outside the chunk: those tried before it go on refusing. Only the stock of populated
pages is another, and is worked out apart (page_stock.py). A chunk's last pages are always walked: there the worker turns to others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.allocator.page_stock import Stock

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk
    from planner.allocator.page_turns import Turn

Charge = tuple[int, int, str]
Certain = Callable[[int, Sequence[Charge]], int]


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the chunk with ``areas`` areas, the last the first on page ``begun``; they reach into ``page`` and none behind."""

    begun: int
    page: int
    areas: int
    picture: Any


class ChunkReplay:
    """Takes the pictures for one repeated call, and uses them. ``charges`` come with each area."""

    __slots__ = ("_certain", "_charges", "_chunk", "_dealloc", "_first", "_shots", "_start", "allocator")

    def __init__(self, allocator: "Allocator", charges: Sequence[Charge], certain: Certain | None) -> None:
        """``certain`` is what :meth:`BulkBacking.certain_rounds` is."""
        self.allocator = allocator
        self._certain = certain
        self._charges = charges
        self._chunk: Chunk | None = None
        self._first: Any = None
        self._shots: list[Shot] = []
        self._start = 0
        self._dealloc = -1

    def begins(self, chunk: "Chunk", stock: Stock, turn: "Turn", most: int) -> tuple[int, int]:
        """Place up to ``most`` more areas like the first of ``chunk``, on its first page; return how many, and where the last begins."""
        allocator = self.allocator
        dealloc = allocator.stats.nr_dealloc
        if self._chunk is not None and chunk is not self._chunk and dealloc == self._dealloc:
            return self._replay(chunk, stock, turn, most)
        self._chunk, self._start, self._dealloc = chunk, chunk.free_bytes, dealloc
        self._shots.clear()
        self._first = None
        if not chunk.immutable and chunk.nr_alloc == 1:
            self._first = allocator.engine.picture(chunk, stock.page + 1)
        if self._first is None:
            self._chunk = None
        return 0, 0

    def passes(self, chunk: "Chunk", begun: int, stock: Stock, size: int) -> None:
        """Take a picture as an area of ``size`` bytes begins on page ``begun`` of ``chunk``, if it is the one to be followed."""
        if chunk is not self._chunk or self.allocator.stats.nr_dealloc != self._dealloc:
            return
        picture = self.allocator.engine.picture(chunk, stock.page + 1)
        areas, rest = divmod(self._start - chunk.free_bytes, size)
        if picture is not None and not rest:
            self._shots.append(Shot(begun, stock.page, 1 + areas, picture))

    def _replay(self, chunk: "Chunk", stock: Stock, turn: "Turn", most: int) -> tuple[int, int]:
        allocator = self.allocator
        if chunk.immutable or not self._shots or allocator.engine.picture(chunk, stock.page + 1) != self._first:
            return 0, 0
        reached = stock.copy().enter(turn.stops(0, self._shots[-1].areas - 1))
        shot = next((one for one in reversed(self._shots) if one.page <= reached and one.areas - 1 <= most), None)
        if shot is None:
            return 0, 0
        stock = stock.copy()
        if stock.enter(turn.stops(0, shot.areas - 1)) != shot.page or not self._granted(chunk, shot, stock):
            return 0, 0
        made = shot.areas - 1
        old = chunk.slot
        allocator.engine.become(chunk, shot.picture)
        stock.settle(allocator, chunk)
        allocator.placed(chunk, old, made)
        return made, shot.begun

    def _granted(self, chunk: "Chunk", shot: Shot, stock: Stock) -> bool:
        """Tell whether the backing certainly grants all that the areas up to ``shot`` take."""
        allocator = self.allocator
        pages = (stock.populated - chunk.nr_populated) * allocator.rules.nr_cpus
        charges = [(size, count * (shot.areas - 1), where) for size, count, where in self._charges]
        return self._certain is not None and self._certain(pages, charges) > 0
