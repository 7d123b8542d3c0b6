"""The seam between the allocator (requests, lists, life cycle) and what finds a place inside a chunk."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk, SlotLists
    from planner.allocator.page_turns import Turn
    from planner.allocator.request import Failure

Stance = tuple[tuple[Any, ...], tuple[int, ...]]
"""What of a chunk is the same at the beginning of each of many turns (see page_turns.py), and the numbers that move evenly."""


class Engine(ABC):
    """One generation of the placement algorithm. One instance serves one :class:`Allocator`.

    How to add one: subclass :class:`~planner.allocator.chunk.Chunk` with the metadata (``areas`` and ``release`` answered, ``slot``
    kept current), subclass this, and name it in ``engines.py`` under the value that ``kernel.ENGINE`` has for its versions.

    The allocator has adjusted size and alignment (``rules.granule``) and refused illegal requests before :meth:`place` is called.
    It counts statistics, populates pages, tests the low mark, schedules and runs the worker and logs failures. The
    engine walks the lists, changes chunks' metadata, and moves chunks with ``allocator.relocate(chunk, old_slot)``: ``old_slot`` is
    ``chunk.slot`` before the change.
    """

    names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, allocator: "Allocator") -> None:
        self.allocator = allocator
        self.rules = allocator.rules

    @abstractmethod
    def first_chunks(self) -> "tuple[Chunk | None, Chunk]":
        """Make the reserved chunk (``None`` without a reserved size) and the first dynamic chunk, as the boot code leaves them.

        Both immutable, every page populated, ``slot`` and ``nr_empty_pop_pages`` set; the allocator puts the dynamic one on its list.
        """

    @abstractmethod
    def new_chunk(self, index: int, base: int) -> "Chunk":
        """Make a fully free, unpopulated dynamic chunk; its ``slot`` is the free slot."""

    @abstractmethod
    def place(
        self,
        size: int,
        align: int,
        atomic: bool,  # noqa: FBT001 - hot path
        lists: "SlotLists",
    ) -> "tuple[Chunk, int] | Failure | None":
        """Search ``lists`` from the slot of ``size`` up to the free slot, front to tail, and take the first place.

        Return (chunk, offset within the unit), ``None`` where nothing fits (the allocator then creates a chunk or fails), or the
        failure that ends the request at once. Moves chunks, does not populate.
        """

    @abstractmethod
    def place_reserved(self, chunk: Any, size: int, align: int, atomic: bool) -> "int | Failure":  # noqa: FBT001 - hot path
        """Take a place in the reserved chunk; return its offset within the unit or the failure."""

    def begin_run(self) -> None:  # noqa: B027 - most engines remember nothing between requests
        """Equal requests begin that :meth:`follow` is asked about: what came before does not belong to them."""

    @abstractmethod
    def follow(self, chunk: Any, offset: int, size: int, align: int, most: int) -> int:
        """Place up to ``most`` more requests like the sleeping one just placed at ``offset`` within the unit.

        Before it an equal one was placed on the same page of ``chunk``. Place more only where that certainly stays
        on this page and populates nothing, as :meth:`place` would one after another, and return how many.
        Updates ``slot``, leaves moving the chunk to the caller.
        """

    def straight(self, chunk: Any, offset: int, size: int, align: int) -> int:  # noqa: ARG002 - what engines need to know
        """Return how many more requests like the one just placed at ``offset`` certainly go behind it, at even distances.

        Whatever pages they enter, and whatever is populated; default: none is certain beyond the page.
        """
        return 0

    def take_straight(self, chunk: Any, offset: int, size: int, align: int, count: int) -> None:
        """Place ``count`` requests, no more than :meth:`straight` grants. Updates ``slot``, leaves moving and populating the chunk."""
        raise NotImplementedError

    def stance(self, chunk: Any, offset: int, turn: "Turn") -> Stance | None:  # noqa: ARG002 - what engines need to know
        """Return the state of ``chunk`` as a turn begins with the area just placed at ``offset`` within the unit.

        ``None`` (default): its free space is not what lies behind that area alone, so that nothing is certain.
        """
        return None

    def most_turns(self, chunk: Any, offset: int, turn: "Turn", steps: "Sequence[int]") -> int:  # noqa: ARG002 - as above
        """Return how many turns more certainly go like the last, in which the stance's numbers moved by ``steps`` (default: none)."""
        return 0

    def take_turns(self, chunk: Any, offset: int, turn: "Turn", steps: "Sequence[int]", times: int) -> None:
        """Do ``times`` turns, no more than :meth:`most_turns` grants. Updates ``slot``, leaves moving and populating the chunk."""
        raise NotImplementedError

    def picture(self, chunk: Any, pages: int) -> Any:  # noqa: ARG002 - what engines need to know
        """Return all that equal requests made of ``chunk``, which was new, as long as they reach into ``pages`` pages alone.

        Pictures compare; :meth:`become` takes one. ``None`` (default): there is more to it, or the engine has no such thing.
        """
        return None

    def become(self, chunk: Any, picture: Any) -> None:
        """Put ``chunk`` into the state that :meth:`picture` gave of another. Updates ``slot``, leaves moving and populating the chunk."""
        raise NotImplementedError

    @property
    def idle(self) -> bool:
        """Whether a run of the worker would find nothing to do for the engine (default: yes)."""
        return True

    def populated(self, chunk: "Chunk", start: int, end: int, *, for_request: bool) -> int:
        """Count pages ``[start, end)`` of ``chunk`` as populated; return by how much its empty populated pages grew.

        ``for_request``: the pages belong to an area just placed, not to the worker's stock.
        """
        chunk.mark_populated(start, end)
        grown = 0 if for_request and not self.counts_request_pages else end - start
        chunk.nr_empty_pop_pages += grown
        return grown

    def settle(self) -> None:  # noqa: B027 - most engines put nothing off
        """Work out what the engine has put off, so that all figures are up to date (default: nothing)."""

    def work(self) -> None:  # noqa: B027 - most engines have none
        """Do the engine's own part of a worker run, between freeing and populating (4.7 to 4.13: extend maps; default: nothing)."""

    def run_items(self) -> int:
        """Run the engine's own pending work items (3.18 to 4.6: map extensions; default: none); return how many ran."""
        return 0

    def destroyed(self, chunk: Any) -> None:  # noqa: B027 - most engines keep nothing of a chunk
        """``chunk`` is about to be destroyed (default: nothing)."""

    counts_request_pages: ClassVar[bool] = True
    """Do pages populated for a request enter the empty counter (and leave it as the area takes them)?"""

    percpu_stats_empty: ClassVar[bool] = True
    """Does percpu_stats show empty_pop_pages (4.14 on)?"""
