"""The model's state in the form of the vector files (FORMAT.md there), and what differs between two states."""

import struct
import zlib
from collections.abc import Iterator
from typing import Any

from planner.allocator.allocator import Allocator
from planner.allocator.area_map import AreaMapChunk
from planner.allocator.backing import CountedBacking
from planner.allocator.chunk import Chunk

STATISTICS = (
    "nr_alloc",
    "nr_dealloc",
    "nr_cur_alloc",
    "nr_max_alloc",
    "nr_chunks",
    "nr_max_chunks",
    "min_alloc_size",
    "max_alloc_size",
)


def state_of(allocator: Allocator, *, dump: bool) -> dict[str, Any]:
    """Return everything that a checkpoint can hold; ``dump`` adds raw maps or page blocks."""
    backing = allocator.backing
    assert isinstance(backing, CountedBacking)
    reserved = allocator.reserved_chunk
    bitmap_kept = allocator.rules.keeps_stock or not allocator.rules.km
    return {
        "nr_empty_pop_pages": allocator.nr_empty_pop_pages,
        "nr_populated": allocator.nr_populated,
        "stats": {name: getattr(allocator.stats, name) for name in STATISTICS},
        "pages_out": backing.pages_out,
        "created": allocator.created,
        "destroyed": allocator.destroyed,
        "reserved": None if reserved is None else chunk_state(reserved, -1, 0, dump=dump, bitmap_kept=bitmap_kept),
        "chunks": [
            chunk_state(chunk, slot.number, position, dump=dump, bitmap_kept=bitmap_kept)
            for lists in allocator.lists
            for slot in lists
            for position, chunk in enumerate(slot)
        ],
    }


def chunk_state(chunk: Chunk, slot: int, position: int, *, dump: bool, bitmap_kept: bool) -> dict[str, Any]:
    """Describe one chunk. Not ``bitmap_kept``: percpu-km before 3.18, which leaves the populated bitmap of its chunks empty."""
    areas = chunk.areas()
    state = {
        "i": chunk.index,
        "slot": slot,
        "pos": position,
        "free": chunk.free_bytes,
        "imm": int(chunk.immutable),
        "nareas": len(areas),
        "acrc": zlib.crc32("".join(f"{offset}:{length}," for offset, length in areas).encode()),
        "np": chunk.nr_populated,
        "pop": [list(pages) for pages in chunk.populated_ranges if bitmap_kept or chunk.immutable],
    }
    return state | (map_state(chunk, dump=dump) if isinstance(chunk, AreaMapChunk) else bitmap_state(chunk, dump=dump))


def map_state(chunk: AreaMapChunk, *, dump: bool) -> dict[str, Any]:
    state: dict[str, Any] = {
        "contig": chunk.contig_hint,
        "map_used": chunk.map_used,
        "map_alloc": chunk.map_alloc,
        "first_free": chunk.first_free,
    }
    if dump:
        state["map"] = chunk.raw_map()
    return state


def bitmap_state(chunk: Any, *, dump: bool) -> dict[str, Any]:
    blocks = [list(block) for block in chunk.blocks()]
    state = {
        "npg": chunk.nr_pages,
        "so": chunk.start_offset,
        "eo": chunk.end_offset,
        "ne": chunk.nr_empty_pop_pages,
        "nal": chunk.nr_alloc,
        "maxal": chunk.max_alloc_size,
        "iso": int(chunk.isolated),
        "md": list(chunk.record()),
        "mdcrc": blocks_crc(blocks),
    }
    if dump:
        state["blocks"] = blocks
    return state


def blocks_crc(blocks: list[list[int]]) -> int:
    """Checksum the blocks; a start counts as 0 where its hint is 0."""
    crc = 0
    for block in blocks:
        values = list(block)
        for hint in range(0, 4 if len(values) == 7 else 2, 2):
            values[hint + 1] = values[hint + 1] if values[hint] else 0
        crc = zlib.crc32(struct.pack(f"<{len(values)}i", *values), crc)
    return crc


def differences(expected: Any, got: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield (place, expected, got) for every expected value that the model does not have."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key, value in expected.items():
            if key in got:
                yield from differences(value, got[key], f"{where}.{key}" if where else key)
            else:
                yield f"{where}.{key}", value, "(no such field)"
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for number, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif expected != got:
        yield where, expected, got
