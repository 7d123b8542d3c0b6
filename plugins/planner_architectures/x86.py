"""x86, 32 bit (with and without PAE) and 64 bit (4 and 5 levels of page tables): arch/x86/kernel/setup_percpu.c."""

import re
from collections.abc import Iterator

from planner.allocator.kernel_messages import SETUP_PERCPU
from planner.plugin import Architecture, ArchitectureRecord, Fact, Premise, Since, System, VmallocRange, hookimpl
from planner_architectures.common import (
    KIB,
    MIB,
    TIB,
    Figure,
    as_one_node,
    assemble,
    numa,
    number_option,
    same_node_distance,
)
from planner_architectures.x86_32_space import space

_SETUP = "arch/x86/kernel/setup_percpu.c:setup_per_cpu_areas"
_SPACE_64 = "arch/x86/include/asm/pgtable_64_types.h"

ATOM_32_IS_PAGE: Fact[bool] = Fact(
    "atom of 32-bit x86",
    "a page; before that a PMD (2 MiB with PAE, else 4 MiB), so that chunks needed large aligned holes",
    (
        Since("3.4", value=True, source="commit d5e28005a1d2, to all stable series of May 2012 (3.2.7…3.3.8)"),
        Since("2.6.30", value=False, source=_SETUP),
    ),
    backports=(
        Since("3.3.6", value=True, source="stable queue of May 2012; seen in 3.3.8"),
        Since("3.2.17", value=True, source="stable queue of May 2012; Ubuntu 3.2.0-51 (3.2.46) boots with u53248"),
    ),
)

CPUMASK_BITS_ARE_IDS: Fact[bool] = Fact(
    "nr_cpumask_bits",
    "equals nr_cpu_ids; before that NR_CPUS, unless CPUMASK_OFFSTACK",
    (
        Since("6.1", value=True, source="include/linux/cpumask.h"),
        Since("2.6.30", value=False, source="include/linux/cpumask.h"),
    ),
)

VMALLOC_BASE: Fact[int] = Fact(
    "VMALLOC_START of 4-level x86-64",
    "without randomisation; the range is 32 TiB long",
    (
        Since("2.6.31", 0xFFFFC90000000000, _SPACE_64),
        Since("2.6.30", 0xFFFFC20000000000, _SPACE_64),
    ),
)

FIVE_LEVEL_BASE = 0xFFA0000000000000
FIVE_LEVEL_SIZE = 12800 * TIB
MOST_4_LEVEL_RAM = 64 * TIB


def node_of(system: System) -> dict[int, int]:
    """Return the node of each possible CPU as the early set-up sees it.

    CPUs that firmware does not place (hot-pluggable ones) have been dealt to the online nodes in turn, by CPU number.
    """
    nodes = system.nodes
    dealt = {cpu: nodes[cpu % len(nodes)] for cpu in system.cpus_possible}
    return dealt | {cpu: node for cpu, node in system.node_of.items() if cpu in dealt}


def _fake_nodes(system: System) -> int:
    """Return the nodes that ``numa=fake=N`` makes of the memory; CPUs stay together as they were (arch/x86/mm/numa_emulation.c)."""
    if not system.config.enabled("NUMA_EMU", default=True) or not numa(system):
        return 0
    told = [value or "" for key, value in system.cmdline.words() if key == "numa"]
    words = [value.removeprefix("fake=") for value in told if value.startswith("fake=")]
    return int(words[-1]) if words and re.fullmatch(r"[0-9]{1,4}", words[-1]) else 0


def _heading(system: System) -> tuple[tuple[int, str], ...]:
    """Return the ``setup_percpu:`` line, where the number of CPUs that the kernel was built for is known."""
    built = number_option(system, "NR_CPUS")
    if built is None:
        return ()
    ids = max(system.cpus_possible, default=0) + 1
    offstack = system.config.enabled("CPUMASK_OFFSTACK", default=built > 512)
    bits = ids if offstack or CPUMASK_BITS_ARE_IDS.at(system.kernel) else built
    nodes = max(max(system.nodes) + 1, _fake_nodes(system))
    values = {"nr_cpus": built, "bits": bits, "ids": ids, "nodes": nodes}
    return (SETUP_PERCPU.line(system.kernel, **values),)


def _space_64(system: System) -> VmallocRange:
    if system.ram is not None and system.ram > MOST_4_LEVEL_RAM:
        start, size = FIVE_LEVEL_BASE, FIVE_LEVEL_SIZE
    else:
        start, size = VMALLOC_BASE.at(system.kernel), 32 * TIB
    if system.config.enabled("KMSAN", default=False):
        size //= 4
    return VmallocRange(start=start, end=start + size - 1, basis="modelled", source=_SPACE_64)


RANDOM_BASE: Fact[bool] = Fact(
    "randomised vmalloc start",
    "x86-64 moves VMALLOC_START at every boot (CONFIG_RANDOMIZE_MEMORY, without nokaslr)",
    (
        Since("4.8", value=True, source="arch/x86/mm/kaslr.c (4.7.4…4.8.15)"),
        Since("2.6.30", value=False, source=_SPACE_64),
    ),
)


def _fixed_start(system: System, vmalloc: VmallocRange) -> int | None:
    """Return VMALLOC_START where it is the same at every boot."""
    random = RANDOM_BASE.at(system.kernel) and system.config.enabled("RANDOMIZE_MEMORY", default=True)
    return None if random and system.cmdline.get("nokaslr") is None else vmalloc.start


def _build_64(system: System) -> Architecture:
    large = "the processor has 2 MiB pages (PSE)"
    vmalloc = _space_64(system)
    return assemble(
        system,
        "x86",
        page_size=Figure(4 * KIB, "arch/x86/include/asm/page_types.h"),
        atom=Figure(2 * MIB, f"{_SETUP}: PMD_SIZE; {large}"),
        vmalloc=vmalloc,
        page_area=_fixed_start(system, vmalloc),
        distance=same_node_distance(node_of(system)) if numa(system) else same_node_distance({}),
        page=True,
        large_page=2 * MIB if _lpage(system) else None,
        auto="embed" if not _legacy_numa(system) else "page",
        fallback_prefix=_fallback_prefix(system),
        heading=_heading(system),
    )


def _several_nodes(system: System) -> bool:
    """pcpu_need_numa: possible CPUs sit on more than one online node."""
    return numa(system) and len(set(node_of(system).values())) > 1


LEGACY_NUMA: Fact[str] = Fact(
    "first chunk on NUMA before 2.6.32",
    "lpage: remapped with large pages; page: single pages; embed: as everywhere",
    (
        Since("2.6.32", "embed", _SETUP),
        Since("2.6.31", "lpage", "arch/x86/kernel/setup_percpu.c:setup_pcpu_lpage"),
        Since("2.6.30", "page", "arch/x86/kernel/setup_percpu.c: large-page remapping disabled (2.6.30.4)"),
    ),
)


def _lpage(system: System) -> bool:
    return LEGACY_NUMA.at(system.kernel) == "lpage" and _several_nodes(system)


def _legacy_numa(system: System) -> bool:
    return LEGACY_NUMA.at(system.kernel) != "embed" and _several_nodes(system)


PREFIX: Fact[str] = Fact(
    "prefix of the fall-back line",
    "the file's print prefix",
    (
        Since("2.6.33", "setup_percpu: ", _SETUP),
        Since("2.6.30", "PERCPU: ", _SETUP),
    ),
)


def _fallback_prefix(system: System) -> str:
    return PREFIX.at(system.kernel)


def is_pae(system: System) -> tuple[bool, str]:
    """Return whether a 32-bit kernel has PAE page tables, and how that is known."""
    for option in ("X86_PAE", "HIGHMEM64G"):
        value = system.config.get(option)
        if value is not None:
            return value == "y", f"CONFIG_{option}={value}"
    if "pae" in system.kernel.text.lower():
        return True, "the kernel's name"
    return False, "no PAE in the kernel's name or configuration"


def _build_32(system: System) -> Architecture:
    pae, known_by = is_pae(system)
    areas = space(system, pae=pae)
    if ATOM_32_IS_PAGE.at(system.kernel):
        atom = Figure(4 * KIB, ATOM_32_IS_PAGE.entry(system.kernel).source)
    else:
        atom = Figure((2 if pae else 4) * MIB, f"{_SETUP}: PMD_SIZE")
    several = _several_nodes(system)
    return assemble(
        system,
        "x86",
        page_size=Figure(4 * KIB, "arch/x86/include/asm/page_types.h"),
        atom=atom,
        vmalloc=areas.vmalloc,
        merged_reserve=True,
        distance=same_node_distance(node_of(system)) if numa(system) else same_node_distance({}),
        page=True,
        large_page=(2 if pae else 4) * MIB if _lpage(system) else None,
        auto="page" if several else "embed",
        lowmem=areas.lowmem,
        page_area=areas.vmalloc.start if areas.full else None,
        modules_in_vmalloc=True,
        fallback_prefix=_fallback_prefix(system),
        heading=_heading(system),
        premises=(
            Premise(
                what="PAE",
                value="yes" if pae else "no",
                basis="declared" if known_by.startswith("CONFIG") else "assumed",
                source=known_by,
            ),
        ),
    )


def build(system: System) -> Architecture:
    """Build the x86 record for 32 or 64 bits; ``numa=off`` and ``numa=noacpi`` leave one node (arch/x86/mm/numa.c:numa_setup)."""
    system = as_one_node(system, "off", "noacpi")
    return _build_64(system) if system.bits == 64 else _build_32(system)


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """x86."""
    yield ArchitectureRecord(
        name="x86",
        aliases=("x86_64", "amd64", "x86-64", "i386", "i486", "i586", "i686", "x86_32"),
        summary="32 bit (with and without PAE) and 64 bit",
        bits=(64, 32),
        build=build,
    )
