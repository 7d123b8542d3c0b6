"""The address space: searches against naive ones, congruence, laziness, and what each generation does differently."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.address_space import AddressSpace, SpaceRules
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.space_run import do_run, find_run

PAGE = 4096
START, END = 0xF77FE000, 0xFEFFE000
VERSIONS = ("2.6.32", "2.6.39", "3.2", "4.9", "5.2", "5.4", "6.1", "6.18")


def rules(version: str, online: int = 2) -> SpaceRules:
    return SpaceRules.of(KernelVersion.parse(version), page_size=PAGE, online_cpus=online)


def space(version: str = "6.1", start: int = START, end: int = END, areas=()) -> AddressSpace:
    return AddressSpace(start, end, rules(version), areas)


class Naive:
    """Every page a flag, every search a scan from one end: slow, and too simple to be wrong. Free-block kernels only."""

    def __init__(self, pages: int) -> None:
        self.busy = [False] * pages
        self.held: list[list[tuple[int, int]]] = []
        self.lazy: list[tuple[int, int]] = []

    def _lowest(self, pages: int, align: int) -> int | None:
        for at in range(0, len(self.busy) - pages + 1, align):
            if not any(self.busy[at : at + pages]):
                return at
        return None

    def _highest(self, groups, atom: int) -> int | None:
        span = max(offset + size for offset, size in groups)
        for base in range(len(self.busy) // atom * atom - span, -1, -1):
            if base % atom == 0 and not any(any(self.busy[base + o : base + o + s]) for o, s in groups):
                return base
        return None

    def _mark(self, at: int, pages: int, *, busy: bool) -> None:
        for page in range(at, at + pages):
            assert self.busy[page] is not busy
            self.busy[page] = busy

    def take(self, pages: int, align: int) -> int | None:
        at = self._lowest(pages, align)
        if at is None:
            self.purge()
            at = self._lowest(pages, align)
        if at is not None:
            self._hold([(at, pages)])
        return at

    def percpu(self, groups, atom: int) -> int | None:
        if len(self.busy) // atom * atom < max(offset + size for offset, size in groups):
            return None
        base = self._highest(groups, atom)
        if base is None:
            self.purge()
            base = self._highest(groups, atom)
        if base is not None:
            self._hold([(base + offset, size) for offset, size in groups])
        return base

    def _hold(self, areas: list[tuple[int, int]]) -> None:
        for at, size in areas:
            self._mark(at, size, busy=True)
        self.held.append(areas)

    def free(self, number: int) -> list[tuple[int, int]]:
        areas = self.held.pop(number % len(self.held)) if self.held else []
        self.lazy += areas
        return areas

    def purge(self) -> None:
        for at, size in self.lazy:
            self._mark(at, size, busy=False)
        self.lazy.clear()


GROUPS = st.sampled_from(
    [((0, 4),), ((0, 8),), ((0, 4), (12, 4)), ((8, 4), (0, 4)), ((0, 4), (4, 4), (20, 8)), ((16, 8), (0, 4))]
)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 12), st.sampled_from([1, 1, 1, 4])),
        st.tuples(st.just("percpu"), GROUPS, st.sampled_from([1, 2, 4])),
        st.tuples(st.just("free"), st.integers(0, 99), st.just(0)),
        st.tuples(st.just("purge"), st.just(0), st.just(0)),
    ),
    max_size=60,
)


def in_pages(groups, atom: int) -> bool:
    return not any(offset % atom or size % atom for offset, size in groups)


def in_bytes(groups) -> list[tuple[int, int]]:
    return [(offset * PAGE, size * PAGE) for offset, size in groups]


@settings(max_examples=300, deadline=None)
@given(operations=OPERATIONS, pages=st.integers(16, 120))
def test_searches_equal_naive_ones(operations, pages: int) -> None:
    """Lowest hole for ordinary areas, highest congruent base for per-CPU ones, a failing search purges: page for page."""
    model, naive = AddressSpace(0, pages * PAGE, rules("6.1")), Naive(pages)
    for kind, first, second in operations:
        got, expected = None, None
        if kind == "purge":
            model.purge()
            naive.purge()
        elif kind == "free":
            for at, size in naive.free(first):
                model.free(at * PAGE, size * PAGE)
        elif kind == "take":
            got, expected = model.allocate(first * PAGE, second * PAGE), naive.take(first, second)
        elif in_pages(first, second):
            got, expected = model.allocate_percpu(in_bytes(first), second * PAGE), naive.percpu(first, second)
        assert got == (None if expected is None else expected * PAGE)
    assert model.free_bytes == (pages - sum(naive.busy)) * PAGE
    assert model.lazy_bytes == sum(size for _at, size in naive.lazy) * PAGE


def apply(model: AddressSpace, operation, held: list[list[tuple[int, int]]]) -> None:
    """Do one drawn operation; ``held`` are the areas of each allocation in bytes."""
    kind, first, second = operation
    if kind == "take":
        at = model.allocate(first * PAGE, second * PAGE)
        if at is not None:
            assert at % (second * PAGE) == 0
            held.append([(at, first * PAGE)])
    elif kind == "percpu" and in_pages(first, second):
        base = model.allocate_percpu(in_bytes(first), second * PAGE)
        if base is not None:
            assert base % (second * PAGE) == 0
            held.append([(base + offset, size) for offset, size in in_bytes(first)])
    elif kind == "free" and held:
        for at, size in held.pop(first % len(held)):
            model.free(at, size)
    elif kind == "purge":
        model.purge()


@settings(max_examples=150, deadline=None)
@given(operations=OPERATIONS, version=st.sampled_from(VERSIONS))
def test_nothing_overlaps_and_all_comes_back(operations, version: str) -> None:
    """In every generation areas stay apart and inside; freeing all and purging restores one free block."""
    model = AddressSpace(64 * PAGE, 184 * PAGE, rules(version))
    held: list[list[tuple[int, int]]] = []
    for operation in operations:
        apply(model, operation, held)
        taken = sorted([(at, at + size) for areas in held for at, size in areas] + model.lazy)
        assert all(high <= low for (_low, high), (low, _high) in pairwise(taken))
        assert all(model.start <= low and high <= model.end for low, high in taken)
    for areas in held:
        for at, size in areas:
            model.free(at, size)
    model.purge()
    assert list(model.blocks) == [(model.start, model.end)]


@settings(max_examples=200, deadline=None)
@given(
    operations=OPERATIONS,
    sizes=st.lists(st.integers(1, 6), max_size=3),
    count=st.integers(1, 30),
    groups=st.sampled_from([((0, 4),), ((0, 8),), ((0, 4), (12, 4)), ((40, 4), (0, 4))]),
    version=st.sampled_from(["3.2", "4.9", "5.4", "6.1"]),
)
def test_runs_equal_single_steps(operations, sizes, count: int, groups, version: str) -> None:
    """A run taken in one step leaves the very state, and gave the very addresses, of its cycles taken one by one."""
    one = AddressSpace(0, 400 * PAGE, rules(version))
    held: list[list[tuple[int, int]]] = []
    for operation in operations:
        apply(one, operation, held)
    one.purge()
    other = one.copy()
    wanted = [size * PAGE for size in sizes]
    areas = in_bytes(groups)
    run = find_run(other, wanted, areas, PAGE, count)
    if run is None:
        return
    do_run(other, run, areas)
    for index, base in enumerate(run.bases):
        at = run.start + index * run.step
        for size in wanted:
            assert one.allocate(size) == at
            at += size
        assert one.allocate_percpu(areas, PAGE) == base
    assert list(one.blocks) == list(other.blocks)
    assert (one.hint, one.allocate(PAGE), one.allocate_percpu(areas, PAGE)) == (
        other.hint,
        other.allocate(PAGE),
        other.allocate_percpu(areas, PAGE),
    )


def test_every_cycle_of_an_empty_space_is_one_run() -> None:
    model = space()
    run = find_run(model, [12288, 12288, 139264], [(0, 270336)], PAGE, 10**9)
    assert run is not None
    assert run.count == (END - START) // (12288 * 2 + 139264 + 270336)
    assert run.bases[0] == END - 270336


def test_ordinary_areas_rise_and_percpu_areas_fall() -> None:
    model = space(areas=[(START, 0x2000), (START + 0x5000, 0x1000)])
    assert model.allocate(0x3000) == START + 0x2000
    assert model.allocate(0x3000) == START + 0x6000
    assert model.allocate_percpu([(0, 0x42000)], PAGE) == END - 0x42000
    assert model.allocate_percpu([(0, 0x42000)], PAGE) == END - 0x84000


def test_top_atom_is_lost_where_the_end_is_inclusive() -> None:
    """x86-64: VMALLOC_END is the last byte, so the last 2 MiB are never used (log of 6.1: first chunk area at …ffc00000)."""
    end = 0xFFFFC90000000000 + (32 << 40) - 1
    model = space(start=0xFFFFC90000000000, end=end)
    assert model.allocate_percpu([(0, 2 << 20)], 2 << 20) == 0xFFFFE8FFFFC00000


def test_span_larger_than_the_space_fails_without_purge() -> None:
    model = space(end=START + 64 * PAGE)
    at = model.allocate(PAGE)
    assert at is not None
    model.free(at, PAGE)
    assert model.allocate_percpu([(0, PAGE), (80 * PAGE, PAGE)], PAGE) is None
    assert model.lazy_bytes == PAGE


@pytest.mark.parametrize(("online", "limit"), [(1, 32 << 20), (2, 64 << 20), (4, 96 << 20), (8, 128 << 20)])
def test_lazy_limit_follows_online_cpus(online: int, limit: int) -> None:
    assert rules("6.1", online).lazy_limit == limit


def test_lazily_freed_areas_return_when_too_many() -> None:
    model = AddressSpace(START, END, rules("6.1", 1))
    at = model.allocate(32 << 20)
    assert at == START
    model.free(at, 32 << 20)
    assert model.allocate(PAGE) == START + (32 << 20)
    model.free(START + (32 << 20), PAGE)
    assert model.lazy_bytes == 0
    assert model.allocate(PAGE) == START


def test_cached_search_overlooks_a_hole_of_its_own_size() -> None:
    """2.6.39 to 5.1: a hole seen below the last success is searched again only for smaller requests."""
    old, new = space("3.10"), space("6.1")
    for model in (old, new):
        first = model.allocate(2 * PAGE)
        second = model.allocate(PAGE)
        assert first is not None
        assert second is not None
        model.free(first, 2 * PAGE)
        model.purge()
    assert old.allocate(3 * PAGE) == new.allocate(3 * PAGE) == START + 3 * PAGE
    assert old.allocate(2 * PAGE) == START + 6 * PAGE
    assert new.allocate(2 * PAGE) == START
    assert old.allocate(PAGE) == START


def test_gap_between_areas_before_3_0() -> None:
    model = space("2.6.32")
    assert model.allocate(PAGE) == START
    assert model.allocate(PAGE) == START + 2 * PAGE
    assert space("3.2").rules.gap == 0


def test_hint_hides_space_above_it_until_something_is_freed_there() -> None:
    """2.6.32 to 5.1: per-CPU searches start where the last one succeeded."""
    model = space("4.9", areas=[(END - 8 * PAGE, 2 * PAGE)])
    assert model.allocate_percpu([(0, 8 * PAGE)], PAGE) == END - 16 * PAGE
    assert model.allocate_percpu([(0, 4 * PAGE)], PAGE) == END - 20 * PAGE
    fresh = space("6.1", areas=[(END - 8 * PAGE, 2 * PAGE)])
    assert fresh.allocate_percpu([(0, 8 * PAGE)], PAGE) == END - 16 * PAGE
    assert fresh.allocate_percpu([(0, 4 * PAGE)], PAGE) == END - 4 * PAGE


def test_5_2_leaves_a_block_when_an_area_sticks_out() -> None:
    """The lower area sticks out of its block at the top: 5.2 goes on to the next lower block, 5.3 shifts down within it."""
    busy = [(17 * PAGE, 3 * PAGE)]
    groups = in_bytes(((0, 4), (12, 4)))
    places = [
        AddressSpace(0, 30 * PAGE, rules(version), busy).allocate_percpu(groups, PAGE) for version in ("5.2", "5.4")
    ]
    assert places == [None, 13 * PAGE]


def test_two_areas_may_not_overlap() -> None:
    with pytest.raises(ValueError, match="not free"):
        space(areas=[(START, 0x2000), (START + 0x1000, 0x1000)])


def test_areas_outside_are_ignored_and_clipped() -> None:
    model = space(areas=[(START - 0x1000, 0x2000), (END, 0x5000), (0xC0000000, 0x1000)])
    assert model.free_bytes == END - START - 0x1000


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="end above its start"):
        space(end=START)


def test_copies_are_independent() -> None:
    model = space()
    twin = model.copy()
    model.allocate(0x10000)
    model.allocate_percpu([(0, 0x10000)], PAGE)
    assert twin.free_bytes == END - START
    assert twin.allocate(PAGE) == START
