"""Boot lines are read in every form and dress, and say what atom size they leave possible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.allocator.boot_log import BootLog, atom_candidates, find_atom, parse_boot_log
from planner.allocator.first_chunk import embed, page
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.unit_layout import Setup, Sizes

MIB = 1 << 20
UBUNTU = "PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "PERCPU: Embedded 16 pages at c2000000, static data 33116 bytes",
            {"kind": "embed", "pages": 16, "base": 0xC2000000, "static": 33116},
        ),
        ("PERCPU: Allocated 9 4k pages, static data 33116 bytes", {"kind": "page", "pages": 9, "static": 33116}),
        (
            "PERCPU: Remapped at f7000000 with large pages, static data 33116 bytes",
            {"kind": "lpage", "base": 0xF7000000, "static": 33116},
        ),
        (
            UBUNTU,
            {
                "kind": "embed",
                "pages": 13,
                "base": 0xF77D1000,
                "static": 31616,
                "reserved": 0,
                "dynamic": 21632,
                "unit_size": 53248,
            },
        ),
        (
            "PERCPU: 32 4K pages/cpu @ffffc90000000000 s107200 r8192 d15680",
            {
                "kind": "page",
                "pages": 32,
                "page_size": 4096,
                "base": 0xFFFFC90000000000,
                "static": 107200,
                "reserved": 8192,
                "dynamic": 15680,
            },
        ),
        (
            "percpu: Embedded 46 pages/cpu @        (ptrval) s151552 r8192 d28672 u262144",
            {
                "kind": "embed",
                "pages": 46,
                "static": 151552,
                "reserved": 8192,
                "dynamic": 28672,
                "unit_size": 262144,
            },
        ),
        (
            "percpu: Embedded 46 pages/cpu @(____ptrval____) s151552 r8192 d28672 u262144",
            {
                "kind": "embed",
                "pages": 46,
                "static": 151552,
                "reserved": 8192,
                "dynamic": 28672,
                "unit_size": 262144,
            },
        ),
        (
            "percpu: Embedded 46 pages/cpu @0000000012345678 s151552 r8192 d28672 u262144",
            {
                "kind": "embed",
                "pages": 46,
                "static": 151552,
                "reserved": 8192,
                "dynamic": 28672,
                "unit_size": 262144,
            },
        ),
        (
            "percpu: 10 64K pages/cpu s603432 r0 d51928",
            {"kind": "page", "pages": 10, "page_size": 65536, "static": 603432, "reserved": 0, "dynamic": 51928},
        ),
        (
            "pcpu-alloc: s0 r0 d32768 u32768 alloc=1*32768",
            {
                "kind": "up",
                "static": 0,
                "reserved": 0,
                "dynamic": 32768,
                "unit_size": 32768,
                "alloc_size": 32768,
                "atom_size": 32768,
            },
        ),
        (
            "setup_percpu: NR_CPUS:8192 nr_cpumask_bits:4 nr_cpu_ids:4 nr_node_ids:2",
            {"nr_cpus": 8192, "cpu_ids": 4, "node_ids": 2},
        ),
        (
            "    vmalloc : 0xf7ffe000 - 0xff7fe000   ( 120 MB)",
            {"vmalloc": (0xF7FFE000, 0xFF7FE000), "lines": ()},
        ),
    ],
)
@pytest.mark.parametrize(
    "dress",
    [
        "",
        "[    0.000000] ",
        "<6>[    0.000000] ",
        "Jun  9 01:02:03 host kernel: [    0.000000] ",
        "[    0.003333][    T0] ",
    ],
)
def test_every_form(line, expected, dress):
    assert parse_boot_log([dress + line]) == BootLog(**({"lines": (line,)} | expected))


def test_map():
    log = parse_boot_log(
        """
[    0.000000] percpu: Embedded 62 pages/cpu s217088 r8192 d28672 u262144
[    0.000000] pcpu-alloc: s217088 r8192 d28672 u262144 alloc=1*2097152
[    0.000000] pcpu-alloc: [0] 00 01 02 04 06 08 10 -- [1] 03 05 07 09 11 -- -- --
"""
    )
    assert log.allocations == (
        (0, (0, 1, 2, 4, 6, 8, 10, None)),
        (1, (3, 5, 7, 9, 11, None, None, None)),
    )
    assert log.cpus == tuple(range(12))
    assert (log.atom_size, log.alloc_size) == (2 * MIB, 2 * MIB)
    assert len(log.lines) == 3


def test_the_last_boot_counts():
    first = ["setup_percpu: NR_CPUS:64 nr_cpumask_bits:64 nr_cpu_ids:2 nr_node_ids:1", UBUNTU]
    dump = ["pcpu-alloc: s31616 r0 d21632 u53248 alloc=13*4096", "pcpu-alloc: [0] 0 [0] 1 "]
    second = "percpu: 29 4K pages/cpu s104276 r0 d14508"
    log = parse_boot_log([*first, *dump, second])
    assert (log.kind, log.static, log.unit_size, log.allocations, log.nr_cpus) == ("page", 104276, None, (), None)
    again = parse_boot_log([*first, *dump, *first, *dump])
    assert again == parse_boot_log([*first, *dump])


def test_nothing_found():
    assert not parse_boot_log("Linux version 6.1\nMemory: 1 pages\nvmalloc is fine\n").found
    assert not parse_boot_log("").found


@given(st.text(max_size=400))
def test_any_text_is_taken(text):
    parse_boot_log(text)
    parse_boot_log([f"pcpu-alloc: {text}", f"percpu: Embedded {text} pages/cpu", f"vmalloc : 0x{text}"])


def test_a_hostile_log_ends():
    lines = ["pcpu-alloc: " + "[0] 0 1 2 3 4 5 6 7 " * 200] * 5000
    assert len(parse_boot_log(lines).lines) <= 2048
    assert parse_boot_log(["pcpu-alloc: " + "[" * 100_000]).allocations == ()


versions = st.sampled_from([KernelVersion.parse(text) for text in ("2.6.32", "3.2", "4.9", "5.4", "6.12")])


@given(
    versions,
    st.integers(0, 10),
    st.integers(1, 40),
    st.integers(4096, 600_000),
    st.sampled_from((0, 8192)),
    st.booleans(),
)
def test_own_lines_are_read_back_and_tell_the_atom(version, doublings, cpus, static, reserved, counted):  # noqa: PLR0917 - one argument a drawn value
    atom = 4096 << doublings
    setup = Setup(
        version=version,
        bits=64,
        page_size=4096,
        cpus=range(cpus),
        sizes=Sizes(static=static, reserved=reserved, dynamic=28672),
    )
    base = 0xFFFF888000000000
    chunk = embed(setup, atom_size=atom, distance=None, vmalloc_total=1 << 45, area_addresses=[base])
    texts = [text for _level, text in chunk.log]
    whole = parse_boot_log(texts)
    layout = chunk.layout
    assert (whole.static, whole.reserved, whole.dynamic) == (layout.static, layout.reserved, layout.dynamic)
    assert (whole.unit_size, whole.atom_size, whole.alloc_size) == (layout.unit_size, atom, layout.alloc_size)
    assert whole.cpus == tuple(range(cpus))
    line = parse_boot_log(texts[:1])
    known = range(cpus) if counted else ()
    assert atom in atom_candidates(version, line, page_size=4096, cpus=known)
    assert not find_atom(version, line, atom, page_size=4096, cpus=known).overrules


def test_a_boot_line_outranks_the_table():
    """Ubuntu 3.2.0-51 i386: plain 3.2.0 has atoms of 4 MiB; u53248 leaves a page only."""
    kernel, line = KernelVersion.parse("3.2.0-51-generic"), parse_boot_log(UBUNTU)
    for cpus in ((0, 1), ()):
        found = find_atom(kernel, line, 4 * MIB, page_size=4096, cpus=cpus)
        assert (found.atom_size, found.overrules, found.candidates) == (4096, True, (4096,))
        assert "53248" in found.reason


def test_the_base_address_rules_atoms_out():
    kernel = KernelVersion.parse("3.2")
    text = "PERCPU: Embedded 62 pages/cpu @{base:016x} s217088 r8192 d28672 u1048576"
    aligned, odd = (parse_boot_log(text.format(base=base)) for base in (0xFFFF888000200000, 0xFFFF888000100000))
    assert atom_candidates(kernel, aligned, page_size=4096) == (MIB, 2 * MIB)
    assert atom_candidates(kernel, odd, page_size=4096) == (MIB,)
    found = find_atom(kernel, odd, 2 * MIB, page_size=4096)
    assert (found.atom_size, found.overrules) == (MIB, True)
    assert atom_candidates(kernel, aligned, page_size=4096, cpus=(0, 1)) == (2 * MIB,)


def test_a_line_of_another_machine():
    """A unit of 256 KiB cannot come from two CPUs: nothing is concluded."""
    line = parse_boot_log("percpu: Embedded 62 pages/cpu s217088 r8192 d28672 u262140")
    found = find_atom(KernelVersion.parse("6.1"), line, 2 * MIB, page_size=4096, cpus=(0, 1))
    assert (found.atom_size, found.overrules, found.candidates) == (None, False, ())


def test_page_lines_and_bare_lines():
    kernel = KernelVersion.parse("6.1")
    setup = Setup(
        version=kernel, bits=64, page_size=4096, cpus=range(2), sizes=Sizes(static=4096, reserved=0, dynamic=0)
    )
    paged = parse_boot_log(text for _level, text in page(setup).log[:1])
    assert atom_candidates(kernel, paged, page_size=4096) == (4096,)
    assert atom_candidates(kernel, BootLog(static=1), page_size=4096) == ()
