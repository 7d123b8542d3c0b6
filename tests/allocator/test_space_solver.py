"""Solving for the space in others' hands: the very range, checked against every value, and the two machines of the question."""

import pytest

from planner.allocator.address_space import AddressSpace, SpaceRules
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.machine import MachineBacking
from planner.allocator.space_solver import ChunkCycle, chunks_that_fit, used_for_chunks

PAGE = 4096
MIB = 1 << 20
RANGE = 120 * MIB


def layout(unit: int, cpus: int) -> Layout:
    return Layout(
        bits=32,
        page_size=PAGE,
        static=31616,
        reserved=0,
        dynamic=unit - 31616,
        unit_size=unit,
        atom_size=PAGE,
        alloc_size=unit,
        nr_cpus=cpus,
        groups=(Group(0, tuple(range(cpus))),),
    )


def machine(version: str, unit: int, cpus: int, used: int, size: int = RANGE) -> MachineBacking | None:
    if used >= size:
        return None
    kernel = KernelVersion.parse(version)
    rules = SpaceRules.of(kernel, page_size=PAGE, online_cpus=cpus)
    start = 0xF7BFE000
    areas = [(start, used)] if used else []
    space = AddressSpace(start, start + size, rules, areas)
    return MachineBacking(kernel, layout(unit, cpus), space, page_array=True)


@pytest.mark.parametrize("version", ["3.2.0-51-generic", "4.9", "6.1.176"])
@pytest.mark.parametrize("chunks", [1, 7, 20])
def test_range_is_exact(version: str, chunks: int) -> None:
    """Every value of a small space, one by one: those that give the count are the range that bisection finds."""
    size = 4 * MIB
    cycle = ChunkCycle(maps=((64, 2048),) if version < "4.14" else ())

    def build(used: int) -> MachineBacking | None:
        return machine(version, 53248, 2, used, size)

    right = []
    for used in range(0, size, PAGE):
        made = build(used)
        assert made is not None
        if chunks_that_fit(made, cycle) == chunks:
            right.append(used)
    found = used_for_chunks(build, chunks, cycle, largest=size, step=PAGE)
    assert found == ((right[0], right[-1]) if right else None)
    assert right == list(range(right[0], right[-1] + 1, PAGE)) if right else True


def test_the_answerers_machine() -> None:
    """Ubuntu 3.2.0-51, i386, 2 CPUs, u53248: 198,634 workqueues of 92@256 need 955 chunks of 208, so others held about 23 MiB of 120.

    The maps of 416 entries (an area and a hole for each queue) take 2048 bytes: from kmalloc, no address space.
    """
    assert -(-198634 // 208) == 955
    found = used_for_chunks(
        lambda used: machine("3.2.0-51-generic", 53248, 2, used),
        955,
        ChunkCycle(pages=26, maps=((64, 128), (128, 256), (256, 512), (512, 1024), (1024, 2048))),
        largest=RANGE,
        step=PAGE,
    )
    assert found is not None
    low, high = found
    assert (low, high) == (RANGE - 956 * 106496 + PAGE, RANGE - 955 * 106496)
    assert 22.9 * MIB < low < high < 23.1 * MIB


@pytest.mark.parametrize(("cpus", "queues"), [(2, 245_728), (4, 122_752), (8, 61_376)])
def test_the_askers_machine_has_four_cpus_if_it_has_32_bits(cpus: int, queues: int) -> None:
    """3.10 with a unit of 14 pages, 224 queues of 256@256 a chunk: 120 MiB hold "about 100,000" with 4 CPUs, not with 2 or 8."""
    built = machine("3.10", 57344, cpus, 0)
    assert built is not None
    assert chunks_that_fit(built, ChunkCycle(pages=14 * cpus, maps=((64, 1024),))) * 224 == queues


def test_no_value_gives_more_than_an_empty_space() -> None:
    assert (
        used_for_chunks(lambda used: machine("6.1", 53248, 2, used, MIB), 99, ChunkCycle(), largest=MIB, step=PAGE)
        is None
    )


def test_counts_that_do_not_fall_are_refused() -> None:
    """A machine that has more the more is used: no range can be told."""

    def odd(used: int) -> MachineBacking | None:
        return machine("6.1", 53248, 2, 3 * MIB if used < MIB // 2 else 0, 4 * MIB)

    with pytest.raises(ValueError, match="does not always"):
        used_for_chunks(odd, 10, ChunkCycle(), largest=MIB, step=PAGE)
