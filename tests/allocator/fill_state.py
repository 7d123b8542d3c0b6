"""Everything that tells one allocator's state from another's, as plain values that can be compared."""

from typing import Any

from planner.allocator.allocator import Allocator
from planner.allocator.area_map_state import AreaMapState
from planner.allocator.backing import CountedBacking
from planner.allocator.chunk import Chunk
from planner.allocator.machine import MachineBacking

AIDS = {"owner", "index_of_regions", "low", "notes", "others", "exact", "list", "prev", "next", "shared", "skipped"}


def attributes(thing: Any) -> dict[str, Any]:
    names = {name for base in type(thing).__mro__ for name in getattr(base, "__slots__", ())}
    return {name: getattr(thing, name) for name in names}


def chunk_state(chunk: Chunk) -> dict[str, Any]:
    """The chunk's metadata to the letter: areas, free runs, hints, pages, numbers; without what only saves walking."""
    areas = chunk.areas()  # brings up to date what is put off
    if isinstance(chunk, AreaMapState):
        chunk.unpack()
    state = {name: value for name, value in attributes(chunk).items() if name not in AIDS}
    blocks = state.pop("page_blocks", ())
    state["blocks"] = [
        {name: value for name, value in attributes(block).items() if name != "shared"} for block in blocks
    ]
    return {**state, "areas": areas, "list": chunk.list.number if chunk.list else None}


def allocator_state(allocator: Allocator) -> dict[str, Any]:
    chunks = allocator.chunks
    return {
        "order": [chunk.index for chunk in chunks],
        "chunks": {chunk.index: chunk_state(chunk) for chunk in chunks},
        "reserved": chunk_state(allocator.reserved_chunk) if allocator.reserved_chunk is not None else None,
        "stats": attributes(allocator.stats),
        "text": allocator.percpu_stats_text(),
        "empty": allocator.empty,
        "pending": allocator.pending,
        "scheduled": allocator.times_scheduled,
        "failed": (allocator.atomic_failed, allocator.warn_limit, allocator.warnings),
        "counts": (allocator.created, allocator.destroyed, allocator.nr_populated),
        "backing": backing_state(allocator.backing),
    }


def backing_state(backing: Any) -> dict[str, Any]:
    if isinstance(backing, CountedBacking):
        return {"chunks": backing.chunks, "pages": backing.pages_out}
    assert isinstance(backing, MachineBacking)
    memory, space = backing.memory, backing.space
    assert space is not None
    return {
        "memory": (memory.lowmem, memory.highmem, memory.taken, {k: v for k, v in memory.slabs.items() if v}),
        "space": (list(space.blocks), space.lazy, space.lazy_bytes),
        "areas": sorted(backing.areas()),
        "pieces": sorted(
            (base, [(held.what, held.size) for held in pieces]) for base, pieces in backing._chunks.items()
        ),
        "chunks": backing.chunks,
        "refusals": backing.refusals,
        "page array": backing.page_array,
    }


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two states part, a line each."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [line for key in one for line in differences(one[key], other[key], f"{path}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            line for k, (a, b) in enumerate(zip(one, other, strict=True)) for line in differences(a, b, f"{path}[{k}]")
        ]
    return [] if one == other else [f"{path}: {one!r} and {other!r}"[:400]]
