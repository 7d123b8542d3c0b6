"""An independent copy of an allocator, so that one state can be gone on from in several ways."""

import copy
from typing import Any

from planner.allocator.allocator import Allocator
from planner.allocator.area_map_state import AreaMapState
from planner.allocator.backing import Backing
from planner.allocator.chunk import Chunk, SlotLists
from planner.allocator.chunk_twin import twin
from planner.allocator.crowd import Crowd
from planner.allocator.engines import ENGINES


def copied(allocator: Allocator, backing: Backing) -> Allocator:
    """Return an allocator in the same state on ``backing``, itself a copy of the first's; nothing that either does is seen by the other.

    The listener is not taken over. Cost: that of the chunks that stand on lists; page blocks are shared until written to.

    :raises ValueError: work of the engine's own is pending (run it first).
    """
    if getattr(allocator.engine, "to_extend", None):
        raise ValueError("area maps wait to be extended: run the pending work before copying")
    made = object.__new__(Allocator)
    for name in Allocator.__slots__:
        setattr(made, name, getattr(allocator, name))
    made.backing = backing
    made.listener = None
    made.engine = ENGINES[allocator.rules.engine](made)
    made.stats = copy.copy(allocator.stats)
    made.warnings = allocator.warnings.copy()
    made.empty = allocator.empty.copy()
    made.page_array = copy.deepcopy(allocator.page_array)
    made._requests = {}
    made._by_key = {}
    made.lists = [SlotLists(len(lists)) for lists in allocator.lists]
    images: dict[int, Chunk] = {}
    for lists, theirs in zip(allocator.lists, made.lists, strict=True):
        for slot, place in zip(lists, theirs, strict=True):
            for chunk in slot:
                images[id(chunk)] = image = image_of(chunk, made)
                place.push_back(image)
    for chunk in allocator.all_chunks():
        made.register(images.get(id(chunk)) or images.setdefault(id(chunk), image_of(chunk, made)))
    reserved = allocator.reserved_chunk
    made.reserved_chunk = None if reserved is None else images[id(reserved)]
    made.first_chunk = images[id(allocator.first_chunk)]
    made.crowds = [Crowd(images[id(crowd.chunk)], crowd.indexes, crowd.bases) for crowd in allocator.crowds]
    return made


def image_of(chunk: Chunk, allocator: Allocator) -> Chunk:
    """Return a twin of ``chunk`` that belongs to ``allocator``."""
    image: Any = twin(chunk)
    image.owner = allocator.engine if isinstance(chunk, AreaMapState) else allocator
    made: Chunk = image
    return made
