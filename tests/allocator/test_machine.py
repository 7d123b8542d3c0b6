"""The machine: order of allocations, undoing, log lines, area maps, runs in one step, copies, chunks that exist already."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.address_space import AddressSpace, SpaceRules
from planner.allocator.allocator import Allocator
from planner.allocator.chunk_cost import ChunkConfig
from planner.allocator.coverage import Coverage
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.machine import MachineBacking
from planner.allocator.memory import Memory
from planner.allocator.request import Failure

PAGE = 4096
START, END = 0xF77FE000, 0xFEFFE000
NODES = "nodemask=(null),cpuset=/,mems_allowed=0"


def layout(*, unit: int = 135168, cpus: int = 2, bits: int = 32, offsets=(0,), km: bool = False) -> Layout:
    each = cpus // len(offsets)
    return Layout(
        bits=bits,
        page_size=PAGE,
        static=104276,
        reserved=0,
        dynamic=unit - 104276,
        unit_size=unit,
        atom_size=PAGE,
        alloc_size=unit,
        nr_cpus=cpus,
        groups=tuple(Group(offset, tuple(range(g * each, (g + 1) * each))) for g, offset in enumerate(offsets)),
        km=km,
    )


def machine(
    version: str = "6.1.176",
    *,
    where: Layout | None = None,
    size: int = END - START,
    memory: Memory | None = None,
    areas=(),
    config: ChunkConfig | None = None,
) -> MachineBacking:
    kernel = KernelVersion.parse(version)
    rules = SpaceRules.of(kernel, page_size=PAGE, online_cpus=2)
    space = AddressSpace(END - size, END, rules, areas)
    return MachineBacking(kernel, where or layout(), space, memory, config, comm="tr")


def blocks(backing: MachineBacking) -> list[tuple[int, int]]:
    assert backing.space is not None
    return list(backing.space.blocks)


def test_order_in_the_address_space() -> None:
    """Both maps and the vector from the bottom, in this order, the areas from the top (first chunk of i386-2cpu-256-256)."""
    backing = machine()
    base = backing.create_chunk(accounted=False)
    assert base == END - 270336
    assert sorted(backing.areas()) == [
        (START, 12288, "allocation map"),
        (START + 12288, 12288, "boundary map"),
        (START + 24576, 139264, "object vector"),
        (base, 270336, "areas"),
    ]


def test_refused_areas_give_the_metadata_back_and_say_nothing() -> None:
    backing = machine(size=163840 + 270336 - PAGE)
    assert backing.create_chunk(accounted=False) is None
    (refusal,) = backing.refusals
    assert (refusal.limit, refusal.what, refusal.size, refusal.lines) == ("vmalloc", "areas", 270336, ())
    assert backing.chunks == 0
    assert backing.space is not None
    assert backing.space.lazy_bytes == 163840
    backing.space.purge()
    assert blocks(backing) == [(backing.space.start, backing.space.end)]


def test_refused_metadata_is_logged_word_for_word() -> None:
    backing = machine(size=139264)
    assert backing.create_chunk(accounted=False) is None
    (refusal,) = backing.refusals
    assert refusal.what == "object vector"
    assert refusal.lines == (
        "vmap allocation for size 139264 failed: use vmalloc=<size> to increase size",
        f"tr: vmalloc error: size 135168, vm_struct allocation failed, mode:0xdc0(GFP_KERNEL|__GFP_ZERO), {NODES}",
    )


def test_the_worker_fails_silently() -> None:
    backing = machine(size=139264)
    with backing.background():
        assert backing.create_chunk(accounted=False) is None
    assert backing.refusals[-1].lines == ()
    assert not backing.provider.nowarn


@pytest.mark.parametrize(
    ("version", "lines"),
    [
        ("3.10", ("vmap allocation for size 12288 failed: use vmalloc=<size> to increase size.",
                  "vmalloc: allocation failure: 8192 bytes",
                  "tr: page allocation failure: order:0, mode:0x80d2")),
        ("4.9", ("vmap allocation for size 12288 failed: use vmalloc=<size> to increase size",
                 "tr: vmalloc: allocation failure: 8192 bytes, mode:0x24080c2(GFP_KERNEL|__GFP_HIGHMEM|__GFP_ZERO)")),
    ],
)  # fmt: skip
def test_area_map_without_space(version: str, lines: tuple[str, ...]) -> None:
    backing = machine(version, where=layout(unit=110592), size=2 * 110592)
    base = backing.create_chunk(accounted=False)
    assert base is not None
    assert not backing.extend_map(4096, 8192, base)
    assert backing.refusals[-1].what == "area map"
    assert backing.refusals[-1].lines == lines


def test_area_maps_grow_and_go_with_their_chunk() -> None:
    backing = machine("3.10")
    base = backing.create_chunk(accounted=False)
    assert base is not None
    assert [what for _at, _size, what in backing.areas()] == ["areas"]
    for old, new in ((64, 512), (512, 4096), (4096, 8192), (8192, 16384)):
        assert backing.extend_map(old, new, base)
    assert (START + 12288, 20480, "area map") in set(backing.areas())
    assert backing.extend_map(0, 8192)
    assert backing.space is not None
    assert backing.space.lazy == [(START, START + 12288)]
    backing.destroy_chunk(base)
    backing.space.purge()
    assert backing.space.free_bytes == END - START - 12288, "the first chunk's own map stays"


def test_first_population_needs_its_page_array_once() -> None:
    backing = machine(where=layout(cpus=64, unit=1 << 17), size=256 << 20)
    base = backing.create_chunk(accounted=False)
    assert base is not None
    before = backing.space.free_bytes if backing.space else 0
    assert backing.take_pages(64)
    assert backing.take_pages(64)
    assert backing.space is not None
    assert before - backing.space.free_bytes == (64 * 32 * 4 // PAGE + 1) * PAGE


def test_pages_that_nobody_has() -> None:
    backing = machine(memory=Memory(lowmem=200))
    assert backing.create_chunk(accounted=False) is not None
    backing.provider.noretry = True
    assert not backing.take_pages(500)
    assert backing.refusals[-1].limit == "ram"
    assert not backing.refusals[-1].killer
    assert backing.refusals[-1].lines == (
        f"tr: page allocation failure: order:0, mode:0x10cc2(GFP_KERNEL|__GFP_HIGHMEM|__GFP_NORETRY), {NODES}",
    )
    backing.provider.noretry = False
    assert not backing.take_memory(512, 1 << 20)
    assert backing.refusals[-1].killer
    assert backing.refusals[-1].lines == (
        "tr invoked oom-killer: gfp_mask=0x40cc0(GFP_KERNEL|__GFP_COMP), order=0, oom_score_adj=0",
    )


def test_km_chunks_need_no_addresses() -> None:
    kernel = KernelVersion.parse("6.1")
    backing = MachineBacking(kernel, layout(cpus=1, unit=131072, km=True), None)
    bases = {backing.create_chunk(accounted=False) for _ in range(3)}
    assert len(bases) == 3
    backing.destroy_chunk(bases.pop() or 0)
    assert backing.chunks == 2
    with pytest.raises(ValueError, match="address space"):
        MachineBacking(kernel, layout(), None)


LAYOUTS = st.sampled_from(
    [
        layout(),
        layout(cpus=4),
        layout(unit=118784),
        layout(cpus=4, offsets=(0, 32 << 20)),
        layout(cpus=4, offsets=(0, 2 * 135168)),
        layout(bits=64, unit=1 << 18, cpus=4),
    ]
)


@dataclass(frozen=True)
class Cycle:
    """What each chunk takes beside itself."""

    pages: int
    maps: tuple[tuple[int, int], ...]

    def once(self, backing: MachineBacking) -> int | None:
        base = backing.create_chunk(accounted=False)
        if base is None or not all(backing.extend_map(old, new, base) for old, new in self.maps):
            return None
        return base if not self.pages or backing.take_pages(self.pages) else None

    def singly(self, backing: MachineBacking) -> list[int]:
        bases = []
        while (base := self.once(backing)) is not None:
            bases.append(base)
        return bases

    def in_runs(self, backing: MachineBacking) -> list[int]:
        bases: list[int] = []
        while True:
            got = backing.create_chunks(10**9, accounted=False, pages=self.pages, maps=self.maps)
            bases += got
            if not got:
                base = self.once(backing)
                if base is None:
                    return bases
                bases.append(base)


@st.composite
def machines(draw) -> tuple[MachineBacking, Cycle]:
    version = draw(st.sampled_from(["3.10", "4.9", "5.4", "6.1.176", "6.12"]))
    where = draw(LAYOUTS)
    pages = draw(st.integers(4 << 8, 60 << 8))
    holes, used = [], set()
    for at, length in draw(st.lists(st.tuples(st.integers(0, pages - 1), st.integers(1, 40)), max_size=8)):
        span = set(range(at, min(at + length, pages)))
        if not span & used:
            used |= span
            holes.append((END - pages * PAGE + at * PAGE, len(span) * PAGE))
    low = draw(st.one_of(st.none(), st.integers(100, 40000)))
    backing = machine(version, where=where, size=pages * PAGE, memory=Memory(lowmem=low), areas=holes)
    mapped = KernelVersion.parse(version) < KernelVersion.parse("4.14")
    maps = draw(st.sampled_from([(), ((64, 512),), ((64, 512), (512, 8192))])) if mapped else ()
    return backing, Cycle(draw(st.integers(0, 80)), maps)


@settings(max_examples=60, deadline=None)
@given(drawn=machines())
def test_bulk_equals_one_by_one(drawn: tuple[MachineBacking, Cycle]) -> None:
    """Chunks made in runs and chunks made singly: the same bases, areas, memory and refusals, until both are refused."""
    one, cycle = drawn
    many = one.copy()
    bases = cycle.singly(one)
    assert cycle.in_runs(many) == bases
    assert sorted(many.areas()) == sorted(one.areas())
    assert blocks(many) == blocks(one)
    assert many.refusals == one.refusals
    assert (many.memory.lowmem, many.memory.slabs, many.chunks) == (one.memory.lowmem, one.memory.slabs, one.chunks)
    for base in bases[::3]:
        one.destroy_chunk(base)
        many.destroy_chunk(base)
    assert sorted(many.areas()) == sorted(one.areas())
    assert many.memory.lowmem == one.memory.lowmem
    taken = sorted((at, at + length) for at, length, _what in one.areas())
    assert all(high <= low for (_low, high), (low, _high) in pairwise(taken))


def test_a_million_chunks_are_one_step() -> None:
    kernel = KernelVersion.parse("6.1.176")
    where = layout(bits=64, unit=1 << 20)
    start = 0xFFFFC90000000000
    rules = SpaceRules.of(kernel, page_size=PAGE, online_cpus=2)
    backing = MachineBacking(kernel, where, AddressSpace(start, start + (32 << 40) - 1, rules), page_array=True)
    bases = backing.create_chunks(1_000_000, accounted=False, pages=512)
    assert len(bases) == 1_000_000
    assert backing.chunks == 1_000_000
    assert backing.memory.taken > 1_000_000 * (512 + 531)


def test_copies_are_independent() -> None:
    backing = machine()
    backing.create_chunk(accounted=False)
    twin = backing.copy()
    while backing.create_chunk(accounted=False) is not None:
        pass
    assert twin.chunks == 1
    assert twin.refusals == []
    count = 1
    while twin.create_chunk(accounted=False) is not None:
        count += 1
    assert count == backing.chunks
    assert sorted(twin.areas()) == sorted(backing.areas())


def test_adopted_chunks_give_back_what_is_known_to_be_theirs() -> None:
    metadata = [(START, 12288), (START + 12288, 12288), (START + 24576, 139264)]
    base = END - 270336
    backing = machine(areas=[*metadata, (base, 270336)])
    backing.adopt([base], metadata)
    assert backing.chunks == 1
    assert backing.create_chunk(accounted=False) == base - 270336
    backing.destroy_chunk(base)
    assert backing.space is not None
    backing.space.purge()
    assert backing.create_chunk(accounted=False) == base


def test_allocator_on_a_machine_stops_where_the_address_space_does() -> None:
    backing = machine(size=4 << 20)
    allocator = Allocator(backing.version, backing.layout, backing)
    made = 0
    while not isinstance(failure := allocator.alloc(32768, 4096), Failure):
        made += 1
    assert failure is Failure.NEW_CHUNK
    assert made == 4 * backing.chunks
    assert backing.chunks == (4 << 20) // (270336 + 163840)
    assert backing.refusals[-1].limit == "vmalloc"


def test_unknown_chunks_cannot_be_destroyed() -> None:
    with pytest.raises(KeyError):
        machine().destroy_chunk(0x1000)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=20))
def test_page_tables_are_counted_once(ranges) -> None:
    coverage, seen = Coverage(10), set()
    for start, length in ranges:
        runs = set(range(start // 10, -(-(start + length) // 10)))
        assert coverage.touch(start, start + length) == len(runs - seen)
        seen |= runs
