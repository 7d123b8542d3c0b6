"""Packing idle chunks with area maps changes nothing but the memory they take."""

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.allocator import area_map_pack, bitmap_packed
from planner.allocator.allocator import Allocator
from planner.allocator.area_map_pack import bundled, unbundle
from planner.allocator.area_map_state import AreaMapState
from planner.allocator.kernel_version import KernelVersion
from tests.allocator.fill_state import allocator_state, differences
from tests.allocator.test_fill import layout

SIZES = (4, 8, 8, 16, 24, 40, 100, 256, 1000, 4096)


def churned(version: str, sizes: tuple[int, ...]) -> Allocator:
    """Fill 105 chunks, free a third, and place again: chunks are packed, taken apart and packed again."""
    source = random.Random(5)  # noqa: S311 - the same script every time
    allocator = Allocator(KernelVersion.parse(version), layout(32768))
    live: list[int] = []
    for chunks in (70, 105):
        while allocator.created < chunks:
            pointer = allocator.alloc(source.choice(sizes), source.choice((4, 8, 64)))
            assert isinstance(pointer, int)
            live.append(pointer)
            allocator.run_pending()
        source.shuffle(live)
        for pointer in live[: len(live) // 3]:
            allocator.free(pointer)
        del live[: len(live) // 3]
        allocator.run_pending()
    for _ in range(600):
        assert isinstance(allocator.alloc(source.choice(sizes), 8), int)
    return allocator


@pytest.mark.parametrize("sizes", [SIZES, (64,), (256, 8)], ids=["mix", "equal", "two"])
@pytest.mark.parametrize("version", ["3.2", "4.9"])
def test_packing_is_not_seen(monkeypatch: pytest.MonkeyPatch, version: str, sizes: tuple[int, ...]) -> None:
    packed = churned(version, sizes)
    monkeypatch.setattr(area_map_pack, "SWEEP_EVERY", 1 << 40)
    loose = churned(version, sizes)
    assert not any(chunk.packed for chunk in loose.chunks if isinstance(chunk, AreaMapState))
    assert differences(allocator_state(packed), allocator_state(loose)) == []


@pytest.mark.parametrize("version", ["3.2", "4.9"])
def test_idle_chunks_are_packed_once(version: str) -> None:
    """Chunks alike share what is packed; a packed chunk answers as before, and takes little memory."""
    allocator = Allocator(KernelVersion.parse(version), layout(32768))
    sizes = (24, 40, 64) * 200
    number = 0
    tracemalloc.start()
    while allocator.created < 150:
        allocator.alloc(sizes[number % 600], 8)
        number += 1
        allocator.run_pending()
    taken, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    chunks = [chunk for chunk in allocator.chunks if isinstance(chunk, AreaMapState) and chunk.bundle]
    assert len(chunks) > 80
    assert len({id(chunk.bundle) for chunk in chunks}) < len(chunks)
    assert all(chunk.nr_alloc == len(chunk.areas()) for chunk in chunks)
    assert chunks[0].map_used == chunks[0].nr_alloc + len(chunks[0].starts) - 1
    assert taken < 6_500_000  # area by area they would take more than 8 MB
    with pytest.raises(KeyError):
        allocator.free(allocator.pointer(chunks[0].index, 4))


@given(st.dictionaries(st.integers(0, 1 << 21), st.integers(1, 1 << 16), max_size=80))
def test_a_bundle_holds_every_area(areas: dict[int, int]) -> None:
    bundle = bundled(areas)
    assert unbundle(bundle) == areas
    assert list(unbundle(bundle)) == sorted(areas)


@pytest.mark.parametrize("version", ["3.2", "4.9", "4.19", "6.12"])
def test_chunks_taken_apart_are_packed_again_where_they_are_many(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """Random frees take packed chunks apart; with a low bound they are packed again meanwhile, and nobody sees it but the memory."""
    states, taken = [], []
    for bound in (1 << 40, 40):
        for module in (area_map_pack, bitmap_packed):
            monkeypatch.setattr(module, "MOST_LOOSE", bound)
            monkeypatch.setattr(module, "SWEEP_EVERY_PARTED", 4)
        source = random.Random(8)  # noqa: S311 - the same script every time
        allocator = Allocator(KernelVersion.parse(version), layout(32768))
        live: list[int] = []
        tracemalloc.start()
        while allocator.created < 110:
            pointer = allocator.alloc(source.choice(SIZES), 8)
            assert isinstance(pointer, int)
            live.append(pointer)
            allocator.run_pending()
        live = live[: len(live) // 2]
        for pointer in live[:: len(live) // 300]:  # from one chunk to the next, so that those before rest
            allocator.free(pointer)
        live.clear()
        taken.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        states.append(allocator_state(allocator))
    assert differences(*states) == []
    assert taken[1] < taken[0] * 0.9
