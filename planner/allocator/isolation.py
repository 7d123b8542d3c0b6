"""Chunks whose empty pages are to be given back stand apart from those that serve requests (5.14 on: pcpu_isolate_chunk)."""

from typing import TYPE_CHECKING

from planner.allocator.rules import EMPTY_POP_PAGES_HIGH

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk


def isolate(allocator: "Allocator", chunk: "Chunk") -> None:
    """Queue ``chunk`` for depopulation; its empty pages leave the global count."""
    if not chunk.isolated:
        chunk.isolated = True
        allocator.empty[0] -= chunk.nr_empty_pop_pages
    allocator.lists[0][allocator.rules.depopulate_slot].push_front(chunk)


def reintegrate(allocator: "Allocator", chunk: "Chunk") -> None:
    """Take ``chunk`` back among the chunks that serve requests."""
    if chunk.isolated:
        chunk.isolated = False
        allocator.empty[0] += chunk.nr_empty_pop_pages
        allocator.relocate(chunk, -1)


def should_reclaim(allocator: "Allocator", chunk: "Chunk") -> bool:
    """Tell whether so much of ``chunk`` is empty after a free that it is to be depopulated."""
    if chunk.isolated and chunk.nr_empty_pop_pages:
        return True
    own = chunk.nr_empty_pop_pages
    return allocator.empty[0] > own + EMPTY_POP_PAGES_HIGH and own >= chunk.quarter
