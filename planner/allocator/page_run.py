"""Equal requests placed one after another on one page of a chunk, done in one step.

While equal requests follow each other from the end of the last area of a chunk up, nothing outside that chunk's record changes until
the next page is entered: the chunks tried before it go on refusing without a trace, no page is populated, the worker sleeps. What
happens to the record is the engine's business (:meth:`Engine.follow`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.allocator.page_turns import PageTurns
from planner.allocator.rules import EMPTY_POP_PAGES_LOW

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator

Call = tuple[int, int, int, bool, bool, bool]


class PageRun:
    """Watches the areas that one repeated call gets, and asks the engine for more where two lie next to each other on a page.

    The first on each page is shown to :class:`PageTurns`, which may do many pages. ``charges`` come with each area.
    """

    __slots__ = ("_call", "_last", "_page_shift", "_quiet", "_request", "_turns", "allocator")

    def __init__(self, allocator: "Allocator", call: Call, charges: Sequence[tuple[int, int, str]]) -> None:
        self.allocator = allocator
        self._turns = PageTurns(allocator, charges)
        self._call = call
        self._request: tuple[int, int, bool] | None = None
        self._page_shift = allocator.rules.page_size.bit_length() - 1
        self._last = (-1, -1)
        self._quiet = False
        allocator.engine.begin_run()

    def more(self, pointer: int, most: int) -> int:
        """``pointer`` is what the call just got, the worker's run included; place up to ``most`` more like it and return how many."""
        allocator = self.allocator
        index, offset = allocator.locate(pointer)
        place = (index, offset >> self._page_shift)
        fresh = place != self._last
        if not fresh and not self._quiet:
            self._quiet = True
            return 0
        self._last = place
        self._quiet = True
        request = self._steady(index)
        chunk = allocator.single(index)
        if request is None or chunk is None:
            return 0
        if fresh:
            made = self._turns.more(chunk, offset, request, most)
            if made:
                self._last = (index, self._turns.begun)
            return made
        old = chunk.slot
        made = allocator.engine.follow(chunk, offset, *request, most)
        if made:
            allocator.placed(chunk, old, made)
        return made

    def _steady(self, index: int) -> tuple[int, int] | None:
        """Return size and alignment of the request as the kernel takes it if what it does depends on chunk ``index`` alone."""
        allocator = self.allocator
        size, align, gfp, reserved, accounted, _nowarn = self._call
        if self._request is None:
            self._request = allocator.request(size, align, gfp)
        if self._request is None or self._request[2] or (reserved and index < 0):
            return None
        rules = allocator.rules
        counter = accounted if rules.counters > 1 else 0
        if rules.keeps_stock and allocator.empty[counter] < EMPTY_POP_PAGES_LOW:
            return None
        return self._request[:2]

    def disturbed(self) -> None:
        """Take note that something else happened since the last area: the worker ran, or a chunk was created."""
        self._quiet = False
