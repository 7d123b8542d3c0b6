"""``[state]``: the allocator's state as captured."""

from typing import Any

from planner.profile.check import TOP, Problems
from planner.profile.model import ChunkState, State
from planner.profile.tables import ChunkTable, StateTable


def make_state(table: StateTable, problems: Problems) -> State:
    """Return the state; allocations that overlap or stand out of order become problems."""
    return State(
        chunks=tuple(_chunk(chunk, index, problems) for index, chunk in enumerate(table.chunk)),
        empty_populated_pages=table.empty_populated_pages,
        populated_pages=table.populated_pages,
        stats=table.stats or {},
    )


def _chunk(table: ChunkTable, index: int, problems: Problems) -> ChunkState:
    end = 0
    for offset, size in table.areas or ():
        if offset < end or size == 0:
            what = f"the area at {offset} is empty, out of order, or overlaps the one before"
            problems.add(TOP.key("state").key("chunk").entry(index).key("areas"), what, "P020", "areas that ascend")
            break
        end = offset + size
    kind: Any = table.kind
    return ChunkState(
        kind=kind,
        base=table.base,
        slot=table.slot,
        position=table.position,
        pages=table.pages,
        start_offset=table.start_offset,
        end_offset=table.end_offset,
        isolated=table.isolated,
        populated=table.populated,
        areas=table.areas,
        hints=table.hints or {},
        stats=table.stats or {},
    )
