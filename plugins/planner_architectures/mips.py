"""MIPS: generic set-up, NUMA groups from 5.10 on (Loongson 3, IP27)."""

from collections.abc import Iterator

from planner.plugin import Architecture, ArchitectureRecord, Fact, Since, System, VmallocRange, hookimpl
from planner_architectures.common import GIB, KIB, TIB, Figure, assemble, named_page_size, table_distance

NUMA_SETUP: Fact[bool] = Fact(
    "NUMA set-up",
    "own setup_per_cpu_areas with the firmware's distances",
    (
        Since("5.10", value=True, source="arch/mips/mm/init.c:setup_per_cpu_areas"),
        Since("2.6.30", value=False, source="mm/percpu.c:setup_per_cpu_areas (generic)"),
    ),
)

MAP_BASE_64 = 0xC000000000000000
ADDRESS_BITS = 40
"""Bits that page tables of three levels and 4 KiB pages reach, and most 64-bit processors have (vmbits)."""


def _space(system: System) -> VmallocRange:
    if system.bits == 64:
        return VmallocRange(
            start=MAP_BASE_64 + 2 * 4 * KIB,
            end=MAP_BASE_64 + (1 << ADDRESS_BITS) - 4 * GIB,
            basis="assumed",
            source=f"arch/mips/include/asm/pgtable-64.h; {ADDRESS_BITS} address bits ({(1 << ADDRESS_BITS) // TIB} TiB) assumed",
        )
    return VmallocRange(
        start=0xC0000000,
        end=0xFFFCD000,
        basis="modelled",
        source="arch/mips/include/asm/pgtable-32.h: MAP_BASE to two pages below the fixmap (with highmem: below pkmap)",
    )


def build(system: System) -> Architecture:
    """Build the record."""
    page_size = named_page_size(system) or 4 * KIB
    own = system.config.enabled("NUMA", default=len(system.nodes) > 1) and NUMA_SETUP.at(system.kernel)
    return assemble(
        system,
        "mips",
        page_size=Figure(page_size, "arch/mips/Kconfig:PAGE_SIZE_*KB"),
        atom=Figure(page_size, NUMA_SETUP.entry(system.kernel).source),
        vmalloc=_space(system),
        distance=table_distance(system) if own else None,
        own_setup=own,
        obeys_parameter=False,
        cache_line=32,
        modules_in_vmalloc=True,
    )


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """MIPS."""
    yield ArchitectureRecord(
        name="mips",
        aliases=("mipsel", "mips64", "mips64el", "mips64r6el"),
        summary="MIPS, 32 and 64 bit",
        bits=(32, 64),
        build=build,
    )
