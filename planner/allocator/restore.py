"""Putting the allocator into a state captured from a real kernel (4.14 on, where chunks have bitmaps).

A dump tells the areas of each chunk, or only its hints: free bytes, the largest run, the first free place. Then the smaller
holes are put where the hints allow them, and :func:`restore` says how many bytes it had to leave out. The page blocks' own hints
are never in a dump: they come out as if the areas had been allocated in order of address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.allocator.allocator import Allocator
from planner.allocator.bitmap_chunk import GRANULE
from planner.allocator.bitmap_moves import MovingChunk
from planner.allocator.chunk import Chunk, bit_ranges


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedChunk:
    """One chunk of a dump. Hints are in bits of 4 bytes as the kernel keeps them, ``free_bytes`` in bytes.

    ``base`` is base_addr; ``slot`` and ``position`` tell its list, slot -1 the reserved chunk. ``populated`` has a bit for each
    page. ``areas`` are ``(offset, size)`` in bytes from base_addr, or ``None`` where the dump has none.
    """

    base: int
    slot: int
    position: int
    free_bytes: int
    contig: int
    contig_start: int
    scan: int
    scan_start: int
    first_free: int
    populated: int
    empty_pages: int
    immutable: bool = False
    isolated: bool = False
    areas: Sequence[tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What the restored state does not know.

    ``lost_bytes`` of holes that no hint places are left out; ``guessed_bytes`` of holes might lie elsewhere between the first free
    place and the largest run.
    """

    lost_bytes: int
    guessed_bytes: int


def restore(allocator: Allocator, chunks: Iterable[CapturedChunk], *, populated: int, empty: int) -> Restored:
    """Bring a fresh ``allocator`` into the state of ``chunks``; its backing must hold the dynamic ones already.

    ``populated`` and ``empty`` are the kernel's pcpu_nr_populated and pcpu_nr_empty_pop_pages.

    :raises ValueError: the kernel has no bitmaps (before 4.14), or a chunk is none of this layout.
    """
    if not isinstance(allocator.first_chunk, MovingChunk):
        raise ValueError("only chunks with bitmaps (4.14 on) can be restored")  # noqa: TRY004 - the version is wrong
    lost = guessed = 0
    on_lists: list[tuple[int, int, Chunk]] = []
    for captured in chunks:
        chunk = _find(allocator, captured)
        if captured.areas is None:
            areas, missing, unsure = _areas_from_hints(captured, chunk)
            lost += missing
            guessed += unsure
        else:
            areas = sorted((offset // GRANULE, size // GRANULE) for offset, size in captured.areas)
        _fill(chunk, areas)
        _set_hints(chunk, captured)
        if captured.slot >= 0:
            on_lists.append((captured.slot, captured.position, chunk))
    for slot, _position, listed in sorted(on_lists, key=lambda entry: entry[:2]):
        allocator.lists[listed.accounted][slot].push_back(listed)
    allocator.empty[0] = empty
    allocator.nr_populated = populated
    return Restored(lost, guessed)


def _find(allocator: Allocator, captured: CapturedChunk) -> MovingChunk:
    if captured.slot < 0:
        chunk: Chunk | None = allocator.reserved_chunk
    elif captured.immutable:
        chunk = allocator.first_chunk
    else:
        chunk = allocator.adopt_chunk(captured.base)
    if not isinstance(chunk, MovingChunk) or (captured.populated >> chunk.nr_pages and not captured.immutable):
        raise ValueError(f"the chunk at {captured.base:#x} is none of this layout")
    return chunk


def _fill(chunk: MovingChunk, areas: Iterable[tuple[int, int]]) -> None:
    """Allocate what is not allocated yet (the hidden head and tail of the first chunk are)."""
    for start, length in areas:
        if chunk.next_free(start) != start:
            continue
        if chunk.take(length, 0, start) != start:
            raise ValueError(f"areas overlap at {start * GRANULE:#x} of the chunk at {chunk.base:#x}")


def _areas_from_hints(captured: CapturedChunk, chunk: MovingChunk) -> tuple[list[tuple[int, int]], int, int]:
    """Return what must be allocated so that the known holes remain, bytes of holes that no hint places, and bytes that are a guess."""
    holes: dict[int, int] = {}
    left = captured.free_bytes // GRANULE
    guessed = 0
    if captured.contig:
        holes[captured.contig_start] = captured.contig
        left -= captured.contig
    if 0 < captured.scan <= left and captured.scan_start not in holes:
        holes[captured.scan_start] = captured.scan
        left -= captured.scan
    if left > 0 and captured.first_free < chunk.nr_bits and captured.first_free not in holes:
        above = min((start for start in holes if start > captured.first_free), default=chunk.nr_bits + 1)
        room = above - captured.first_free - 1
        length = min(left, room)
        if length > 0:
            holes[captured.first_free] = length
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


def _set_hints(chunk: MovingChunk, captured: CapturedChunk) -> None:
    chunk.md_contig, chunk.md_contig_start = captured.contig, captured.contig_start
    chunk.md_scan, chunk.md_scan_start = captured.scan, captured.scan_start
    chunk.md_first_free = captured.first_free
    if not chunk.immutable:
        for start, end in bit_ranges(captured.populated):
            chunk.mark_populated(start, end)
    chunk.nr_empty_pop_pages = captured.empty_pages
    chunk.isolated = captured.isolated
    chunk.set_slot()
