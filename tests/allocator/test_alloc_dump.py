"""The pcpu-alloc lines: widths, dashes, allocations a line."""

import pytest

from planner.allocator.alloc_dump import dump_lines
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.unit_layout import Setup, Sizes, build_layout

MIB = 1 << 20


def lines(static, cpus, *, nodes=1, atom=2 * MIB, reserved=8192, dynamic=28672, page=4096):
    per_node = -(-len(cpus) // nodes)
    setup = Setup(
        version=KernelVersion.parse("6.1"),
        bits=64,
        page_size=page,
        cpus=cpus,
        sizes=Sizes(static=static, reserved=reserved, dynamic=dynamic),
    )
    order = {cpu: index // per_node for index, cpu in enumerate(cpus)}
    return dump_lines(build_layout(setup, atom, lambda a, b: 10 if order[a] == order[b] else 20))


def test_one_node():
    assert lines(184320, range(4)) == [
        "pcpu-alloc: s184320 r8192 d28672 u524288 alloc=1*2097152",
        "pcpu-alloc: [0] 0 1 2 3 ",
    ]


def test_unused_units_are_dashes_as_wide_as_a_cpu_number():
    assert lines(180224, range(6))[1:] == ["pcpu-alloc: [0] 0 1 2 3 4 5 - - "]
    assert lines(221184, range(12), nodes=2)[1:] == [
        "pcpu-alloc: [0] 00 01 02 03 04 05 -- -- [1] 06 07 08 09 10 11 -- -- "
    ]


def test_as_many_allocations_a_line_as_a_power_of_two_fits():
    found = lines(188416, range(48), nodes=2)[1:]
    assert len(found) == 3
    assert found[0] == "pcpu-alloc: [0] 00 01 02 03 04 05 06 07 [0] 08 09 10 11 12 13 14 15 "


def test_page_sized_atoms():
    assert lines(61440, range(4), atom=4096, dynamic=20480) == [
        "pcpu-alloc: s61440 r8192 d20480 u90112 alloc=22*4096",
        "pcpu-alloc: [0] 0 [0] 1 [0] 2 [0] 3 ",
    ]


def test_64k_pages():
    assert lines(131072, range(8), atom=65536, page=65536)[0] == (
        "pcpu-alloc: s131072 r8192 d57344 u196608 alloc=3*65536"
    )


def test_one_unit_an_allocation():
    assert lines(1048576, range(2))[1:] == ["pcpu-alloc: [0] 0 [0] 1 "]


@pytest.mark.parametrize("count", [9, 10, 99, 100])
def test_the_number_of_cpus_not_the_highest_one_sets_the_width(count):
    """Sparse numbers wider than the count are printed whole."""
    sparse = [*range(count - 1), 1000]
    width = len(str(count))
    text = "".join(lines(61440, sparse, atom=4096)[1:])
    assert f"[0] {0:0{width}d} " in text
    assert "[0] 1000 " in text


def test_every_line_ends_in_a_blank():
    assert all(line.endswith(" ") for line in lines(188416, range(200), nodes=4)[1:])
