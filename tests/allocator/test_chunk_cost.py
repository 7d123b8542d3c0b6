"""What a chunk takes: sizes seen in real kernels' vmallocinfo, and the rules by version."""

import pytest

from planner.allocator.chunk_cost import ChunkConfig, Piece, holding, kmalloc_size, metadata, populate_once, struct_size
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout


def layout(*, bits: int = 32, unit: int = 135168, cpus: int = 2, groups: int = 1) -> Layout:
    each = cpus // groups
    return Layout(
        bits=bits,
        page_size=4096,
        static=unit // 2,
        reserved=0,
        dynamic=unit // 2,
        unit_size=unit,
        atom_size=4096,
        alloc_size=unit,
        nr_cpus=cpus,
        groups=tuple(Group(g << 30, tuple(range(g * each, (g + 1) * each))) for g in range(groups)),
    )


def version(text: str) -> KernelVersion:
    return KernelVersion.parse(text)


def vmalloc_sizes(text: str, where: Layout, config: ChunkConfig, *, accounted: bool = False) -> list[int]:
    pieces = metadata(version(text), where, config, accounted=accounted)
    held = [holding(version(text), piece.size, page_size=4096, word=where.bits // 8) for piece in pieces]
    return [size for areas in held for size in areas.vmalloc]


def test_vmallocinfo_of_6_1_i386() -> None:
    """i386-2cpu-*: two maps of 12288 and a vector of 139264 a chunk; nokmem: the maps alone; own kernel u102400: the vector alone."""
    assert vmalloc_sizes("6.1.176", layout(), ChunkConfig()) == [12288, 12288, 139264]
    assert vmalloc_sizes("6.1.176", layout(), ChunkConfig(kmem=False)) == [12288, 12288]
    assert vmalloc_sizes("6.1.176", layout(unit=102400), ChunkConfig()) == [106496]


def test_vmallocinfo_of_6_1_amd64() -> None:
    """amd64: 36864, 40960, 12288 and 2101248 with units of 1 MiB."""
    assert vmalloc_sizes("6.1.176", layout(bits=64, unit=1 << 20), ChunkConfig()) == [36864, 40960, 12288, 2101248]


def test_page_array_of_a_large_vmalloc_is_vmalloced_too() -> None:
    """513 pages need an array of 4104 bytes: more than a page."""
    held = holding(version("6.1"), 513 * 4096, page_size=4096, word=8)
    assert held.vmalloc == (514 * 4096, 3 * 4096)
    assert held.pages == 515
    assert holding(version("6.1"), 512 * 4096, page_size=4096, word=8).vmalloc == (513 * 4096,)


def test_a_page_comes_from_kmalloc() -> None:
    assert holding(version("6.1"), 4096, page_size=4096, word=8).vmalloc == ()
    assert holding(version("6.1"), 4097, page_size=4096, word=8).vmalloc == (12288,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.2", ["chunk", "area map"]),
        ("4.13", ["chunk", "area map"]),
        ("4.14", ["chunk", "allocation map", "boundary map", "block metadata"]),
        ("5.9", ["chunk", "allocation map", "boundary map", "block metadata"]),
        ("5.14", ["chunk", "allocation map", "boundary map", "block metadata", "object vector"]),
    ],
)
def test_pieces_by_version(text: str, expected: list[str]) -> None:
    assert [piece.what for piece in metadata(version(text), layout(), ChunkConfig(), accounted=False)] == expected


def test_vector_of_accounted_chunks_alone_from_5_9_to_5_13() -> None:
    (*_, last) = metadata(version("5.10"), layout(), ChunkConfig(), accounted=True)
    assert last == Piece("object vector", 135168)


def test_profiling_adds_a_word_for_every_granule_even_without_kmem() -> None:
    where = layout(bits=64, unit=1 << 20)
    config = ChunkConfig(kmem=False, profiling=True)
    (*_, last) = metadata(version("6.12"), where, config, accounted=False)
    assert last == Piece("object vector", 4 << 20)
    (*_, last) = metadata(version("6.12"), where, ChunkConfig(memcg=False, kmem=False, profiling=True), accounted=False)
    assert last == Piece("object vector", 2 << 20)


@pytest.mark.parametrize(
    ("text", "bits", "config", "size"),
    [
        ("3.2", 32, ChunkConfig(), 40 + 8),
        ("3.10", 64, ChunkConfig(), 64 + 8),
        ("4.9", 64, ChunkConfig(), 88 + 8),
        ("5.4", 64, ChunkConfig(), 120 + 8),
        ("6.1", 64, ChunkConfig(), 136 + 8),
        ("6.1", 64, ChunkConfig(memcg=False), 120 + 8),
        ("6.1", 32, ChunkConfig(), 92 + 8),
        ("6.1", 32, ChunkConfig(memcg=False), 88 + 8),
        ("6.1", 64, ChunkConfig(stats=True), 136 + 16 + 8),
        ("6.12", 64, ChunkConfig(), 192 + 8),
        ("6.12", 64, ChunkConfig(stats=True), 256 + 8),
        ("6.12", 32, ChunkConfig(stats=True), 128 + 8),
    ],
)
def test_struct_sizes(text: str, bits: int, config: ChunkConfig, size: int) -> None:
    assert struct_size(version(text), layout(bits=bits), config) == size


def test_the_first_population_makes_an_array_of_all_pages() -> None:
    assert populate_once(version("6.1"), layout()) == (Piece("temporary page array", 2 * 33 * 4),)
    assert [piece.what for piece in populate_once(version("3.10"), layout())] == [
        "temporary page array",
        "temporary bitmap",
    ]
    assert populate_once(version("2.6.31"), layout()) == ()


@pytest.mark.parametrize(
    ("size", "cache"), [(1, 8), (65, 96), (97, 128), (129, 192), (193, 256), (1056, 2048), (4096, 4096)]
)
def test_kmalloc_caches(size: int, cache: int) -> None:
    assert kmalloc_size(size) == cache
