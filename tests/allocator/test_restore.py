"""Captured states: what a dump tells stands in the restored allocator, and what it cannot tell is said."""

import random

import pytest

from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.bitmap_chunk import GRANULE
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.request import Failure
from planner.allocator.restore import CapturedChunk, Hints, restore

LAYOUT = Layout(
    bits=64,
    page_size=4096,
    static=122880,
    reserved=8192,
    dynamic=28672,
    unit_size=262144,
    atom_size=2 << 20,
    alloc_size=2 << 20,
    nr_cpus=8,
    groups=(Group(0, tuple(range(8))),),
)


def busy(version: str, seed: int, steps: int = 3000) -> Allocator:
    """An allocator with a past."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible past
    allocator = Allocator(KernelVersion.parse(version), LAYOUT)
    live: list[int] = []
    for _ in range(steps):
        if live and draw.random() < 0.45:
            allocator.free(live.pop(draw.randrange(len(live))))
        else:
            pointer = allocator.alloc(draw.choice([4, 8, 64, 100, 256, 1000, 9001]), draw.choice([4, 8, 64, 256]))
            if not isinstance(pointer, Failure):
                live.append(pointer)
        if allocator.pending and draw.random() < 0.5:
            allocator.run_pending()
    return allocator


def capture(allocator: Allocator, *, areas: bool) -> list[CapturedChunk]:
    """What a dump of the kernel's structures holds."""
    captured = []
    chunks = [*allocator.chunks, *([allocator.reserved_chunk] if allocator.reserved_chunk else [])]
    for chunk in chunks:
        kind = "dynamic" if not chunk.immutable else "reserved" if chunk.index < 0 else "first"
        position = [other.index for other in chunk.list].index(chunk.index) if chunk.list is not None else 0
        captured.append(
            CapturedChunk(
                kind=kind,
                base=chunk.base,
                slot=chunk.list.number if chunk.list is not None else None,
                position=position,
                populated=chunk.populated,
                empty_pages=chunk.nr_empty_pop_pages,
                isolated=chunk.isolated,
                areas=[(offset - chunk.origin, size) for offset, size in chunk.areas()] if areas else None,
                free_bytes=chunk.free_bytes,
                hints=Hints(
                    chunk.md_contig, chunk.md_contig_start, chunk.md_scan, chunk.md_scan_start, chunk.md_first_free
                ),
            )
        )
    return captured


def restored(original: Allocator, *, areas: bool = True):
    backing = CountedBacking()
    allocator = Allocator(original.version, LAYOUT, backing)
    result = restore(
        allocator, capture(original, areas=areas), populated=original.nr_populated, empty=original.nr_empty_pop_pages
    )
    return allocator, result


def view(allocator: Allocator):
    lists = [[sorted_chunk(chunk) for chunk in slot] for slot in allocator.lists[0]]
    return lists, allocator.nr_populated, allocator.nr_empty_pop_pages, allocator.percpu_bytes


def sorted_chunk(chunk):
    return (
        chunk.free_bytes,
        tuple(chunk.areas()),
        chunk.populated,
        chunk.nr_empty_pop_pages,
        chunk.isolated,
        chunk.slot,
        (chunk.md_contig, chunk.md_contig_start, chunk.md_first_free, chunk.md_scan),
    )


@pytest.mark.parametrize("version", ["5.0", "5.4", "6.1", "6.18"])
@pytest.mark.parametrize("seed", range(4))
def test_a_dump_with_areas_tells_all_but_the_blocks_hints(version: str, seed: int) -> None:
    original = busy(version, seed)
    twin, result = restored(original)
    assert view(twin) == view(original)
    assert (result.lost_bytes, result.guessed_bytes) == (0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_areas_of_a_restored_state_can_be_freed(seed: int) -> None:
    twin, _result = restored(busy("6.1", seed))
    for chunk in twin.chunks:
        for offset, _size in chunk.areas():
            twin.free(twin.pointer(chunk.index, offset))
    assert all(not chunk.areas() for chunk in twin.chunks)
    twin.run_pending()
    assert twin.nr_empty_pop_pages >= 4


@pytest.mark.parametrize("seed", range(6))
def test_hints_alone_keep_the_sums(seed: int) -> None:
    """Without areas the free bytes, the largest run and the first free place are kept; what has no place is counted as lost."""
    original = busy("6.1", seed)
    twin, result = restored(original, areas=False)
    free = sum(chunk.free_bytes for chunk in original.chunks)
    assert sum(chunk.free_bytes for chunk in twin.chunks) == free - result.lost_bytes
    for mine, real in zip(sorted_by_base(twin), sorted_by_base(original), strict=True):
        assert (mine.md_contig, mine.md_first_free) == (real.md_contig, real.md_first_free)
        assert mine.free_bytes <= real.free_bytes


def sorted_by_base(allocator: Allocator):
    return sorted(allocator.chunks, key=lambda chunk: (chunk.immutable, chunk.index))


def test_a_hole_that_could_lie_elsewhere_is_a_guess() -> None:
    """42 granules free somewhere in [5718, 5888): seen in i386-2cpu-256-256."""
    allocator = Allocator(KernelVersion.parse("6.1"), LAYOUT)
    bits = allocator.first_chunk.nr_pages * 1024
    chunk = CapturedChunk(
        kind="first", free_bytes=(100 + 42) * GRANULE, hints=Hints(100, bits - 100, 0, 0, bits - 300), empty_pages=0
    )
    result = restore(allocator, [chunk])
    assert (result.lost_bytes, result.guessed_bytes) == (0, 42 * GRANULE)
    assert allocator.first_chunk.free_bytes == 142 * GRANULE


def test_without_page_sets_the_pages_of_areas_and_the_lowest_empty_ones_are_backed() -> None:
    allocator = Allocator(KernelVersion.parse("6.1"), LAYOUT)
    restore(allocator, [CapturedChunk(kind="dynamic", base=1 << 40, areas=[(3 * 4096, 8)], empty_pages=2)])
    (chunk,) = [chunk for chunk in allocator.chunks if not chunk.immutable]
    assert chunk.populated == 0b1011
    assert chunk.slot == chunk.list.number


def test_old_kernels_have_nothing_to_restore() -> None:
    with pytest.raises(ValueError, match="bitmaps"):
        restore(Allocator(KernelVersion.parse("4.9"), LAYOUT), [])


@pytest.mark.parametrize(
    "chunk",
    [
        CapturedChunk(kind="dynamic", base=1, areas=[(0, 64), (32, 64)]),
        CapturedChunk(kind="dynamic", base=1, areas=[(262140, 64)]),
        CapturedChunk(kind="dynamic", base=1, populated=1 << 64, areas=[]),
    ],
)
def test_impossible_chunks_are_refused(chunk: CapturedChunk) -> None:
    with pytest.raises(ValueError, match=r"overlap|none of this layout"):
        restore(Allocator(KernelVersion.parse("6.1"), LAYOUT), [chunk])
