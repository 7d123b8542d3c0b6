"""A free run of which the kernel knows only a part: what it then does is seen in a trace of a real 6.12 (tests/real)."""

import pytest

from planner.allocator.allocator import Allocator
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout

STATIC = 8192
LAYOUT = Layout(
    bits=64,
    page_size=4096,
    static=STATIC,
    reserved=0,
    dynamic=28672,
    unit_size=36864,
    atom_size=4096,
    alloc_size=36864,
    nr_cpus=1,
    groups=(Group(0, (0,)),),
)


@pytest.mark.parametrize("version", ["5.4.286", "6.12"])
def test_contig_run_cut_short_by_a_scan_run(version: str) -> None:
    """Two holes of 12 bytes tie; the block's refresh then starts behind the second, inside a longer run, and a free believes it."""
    allocator = Allocator(KernelVersion.parse(version), LAYOUT)

    def place(size: int, align: int) -> int:
        pointer = allocator.alloc(size, align)
        assert isinstance(pointer, int)
        assert allocator.locate(pointer)[0] == 0
        return pointer

    def offset(pointer: int) -> int:
        return allocator.locate(pointer)[1] - STATIC

    place(1332, 4)
    assert offset(place(1708, 64)) == 1344
    assert offset(place(820, 8)) == 3056
    first, second = place(608, 16), place(1688, 8)
    assert offset(first) == 3888
    allocator.free(first)
    allocator.free(second)
    across = place(1268, 64)
    assert offset(across) == 3904
    place(956, 8)
    allocator.free(across)
    assert offset(place(1168, 4)) == 3888, "3876 is free too, but the block's record says 3888"
