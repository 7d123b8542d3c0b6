"""Distribution kernels with a later mm/percpu.c: the facts of that release, but for what the tree leaves as it was."""

import pytest

from planner.allocator import kernel, kernel_boot, kernel_space
from planner.allocator.architecture import Architecture, VmallocRange
from planner.allocator.first_chunk import set_up
from planner.allocator.kernel_vendors import DEBIAN_SUBLEVELS, TREES, debian_sublevel, trees_of
from planner.allocator.kernel_version import KernelVersion

NEW, OLD, MAINLINE, LATER = (
    KernelVersion.parse(text) for text in ("4.18.0-553.16.1.el8_10.x86_64", "4.18.0-147.el8.x86_64", "4.18", "5.14")
)


@pytest.mark.parametrize("fact", [kernel.ENGINE, kernel.ATOMIC, kernel_space.OBJECT_VECTOR, kernel_space.STRUCT_64])
def test_run_time_facts_of_the_later_release(fact: kernel.Fact[object]) -> None:
    assert fact.at(NEW) == fact.at(LATER)
    assert fact.at(OLD) == fact.at(MAINLINE)


def test_they_differ() -> None:
    assert kernel.ENGINE.at(LATER) != kernel.ENGINE.at(MAINLINE)
    assert kernel_space.OBJECT_VECTOR.at(LATER) != kernel_space.OBJECT_VECTOR.at(MAINLINE)


@pytest.mark.parametrize("fact", [kernel_boot.GROUPING, kernel_boot.DYNAMIC_EARLY, kernel_space.PERCPU_SEARCH])
def test_the_boot_and_other_files_stay(fact: kernel.Fact[object]) -> None:
    assert fact.at(NEW) == fact.at(MAINLINE)


def test_only_builds_that_were_read() -> None:
    assert trees_of("4.18.0-394.el8.x86_64") == TREES[:1]
    assert trees_of("Linux host 4.18.0-425.3.1.el8.x86_64 #1 SMP") == TREES[:1]
    assert trees_of("4.18.0-393.el8") == ()
    assert trees_of("4.18.20") == ()
    assert trees_of("4.18.0-500.el7") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5.10.0-32-686-pae", "5.10.223"),
        ("5.10.0-6-cloud-amd64", "5.10.28"),
        ("6.1.0-50-rt-686-pae", "6.1.176"),
        ("6.1.0-47-amd64", "6.1.147"),
        ("5.10.0-99-arm64", "5.10.223"),
        ("Linux host 5.10.0-32-amd64 #1 SMP Debian 5.10.226-1 (2024-10-03) x86_64", "5.10.226"),
        ("Ubuntu 5.4.0-12.15-generic 5.4.8", "5.4.8"),
        (
            "Linux version 5.15.0-25-generic (buildd@host) #25-Ubuntu SMP (Ubuntu 5.15.0-25.25-generic 5.15.30)",
            "5.15.30",
        ),
        ("5.4.0-42-generic", "5.4"),
        ("5.10.0-0.bpo.3-amd64", "5.10"),
        ("4.19.0-27-amd64", "4.19"),
    ],
)
def test_sublevels_that_a_name_tells(text: str, told: str) -> None:
    """Debian's by build number, Ubuntu's where the line says what it was built from; nothing is guessed for others."""
    assert str(KernelVersion.parse(text)) == told


def test_debian_numbers_rise_with_the_sublevel() -> None:
    for known in DEBIAN_SUBLEVELS.values():
        assert list(known) == sorted(known, reverse=True)
        assert len({sublevel for _abi, sublevel in known}) == len(known)


def test_back_ports_of_debian_kernels_count_without_their_uname() -> None:
    """5.10.223 counts empty pages of either kind of chunk apart: booted, its worker makes a chunk for accounted objects at once."""
    assert kernel.EMPTY_COUNTERS.at(KernelVersion.parse("5.10.0-32-amd64")) == "per type"
    assert kernel.EMPTY_COUNTERS.at(KernelVersion.parse("5.10.0-6-amd64")) == "one"
    assert debian_sublevel("5.10.0") is None


def test_the_first_chunk_of_rhel_7() -> None:
    """CentOS 7.5, 7.6 and 7.9 as they log it; the functions of mm/percpu.c stay those of 3.10."""
    new, old = (KernelVersion.parse(f"3.10.0-{build}.el7.x86_64") for build in ("862.2.3", "327"))
    assert kernel_boot.DYNAMIC_RESERVE_64.at(new) == 28 << 10
    assert kernel_boot.DYNAMIC_RESERVE_64.at(old) == 20 << 10
    assert kernel_boot.DYNAMIC_EARLY.at(new) == 12 << 10
    assert kernel.ENGINE.at(new) == kernel.ENGINE.at(old) == "signed map"
    assert boot_lines(new, 104856, 1, 0xFFFF8CC38FC00000) == [
        "PERCPU: Embedded 35 pages/cpu @ffff8cc38fc00000 s104856 r8192 d30312 u2097152",
        "pcpu-alloc: s104856 r8192 d30312 u2097152 alloc=1*2097152",
        "pcpu-alloc: [0] 0 ",
    ]
    seventh = KernelVersion.parse("3.10.0-957.el7.x86_64")
    assert boot_lines(seventh, 118784, 1, 0xFFFF98657FC00000)[0] == (
        "PERCPU: Embedded 38 pages/cpu @ffff98657fc00000 s118784 r8192 d28672 u2097152"
    )
    last = KernelVersion.parse("3.10.0-1160.15.2.el7.x86_64")
    assert boot_lines(last, 118784, 2, None)[0] == "percpu: Embedded 38 pages/cpu s118784 r8192 d28672 u1048576"


def boot_lines(version: KernelVersion, static: int, cpus: int, base: int | None) -> list[str]:
    space = VmallocRange(start=0, end=(1 << 45) - 1, basis="assumed", source="test")
    machine = Architecture(
        name="x86", bits=64, page_size=4096, atom_size=2 << 20, reserved=8192,
        dynamic=kernel_boot.DYNAMIC_RESERVE_64.at(version), vmalloc=space, page=True,
    )  # fmt: skip
    chunk = set_up(version, machine, cpus=range(cpus), static=static, base=base)
    return [text for _level, text in chunk.log]
