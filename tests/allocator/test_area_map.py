"""The fast area maps against the naive ones, after every operation."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator import area_map_engine
from planner.allocator.allocator import Allocator
from planner.allocator.area_map import AreaMapChunk, OffsetAreaMap, SignedAreaMap
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.request import Gfp
from planner.allocator.rules import raw_slot
from tests.allocator.area_map_reference import NaiveMap

PAGE = 4096
LAYOUT = Layout(
    bits=64,
    page_size=PAGE,
    static=8192,
    reserved=0,
    dynamic=28672,
    unit_size=36864,
    atom_size=PAGE,
    alloc_size=36864,
    nr_cpus=1,
    groups=(Group(0, (0,)),),
)


class Owner:
    """What the engine is to a chunk: told of chunks to settle and of pages that became free."""

    def __init__(self) -> None:
        self.unsettled: list[AreaMapChunk] = []
        self.pages = 0

    def count_pages(self, _chunk: AreaMapChunk, pages: int) -> None:
        self.pages += pages

    def watch(self, _chunk: AreaMapChunk) -> None:
        """Nothing is packed here."""

    def numbers(self, row: range) -> list[int]:
        return list(row)


def make(cls: type[AreaMapChunk], unit: int, head: int, limit: int) -> tuple[AreaMapChunk, NaiveMap]:
    fast = cls(1, 0, unit, PAGE, raw_slot(unit) + 1, Owner())
    if head >= 0:
        fast.head = head
        fast.set_free(head, limit)
    return fast, NaiveMap(cls.signed, unit, PAGE, head, limit)


def compare(fast: AreaMapChunk, naive: NaiveMap) -> None:
    assert fast.raw_map() == naive.raw()
    assert fast.areas() == naive.areas()
    assert fast.map_used == len(naive.entries)
    assert fast.contig_hint == naive.contig
    assert fast.free_bytes == naive.free
    assert fast.slot == naive.slot()
    if not fast.signed:
        assert fast.first_free == naive.first_free


SIZES = st.one_of(
    st.integers(1, 64), st.sampled_from([92, 164, 256, 1000, 2288, 4096, 4100, 9000, 32768]), st.integers(1, 6000)
)
ALIGNS = st.sampled_from([1, 2, 4, 8, 8, 8, 16, 64, 256, 1024, 4096])
ALLOC = st.tuples(st.just("alloc"), SIZES, ALIGNS, st.booleans())
FREE = st.tuples(st.just("free"), st.integers(0, 10**6))
POPULATE = st.tuples(st.just("populate"), st.integers(0, 15), st.integers(1, 6))


@settings(max_examples=300, deadline=None)
@given(
    cls=st.sampled_from([SignedAreaMap, OffsetAreaMap]),
    shape=st.sampled_from([(16 * PAGE, -1, 16 * PAGE), (16 * PAGE, 0, 16 * PAGE), (16 * PAGE, 12346, 50000)]),
    script=st.lists(st.one_of(ALLOC, ALLOC, FREE, FREE, POPULATE), min_size=20, max_size=200),
)
def test_same_as_the_walked_array(
    cls: type[AreaMapChunk], shape: tuple[int, int, int], script: list[tuple[int, ...]]
) -> None:
    fast, naive = make(cls, *shape)
    live: list[int] = []
    counted = 0
    for step in script:
        if step[0] == "alloc":
            _, size, align, atomic = step
            atomic = atomic and not cls.signed
            if not cls.signed:
                size, align = size + 1 & ~1, max(align, 2)
            fast.settle()
            if size > naive.contig:
                continue
            expected = naive.alloc(size, align, atomic=bool(atomic))
            got = fast.take_populated(size, align) if atomic else fast.take(size, align)
            assert got == expected
            if got >= 0:
                live.append(got)
                counted -= naive.occupied
        elif step[0] == "free" and live:
            offset = live.pop(step[1] % len(live))
            naive.release(offset)
            fast.release(offset)
            counted += naive.occupied
        elif step[0] == "populate":
            pages = [page for page in range(step[1], min(step[1] + step[2], 16)) if not fast.populated >> page & 1]
            for page in pages:
                fast.mark_populated(page, page + 1)
                naive.populated.add(page)
        if step[0] != "free" or step[1] % 3 == 0:  # otherwise frees pile up before they are merged
            compare(fast, naive)
            assert fast.owner.pages == counted


@pytest.mark.parametrize("cls", [SignedAreaMap, OffsetAreaMap])
def test_notes_stay_right_in_a_long_aligned_fill(cls: type[AreaMapChunk]) -> None:
    """Holes that no aligned request can use, then pieces freed among them: every search must still find the first place."""
    fast, naive = make(cls, 1 << 16, -1, 1 << 16)
    live = []
    for round_ in range(6):
        while (offset := naive.alloc(92, 256)) >= 0:
            assert fast.take(92, 256) == offset
            live.append(offset)
        assert fast.take(92, 256) == -1
        compare(fast, naive)
        for size, align in ((40, 8), (72, 8), (164, 4)):
            for _ in range(20):
                offset = naive.alloc(size, align)
                assert fast.take(size, align) == offset
                live.append(offset)
        for offset in live[round_::3]:
            naive.release(offset)
            fast.release(offset)
        del live[round_::3]
        live = [offset for offset in live if offset >= 0]
        compare(fast, naive)


def test_freeing_twice_is_refused() -> None:
    fast, _ = make(OffsetAreaMap, 1 << 16, -1, 1 << 16)
    offset = fast.take(64, 8)
    fast.release(offset)
    with pytest.raises(KeyError):
        fast.release(offset)


@pytest.mark.parametrize(
    ("version", "held_back"), [("3.16", False), ("4.4.11", True), ("4.9.80", True), ("6.12", True)]
)
def test_early_boot_holds_the_worker_back_from_3_18_on(version: str, held_back: bool) -> None:  # noqa: FBT001 - from the table
    """percpu_enable_async came with the worker that populates; the older reclaim work is scheduled at any time."""
    allocator = Allocator(KernelVersion.parse(version), LAYOUT, async_enabled=False)
    pointers = [allocator.alloc(32768, 8) for _ in range(3)]
    for pointer in pointers:
        assert isinstance(pointer, int)
        allocator.free(pointer)
    assert bool(allocator.pending) is not held_back
    assert allocator.times_scheduled == (not held_back)


@pytest.mark.parametrize("version", ["3.10.105", "3.16", "4.4.11", "4.9.80"])
@pytest.mark.parametrize("seed", [1, 2])
def test_remembered_refusals_change_nothing(version: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dozens of chunks: passing over those known to refuse gives what trying each of them gives."""

    def run(skips_from: int) -> tuple[list[object], list[tuple[object, ...]], int]:
        monkeypatch.setattr(area_map_engine, "SKIPS_FROM", skips_from)
        skipped = 0
        allocator = Allocator(KernelVersion.parse(version), LAYOUT)
        source = random.Random(seed)  # noqa: S311 - the same script every time
        aligns = [4, 8, 64, 256, 256, 4096, 12 if version.startswith("3") else 16]
        kinds = [(source.choice([8, 40, 92, 700, 1500, 3000, 5000, 9000]), source.choice(aligns)) for _ in range(6)]
        live: list[int] = []
        results: list[object] = []
        for number in range(3000):
            if live and source.random() < 0.25:
                allocator.free(live.pop(source.randrange(len(live))))
            else:
                size, align = source.choice(kinds)
                pointer = allocator.alloc(size, align, source.choice([Gfp.KERNEL, Gfp.KERNEL, Gfp.NOWAIT]))
                results.append(pointer)
                if isinstance(pointer, int):
                    live.append(pointer)
            if not number % 50:
                allocator.run_pending()
                skipped += any(slot.skips for slot in allocator.lists[0])
        state: list[tuple[object, ...]] = [
            (
                chunk.index,
                chunk.list.number if chunk.list else None,
                chunk.raw_map(),
                chunk.contig_hint,
                chunk.map_alloc,
            )
            for chunk in allocator.chunks
            if isinstance(chunk, AreaMapChunk)
        ]
        return results, state, skipped

    *with_memory, skipped = run(8)
    *without, never = run(1 << 30)
    assert with_memory == without
    assert skipped > 0 == never
    assert len(without[1]) > 25


def asked(fast: AreaMapChunk, naive: NaiveMap, request: tuple[int, int], *, atomic: bool) -> int:
    """Make a request of both, and return the offset, -1 where there is none."""
    fast.settle()
    size, align = request
    expected = naive.alloc(size, align, atomic=atomic) if size <= naive.contig else -1
    search = fast.take_populated if atomic else fast.take
    assert (search(size, align) if size <= fast.contig_hint else -1) == expected
    compare(fast, naive)
    return expected


def test_atomic_searches_remember_where_nothing_fits() -> None:
    """Hundreds of holes too small once aligned, and some large enough without memory: the first place with memory is found each time."""
    fast, naive = make(OffsetAreaMap, 1 << 16, -1, 1 << 16)
    source = random.Random(4)  # noqa: S311 - the same script every time
    live = []
    for pages in ((0, 1, 2, 3, 6, 9), (4,), (11,), (12, 13)):
        for page in pages:
            fast.mark_populated(page, page + 1)
            naive.populated.add(page)
        while (offset := asked(fast, naive, (4, 16), atomic=True)) >= 0:
            live.append(offset)
        live.append(asked(fast, naive, (5000, 8), atomic=False))
        for _ in range(60):
            request = source.choice([(4, 16), (4, 8), (8, 16), (200, 64), (3000, 8)])
            live.append(asked(fast, naive, request, atomic=source.random() < 0.8))
        source.shuffle(live)
        for offset in live[:40]:
            if offset >= 0:
                naive.release(offset)
                fast.release(offset)
        live = [offset for offset in live[40:] if offset >= 0]
    assert fast.notes


@pytest.mark.parametrize("cls", [SignedAreaMap, OffsetAreaMap])
def test_the_hint_when_the_last_area_is_taken_from(cls: type[AreaMapChunk]) -> None:
    """A hole elsewhere stays known, though nothing was free at the end when the hint was made exact."""
    fast, naive = make(cls, 8192, -1, 8192)
    places = [asked(fast, naive, (size, 4), atomic=False) for size in (8, 500, 7172, 512)]
    for offset in (places[1], -1, places[3]):
        if offset < 0:
            assert asked(fast, naive, (600, 4), atomic=False) < 0
            continue
        naive.release(offset)
        fast.release(offset)
    assert asked(fast, naive, (100, 512), atomic=False) == 7680
    assert asked(fast, naive, (450, 4), atomic=False) == 8
