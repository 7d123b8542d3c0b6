"""A profile's captured state: percpu_stats alone, areas in the list or not, states that are none of this machine."""

import pytest

from planner.capacity import EvaluationError, fits_of
from planner.capacity.machine import boot
from planner.plugin.manager import PluginManager
from planner.profile.load import load_text

HEAD = """
schema = 1
[system]
name = "own i386"
arch = "x86"
bits = 32
kernel = "6.1.176"
[cpus]
possible = 4
[percpu]
static = 87564
boot_log = "percpu: Embedded 29 pages/cpu s87564 r0 d31220 u118784"
[config]
X86_PAE = "y"
"""
CONSUMER = """
[[consumer]]
kind = "raw"
name = "it"
size = 256
align = 256
count = 0
"""
FIRST = """
[[state.chunk]]
kind = "first"
stats = { free_bytes = 22804, contig_bytes = 22784, first_bit = 2235, sum_frag = 20, empty_pop_pages = 5 }
"""
DYNAMIC = """
[[state.chunk]]
kind = "dynamic"
stats = { free_bytes = 118784, contig_bytes = 118784, first_bit = 0, sum_frag = 0, empty_pop_pages = 3 }
"""


@pytest.fixture(scope="module")
def manager() -> PluginManager:
    return PluginManager()


def start(text: str, manager: PluginManager):
    return boot(load_text(HEAD + text + CONSUMER, manager), manager).start()


def test_percpu_stats_alone(manager: PluginManager) -> None:
    """The figures of ppgt-i386-flat4-wq: the largest run lies at the end, since no fragment holds it."""
    allocator, _backing = start("[state]\nempty_populated_pages = 5\n" + FIRST, manager)
    first = allocator.first_chunk
    assert first.free_bytes == 22804
    assert (first.md_contig, first.md_contig_start, first.md_first_free) == (5696, 2496, 2235)
    assert allocator.nr_empty_pop_pages == 5


def test_chunks_that_no_list_shows_take_their_space_now(manager: PluginManager) -> None:
    _allocator, fresh = start("", manager)
    allocator, backing = start("[state]\nempty_populated_pages = 8\n" + FIRST + DYNAMIC, manager)
    assert backing.chunks == 1
    assert backing.space is not None
    assert fresh.space is not None
    assert fresh.space.free_bytes - backing.space.free_bytes == 4 * 118784 + 122880
    (dynamic,) = [chunk for chunk in allocator.chunks if not chunk.immutable]
    assert (dynamic.populated, dynamic.nr_empty_pop_pages) == (0b111, 3)
    assert allocator.nr_populated == 29 + 3


def test_chunks_in_the_list_are_adopted_with_their_metadata(manager: PluginManager) -> None:
    areas = """
[[vmalloc.area]]
start = 0xf77fe000
size = 122880
caller = "pcpu_mem_zalloc+0x2b/0x50 pages=29 vmalloc"
[[vmalloc.area]]
start = 0xfef8a000
size = 475136
caller = "pcpu_get_vm_areas+0x0/0xde0 vmalloc"
[state]
empty_populated_pages = 8
"""
    allocator, backing = start(areas + FIRST + DYNAMIC, manager)
    assert sorted(backing.areas()) == [
        (0xF77FE000, 122880, "object vector"),
        (0xFEF8A000, 475136, "areas"),
    ]
    (dynamic,) = [chunk for chunk in allocator.chunks if not chunk.immutable]
    assert dynamic.base == 0xFEF8A000
    allocator.destroy_chunk(dynamic)
    assert backing.chunks == 0
    assert backing.space is not None
    assert backing.space.lazy_bytes == 122880 + 475136


def test_every_start_is_the_same(manager: PluginManager) -> None:
    machine = boot(load_text(HEAD + "[state]\n" + FIRST + DYNAMIC + CONSUMER, manager), manager)
    views = [
        (allocator.first_chunk.free_bytes, backing.chunks, list(backing.space.blocks) if backing.space else [])
        for allocator, backing in (machine.start(), machine.start())
    ]
    assert views[0] == views[1]


def test_what_is_used_already_does_not_fit_again(manager: PluginManager) -> None:
    empty = fits_of(load_text(HEAD + CONSUMER, manager), manager, "it")
    state = fits_of(load_text(HEAD + "[state]\n" + FIRST + CONSUMER, manager), manager, "it")
    assert empty is not None
    assert state is not None
    assert empty - state == 31220 // 256 - 22784 // 256


def test_more_chunks_than_the_space_holds(manager: PluginManager) -> None:
    with pytest.raises(EvaluationError, match="no room for the captured chunks"):
        start("[state]\n" + FIRST + DYNAMIC * 300, manager)


def test_states_of_kernels_without_bitmaps_are_refused(manager: PluginManager) -> None:
    text = HEAD.replace("6.1.176", "3.10").replace("percpu: E", "PERCPU: E").replace("cpu s", "cpu @f7000000 s")
    with pytest.raises(EvaluationError, match="bitmaps"):
        boot(load_text(text + "[state]\n" + FIRST + CONSUMER, manager), manager).start()
