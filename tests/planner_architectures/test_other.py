"""The other architectures: methods, atoms, distance rules and vmalloc ranges by version and configuration."""

import pytest

from planner.plugin import KernelVersion
from planner_architectures.generic import ROWS
from tests.planner_architectures.machines import RECORDS, build, first_chunk, system, texts

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40
FIRST = {"arm64": "3.7", "riscv": "4.15"}
"""Architectures younger than 2.6.32 whose tables say so."""
TWO_NODES = {0: 0, 1: 0, 2: 1, 3: 1}


@pytest.mark.parametrize("name", sorted({record.name for record in RECORDS.values()}))
@pytest.mark.parametrize(
    "kernel", ["2.6.32", "3.10", "4.9.80", "4.19", "5.4", "5.10", "5.15", "6.1", "6.6", "6.12", "6.18"]
)
def test_every_architecture_boots(name, kernel):
    """A first chunk with every CPU in it, figures with sources, a vmalloc range in the right order."""
    record = RECORDS[name]
    for bits in record.bits:
        machine = system(
            name, kernel, cpus="0-3,8-9", bits=bits, ram=2 * GIB, node_of={0: 0, 1: 0, 2: 1, 3: 1, 8: 1, 9: 1}
        )
        if KernelVersion.parse(kernel) < KernelVersion.parse(FIRST.get(name, "2.6.32")):
            with pytest.raises(LookupError, match="known from"):
                record.build(machine)
            continue
        built = record.build(machine)
        chunk = first_chunk(machine, 60000)
        assert chunk.ok
        assert [cpu for cpu, _unit in chunk.unit_of] == [0, 1, 2, 3, 8, 9]
        assert 0 < built.vmalloc.start < built.vmalloc.end <= 1 << bits
        assert built.vmalloc.total >= 4 * MIB
        assert {"page_size", "atom_size", "reserved", "dynamic", "vmalloc"} <= {p.what for p in built.premises}
        assert all(premise.source and premise.value for premise in built.premises)


@pytest.mark.parametrize(
    ("kernel", "bits", "total"),
    [
        ("3.10", 39, 240.0),
        ("3.18", 39, 247.0),
        ("4.9", 39, 250.875),
        ("5.0", 39, 250.75),
        ("5.4", 39, 250.75),
        ("5.12", 39, 247.5),
        ("6.1", 39, 247.625),
        ("6.6", 39, 245.75),
        ("6.12", 39, 248.992),
    ],
)
def test_arm64_range_of_39_bits(kernel, bits, total):
    found = build("arm64", kernel, config={"ARM64_VA_BITS": str(bits)}).vmalloc
    assert found.total / GIB == pytest.approx(total, abs=0.001)


def test_arm64_range_of_4_18_as_logged():
    """Virtual kernel memory layout of a 48-bit 4.x kernel: https://github.com/workhorsy/py-cpuinfo/issues/112."""
    found = build("arm64", "4.14").vmalloc
    assert (hex(found.start), hex(found.end)) == ("0xffff000008000000", "0xffff7dffbfff0000")


@pytest.mark.parametrize(
    ("kernel", "page", "config"),
    [
        ("6.12.95+deb12-arm64-16k", 16 * KIB, {}),
        ("5.14.0-427.el9.aarch64+64k", 64 * KIB, {}),
        ("6.1", 64 * KIB, {"ARM64_64K_PAGES": "y"}),
        ("6.1.0-50-arm64", 4 * KIB, {}),
    ],
)
def test_arm64_page_size(kernel, page, config):
    found = build("arm64", kernel, config=config)
    assert found.page_size == found.atom_size == page


def test_arm64_methods_by_version():
    numa = {"node_of": TWO_NODES}
    assert not build("arm64", "4.8", **numa).own_setup
    assert build("arm64", "4.8", **numa).distance is None
    assert build("arm64", "4.9", **numa).own_setup
    assert not build("arm64", "5.15", **numa).page
    assert build("arm64", "5.16", **numa).page
    assert not build("arm64", "6.1", config={"NUMA": "n"}).own_setup
    old = system("arm64", "5.10", **numa)
    assert "unknown allocator page" in texts(first_chunk(old, 80000, words=["page"]))[0]


def test_arm64_groups_by_firmware_distance():
    """Two nodes at distance 10 are one group; x86 would make two of them."""
    near = {"node_of": TWO_NODES, "distances": ((10, 10), (10, 10))}
    assert len(first_chunk(system("arm64", "6.1", **near), 87208).layout.groups) == 1
    assert len(first_chunk(system("x86", "6.1", **near), 217088).layout.groups) == 2
    far = system("arm64", "6.1", node_of=TWO_NODES)
    assert texts(first_chunk(far, 87208))[-1] == "pcpu-alloc: [0] 0 [0] 1 [1] 2 [1] 3 "


@pytest.mark.parametrize(
    ("kernel", "cmdline", "ram", "start", "end"),
    [
        ("6.1", "", GIB, 0xF0800000, 0xFF800000),
        ("6.1", "", 256 * MIB, 0xD0800000, 0xFF800000),
        ("3.4", "", GIB, 0xF0000000, 0xFF000000),
        ("3.0", "", GIB, 0xF7800000, 0xFF000000),
        ("5.10", "vmalloc=256M", GIB, 0xF0000000, 0xFF800000),
        ("5.15", "vmalloc=256M", GIB, 0xEF800000, 0xFF800000),
        ("5.15", "vmalloc=1M", GIB, 0xFE800000, 0xFF800000),
        ("5.15", "vmalloc=2G", 2 * GIB, 0xC2800000, 0xFF800000),
    ],
)
def test_arm_range(kernel, cmdline, ram, start, end):
    found = build("arm", kernel, bits=32, cmdline=cmdline, ram=ram).vmalloc
    assert (hex(found.start), hex(found.end)) == (hex(start), hex(end))


def test_arm_without_mmu():
    found = build("arm", "6.1", bits=32, config={"MMU": "n"})
    assert found.km
    assert found.vmalloc.total == 0


@pytest.mark.parametrize(
    ("kernel", "cmdline", "config", "atom", "start", "size"),
    [
        ("6.1.0-50-powerpc64le", "", {}, 64 * KIB, 0xC008000000000000, 512 * TIB),
        ("6.12.95+deb12-powerpc64le", "", {}, 4 * KIB, 0xC008000000000000, 512 * TIB),
        ("6.12.95+deb12-powerpc64le-64k", "", {}, 64 * KIB, 0xC008000000000000, 512 * TIB),
        ("5.10", "disable_radix", {}, MIB, 0xC008000000000000, 512 * TIB),
        ("5.10", "disable_radix", {"PPC_4K_PAGES": "y"}, MIB, 0xC0003D0000000000, TIB),
        ("4.19", "", {"PPC_RADIX_MMU": "n"}, MIB, 0xD000000000000000, 56 * TIB),
        ("3.10", "", {}, MIB, 0xD000000000000000, 8 * TIB),
        ("6.6", "", {"PPC_BOOK3E_64": "y", "PPC_4K_PAGES": "y"}, MIB, 0xC000100000000000, 4 * TIB),
    ],
)
def test_powerpc64(kernel, cmdline, config, atom, start, size):  # noqa: PLR0917 - one argument a column
    found = build("powerpc", kernel, cmdline=cmdline, config=config)
    assert (found.atom_size, hex(found.vmalloc.start), found.vmalloc.total) == (atom, hex(start), size)
    assert found.reserved == 0
    assert found.page is (KernelVersion.parse(kernel) >= KernelVersion.parse("5.10"))


def test_powerpc32_is_generic():
    found = build("powerpc", "6.1", bits=32, ram=256 * MIB)
    assert (found.own_setup, found.distance, found.atom_size) == (False, None, 4 * KIB)
    assert found.vmalloc.start == 0xD1000000


@pytest.mark.parametrize(
    ("kernel", "cmdline", "ram", "size"),
    [
        ("2.6.32", "", GIB, GIB),
        ("3.10", "", GIB, 126 * GIB),
        ("6.1", "", GIB, 510 * GIB),
        ("6.1", "", 8 * TIB, TIB),
        ("6.1", "vmalloc=1G", 8 * TIB, GIB),
        ("6.1", "vmalloc=100T", GIB, (4 * TIB - 2 * GIB - 4 * MIB) // 2),
    ],
)
def test_s390_range(kernel, cmdline, ram, size):
    found = build("s390", kernel, cmdline=cmdline, ram=ram).vmalloc
    assert found.total == size


def test_s390_set_up():
    assert not build("s390", "6.1").own_setup
    new = system("s390", "6.2", node_of=TWO_NODES)
    assert len(first_chunk(new, 90624).layout.groups) == 1
    assert texts(first_chunk(new, 90624, words=["embed"]))[0].startswith("percpu: Embedded")


def test_riscv():
    assert not build("riscv", "6.6", node_of=TWO_NODES).own_setup
    new = build("riscv", "6.8", node_of=TWO_NODES)
    assert new.page
    assert new.vmalloc.total == 64 * GIB
    assert build("riscv", "6.8", ram=256 * GIB).vmalloc.total == 32 * TIB
    assert build("riscv", "5.10").vmalloc.total == 64 * GIB - 1
    assert build("riscv", "6.8", ram=256 * GIB, cmdline="no4lvl").vmalloc.total == 64 * GIB


def test_sparc():
    found = build("sparc", "6.1", node_of=TWO_NODES)
    assert (found.page_size, found.atom_size, found.page) == (8 * KIB, 4 * MIB, True)
    assert build("sparc", "3.10").vmalloc.end == 0x10000000000


def test_mips_groups_from_5_10_on():
    nodes = {"node_of": TWO_NODES}
    assert len(first_chunk(system("mips", "5.4", **nodes), 50000).layout.groups) == 1
    assert len(first_chunk(system("mips", "5.10", **nodes), 50000).layout.groups) == 2


def test_loongarch():
    found = build("loongarch", "6.6")
    assert (found.page_size, found.atom_size) == (16 * KIB, 32 * MIB)
    many = system("loongarch", "6.6", cpus="0-31", node_of={cpu: cpu // 4 for cpu in range(32)})
    assert first_chunk(many, 80000).layout.mode == "page"
    assert first_chunk(many, 80000, words=["embed"]).layout.mode == "embed"
    plain = build("loongarch", "6.6", config={"NUMA": "n"})
    assert (plain.atom_size, plain.page) == (16 * KIB, False)
    far = first_chunk(system("loongarch", "6.6", node_of=TWO_NODES), 80000, area_addresses=[0, 1 << 47])
    assert "auto allocator failed (-22), falling back to page size" in texts(far)


def test_ia64():
    machine = system("ia64", "3.10", node_of=TWO_NODES)
    chunk = first_chunk(machine, 60000)
    assert chunk.layout.unit_size == 256 * KIB
    assert chunk.layout.size_sum == 256 * KIB
    assert texts(chunk)[-1] == "pcpu-alloc: [0] 0 [0] 1 [1] 2 [1] 3 "
    assert all("Embedded" not in text for text in texts(chunk))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_generic_table(row):
    for bits in row.bits:
        found = build(row.name, "6.1", bits=bits)
        assert (found.own_setup, found.page, found.distance) == (False, False, None)
        assert found.vmalloc.basis == "assumed"
        assert found.vmalloc.end <= 1 << bits


def test_generic_without_mmu():
    found = build("generic", "6.1", bits=32, config={"MMU": "n"})
    assert found.km
    assert texts(first_chunk(system("generic", "6.1", cpus="0", bits=32, config={"MMU": "n"}), 20480))[0] == (
        "percpu: max_distance=0xc000 too large for vmalloc space 0x0"
    )


def test_usual_names_are_aliases():
    names = [name for record in RECORDS.values() for name in (record.name, *record.aliases)]
    assert len(names) == len(set(names))
    assert {"amd64", "i386", "i686", "aarch64", "armhf", "armv7l", "ppc64le", "s390x", "riscv64", "mipsel"} <= set(
        names
    )


@pytest.mark.parametrize(
    ("arch", "kernel"), [("arm64", "6.1"), ("powerpc", "6.1"), ("sparc", "5.10"), ("loongarch", "6.1")]
)
def test_numa_off_is_one_group(arch, kernel):
    """early_param("numa") of each: the CPUs are all on node 0."""
    nodes = {0: 0, 1: 0, 2: 1, 3: 1}
    groups = {
        cmdline: len(first_chunk(system(arch, kernel, node_of=nodes, cmdline=cmdline), 60000).layout.groups)
        for cmdline in ("", "numa=off", "numa=offline", "numa=on")
    }
    assert groups == {"": 2, "numa=off": 1, "numa=offline": 1, "numa=on": 2}
