"""Bitmap placement against a naive second opinion: after every operation all state is equal, whatever the order of things."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator import bitmap_chunk, bitmap_moves
from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.bitmap_block import Block
from planner.allocator.bitmap_packed import PackedBlocks, pack, unpack
from planner.allocator.bitmap_plain import PlainBlock
from planner.allocator.engines import ENGINES
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.request import Gfp
from tests.allocator.bitmap_reference_engine import NaiveScanHintEngine
from tests.allocator.bitmap_reference_plain import NaiveBitmapEngine

PAGE = 4096
VERSIONS = ("4.14", "4.19.95", "5.1", "5.4.286", "5.9.1", "5.12.9", "5.14", "6.1.176", "6.12.95", "6.18.35")
REQUEST_SIZES = (1, 4, 8, 12, 20, 24, 40, 64, 100, 172, 256, 1000, 2288, 3000, 4096, 5000, 9001, 20000, 32768)
REQUEST_ALIGNS = (1, 4, 8, 8, 16, 64, 256, 1024, 4096)
UNITS = (32768, 36864, 65536, 262144, 1 << 20)


@contextmanager
def naive() -> Iterator[None]:
    """Make allocators with the naive engines."""
    before = dict(ENGINES)
    ENGINES.update({"scan hints": NaiveScanHintEngine, "bitmap": NaiveBitmapEngine})
    try:
        yield
    finally:
        ENGINES.update(before)


def layout_of(unit: int, static: int, reserved: int) -> Layout:
    total = 32768 if unit < 40000 else -(-(static + reserved + 20000) // PAGE) * PAGE
    return Layout(
        bits=64,
        page_size=PAGE,
        static=static,
        reserved=reserved,
        dynamic=total - static - reserved,
        unit_size=unit,
        atom_size=PAGE,
        alloc_size=unit,
        nr_cpus=1,
        groups=(Group(0, (0,)),),
    )


def pair(version: str, layout: Layout, limit: int) -> tuple[Allocator, Allocator]:
    parsed = KernelVersion.parse(version)
    with naive():
        opinion = Allocator(parsed, layout, CountedBacking(max_chunks=limit), memcg=True)
    return Allocator(parsed, layout, CountedBacking(max_chunks=limit), memcg=True), opinion


def chunk_state(chunk: Any) -> tuple[object, ...]:
    on = chunk.list.number if chunk.list is not None else None
    figures = (chunk.index, chunk.slot, on, chunk.free_bytes, chunk.nr_empty_pop_pages, chunk.populated, chunk.isolated)
    return (*figures, chunk.record(), list(chunk.blocks()), chunk.areas(), chunk.runs(), chunk.nr_alloc)


def state(allocator: Allocator) -> list[object]:
    chunks = [chunk_state(chunk) for chunk in allocator.chunks]
    if allocator.reserved_chunk is not None:
        chunks.append(chunk_state(allocator.reserved_chunk))
    return [*chunks, allocator.empty, allocator.pending, allocator.nr_populated, allocator.stats]


@st.composite
def scripts(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Draw operations: (0, victim) frees, (1,) runs the worker, (2, size, align, gfp, reserved, accounted) allocates."""
    sizes = st.sampled_from(draw(st.lists(st.sampled_from(REQUEST_SIZES), min_size=1, max_size=6)))
    aligns = st.sampled_from(draw(st.lists(st.sampled_from(REQUEST_ALIGNS), min_size=1, max_size=4)))
    gfp = st.sampled_from((Gfp.KERNEL, Gfp.KERNEL, Gfp.KERNEL, Gfp.NOWAIT, Gfp.NOFS))
    rare = st.integers(0, 9).map(lambda n: int(n == 0))
    allocate = st.tuples(st.just(2), sizes, aligns, gfp, rare, rare)
    free = st.tuples(st.just(0), st.integers(0, 1 << 16))
    balance = st.just((1,))
    often = draw(st.sampled_from(((allocate, free), (allocate, allocate, free), (allocate, free, free, allocate))))
    return draw(st.lists(st.one_of(*often, *often, *often, balance), min_size=1, max_size=120))


@settings(max_examples=60, deadline=None)
@given(
    version=st.sampled_from(VERSIONS),
    unit=st.sampled_from(UNITS),
    static=st.sampled_from((30, 4096, 8192, 12000)),
    reserved=st.sampled_from((0, 1024, 4096)),
    steps=st.sampled_from((1, 2, 8)),
    script=scripts(),
    repeats=st.integers(1, 4),
)
def test_same_as_naive(  # noqa: PLR0917
    version: str, unit: int, static: int, reserved: int, steps: int, script: list[tuple[int, ...]], repeats: int
) -> None:
    fast, opinion = pair(version, layout_of(unit, static, reserved), limit=5)
    live: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bitmap_chunk, "DIRECT_STEPS", steps)
        patch.setattr(bitmap_moves, "DIRECT_REGIONS", steps)
        for operation in script * repeats:
            if operation[0] == 2:
                results = [each.alloc(*operation[1:], nowarn=True) for each in (fast, opinion)]
                assert results[0] == results[1]
                if isinstance(results[0], int):
                    live.append(results[0])
            elif operation[0] == 1:
                assert fast.balance() == opinion.balance()
            elif live:
                victim = live.pop(operation[1] % len(live))
                fast.free(victim)
                opinion.free(victim)
            assert fast.pending == opinion.pending
        assert state(fast) == state(opinion)


CHURNS = {
    "small": ((4, 8, 12, 16, 20, 24, 40, 64), (1, 4, 8, 16, 64), 49),
    "holes": ((92, 256, 300), (8, 256), 45),
    "mixed": (REQUEST_SIZES[:13], REQUEST_ALIGNS, 47),
    "pages": ((2288, 3000, 4096, 9001), (8, 64, 4096), 48),
}
"""Sizes, alignments, and how many steps of a hundred free."""


@pytest.mark.parametrize("version", ["4.19.95", "5.4.286", "6.12.95"])
@pytest.mark.parametrize("churn", CHURNS)
@pytest.mark.parametrize(("unit", "steps"), [(36864, 8), (262144, 1), (1 << 20, 2)])
def test_long_churn(version: str, churn: str, unit: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of steps, so that holes, ties and hints of every kind come up; the index asked at once, early or late."""
    monkeypatch.setattr(bitmap_chunk, "DIRECT_STEPS", steps)
    monkeypatch.setattr(bitmap_moves, "DIRECT_REGIONS", steps)
    fast, opinion = pair(version, layout_of(unit, 8192, 0), limit=6)
    sizes, aligns, frees = CHURNS[churn]
    source = random.Random(f"{version} {churn} {unit}")  # noqa: S311 - a script that can be repeated
    live: list[int] = []
    for step in range(2500):
        if source.randrange(100) < frees - (30 if step < 800 else 0) and live:
            victim = live.pop(source.randrange(len(live)))
            fast.free(victim)
            opinion.free(victim)
        else:
            size, align = source.choice(sizes), source.choice(aligns)
            pointer = fast.alloc(size, align, nowarn=True)
            assert pointer == opinion.alloc(size, align, nowarn=True)
            if isinstance(pointer, int):
                live.append(pointer)
        if fast.pending:
            assert opinion.pending
            assert fast.balance() == opinion.balance()
        if step % 50 == 0:
            assert state(fast) == state(opinion)


RUNS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=0, max_size=30)


@given(
    kind=st.sampled_from((Block, PlainBlock)), runs=RUNS, record=st.lists(st.integers(0, 256), min_size=7, max_size=7)
)
def test_packed_block_comes_back(kind: type[Block], runs: list[tuple[int, int]], record: list[int]) -> None:
    block = kind(1024)
    block.starts, block.lens, block.sizes = [], [], {}
    position = 0
    for hole, area in runs:
        block.starts.append(position)
        block.lens.append(hole)
        block.sizes[position + hole] = area
        position += hole + area
    fields = ("contig", "contig_start", "scan", "scan_start", "left", "right", "first_free")
    for name, value in zip(fields, record, strict=True):
        setattr(block, name, value)
    twin = unpack(pack(block), kind)
    assert type(twin) is kind
    assert (twin.starts, twin.lens, twin.sizes, twin.record()) == (
        block.starts,
        block.lens,
        block.sizes,
        block.record(),
    )
    assert [getattr(twin, name) for name in fields] == record


def refreshed_one_by_one(block: Block, width: int) -> tuple[int, ...]:
    """Refresh as the kernel does: learn every run from the scan run's end, or the first free place, on."""
    start = block.first_free
    block.right = 0
    if block.scan:
        start = block.scan_start + block.scan
        block.contig, block.contig_start, block.scan = block.scan, block.scan_start, 0
    else:
        block.contig = 0
    for run, length in zip(block.starts, block.lens, strict=True):
        if run + length > start:
            block.learn(max(run, start), run + length, width)
    return block.record()


@settings(max_examples=400)
@given(runs=RUNS, data=st.data())
def test_refresh_of_a_block(runs: list[tuple[int, int]], data: st.DataObject) -> None:
    """Whatever the scan hint says, be it but a part of a free run."""
    block = Block(1024)
    position = data.draw(st.integers(0, 3))
    block.starts, block.lens = [], []
    for hole, area in runs:
        block.starts.append(position)
        block.lens.append(hole)
        position += hole + area
    if runs and data.draw(st.booleans()):
        block.lens[-1] = 1024 - block.starts[-1]
    block.first_free = block.starts[0] if runs else 1024
    if runs and data.draw(st.booleans()):
        k = data.draw(st.integers(0, len(runs) - 1))
        at = data.draw(st.integers(0, block.lens[k] - 1))
        block.scan_start, block.scan = block.starts[k] + at, data.draw(st.integers(1, block.lens[k] - at))
    block.contig, block.contig_start = 5, data.draw(st.integers(0, 1023))
    twin = block.copy()
    block.refresh(1024)
    assert block.record() == refreshed_one_by_one(twin, 1024)


BEFORE = [(0, 16), (4, 12), (8, 8), (0, 5), (3, 4)]
AFTER = [(32, 16), (32, 9), (32, 1), (33, 15)]


@pytest.mark.parametrize(
    ("contig_start", "contig", "neighbours"),
    [(*run, name) for name, runs in (("before", BEFORE), ("after", AFTER), ("both", BEFORE + AFTER)) for run in runs],
)
def test_free_believes_the_contig_run(contig_start: int, contig: int, neighbours: str) -> None:
    """An area between free runs of which the block's record knows one, or but a part of one."""
    fast, opinion = pair("6.12.95", layout_of(36864, 8192, 0), limit=2)
    before, middle, after, last = [fast.alloc(64, 4) for _ in range(4)]
    assert [opinion.alloc(64, 4) for _ in range(4)] == [before, middle, after, last]
    freed = {"before": [before], "after": [after], "both": [before, after]}[neighbours]
    for pointer in freed:
        fast.free(pointer)  # type: ignore[arg-type] # they fit
        opinion.free(pointer)  # type: ignore[arg-type] # they fit
    chunk: Any = fast.first_chunk
    block = chunk.own(0)
    block.contig, block.contig_start = contig, contig_start
    other: Any = opinion.first_chunk
    other.contig[0], other.contig_start[0] = contig, contig_start
    fast.free(middle)  # type: ignore[arg-type] # they fit
    opinion.free(middle)  # type: ignore[arg-type] # they fit
    assert chunk.blocks()[0] == tuple(other.blocks()[0])


def test_idle_chunks_are_packed_and_come_back() -> None:
    """Filling many chunks packs the idle ones; freeing in them later gives what the naive engine gives."""
    fast, opinion = pair("6.12.95", layout_of(32768, 8192, 0), limit=200)
    pointers = []
    for number in range(110 * 8):
        size = 4096 if number % 8 else 3000
        pointers.append(fast.alloc(size, 8))
        assert pointers[-1] == opinion.alloc(size, 8)
    packed = [chunk for chunk in fast.chunks if isinstance(chunk.page_blocks, PackedBlocks)]  # type: ignore[attr-defined]
    assert len(packed) > 30
    assert len({id(chunk.page_blocks.packed) for chunk in packed}) < len(packed)  # type: ignore[attr-defined]
    assert state(fast) == state(opinion)
    for pointer in pointers[::3]:
        assert isinstance(pointer, int)
        fast.free(pointer)
        opinion.free(pointer)
    for _ in range(200):
        assert fast.alloc(1000, 64) == opinion.alloc(1000, 64)
    assert state(fast) == state(opinion)


def test_touched_chunks_are_packed_again() -> None:
    fast, _opinion = pair("6.12.95", layout_of(32768, 8192, 0), limit=200)
    pointers = [fast.alloc(4096, 4096) for _ in range(110 * 8)]
    chunk: Any = next(chunk for chunk in fast.chunks if isinstance(chunk.page_blocks, PackedBlocks))  # type: ignore[attr-defined]
    victim = next(
        pointer for pointer in pointers if isinstance(pointer, int) and fast.locate(pointer)[0] == chunk.index
    )
    before = chunk.page_blocks.packed
    fast.free(victim)
    assert chunk.page_blocks.touched
    chunk.page_blocks.repack()
    assert not chunk.page_blocks.touched
    assert chunk.page_blocks.packed != before
    assert (fast.locate(victim)[1], 4096) not in chunk.areas()


def test_no_walk_past_chunks_known_too_small() -> None:
    """A list with many chunks too small for a request remembers so, and forgets it of a chunk that changes."""
    fast, opinion = pair("6.12.95", layout_of(65536, 8192, 0), limit=200)
    pointers = [fast.alloc(3000, 8) for _ in range(22 * 60)]
    assert [opinion.alloc(3000, 8) for _ in range(22 * 60)] == pointers
    rows = [row for row in fast.lists[0] if row.skips]
    assert rows
    assert all(chunk.skipped for row in rows for chunk in list(row)[:10])
    for number, pointer in enumerate(pointers):
        if number % 7 == 0 and isinstance(pointer, int):
            fast.free(pointer)
            opinion.free(pointer)
        size = (3000, 2900, 2600, 700)[number % 4]
        assert fast.alloc(size, 8) == opinion.alloc(size, 8)
    assert state(fast) == state(opinion)
