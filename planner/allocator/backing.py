"""What the allocator takes from the rest of the kernel: memory for chunks, address space, backing pages.

The allocator model asks a :class:`Backing` at the very points where mm/percpu.c calls into the rest of the kernel, so
that a machine's limits (vmalloc space, RAM) decide there and nowhere else.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from planner.allocator.provider import Refusal


class Backing(Protocol):
    """The rest of the kernel as the allocator sees it. Every refusal makes the allocator take its failure path."""

    def create_chunk(self, *, accounted: bool) -> int | None:
        """Take a chunk's metadata and address space; return its base address in bytes, ``None`` when refused."""

    def destroy_chunk(self, base: int) -> None:
        """Give a chunk's metadata and address space back."""

    def extend_map(self, old_bytes: int, new_bytes: int, base: int | None = None) -> bool:
        """Take ``new_bytes`` for an area map in place of ``old_bytes`` (kernels up to 4.13); ``False`` when refused.

        ``base`` is that of the chunk whose map it is: it goes when the chunk goes.
        """

    def take_pages(self, pages: int) -> bool:
        """Take ``pages`` backing pages (page indexes times possible CPUs); ``False`` when refused, and none is taken."""

    def give_pages(self, pages: int) -> None:
        """Give backing pages back."""


@runtime_checkable
class BulkBacking(Backing, Protocol):
    """A backing that can do many equal chunks in one step, for the jump over a homogeneous fill.

    :func:`~planner.allocator.fill.fill` walks on one that lacks any of these.
    """

    def create_chunks(  # noqa: PLR0913 - what a cycle consists of, by name
        self,
        count: int,
        *,
        accounted: bool,
        pages: int = 0,
        maps: Sequence[tuple[int, int]] = (),
        slabs: Sequence[tuple[int, float]] = (),
        low_pages: float = 0,
    ) -> Sequence[int]:
        """Do up to ``count`` whole cycles and return the bases of the chunks made, in order of creation.

        A cycle creates a chunk, extends its map by each ``(old_bytes, new_bytes)`` of ``maps`` and takes ``pages`` backing pages;
        whoever asks for the areas takes ``slabs`` (object size, count) and ``low_pages`` beside, on average where they are not
        whole. The state afterwards is that of doing them one by one. Only cycles that certainly succeed are done: fewer bases than
        ``count``, even none, mean that the caller goes on one by one, not that something was refused.
        """

    def certain_rounds(self, pages: int, charges: Sequence[tuple[int, int, str]]) -> int:
        """Return how often ``pages`` backing pages and the kernel memory of ``charges`` can certainly be taken together.

        The outcome and the state afterwards must not depend on the order in which they are taken, nor on how they are parted.
        """

    def swap_maps(self, one: int, other: int) -> None:
        """Exchange the area maps of the chunks at two bases that :meth:`create_chunks` dealt out (kernels up to 4.13)."""

    def copy(self) -> "BulkBacking":
        """Return an independent copy in the same state, to try on it how much is granted."""


@runtime_checkable
class MemoryBacking(Backing, Protocol):
    """A backing that holds the memory that instances take beside their areas. A charge is (size in bytes, count, where).

    On any other such charges are free, and an instance of nothing else is refused by :func:`~planner.allocator.fill.fill`.
    """

    def take_memory(self, size: int, count: int, where: str) -> bool:
        """Take ``count`` objects of ``size`` bytes from "slab", "pages" or "vmalloc"; ``False`` at the first that is refused."""

    def certain_charges(self, charges: Sequence[tuple[int, int, str]], *, margin: bool) -> int:
        """Return for how many instances ``charges`` can certainly be taken at once, so that nobody feels it (0: one by one).

        ``margin``: with enough left over for what their areas take.
        """

    def return_charges(self, charges: Sequence[tuple[int, int, str]], instances: int) -> None:
        """Give back what was taken ahead for ``instances`` that never came."""

    @property
    def room(self) -> int | None:
        """Pages of memory that are free, ``None`` where there is no limit."""

    @property
    def refusals(self) -> list[Refusal]:
        """What was refused, oldest first; the caller may clear it."""


@dataclass(slots=True)
class CountedBacking:
    """A backing with at most ``max_chunks`` dynamic chunks and ``max_pages`` pages out at a time; ``None`` = no limit."""

    max_chunks: int | None = None
    max_pages: int | None = None
    chunks: int = field(default=0, init=False)
    pages_out: int = field(default=0, init=False)

    def create_chunk(self, *, accounted: bool) -> int | None:  # noqa: ARG002 - the protocol's signature
        """Return a made-up base of 0 while fewer than ``max_chunks`` chunks exist."""
        if self.max_chunks is not None and self.chunks >= self.max_chunks:
            return None
        self.chunks += 1
        return 0

    def destroy_chunk(self, base: int) -> None:  # noqa: ARG002 - the protocol's signature
        """Forget one chunk."""
        self.chunks -= 1

    def create_chunks(  # noqa: PLR0913 - the protocol's signature
        self,
        count: int,
        *,
        accounted: bool,  # noqa: ARG002 - the protocol's signature
        pages: int = 0,
        maps: Sequence[tuple[int, int]] = (),  # noqa: ARG002 - the protocol's signature
        slabs: Sequence[tuple[int, float]] = (),  # noqa: ARG002 - the protocol's signature
        low_pages: float = 0,  # noqa: ARG002 - the protocol's signature
    ) -> Sequence[int]:
        """Do as many cycles as both limits allow."""
        if self.max_chunks is not None:
            count = min(count, self.max_chunks - self.chunks)
        if self.max_pages is not None and pages:
            count = min(count, (self.max_pages - self.pages_out) // pages)
        count = max(count, 0)
        self.chunks += count
        self.pages_out += count * pages
        return bytes(count)  # so many zeros

    def copy(self) -> "CountedBacking":
        """Return an independent copy in the same state."""
        return copy.copy(self)

    def swap_maps(self, one: int, other: int) -> None:
        """Nothing is kept of maps here."""

    def certain_rounds(self, pages: int, charges: Sequence[tuple[int, int, str]]) -> int:  # noqa: ARG002 - the protocol's signature
        """Only pages count here."""
        if self.max_pages is None or not pages:
            return 1 << 62
        return (self.max_pages - self.pages_out) // pages

    def extend_map(self, old_bytes: int, new_bytes: int, base: int | None = None) -> bool:  # noqa: ARG002 - the protocol's signature
        """Area maps are never refused here."""
        return True

    def take_pages(self, pages: int) -> bool:
        """Take pages while ``max_pages`` allows it."""
        if self.max_pages is not None and self.pages_out + pages > self.max_pages:
            return False
        self.pages_out += pages
        return True

    def give_pages(self, pages: int) -> None:
        """Count the pages as given back."""
        self.pages_out -= pages
