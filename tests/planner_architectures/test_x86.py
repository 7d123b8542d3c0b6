"""x86: atoms by version, reserves by configuration, nodes of hot-pluggable CPUs, 32-bit address space."""

import pytest

from planner.plugin import Declared
from planner_architectures.common import memparse
from planner_architectures.x86 import node_of
from planner_architectures.x86_32_space import FIXADDR_TOP, fixmap_start
from tests.planner_architectures.machines import RECORDS, build, first_chunk, system, texts

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40


@pytest.mark.parametrize(
    ("kernel", "config", "atom"),
    [
        ("3.2.0", {}, 4 * MIB),
        ("3.2.7", {"X86_PAE": "y"}, 2 * MIB),
        ("3.2.0-51-generic-pae", {}, 2 * MIB),
        ("3.2.46", {}, 4 * KIB),
        ("3.3.8", {}, 4 * KIB),
        ("3.4", {}, 4 * KIB),
        ("6.1.0-50-686-pae", {}, 4 * KIB),
        ("2.6.32", {"HIGHMEM64G": "n"}, 4 * MIB),
    ],
)
def test_32_bit_atom(kernel, config, atom):
    assert build("x86", kernel, bits=32, config=config).atom_size == atom


@pytest.mark.parametrize(
    ("kernel", "bits", "config", "reserved", "dynamic"),
    [
        ("3.17", 64, {}, 8 * KIB, 20 * KIB),
        ("3.18", 64, {}, 8 * KIB, 28 * KIB),
        ("3.17", 32, {}, 0, 20 * KIB),
        ("3.18", 32, {}, 0, 28 * KIB),
        ("6.18", 64, {"MODULES": "n"}, 0, 28 * KIB),
        ("6.18", 32, {"MODULES": "n"}, 0, 20 * KIB),
        ("6.5", 64, {"RANDOM_KMALLOC_CACHES": "y"}, 8 * KIB, 28 * KIB),
        ("6.8.0-45-generic", 64, {"RANDOM_KMALLOC_CACHES": "y"}, 8 * KIB, 112 * KIB),
        ("6.12", 64, {"RANDOM_KMALLOC_CACHES": "y", "LOCKDEP": "y"}, 8 * KIB, 112 * KIB),
        ("6.12", 64, {"MEM_ALLOC_PROFILING": "y"}, 64 * KIB, 28 * KIB),
        ("6.17", 64, {"MEM_ALLOC_PROFILING": "y"}, 8 * KIB, 28 * KIB),
    ],
)
def test_reserves(kernel, bits, config, reserved, dynamic):
    found = build("x86", kernel, bits=bits, config=config)
    assert (found.reserved, found.dynamic) == (reserved, dynamic)


def test_the_page_method_has_the_early_size_of_the_configuration():
    """RANDOM_KMALLOC_CACHES quadruples the early size too: 20 KiB << 2."""
    machine = system("x86", "6.8", config={"RANDOM_KMALLOC_CACHES": "y"})
    assert texts(first_chunk(machine, 217088, words=["page"]))[0] == "percpu: 75 4K pages/cpu s217088 r8192 d81920"


def test_hot_pluggable_cpus_are_dealt_to_the_nodes():
    """RHEL 7, 24 possible CPUs, 16 present on two nodes: https://github.com/LinearTapeFileSystem/ltfs/issues/229."""
    present = dict.fromkeys((0, 1, 2, 3, 8, 9, 10, 11), 0) | dict.fromkeys((4, 5, 6, 7, 12, 13, 14, 15), 1)
    machine = system("x86", "3.10.0-123.el7.x86_64", cpus="0-23", node_of=present)
    assert texts(first_chunk(machine, 82752))[-2:] == [
        "pcpu-alloc: [0] 00 01 02 03 08 09 10 11 16 18 20 22 -- -- -- -- ",
        "pcpu-alloc: [1] 04 05 06 07 12 13 14 15 17 19 21 23 -- -- -- -- ",
    ]
    assert node_of(machine)[16] == 0
    assert node_of(machine)[23] == 1


def test_without_numa_there_is_one_group():
    machine = system("x86", "6.1", node_of={0: 0, 1: 0, 2: 1, 3: 1}, config={"NUMA": "n"})
    assert len(first_chunk(machine, 217088).layout.groups) == 1


def test_32_bit_numa_takes_pages():
    nodes = {0: 0, 1: 0, 2: 1, 3: 1}
    machine = system("x86", "6.1.176", bits=32, node_of=nodes, ram=GIB)
    assert first_chunk(machine, 87564).layout.mode == "page"
    assert first_chunk(machine, 87564, words=["embed"]).layout.mode == "embed"
    together = system("x86", "6.1.176", bits=32, node_of=dict.fromkeys(range(4), 1), ram=GIB)
    assert first_chunk(together, 87564).layout.mode == "embed"


@pytest.mark.parametrize(
    ("kernel", "cmdline", "ram", "start", "end"),
    [
        # Debian 6.1, PAE: areas in /proc/vmallocinfo reach 0xfeffe000 and start at 0xf77fe000
        ("6.1.0-50-686-pae", "", 2 * GIB, 0xF77FE000, 0xFEFFE000),
        ("6.1.0-50-686-pae", "vmalloc=64M", 2 * GIB, 0xFAFFE000, 0xFEFFE000),
        ("6.1.0-50-686-pae", "vmalloc=256M", 2 * GIB, 0xEEFFE000, 0xFEFFE000),
        ("6.1.0-50-686-pae", "", 512 * MIB, 0xE0800000, 0xFEFFE000),
        ("6.1.0-50-686-pae", "mem=512M", 2 * GIB, 0xE0800000, 0xFEFFE000),
        # its non-PAE sister has 4 MiB more highmem
        ("6.1.0-50-686", "", 2 * GIB, 0xF73FE000, 0xFEBFE000),
        # before the CPU entry area: the ends that boot logs of that time show
        ("3.2.0-51-generic", "", 4 * GIB, 0xF7FFE000, 0xFF7FE000),
        ("3.2.0-51-generic", "vmalloc=192M", 4 * GIB, 0xF37FE000, 0xFF7FE000),
        ("3.2.0-51-generic", "highmem=256M", 512 * MIB, 0xD0800000, 0xFF7FE000),
        ("3.2.0-51-generic", "highmem=500M", 512 * MIB, 0xE0800000, 0xFF7FE000),
    ],
)
def test_32_bit_space(kernel, cmdline, ram, start, end):
    config = {"NR_CPUS": "8"} if kernel.startswith("3") else {"NR_CPUS": "32"}
    found = build("x86", kernel, bits=32, cmdline=cmdline, ram=ram, config=config).vmalloc
    assert (hex(found.start), hex(found.end)) == (hex(start), hex(end))
    assert found.basis == "modelled"


def test_32_bit_pae_of_eight_cpus_in_3_2():
    found = build("x86", "3.2.0-51-generic-pae", bits=32, ram=4 * GIB, config={"NR_CPUS": "8"}).vmalloc
    assert found.end == 0xFFBFE000


def test_unknown_ram_is_an_assumption():
    found = build("x86", "6.1.0-50-686-pae", bits=32)
    assert found.vmalloc.basis == "assumed"
    assert found.vmalloc.total == 120 * MIB
    assert found.lowmem is None


@pytest.mark.parametrize(
    ("kernel", "bits", "cmdline", "expected"),
    [
        ("3.10", 64, "", "@ffffc90000000000 "),
        ("4.9", 64, "", "@<address> "),
        ("4.9", 64, "nokaslr", "@ffffc90000000000 "),
        ("3.2.46", 32, "", "@f7ffe000 "),
        ("3.2.46", 32, "mem=512M", "@<address> "),
    ],
)
def test_address_of_the_page_method(kernel, bits, cmdline, expected):
    """The first early area starts at VMALLOC_START: @ffffc90000000000 in the log of an SGI UV with 3.10."""
    machine = system("x86", kernel, bits=bits, cmdline=cmdline, ram=4 * GIB)
    assert expected in texts(first_chunk(machine, 46000, words=["page"]))[0]


def test_2g_split():
    found = build("x86", "6.1", bits=32, ram=4 * GIB, config={"VMSPLIT_2G": "y"})
    assert found.vmalloc.total == 120 * MIB
    assert found.lowmem == found.vmalloc.start - 8 * MIB - 0x80000000


def test_no_highmem():
    """Without highmem the range reaches up to the LDT area: 4 MiB more address space than below pkmap."""
    high = build("x86", "6.1", bits=32, ram=256 * MIB).vmalloc
    low = build("x86", "6.1", bits=32, ram=256 * MIB, config={"NOHIGHMEM": "y"}).vmalloc
    assert low.start == high.start
    assert low.end - high.end == 4 * MIB


@pytest.mark.parametrize("pae", [False, True])
def test_fixmap_grows_with_cpus(pae):
    """The boot mappings stay within one page table."""
    starts = []
    for cpus in (1, 8, 32, 64, 256):
        machine = system("x86", "6.1", bits=32, config={"NR_CPUS": str(cpus)})
        boot = fixmap_start(machine, pae=pae, boot=True)
        permanent = fixmap_start(machine, pae=pae, boot=False)
        assert FIXADDR_TOP > permanent > boot
        starts.append(boot)
    assert starts == sorted(starts, reverse=True)


@pytest.mark.parametrize(
    ("kernel", "ram", "config", "start", "total"),
    [
        ("2.6.30", GIB, {}, 0xFFFFC20000000000, 32 * TIB - 1),
        ("3.10", GIB, {}, 0xFFFFC90000000000, 32 * TIB - 1),
        ("6.12", 128 * TIB, {}, 0xFFA0000000000000, 12800 * TIB - 1),
        ("6.12", GIB, {"KMSAN": "y"}, 0xFFFFC90000000000, 8 * TIB - 1),
    ],
)
def test_64_bit_space(kernel, ram, config, start, total):
    found = build("x86", kernel, ram=ram, config=config).vmalloc
    assert (found.start, found.total) == (start, total)


@pytest.mark.parametrize(
    ("kernel", "config", "expected"),
    [
        ("2.6.32", {"NR_CPUS": "64"}, "NR_CPUS:64 nr_cpumask_bits:64 nr_cpu_ids:4 nr_node_ids:1"),
        ("5.10", {"NR_CPUS": "32"}, "setup_percpu: NR_CPUS:32 nr_cpumask_bits:32 nr_cpu_ids:4 nr_node_ids:1"),
        ("5.10", {"NR_CPUS": "8192"}, "setup_percpu: NR_CPUS:8192 nr_cpumask_bits:4 nr_cpu_ids:4 nr_node_ids:1"),
        ("6.1", {"NR_CPUS": "32"}, "setup_percpu: NR_CPUS:32 nr_cpumask_bits:4 nr_cpu_ids:4 nr_node_ids:1"),
    ],
)
def test_heading(kernel, config, expected):
    assert build("x86", kernel, config=config).heading == ((6, expected),)


def test_no_heading_where_the_build_is_unknown():
    assert build("x86", "6.1").heading == ()


def test_declared_values_outrank_the_tables():
    told = Declared(atom_size=64 * KIB, reserved=4096, dynamic=65536, vmalloc_start=0xF0000000, vmalloc_end=0xF8000000)
    found = build("x86", "6.1", bits=32, declared=told, ram=GIB)
    assert (found.atom_size, found.reserved, found.dynamic) == (64 * KIB, 4096, 65536)
    assert (found.vmalloc.start, found.vmalloc.end, found.vmalloc.basis) == (0xF0000000, 0xF8000000, "declared")
    basis = {premise.what: premise.basis for premise in found.premises}
    assert {basis[what] for what in ("atom_size", "reserved", "dynamic", "vmalloc")} == {"declared"}


@pytest.mark.parametrize(
    ("told", "start", "end"),
    [
        (Declared(vmalloc_size=64 * MIB), 0xFEFFE000 - 64 * MIB, 0xFEFFE000),
        (Declared(vmalloc_start=0xF0000000), 0xF0000000, 0xFEFFE000),
        (Declared(vmalloc_start=0xF0000000, vmalloc_size=64 * MIB), 0xF0000000, 0xF4000000),
        (Declared(vmalloc_end=0xFC000000, vmalloc_size=64 * MIB), 0xF8000000, 0xFC000000),
    ],
)
def test_a_part_of_the_range_may_be_declared(told, start, end):
    found = build("x86", "6.1.0-50-686-pae", bits=32, declared=told, ram=2 * GIB).vmalloc
    assert (hex(found.start), hex(found.end)) == (hex(start), hex(end))


def test_the_boot_lines_unit_outranks_the_atom_table():
    told = Declared(reserved=0, dynamic=21632, unit_size=53248, basis="captured")
    machine = system("x86", "3.2.0-51-generic", bits=32, cpus="0-1", static=31616, ram=4 * GIB, declared=told)
    chunk = first_chunk(machine, 31616, area_addresses=[0xF77D1000])
    assert texts(chunk)[0] == "PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248"
    premise = next(p for p in build_of(machine).premises if p.what == "atom_size")
    assert (premise.value, premise.basis) == ("4096", "captured")
    assert "53248" in premise.source


def test_a_unit_that_fits_nothing_is_an_assumption_kept():
    told = Declared(reserved=0, dynamic=21632, unit_size=999424, basis="captured")
    machine = system("x86", "6.1", bits=32, cpus="0-1", static=31616, ram=4 * GIB, declared=told)
    premise = next(p for p in build_of(machine).premises if p.what == "atom_size")
    assert (premise.value, premise.basis) == ("4096", "assumed")
    assert "fits no atom" in premise.source


def build_of(machine):
    from planner_architectures.x86 import build as build_x86  # noqa: PLC0415 - the name is taken above

    return build_x86(machine)


@pytest.mark.parametrize(
    ("kernel", "nodes", "expected"),
    [
        ("2.6.30", 1, "PERCPU: Embedded 19 pages at <address>, static data 46000 bytes"),
        ("2.6.30", 2, "PERCPU: Allocated 12 4k pages, static data 46000 bytes"),
        ("2.6.31", 2, "PERCPU: Remapped at <address> with large pages, static data 46000 bytes"),
    ],
)
def test_before_2_6_32(kernel, nodes, expected):
    machine = system("x86", kernel, cpus="0-3", node_of={cpu: cpu % nodes for cpu in range(4)})
    assert texts(first_chunk(machine, 46000)) == [expected]


def test_uniprocessor():
    machine = system("x86", "6.1", cpus="0", config={"SMP": "n"})
    assert texts(first_chunk(machine, 0)) == ["pcpu-alloc: s0 r0 d32768 u32768 alloc=1*32768", "pcpu-alloc: [0] 0 "]
    assert build("x86", "6.1", config={"SMP": "n"}).km


NODES = {0: 0, 1: 0, 2: 1, 3: 1}


@pytest.mark.parametrize(
    ("cmdline", "nodes", "groups"),
    [
        ("", 2, ["pcpu-alloc: [0] 0 1 [1] 2 3 "]),
        ("numa=off", 1, ["pcpu-alloc: [0] 0 1 2 3 "]),
        ("numa=noacpi quiet", 1, ["pcpu-alloc: [0] 0 1 2 3 "]),
        ("numa=fake=8", 8, ["pcpu-alloc: [0] 0 1 [1] 2 3 "]),
        ("numa=fake=1", 2, ["pcpu-alloc: [0] 0 1 [1] 2 3 "]),
        ("numa=junk", 2, ["pcpu-alloc: [0] 0 1 [1] 2 3 "]),
    ],
)
def test_numa_parameter(cmdline, nodes, groups):
    machine = system("x86", "6.1", cpus="0-3", node_of=NODES, cmdline=cmdline, config={"NR_CPUS": "64"})
    lines = texts(first_chunk(machine, 217088))
    assert lines[0].endswith(f"nr_node_ids:{nodes}")
    assert lines[3:] == groups


def test_32_bit_numa_off_embeds():
    """Several nodes take single pages on 32 bits; one node does not."""
    for cmdline, mode in (("", "page"), ("numa=off", "embed")):
        machine = system("x86", "6.1", bits=32, cpus="0-3", node_of=NODES, cmdline=cmdline, config={"NUMA": "y"})
        assert first_chunk(machine, 104276).layout.mode == mode


@pytest.mark.parametrize("asked", ["1000", "5M", "123456789", "64M", "0x6000001"])
def test_odd_vmalloc_sizes_start_on_a_page(asked):
    """MAXMEM is cut to whole page frames, so the range may be a little larger than asked."""
    machine = system("x86", "6.1", bits=32, ram=2 * GIB, cmdline=f"vmalloc={asked}", config={"X86_PAE": "y"})
    room = RECORDS["x86"].build(machine).vmalloc
    assert room.start % (4 * KIB) == 0
    size = memparse(asked)
    assert 0 <= room.total - size < 4 * KIB


def test_page_method_without_address_space_stops_the_boot():
    """vmalloc=1000: embedding is refused for the distance, and the first chunk's own area has no room."""
    machine = system("x86", "6.1", bits=32, cpus="0-7", ram=2 * GIB, cmdline="vmalloc=1000", config={"X86_PAE": "y"})
    chunk = first_chunk(machine, 104276)
    assert not chunk.ok
    assert chunk.bug == "addr > VMALLOC_END - vm->size"
    assert "falling back to page size" in texts(chunk)[-1]
