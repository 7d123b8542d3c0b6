"""Putting the allocator into a state captured from a real kernel (4.14 on, where chunks have bitmaps).

A dump tells the areas of each chunk, or only its hints: free bytes, the largest run, the first free place. Then the smaller
holes are put where the hints allow them, and :func:`restore` says how many bytes it had to leave out. The page blocks' own hints
are never in a dump: they come out as if the areas had been allocated in order of address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from planner.allocator.allocator import Allocator
from planner.allocator.bitmap_chunk import GRANULE
from planner.allocator.bitmap_moves import MovingChunk
from planner.allocator.chunk import Chunk, bit_ranges


@dataclass(frozen=True, slots=True)
class Hints:
    """chunk_md of one chunk, in bits of 4 bytes as the kernel keeps it: the largest known run, the run before it, the first free bit."""

    contig: int
    contig_start: int
    scan: int
    scan_start: int
    first_free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedChunk:
    """One chunk of a dump; ``None`` = not in the dump.

    ``base`` is base_addr, ``kind`` tells the first chunk's two parts from the others. ``slot`` and ``position`` name its list and place.
    ``populated`` has a bit for each page (``None``: where its areas are, and its empty pages lowest of all), ``empty_pages`` counts
    the populated ones that are wholly free.
    ``areas`` are ``(offset, size)`` in bytes from base_addr; without them ``free_bytes`` and ``hints`` say where the holes are.
    """

    kind: Literal["first", "reserved", "dynamic"]
    base: int = 0
    slot: int | None = None
    position: int = 0
    populated: int | None = None
    empty_pages: int | None = None
    isolated: bool = False
    areas: Sequence[tuple[int, int]] | None = None
    free_bytes: int | None = None
    hints: Hints | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What the restored state does not know.

    ``lost_bytes`` of holes that no hint places are left out; ``guessed_bytes`` of holes might lie elsewhere between the first free
    place and the largest run.
    """

    lost_bytes: int
    guessed_bytes: int


def restore(
    allocator: Allocator, chunks: Iterable[CapturedChunk], *, populated: int | None = None, empty: int | None = None
) -> Restored:
    """Bring a fresh ``allocator`` into the state of ``chunks``; its backing must hold the dynamic ones already.

    ``populated`` and ``empty`` are the kernel's pcpu_nr_populated and pcpu_nr_empty_pop_pages; else they are added up.

    :raises ValueError: the kernel has no bitmaps (before 4.14), or a chunk is none of this layout.
    """
    if not isinstance(allocator.first_chunk, MovingChunk):
        raise ValueError("only chunks with bitmaps (4.14 on) can be restored")  # noqa: TRY004 - the version is wrong
    lost = guessed = 0
    pages = allocator.nr_populated
    listed: list[tuple[int, int, Chunk]] = []
    for captured in chunks:
        chunk = _find(allocator, captured)
        missing, unsure = _fill(chunk, captured)
        lost += missing
        guessed += unsure
        _set_pages(chunk, captured)
        if captured.hints is not None:
            _set_hints(chunk, captured.hints)
        chunk.isolated = captured.isolated
        chunk.set_slot()
        if captured.kind == "dynamic":
            pages += chunk.nr_populated
        if captured.kind != "reserved":
            listed.append((chunk.slot if captured.slot is None else captured.slot, captured.position, chunk))
    for slot, _position, entry in sorted(listed, key=lambda item: item[:2]):
        allocator.lists[entry.accounted][slot].push_back(entry)
    allocator.nr_populated = pages if populated is None else populated
    if empty is None:
        empty = sum(entry.nr_empty_pop_pages for _slot, _position, entry in listed if not entry.isolated)
    allocator.empty[0] = empty
    return Restored(lost, guessed)


def _find(allocator: Allocator, captured: CapturedChunk) -> MovingChunk:
    parts = {"reserved": allocator.reserved_chunk, "first": allocator.first_chunk}
    chunk = parts[captured.kind] if captured.kind in parts else allocator.adopt_chunk(captured.base)
    if not isinstance(chunk, MovingChunk) or (
        captured.kind == "dynamic" and (captured.populated or 0) >> chunk.nr_pages
    ):
        raise ValueError(f"the chunk at {captured.base:#x} is none of this layout")
    return chunk


def _fill(chunk: MovingChunk, captured: CapturedChunk) -> tuple[int, int]:
    """Allocate what is not allocated yet (the hidden head and tail of the first chunk are); return bytes lost and guessed."""
    lost = guessed = 0
    if captured.areas is not None:
        areas = sorted((offset // GRANULE, -(-size // GRANULE)) for offset, size in captured.areas)
    elif captured.free_bytes is not None and captured.hints is not None:
        areas, lost, guessed = _areas_from_hints(captured.free_bytes, captured.hints, chunk)
    else:
        areas = []
    head, tail = chunk.start_offset // GRANULE, chunk.nr_bits - chunk.end_offset // GRANULE
    for start, length in areas:
        if start + length <= head or start >= tail:
            continue
        if chunk.next_free(start) != start or start + length > chunk.nr_bits or chunk.take(length, 0, start) != start:
            raise ValueError(f"areas overlap at {start * GRANULE:#x} of the chunk at {chunk.base:#x}")
    return lost, guessed


def _areas_from_hints(free_bytes: int, hints: Hints, chunk: MovingChunk) -> tuple[list[tuple[int, int]], int, int]:
    """Return what must be allocated so that the known holes remain, bytes of holes that no hint places, and bytes that are a guess."""
    holes: dict[int, int] = {}
    left = free_bytes // GRANULE
    guessed = 0
    if hints.contig:
        holes[hints.contig_start] = hints.contig
        left -= hints.contig
    if 0 < hints.scan <= left and hints.scan_start not in holes:
        holes[hints.scan_start] = hints.scan
        left -= hints.scan
    if left > 0 and hints.first_free < chunk.nr_bits and hints.first_free not in holes:
        above = min((start for start in holes if start > hints.first_free), default=chunk.nr_bits + 1)
        room = above - hints.first_free - 1
        length = min(left, room)
        if length > 0:
            holes[hints.first_free] = length
            left -= length
            guessed = length if length < room else 0
    areas, position = [], 0
    for start, length in sorted(holes.items()):
        if start > position:
            areas.append((position, start - position))
        position = start + length
    if position < chunk.nr_bits:
        areas.append((position, chunk.nr_bits - position))
    return _outside_hidden(areas, chunk), left * GRANULE, guessed * GRANULE


def _outside_hidden(areas: Iterable[tuple[int, int]], chunk: MovingChunk) -> list[tuple[int, int]]:
    """Cut the hidden head and tail of a first chunk off: they are marked as allocated already."""
    low, high = chunk.start_offset // GRANULE, chunk.nr_bits - chunk.end_offset // GRANULE
    cut = [(max(start, low), min(start + length, high)) for start, length in areas]
    return [(start, end - start) for start, end in cut if end > start]


def _set_pages(chunk: MovingChunk, captured: CapturedChunk) -> None:
    if not chunk.immutable:
        backed = captured.populated
        if backed is None:
            backed = ((1 << chunk.nr_pages) - 1) & ~chunk.fullfree
            for _ in range(min(captured.empty_pages or 0, chunk.nr_pages - backed.bit_count())):
                backed |= backed + 1
        for start, end in bit_ranges(backed):
            chunk.mark_populated(start, end)
    empty = captured.empty_pages
    free = (chunk.fullfree & chunk.populated).bit_count()
    # more than there are would keep the worker looking for them for ever
    chunk.nr_empty_pop_pages = free if empty is None else min(empty, free)


def _set_hints(chunk: MovingChunk, hints: Hints) -> None:
    chunk.md_contig, chunk.md_contig_start = hints.contig, hints.contig_start
    chunk.md_scan, chunk.md_scan_start = hints.scan, hints.scan_start
    chunk.md_first_free = hints.first_free
