"""Counts that paper and pencil give: 32-bit x86 with nothing in its vmalloc space but ``used``, one kind of object.

A chunk takes its units' pages from the top and, from the bottom, every piece of metadata above a page with a guard page behind it;
it fits as long as both fit into what is left. From the sizes alone: no part of the model is asked.
"""

import pytest

from planner.allocator.request import Failure
from planner.capacity import fits_of
from planner.capacity.machine import boot
from planner.plugin.manager import PluginManager
from planner.profile import load_text

PAGE, MIB = 4096, 1 << 20
STATIC, RESERVE, EARLY = 104276, 28 << 10, 12 << 10

PROFILE = """
schema = 1
[system]
name = "i386"
arch = "x86"
bits = 32
kernel = "6.1.176-686-pae"
[cpus]
possible = {cpus}
[memory]
ram = "4GiB"
used = "64MiB"
[percpu]
static = {static}
in_use = 0
alloc = "{alloc}"
[boot]
cmdline = "{cmdline}"
[vmalloc]
used = "{used}"
[[consumer]]
kind = "raw"
name = "it"
size = {size}
align = {align}
count = 0
"""


def pages(size: int) -> int:
    return -(-size // PAGE)


def by_hand(*, cpus: int, vmalloc: int, used: int, size: int, align: int, kmem: bool, page: bool) -> int:
    """How many objects of ``size`` bytes, a multiple of 4, fit: those of the first chunk and those of whole chunks."""
    unit = pages(STATIC + (EARLY if page else RESERVE)) * PAGE
    bits = unit // 4
    pieces = [bits // 8, (bits + 32) // 32 * 4, unit // PAGE * 32, unit if kmem else 0]
    meta = sum((pages(piece) + 1) * PAGE for piece in pieces if piece > PAGE)
    # the first population makes an array of pointers to all pages, once and for good
    array = cpus * unit // PAGE * 4
    once = (pages(array) + 1) * PAGE if array > PAGE else 0
    early = cpus * unit if page else 0
    chunks = (vmalloc - pages(used) * PAGE - early - once) // (cpus * unit + meta)
    step = -(-size // align) * align
    start = -(-STATIC // align) * align
    in_first = (unit - start - size) // step + 1 if unit - start >= size else 0
    return in_first + chunks * ((unit - size) // step + 1)


@pytest.mark.parametrize("how", ["", "nokmem", "page"])
@pytest.mark.parametrize(("size", "align"), [(256, 256), (92, 4), (1024, 64), (4096, 4096), (32768, 4096)])
@pytest.mark.parametrize(("cpus", "vmalloc"), [(1, 64), (2, 100), (3, 128), (8, 64), (8, 256), (32, 300)])
def test_whole_chunks(cpus: int, vmalloc: int, size: int, align: int, how: str) -> None:
    manager = PluginManager(entry_points=())
    kmem, page = how != "nokmem", how == "page"
    words = f"vmalloc={vmalloc}M" + ("" if kmem else " cgroup.memory=nokmem")
    text = PROFILE.format(
        cpus=cpus,
        static=STATIC,
        alloc="page" if page else "auto",
        cmdline=words,
        used="1MiB",
        size=size,
        align=align,
    )
    expected = by_hand(cpus=cpus, vmalloc=vmalloc * MIB, used=MIB, size=size, align=align, kmem=kmem, page=page)
    assert fits_of(load_text(text, manager), manager, "it") == expected


@pytest.mark.parametrize("whole", [0, 1, 7])
@pytest.mark.parametrize(("cpus", "vmalloc"), [(2, 100), (3, 64), (8, 256)])
def test_what_one_kind_leaves_to_another(cpus: int, vmalloc: int, whole: int) -> None:
    """Objects of 256 bytes fill the first chunk and ``whole`` others to the last byte; pages then have the rest to themselves."""
    manager = PluginManager(entry_points=())
    unit = pages(STATIC + RESERVE) * PAGE
    first = (unit - -(-STATIC // 256) * 256) // 256
    text = PROFILE.format(
        cpus=cpus, static=STATIC, alloc="auto", cmdline=f"vmalloc={vmalloc}M", used="1MiB", size=4096, align=4096
    )
    text += f"""
[[consumer]]
kind = "raw"
name = "small"
size = 256
align = 256
count = {first + whole * (unit // 256)}
"""
    sizes = {"cpus": cpus, "vmalloc": vmalloc * MIB, "used": MIB, "kmem": True, "page": False}
    chunks = (by_hand(**sizes, size=256, align=256) - first) // (unit // 256)
    assert fits_of(load_text(text, manager), manager, "it") == (chunks - whole) * (unit // PAGE)


@pytest.mark.parametrize(("cpus", "size"), [(3, 4096), (8, 1024)])
def test_fill_free_all_fill_again(cpus: int, size: int) -> None:
    """As many the second and the third time: the worker gives the chunks back, and a search that fails purges their addresses."""
    manager = PluginManager(entry_points=())
    text = PROFILE.format(
        cpus=cpus, static=STATIC, alloc="auto", cmdline="vmalloc=64M", used="1MiB", size=size, align=size
    )
    allocator, _backing = boot(load_text(text, manager), manager).start()
    sizes = {"cpus": cpus, "vmalloc": 64 * MIB, "used": MIB, "kmem": True, "page": False}
    expected = by_hand(**sizes, size=size, align=size)
    for _ in range(3):
        pointers: list[int] = []
        while not isinstance(got := allocator.alloc(size, size), Failure):
            pointers.append(got)
            allocator.run_pending()
        assert len(pointers) == expected
        for pointer in pointers:
            allocator.free(pointer)
            allocator.run_pending()
