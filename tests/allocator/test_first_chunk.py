"""The first chunk as setup_per_cpu_areas makes it: method, parameter, fall-back, warnings. Golden vectors: tests/vectors."""

from dataclasses import replace

import pytest

from planner.allocator.architecture import Architecture, VmallocRange
from planner.allocator.first_chunk import UNKNOWN_ADDRESS, set_up, uniprocessor
from planner.allocator.kernel_version import KernelVersion

MIB = 1 << 20
GIB = 1 << 30


def version(text):
    return KernelVersion.parse(text)


def machine(**fields):
    """x86-64 as far as the first chunk cares, unless told otherwise."""
    defaults = {
        "name": "test",
        "bits": 64,
        "page_size": 4096,
        "atom_size": 2 * MIB,
        "reserved": 8192,
        "dynamic": 28672,
        "vmalloc": VmallocRange(start=0, end=(1 << 45) - 1, basis="assumed", source="test"),
        "page": True,
        "distance": lambda a, b: 10 if a // 2 == b // 2 else 20,
        "fallback_prefix": "setup_percpu: ",
    }
    return Architecture(**(defaults | fields))


def texts(chunk):
    return [text for _level, text in chunk.log]


def test_embedded_by_default():
    chunk = set_up(version("6.1"), machine(), cpus=range(2), static=217088)
    assert chunk.ok
    assert chunk.log == (
        (6, "percpu: Embedded 62 pages/cpu s217088 r8192 d28672 u1048576"),
        (7, "pcpu-alloc: s217088 r8192 d28672 u1048576 alloc=1*2097152"),
        (7, "pcpu-alloc: [0] 0 1 "),
    )


def test_page_by_parameter():
    chunk = set_up(version("6.1"), machine(), cpus=range(4), static=217088, words=["page"])
    assert texts(chunk)[0] == "percpu: 58 4K pages/cpu s217088 r8192 d12288"
    assert chunk.layout.mode == "page"
    assert len(chunk.layout.groups) == 1


def test_page_counts_the_whole_unit():
    """The number before pages/cpu is the unit's, also where less is in use."""
    chunk = set_up(version("3.2"), machine(), cpus=range(2), static=20000, words=["page"], page_area=0xFFFFC90000000000)
    assert texts(chunk)[0] == "PERCPU: 10 4K pages/cpu @ffffc90000000000 s20000 r8192 d12768"
    assert chunk.pages_per_cpu == chunk.layout.unit_pages == 10
    small = set_up(version("3.2"), machine(reserved=0), cpus=range(2), static=4096, words=["page"])
    assert texts(small)[0].startswith("PERCPU: 8 4K pages/cpu ")
    assert small.layout.pages_per_cpu == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3.10", "PERCPU: unknown allocator auto specified"), ("6.1", "percpu: unknown allocator auto specified")],
)
def test_auto_is_no_word_of_the_kernel(text, expected):
    chunk = set_up(version(text), machine(), cpus=range(2), static=100000, words=["auto"])
    assert chunk.log[0] == (4, expected)
    assert chunk.layout.mode == "embed"


def test_the_last_accepted_word_counts():
    chunk = set_up(version("6.1"), machine(), cpus=range(2), static=100000, words=["page", "embed", "x"])
    assert texts(chunk)[0] == "percpu: unknown allocator x specified"
    assert chunk.layout.mode == "embed"


def test_the_bare_word_does_nothing():
    chunk = set_up(version("6.1"), machine(), cpus=range(2), static=100000, words=["page", None])
    assert chunk.layout.mode == "page"
    empty = set_up(version("6.1"), machine(), cpus=range(2), static=100000, words=[""])
    assert texts(empty)[0] == "percpu: unknown allocator  specified"


def test_generic_set_up_accepts_no_word():
    arch = machine(own_setup=False, page=False, distance=None, atom_size=4096)
    chunk = set_up(version("6.1"), arch, cpus=range(2), static=100000, words=["embed", "page"])
    assert texts(chunk)[:2] == ["percpu: unknown allocator embed specified", "percpu: unknown allocator page specified"]
    assert chunk.layout.mode == "embed"


def test_a_word_that_the_set_up_does_not_look_at():
    arch = machine(obeys_parameter=False)
    assert set_up(version("6.1"), arch, cpus=range(2), static=100000, words=["page"]).layout.mode == "embed"


def test_far_nodes_fall_back_to_pages():
    """An SGI UV of 2013: 1536 CPUs on 8 nodes (lkml, linked in tests/planner_architectures/field_lines.json)."""
    arch = machine(distance=lambda a, b: 10 if a // 192 == b // 192 else 20)
    last = 0x180FFE240000 - (1 << 18)  # the last node's offset: the log's distance less a unit, a multiple of the atom
    assert last % (2 * MIB) == 0
    chunk = set_up(
        version("3.10"),
        arch,
        cpus=range(1536),
        static=107200,
        area_addresses=[0x100000, *(0x100000 + last * node // 7 for node in range(1, 8))],
        page_area=0xFFFFC90000000000,
    )
    assert chunk.ok
    distance, fallback, line = texts(chunk)[:3]
    assert distance == "PERCPU: max_distance=0x180ffe240000 too large for vmalloc space 0x1fffffffffff"
    assert fallback == "setup_percpu: auto allocator failed (-22), falling back to page size"
    assert line == "PERCPU: 32 4K pages/cpu @ffffc90000000000 s107200 r8192 d15680"
    assert [level for level, _text in chunk.log[:3]] == [4, 4, 6]


def test_the_fall_back_names_the_chosen_method():
    chunk = set_up(
        version("6.1"), machine(), cpus=range(4), static=100000, words=["embed"], area_addresses=[0, 1 << 45]
    )
    assert texts(chunk)[1] == "setup_percpu: embed allocator failed (-22), falling back to page size"


def test_without_the_page_method_the_embedded_chunk_stays():
    arch = machine(page=False, atom_size=4096)
    chunk = set_up(version("5.10"), arch, cpus=range(4), static=100000, area_addresses=[0, 1 << 45])
    assert texts(chunk)[0].startswith("percpu: max_distance=0x2000000")
    assert texts(chunk)[1].startswith("percpu: Embedded 34 pages/cpu")
    assert chunk.ok
    assert chunk.group_offsets == (0, 1 << 45)


@pytest.mark.parametrize(("text", "units"), [("4.8", 1), ("4.9", 2)])
def test_the_distance_check_became_stricter(text, units):
    """Up to 4.8 one unit behind the last group's start counts, from 4.9 on the whole group."""
    unit = 1 * MIB
    total = 4 * GIB
    offset = total // 4 * 3 - units * unit
    arch = machine(vmalloc=VmallocRange(start=0, end=total, basis="assumed", source="test"))
    for step, fits in ((0, True), (2 * MIB, False)):
        chunk = set_up(version(text), arch, cpus=range(4), static=217088, area_addresses=[0, offset + step])
        assert (chunk.layout.mode == "embed") is fits


def test_three_quarters_wrap_on_32_bits():
    """(total * 3) / 4 in an unsigned long: 2 GiB * 3 wraps to 2 GiB, so half a GiB is already too far."""
    arch = machine(bits=32, atom_size=4096, vmalloc=VmallocRange(start=0, end=2 * GIB, basis="assumed", source="test"))
    near = set_up(version("6.1"), arch, cpus=range(4), static=100000, area_addresses=[0, 400 * MIB])
    far = set_up(version("6.1"), arch, cpus=range(4), static=100000, area_addresses=[0, 600 * MIB])
    assert (near.layout.mode, far.layout.mode) == ("embed", "page")


def test_addresses_for_too_few_groups_are_refused():
    with pytest.raises(ValueError, match="2 groups"):
        set_up(version("6.1"), machine(), cpus=range(4), static=100000, area_addresses=[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.10", f"@{UNKNOWN_ADDRESS} "),
        ("4.14.74", f"@{UNKNOWN_ADDRESS} "),
        ("4.16", "@        (ptrval) "),
        ("4.19.0", "@(____ptrval____) "),
        ("4.19.80", "pages/cpu s"),
        ("5.2", "pages/cpu s"),
    ],
)
def test_address_before_the_boot(text, expected):
    assert expected in texts(set_up(version(text), machine(), cpus=range(2), static=100000))[0]


def test_a_known_address_is_printed_as_wide_as_a_pointer():
    arch = machine(bits=32, atom_size=4096, reserved=0, dynamic=20480)
    chunk = set_up(version("3.2"), arch, cpus=range(2), static=31616, area_addresses=[0xF77D1000])
    assert texts(chunk)[0] == "PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248"
    assert chunk.layout.first_chunk_base == 0xF77D1000


@pytest.mark.parametrize(("words", "mode"), [([], "embed"), (["page"], "page")])
def test_the_base_of_a_boot_line_alone(words, mode):
    """Several groups, and only the lowest address is known: their distances stay unknown."""
    chunk = set_up(version("3.10"), machine(), cpus=range(4), static=100000, words=words, base=0xFFFF880000200000)
    assert chunk.layout.mode == mode
    assert "@ffff880000200000 " in texts(chunk)[0]
    assert chunk.layout.first_chunk_base == 0xFFFF880000200000
    assert len(chunk.group_offsets) == (2 if mode == "embed" else 1)
    old = set_up(version("2.6.30"), machine(), cpus=range(4), static=46000, base=0xC2000000)
    assert texts(old) == ["PERCPU: Embedded 21 pages at 00000000c2000000, static data 46000 bytes"]


def test_level_of_the_dump_and_the_heading():
    arch = machine(heading=((6, "setup_percpu: heading"),))
    old = set_up(version("2.6.36"), arch, cpus=range(2), static=100000)
    assert [level for level, _text in old.log] == [6, 6, 6, 6]
    assert texts(old)[0] == "setup_percpu: heading"


@pytest.mark.parametrize(
    ("text", "static", "reserved", "condition"),
    [
        ("6.1", 0, 8192, "!ai->static_size"),
        ("6.1", 4096, 8190, "!IS_ALIGNED(ai->reserved_size, PCPU_MIN_ALLOC_SIZE)"),
        ("4.13", 0, 8190, "!ai->static_size"),
    ],
)
def test_broken_rules_stop_the_kernel(text, static, reserved, condition):
    chunk = set_up(version(text), machine(reserved=reserved), cpus=range(2), static=static)
    assert not chunk.ok
    assert chunk.bug == f"percpu: failed to initialize, {condition}"
    assert (0, chunk.bug) in chunk.log
    assert chunk.log[-1] == (0, "pcpu-alloc: [0] 0 1 ")


def test_an_odd_reserve_was_no_rule_before_the_bitmap():
    assert set_up(version("4.13"), machine(reserved=8190), cpus=range(2), static=4096).ok


def test_uniprocessor():
    chunk = set_up(version("6.1"), machine(smp=False), cpus=[0], static=0)
    assert chunk.log == ((7, "pcpu-alloc: s0 r0 d32768 u32768 alloc=1*32768"), (7, "pcpu-alloc: [0] 0 "))
    assert chunk.layout.km
    big = uniprocessor(version("6.6"), bits=64, page_size=4096, dynamic_reserve=28672 << 2)
    assert big.layout.unit_size == 131072


def test_uniprocessor_before_it_used_this_allocator():
    with pytest.raises(LookupError, match="kzalloc"):
        set_up(version("2.6.36"), machine(smp=False), cpus=[0], static=0)


def test_smp_without_mmu():
    """No vmalloc space: the distance check always warns; chunks come in powers of two of pages."""
    arch = machine(
        bits=32,
        atom_size=4096,
        page=False,
        km=True,
        distance=None,
        vmalloc=VmallocRange(start=0, end=0, basis="modelled", source="test"),
    )
    chunk = set_up(version("6.1"), arch, cpus=range(3), static=20480)
    assert texts(chunk)[:3] == [
        "percpu: max_distance=0x2a000 too large for vmalloc space 0x0",
        "percpu: Embedded 14 pages/cpu s20480 r8192 d28672 u57344",
        "percpu: wasting 22 pages per chunk",
    ]
    assert chunk.ok


def test_km_takes_one_group_only():
    arch = machine(km=True, page=False)
    chunk = set_up(version("6.1"), arch, cpus=range(4), static=20480)
    assert (2, "percpu: can't handle more than one group") in chunk.log
    assert chunk.bug == "percpu: failed to initialize, pcpu_verify_alloc_info(ai) < 0"


def test_own_layout():
    """ia64: units of 256 KiB, a group a node, no Embedded line."""
    arch = machine(auto="own", embed=False, page=False, unit_size=256 * 1024, atom_size=16384, page_size=16384)
    chunk = set_up(version("3.10"), arch, cpus=range(4), static=50000)
    assert texts(chunk) == [
        "pcpu-alloc: s50000 r8192 d203952 u262144 alloc=16*16384",
        "pcpu-alloc: [0] 0 [0] 1 [1] 2 [1] 3 ",
    ]


def own(kernel: str, static: int):
    arch = machine(auto="own", embed=False, page=False, unit_size=256 * 1024, atom_size=16384, page_size=16384)
    return set_up(version(kernel), arch, cpus=range(4), static=static)


@pytest.mark.parametrize("static", [253953, 262000, 289155])
def test_an_own_layout_whose_static_data_fills_the_unit_panics(static):
    """dyn_size is what static and reserved leave of PERCPU_PAGE_SIZE, and the kernel looks whether it is negative."""
    chunk = own("5.13", static)
    assert not chunk.ok
    assert chunk.bug == f"percpu area overflow static={static} reserved=8192"
    assert texts(chunk) == [f"Kernel panic - not syncing: {chunk.bug}"]


@pytest.mark.parametrize(("kernel", "early"), [("6.2", 20480), ("5.13", 12288)])
def test_an_own_layout_needs_room_for_early_users(kernel, early):
    limit = 256 * 1024 - 8192 - early
    assert own(kernel, limit).ok
    assert own(kernel, limit + 1).bug == "percpu: failed to initialize, ai->dyn_size < PERCPU_DYNAMIC_EARLY_SIZE"


def test_before_that_rule_an_own_layout_may_leave_nothing():
    assert own("2.6.35", 253952).ok
    assert not own("2.6.35", 253953).ok


def test_units_and_offsets_of_cpus():
    chunk = set_up(version("6.1"), machine(), cpus=[0, 1, 2, 3, 9], static=217088, area_addresses=[GIB, 0, 2 * GIB])
    assert chunk.unit_of == ((0, 0), (1, 1), (2, 2), (3, 3), (9, 4))
    unit = chunk.layout.unit_size
    assert dict(chunk.unit_offsets) == {0: GIB, 1: GIB + unit, 2: 0, 3: unit, 9: 2 * GIB}
    assert sum(chunk.group_sizes) == chunk.layout.nr_units * unit


@pytest.mark.parametrize(
    ("text", "fields", "words", "expected"),
    [
        ("2.6.30", {}, [], "PERCPU: Embedded 20 pages at <address>, static data 46000 bytes"),
        (
            "2.6.31",
            {"auto": "page", "large_page": 2 * MIB},
            [],
            "PERCPU: Remapped at <address> with large pages, static data 46000 bytes",
        ),
        ("2.6.31", {}, ["4k"], "PERCPU: Allocated 12 4k pages, static data 46000 bytes"),
        ("2.6.30", {"auto": "page"}, [], "PERCPU: Allocated 12 4k pages, static data 46000 bytes"),
        ("2.6.30", {}, ["4k"], "PERCPU: Embedded 20 pages at <address>, static data 46000 bytes"),
    ],
)
def test_before_groups(text, fields, words, expected):
    chunk = set_up(version(text), machine(dynamic=24576, **fields), cpus=range(4), static=46000, words=words)
    assert texts(chunk) == [expected]
    assert chunk.immutable is ("4k" not in expected)


def test_before_groups_sizes():
    arch = machine(dynamic=20480)
    embedded = set_up(version("2.6.31"), arch, cpus=[0, 1, 3], static=46000)
    layout = embedded.layout
    assert (layout.unit_size, layout.dynamic) == (77824, 77824 - 46000 - 8192)
    assert layout.groups[0].cpus == (0, 1, None, 3)
    single = set_up(version("2.6.31"), arch, cpus=[0, 1], static=46000, words=["4k"]).layout
    assert (single.unit_size, single.dynamic) == (65536, 65536 - 46000 - 8192)
    large = set_up(version("2.6.31"), replace(arch, auto="page", large_page=2 * MIB), cpus=[0, 1], static=46000).layout
    assert (large.unit_size, large.dynamic) == (2 * MIB, 77824 - 46000 - 8192)


def test_large_pages_take_no_more_than_a_fifth_of_the_vmalloc_space():
    little = VmallocRange(start=0, end=120 * MIB, basis="assumed", source="test")
    arch = machine(bits=32, auto="page", large_page=4 * MIB, vmalloc=little)
    assert "Remapped" in texts(set_up(version("2.6.31"), arch, cpus=range(6), static=46000))[0]
    assert texts(set_up(version("2.6.31"), arch, cpus=range(7), static=46000)) == [
        "PERCPU: too large chunk size 28MB for large page remap",
        "PERCPU: Allocated 12 4k pages, static data 46000 bytes",
    ]


def test_unknown_word_before_groups():
    chunk = set_up(version("2.6.31"), machine(), cpus=range(2), static=46000, words=["page"])
    assert texts(chunk) == [
        "PERCPU: unknown allocator page specified",
        "PERCPU: page allocator failed (-22), falling back to 4k",
        "PERCPU: Allocated 12 4k pages, static data 46000 bytes",
    ]
