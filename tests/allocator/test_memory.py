"""RAM: watermarks seen in real kernels' memory reports, slab geometry, zones, and never more than there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.allocator.kernel_version import KernelVersion
from planner.allocator.memory import (
    Memory,
    list_batch,
    min_free_kib_of,
    parked_pages,
    slab_geometry,
    untouchable_pages,
    usable_parked_pages,
)


@pytest.mark.parametrize(
    ("lowmem_kib", "hugepages", "free_at_end"),
    [(468180, False, 1087), (475196, False, 1017), (502808, False, 1127), (863752, True, (41876 + 4048) // 4)],
)
def test_watermarks_of_real_runs(lowmem_kib: int, hugepages: bool, free_at_end: int) -> None:  # noqa: FBT001 - drawn
    """amd64-61, amd64-612 and i386 with 512 MiB, i386-4cpu-wq-unbound with 2 GiB: free pages when nothing more was given."""
    untouchable = untouchable_pages(lowmem_kib=lowmem_kib, hugepages=hugepages)
    assert free_at_end <= untouchable <= free_at_end * 1.12


def test_a_set_min_free_counts() -> None:
    assert untouchable_pages(lowmem_kib=468180, dma_kib=0, min_free_kib=8192) == 2048


@pytest.mark.parametrize(
    ("size", "geometry"),
    [(96, (42, 1)), (128, (32, 1)), (192, (21, 1)), (256, (16, 1)), (512, (16, 2)), (1024, (16, 4)), (4096, (8, 8))],
)
def test_slab_geometry(size: int, geometry: tuple[int, int]) -> None:
    """As /proc/slabinfo of a two-CPU machine shows it."""
    assert slab_geometry(size, page_size=4096, nr_cpus=2) == geometry


@given(size=st.integers(1, 8192), cpus=st.integers(1, 512))
def test_slabs_hold_what_they_say(size: int, cpus: int) -> None:
    objects, pages = slab_geometry(size, page_size=4096, nr_cpus=cpus)
    assert objects >= 1
    assert objects * size <= pages * 4096
    assert pages & (pages - 1) == 0


def test_min_free_with_transparent_hugepages() -> None:
    """i386-4cpu-wq-unbound, 2 GiB: 760 + 42032 kB of min watermarks, set before the initial RAM disk was freed."""
    assert 42792 <= min_free_kib_of(863752) <= 42792 * 1.005
    assert min_free_kib_of(863752, hugepages=False) == 3717


def test_parked_pages_by_version() -> None:
    pages = [
        parked_pages(KernelVersion.parse(text), lowmem_kib=460000, online_cpus=2) for text in ("3.10", "6.1", "6.12")
    ]
    batch = list_batch(460000)
    assert batch == 31
    assert pages == [6 * batch, 423, 423 + 32 * batch]


def test_parked_pages_of_a_real_zone() -> None:
    """i386-2cpu-256-256-512M: "high: 428" for each CPU of the Normal zone, 13 of the DMA zone."""
    assert 428 <= parked_pages(KernelVersion.parse("6.1"), lowmem_kib=502808, online_cpus=2) <= 428 + 2 * 13


def test_what_lists_give_and_keep() -> None:
    """Two batches on each CPU's list, half a batch left in the end; from 6.7 on six batches, and half of 32 left."""
    small, old, new = (KernelVersion.parse(text) for text in ("4.19", "6.1", "6.12"))
    assert list_batch(460000) == 31
    assert usable_parked_pages(small, lowmem_kib=460000) == 2 * 31 - 15
    assert usable_parked_pages(old, lowmem_kib=460000, online_cpus=4) == 4 * 2 * 31 - 15
    assert usable_parked_pages(new, lowmem_kib=460000, online_cpus=2) == 2 * 6 * 31 - 32 * 31 // 2
    # an eighth of so small a zone is less than what 128 CPUs would take at a time
    assert usable_parked_pages(new, lowmem_kib=460000, online_cpus=128) == 8 * 6 * 31 - 115000 // 8 // 128 // 2


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("pages"), st.integers(1, 40), st.booleans()),
        st.tuples(st.just("give"), st.integers(0, 50), st.booleans()),
        st.tuples(st.just("slab"), st.integers(1, 4096), st.integers(1, 30)),
    ),
    max_size=60,
)


@given(operations=OPERATIONS, low=st.integers(0, 300), high=st.integers(0, 200), reserve=st.integers(0, 40))
def test_never_more_than_there_is(operations, low: int, high: int, reserve: int) -> None:
    memory = Memory(lowmem=low, highmem=high, highmem_reserve=reserve)
    held: list[tuple[int, bool]] = []
    for kind, first, second in operations:
        before = (memory.lowmem, memory.highmem, memory.taken)
        if kind == "pages":
            if memory.take(first, highmem=second):
                held.append((first, second))
            else:
                assert (memory.lowmem, memory.highmem, memory.taken) == before
                assert first > (memory.room(highmem=second) or 0)
        elif kind == "give" and held:
            pages, highmem = held.pop(first % len(held))
            memory.give(pages, highmem=highmem)
        elif kind == "slab" and not memory.take_slab(first, second):
            assert (memory.lowmem, memory.highmem, memory.taken) == before
        assert memory.lowmem is not None
        assert memory.lowmem >= 0
        assert 0 <= memory.highmem <= high
        assert memory.lowmem + memory.highmem + memory.taken == low + high


@given(
    pages=st.integers(0, 50),
    sizes=st.lists(st.integers(8, 4096), max_size=4),
    low=st.integers(0, 2000),
    high=st.integers(0, 2000),
)
def test_cycles_are_certain(pages: int, sizes, low: int, high: int) -> None:
    """As many cycles as promised really fit, one by one."""
    memory = Memory(lowmem=low, highmem=high)
    for _ in range(min(memory.cycles(pages, [(size, 1) for size in sizes]), 500)):
        assert memory.take(pages, highmem=True)
        assert all(memory.take_slab(size) for size in sizes)


def test_without_a_limit_nothing_is_refused() -> None:
    memory = Memory()
    assert memory.take(1 << 40)
    assert memory.take_slab(4096, 1 << 30)
    assert memory.room(highmem=True) is None
    memory.give(1 << 40)


def test_highmem_serves_first_and_lowmem_keeps_its_reserve() -> None:
    memory = Memory(lowmem=100, highmem=50, highmem_reserve=30)
    assert memory.take(60, highmem=True)
    assert (memory.highmem, memory.lowmem) == (0, 90)
    assert not memory.take(61, highmem=True)
    assert memory.take(61)
    memory.give(60, highmem=True)
    assert (memory.highmem, memory.lowmem) == (50, 39)
