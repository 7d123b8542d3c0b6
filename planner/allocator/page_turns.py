"""Equal requests that fill page after page, done many pages at a time: after so many pages everything is as it was, only further up.

Areas of one size and alignment that follow each other lie at the same places of a page again after a number of pages. There the
state is looked at (:class:`Mark`). Where it is that of an earlier look but for what moved up by the pages between, a turn, the
next turns do the same: what decides is how pieces lie to each other and in their pages, which moving by whole pages changes
nothing of, as long as the free space at the chunk's end stays longer than any other. The chunks tried before refused the same
request already, so they go on refusing without a trace. What the pages entered do to the worker's stock is worked out apart
(page_stock.py), and a chunk that goes like one before is done from that one's pictures (chunk_replay.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING, Any

from planner import quick
from planner.allocator.backing import BulkBacking
from planner.allocator.chunk_replay import ChunkReplay
from planner.allocator.page_stock import Stock
from planner.allocator.rules import EMPTY_POP_PAGES_HIGH

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk

LEAST_TURNS = 4
"""Shortest turns that a chunk must have room for: two or more are walked, the last is always walked."""
MOST_LENGTHS = 6
"""Lengths in a turn."""


@quick.dataclass(frozen=True, slots=True)
class Turn:
    """One turn: ``pages`` of ``page`` bytes that it takes, its ``areas``, each ``size`` bytes at a multiple of ``align``."""

    page: int
    pages: int
    areas: int
    size: int
    align: int

    def times(self, number: int) -> "Turn":
        """Return ``number`` of these as one."""
        return Turn(self.page, self.pages * number, self.areas * number, self.size, self.align)

    @property
    def stride(self) -> int:
        """Bytes from one area to the next."""
        return self.pages * self.page // self.areas

    def stops(self, offset: int, count: int) -> Iterable[int]:
        """Return the last pages that ``count`` areas behind the one at ``offset`` reach into, of those that enter a page."""
        last, stride = offset + self.size - 1, self.stride
        if stride <= self.page:
            return range(last // self.page + 1, (last + count * stride) // self.page + 1)
        return (end // self.page for end in range(last + stride, last + (count + 1) * stride, stride))


@dataclass(frozen=True, slots=True)
class Mark:
    """The state as a turn begins on ``page``: ``fixed`` must be the same at the next, ``moving`` moves from turn to turn.

    Of ``moving`` the first number is how many areas there are, the others are the engine's. The ``stock`` goes its own round.
    """

    page: int
    fixed: tuple[Any, ...]
    moving: tuple[int, ...]
    stock: Stock


class PageTurns:
    """Watches where one repeated call's areas begin their turns, and does many turns at once. ``charges`` come with each area.

    ``begun`` is the page of the unit on which the last area placed here begins.
    """

    __slots__ = ("_certain", "_charges", "_chunk", "_marks", "_replay", "_turn", "allocator", "begun")

    def __init__(self, allocator: "Allocator", charges: Sequence[tuple[int, int, str]]) -> None:
        self.allocator = allocator
        backing = allocator.backing
        self._certain = backing.certain_rounds if isinstance(backing, BulkBacking) else None
        self._charges = charges
        self._replay = ChunkReplay(allocator, charges, self._certain)
        self._marks: list[Mark] = []
        self._chunk: Chunk | None = None
        self._turn: Turn | None = None
        self.begun = 0

    def more(self, chunk: "Chunk", offset: int, request: tuple[int, int], most: int) -> int:
        """Place up to ``most`` more areas like the one just placed at ``offset`` of the unit, the first on its page; return how many."""
        page = self.allocator.rules.page_size
        if chunk is not self._chunk:
            self._marks.clear()
            self._chunk = chunk
            self._turn = _turn(*request, page)
        length = self._turn
        offset -= chunk.origin
        stock = None if length is None else Stock.of(self.allocator, chunk, (offset + length.size - 1) // page)
        if length is None or stock is None:
            self._marks.clear()
            return 0
        return (
            self._straight(chunk, offset, length, stock, most)
            or self._replayed(chunk, offset // page, length, stock, most)
            or self._marked(chunk, offset, length, stock, most)
        )

    def _straight(self, chunk: "Chunk", offset: int, length: Turn, stock: Stock, most: int) -> int:
        """Place what certainly follows at even distances, as many pages as the backing certainly grants."""
        allocator = self.allocator
        certain = self._certain
        count = min(allocator.engine.straight(chunk, chunk.origin + offset, length.size, length.align), most)
        if count <= 0 or certain is None:
            return 0
        page, stride = length.page, length.stride
        last = offset + length.size - 1
        on_page = page // stride + 1
        charges = [(size, number * on_page, where) for size, number, where in self._charges]
        granted: int = (
            certain(allocator.rules.nr_cpus, charges) - EMPTY_POP_PAGES_HIGH
        )  # the worker may be ahead by so many
        count = min(count, ((stock.page + 1 + granted) * page - 1 - last) // stride)
        stock = stock.copy()
        stock.enter(length.stops(offset, count))
        count = min(count, ((stock.page + 1) * page - 1 - last) // stride)
        if count <= 0:
            return 0
        old = chunk.slot
        allocator.engine.take_straight(chunk, chunk.origin + offset, length.size, length.align, count)
        stock.settle(allocator, chunk)
        allocator.placed(chunk, old, count)
        self.begun = (chunk.origin + offset + count * stride) // page
        return count

    def _replayed(self, chunk: "Chunk", number: int, length: Turn, stock: Stock, most: int) -> int:
        """Go on as an earlier chunk did, from the first page on; elsewhere be the one that later chunks follow."""
        if number:
            self._replay.passes(chunk, number, stock, length.size)
            return 0
        made, self.begun = self._replay.begins(chunk, stock, length, most)
        return made

    def _marked(self, chunk: "Chunk", offset: int, length: Turn, stock: Stock, most: int) -> int:
        """Mark the state where a turn may begin, and do turns where it is that of an earlier mark."""
        marks = self._marks
        number = offset // self.allocator.rules.page_size
        due = marks[-1].page + length.pages if marks else number
        if number < due or LEAST_TURNS * length.pages > chunk.nr_pages:
            return 0
        mark = self._mark(chunk, chunk.origin + offset, number, length, stock)
        if number > due or mark is None:
            marks.clear()
        return 0 if mark is None else self._repeat(chunk, chunk.origin + offset, mark, length, most)

    def _repeat(self, chunk: "Chunk", offset: int, mark: Mark, length: Turn, most: int) -> int:
        """Do turns if ``mark`` is like one of those before; remember it."""
        marks = self._marks
        lengths = next((k for k, one in enumerate(reversed(marks), 1) if one.fixed == mark.fixed), 0)
        marks.append(mark)
        del marks[:-MOST_LENGTHS]
        if not lengths:
            return 0
        turn = length.times(lengths)
        steps = _steps(marks[-1 - lengths], mark, turn)
        if steps is None:
            return 0
        times, stock = self._times(chunk, offset, turn, steps, most)
        if times <= 0:
            return 0
        old = chunk.slot
        self.allocator.engine.take_turns(chunk, offset, turn, steps[1:], times)
        stock.settle(self.allocator, chunk)
        self.allocator.placed(chunk, old, turn.areas * times)
        moving = tuple(value + step * times for value, step in zip(mark.moving, steps, strict=True))
        marks[:] = [Mark(mark.page + turn.pages * times, mark.fixed, moving, stock)]
        self.begun = chunk.origin // self.allocator.rules.page_size + marks[0].page
        return times * turn.areas

    def _mark(self, chunk: "Chunk", offset: int, number: int, turn: Turn, stock: Stock) -> Mark | None:
        allocator = self.allocator
        stance = allocator.engine.stance(chunk, offset, turn)
        if stance is None:
            return None
        stats = allocator.stats
        fixed = (
            offset % allocator.rules.page_size,
            allocator.created,
            allocator.destroyed,
            stats.nr_dealloc,
            *stance[0],
        )
        return Mark(number, fixed, (stats.nr_alloc, *stance[1]), stock)

    def _times(self, chunk: "Chunk", offset: int, turn: Turn, steps: Sequence[int], most: int) -> tuple[int, Stock]:
        """Return how many turns more certainly go like the last ones, and the stock after them."""
        allocator = self.allocator
        stock = self._marks[-1].stock
        times = min(most // turn.areas, allocator.engine.most_turns(chunk, offset, turn, steps[1:]))
        certain = self._certain
        if times <= 0 or certain is None:
            return 0, stock
        charges = [(size, count * turn.areas, where) for size, count, where in self._charges]
        pages = 0 if chunk.nr_populated == chunk.nr_pages else turn.pages
        granted: int = certain(pages * allocator.rules.nr_cpus, charges)
        if pages:
            granted -= -(-EMPTY_POP_PAGES_HIGH // pages)  # the worker may be ahead by so many
        return stock.turns(turn.pages, min(times, granted))


def _turn(size: int, align: int, page: int) -> Turn | None:
    """Return the turn of areas of ``size`` bytes, ``None`` where they do not lie evenly."""
    if align & (align - 1):
        return None
    stride = (size + align - 1) & -align
    whole = lcm(stride, page)
    return Turn(page, whole // page, whole // stride, size, align)


def _steps(earlier: Mark, now: Mark, turn: Turn) -> tuple[int, ...] | None:
    """Return by how much everything moved from one mark to another; ``None`` where that was not this chunk's turn alone."""
    steps = tuple(after - before for before, after in zip(earlier.moving, now.moving, strict=True))
    stock = earlier.stock.copy()
    if (
        steps[0] != turn.areas
        or stock.enter(range(stock.page + 1, now.stock.page + 1)) != now.stock.page
        or stock != now.stock
    ):
        return None
    return steps
