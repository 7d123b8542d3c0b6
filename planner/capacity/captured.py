"""From a captured state (``[state]`` and ``[[vmalloc.area]]`` of a profile) to an allocator and a machine in that state."""

from collections.abc import Iterator, Mapping

from planner.allocator.allocator import Allocator
from planner.allocator.layout import Layout
from planner.allocator.machine import MachineBacking
from planner.allocator.restore import CapturedChunk, Hints, Restored, restore
from planner.profile.model import ChunkState, Profile, VmallocArea

AREA_CALLER = "pcpu_get_vm_areas"
"""What /proc/vmallocinfo names for a chunk's areas."""
METADATA_CALLERS = (
    "pcpu_mem_zalloc",
    "pcpu_mem_alloc",
    "pcpu_create_chunk",
    "pcpu_alloc_chunk",
    "pcpu_extend_area_map",
)
"""And for its metadata: inlining decides which of these."""
GRANULE = 4


def bring_into_state(allocator: Allocator, backing: MachineBacking, profile: Profile) -> Restored | None:
    """Put both into the profile's state; ``None`` where it has none. RAM stays as it is: what others use includes what is captured.

    Dynamic chunks whose areas stand in the profile's list are adopted; others get their address space now.

    :raises ValueError: the state is none of this kernel's or this layout's.
    """
    state = profile.state
    if state is None or not state.chunks:
        return None
    areas = profile.vmalloc.areas
    present = _bases(areas, allocator.layout)
    unnamed = [base for base in present if base not in {chunk.base for chunk in state.chunks}]
    adopted = []
    chunks = []
    _check_chunks(state.chunks, allocator)
    for position, chunk in enumerate(state.chunks):
        base = chunk.base
        if chunk.kind == "dynamic":
            if base is None and unnamed:
                base = unnamed.pop(0)
            if base in present:
                adopted.append(base)
            else:
                base = backing.create_chunk(accounted=False)
            if base is None:
                raise ValueError("state: the vmalloc space has no room for the captured chunks")
        chunks.append(_captured(chunk, base or 0, position, _bits_of(chunk, allocator)))
    backing.adopt(adopted, [(area.start, area.size) for area in areas if _is_metadata(area)])
    backing.page_array = backing.page_array or any(chunk.kind == "dynamic" for chunk in chunks)
    return restore(allocator, chunks, populated=state.populated_pages, empty=state.empty_populated_pages)


def _bases(areas: tuple[VmallocArea, ...], layout: Layout) -> list[int]:
    """Return the chunks' bases, from the top down as they were made: where an area of each group stands in the list."""
    starts = {area.start for area in areas if AREA_CALLER in area.caller}
    offsets = [group.offset for group in layout.groups]
    return [start for start in sorted(starts, reverse=True) if all(start + offset in starts for offset in offsets)]


def _is_metadata(area: VmallocArea) -> bool:
    return any(caller in area.caller for caller in METADATA_CALLERS)


def _bits_of(chunk: ChunkState, allocator: Allocator) -> int:
    """Return how many granules the chunk has."""
    parts = {"first": allocator.first_chunk, "reserved": allocator.reserved_chunk}
    part = parts.get(chunk.kind)
    pages = part.nr_pages if part is not None else allocator.layout.unit_pages
    return pages * allocator.layout.page_size // GRANULE


def _check_chunks(chunks: tuple[ChunkState, ...], allocator: Allocator) -> None:
    """Refuse what no kernel of this layout can hold.

    :raises ValueError: a part of the first chunk or a base stands there twice, or a figure lies outside its chunk.
    """
    parts = [chunk.kind for chunk in chunks if chunk.kind != "dynamic"]
    bases = [chunk.base for chunk in chunks if chunk.base]
    if len(parts) != len(set(parts)) or len(bases) != len(set(bases)):
        raise ValueError("state: a chunk is listed twice")
    lists, page_bits = len(allocator.lists[0]), allocator.layout.page_size // GRANULE
    for number, chunk in enumerate(chunks, 1):
        wrong = next(_wrong(chunk, _bits_of(chunk, allocator), page_bits, lists), "")
        if wrong:
            raise ValueError(f"state: chunk {number} ({chunk.kind}): {wrong}")


def _wrong(chunk: ChunkState, bits: int, page_bits: int, lists: int) -> Iterator[str]:
    if chunk.slot is not None and chunk.slot >= lists:
        yield f"slot {chunk.slot}: this kernel and unit size have slots 0 to {lists - 1}"
    for offset, size in chunk.areas or ():
        if offset % GRANULE or offset + size > bits * GRANULE:
            yield f"the area at {offset} is not aligned to {GRANULE} bytes, or ends outside the chunk"
    if chunk.populated and chunk.populated[-1] * page_bits >= bits:
        yield "a populated page lies outside the chunk"
    hints = _hints(chunk.hints)
    if hints is not None and (
        max(hints.contig_start + hints.contig, hints.scan_start + hints.scan, hints.first_free) > bits
    ):
        yield "a hint lies outside the chunk (they are in units of 4 bytes)"
    free = {**chunk.stats, **chunk.hints}.get("free_bytes", 0)
    if free > bits * GRANULE or chunk.stats.get("first_bit", 0) > bits or chunk.stats.get("contig_bytes", 0) > free:
        yield "free_bytes, contig_bytes or first_bit lie outside the chunk"


def _captured(chunk: ChunkState, base: int, position: int, bits: int) -> CapturedChunk:
    figures = {**chunk.stats, **chunk.hints}
    populated = None if chunk.populated is None else sum(1 << page for page in chunk.populated)
    hints = _hints(chunk.hints)
    if hints is None and chunk.areas is None:
        hints = _from_sums(chunk.stats, bits)
    return CapturedChunk(
        kind=chunk.kind,
        base=base,
        slot=chunk.slot,
        position=position if chunk.position is None else chunk.position,
        populated=populated,
        empty_pages=figures.get("nr_empty_pop_pages", figures.get("empty_pop_pages")),
        isolated=chunk.isolated,
        areas=chunk.areas,
        free_bytes=figures.get("free_bytes"),
        hints=hints,
    )


def _hints(hints: Mapping[str, int]) -> Hints | None:
    """Read chunk_md under the kernel's names."""
    if "contig_hint" not in hints:
        return None
    start = hints.get("contig_hint_start", 0)
    return Hints(
        hints["contig_hint"],
        start,
        hints.get("scan_hint", 0),
        hints.get("scan_hint_start", 0),
        hints.get("first_free", start),
    )


def _from_sums(sums: Mapping[str, int], bits: int) -> Hints | None:
    """Read percpu_stats: the largest run by its length, the first free bit; what no fragment holds lies behind the last area."""
    if "contig_bytes" not in sums or "free_bytes" not in sums:
        return None
    contig = sums["contig_bytes"] // GRANULE
    first = sums.get("first_bit", 0)
    behind = (sums["free_bytes"] - sums.get("sum_frag", 0)) // GRANULE
    return Hints(contig, max(bits - contig, 0) if behind >= contig else first, 0, 0, first)
