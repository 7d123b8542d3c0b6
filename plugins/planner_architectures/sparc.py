"""SPARC: 64 bit with 8 KiB pages and 4 MiB atoms; 32 bit by the generic set-up."""

from collections.abc import Iterator

from planner.plugin import Architecture, ArchitectureRecord, Fact, Since, System, VmallocRange, hookimpl
from planner_architectures.common import KIB, MIB, Figure, as_one_node, assemble, node_of_each, numa, same_node_distance

_SETUP = "arch/sparc/kernel/smp_64.c:setup_per_cpu_areas"
_PGTABLE = "arch/sparc/include/asm/pgtable_64.h"

END: Fact[int] = Fact(
    "VMALLOC_END",
    "from 3.18 on three quarters of the way to the processor's address hole (2^43 … 2^52); the smallest hole stands here",
    (
        Since(
            "3.18", (1 << 43) // 4 * 3, f"{_PGTABLE}; arch/sparc/mm/init_64.c:setup_page_offset (T4 and newer: larger)"
        ),
        Since("2.6.30", 0x10000000000, _PGTABLE),
    ),
)


def build(system: System) -> Architecture:
    """Build the record for 64 or 32 bits."""
    system = as_one_node(system, "off")
    nodes = node_of_each(system)
    if system.bits == 64:
        return assemble(
            system,
            "sparc",
            page_size=Figure(8 * KIB, "arch/sparc/include/asm/page_64.h"),
            atom=Figure(4 * MIB, _SETUP),
            vmalloc=VmallocRange(
                start=0x100000000,
                end=END.at(system.kernel),
                basis="modelled",
                source=END.entry(system.kernel).source,
            ),
            distance=same_node_distance(nodes) if numa(system) else same_node_distance({}),
            page=True,
        )
    return assemble(
        system,
        "sparc",
        page_size=Figure(4 * KIB, "arch/sparc/include/asm/page_32.h"),
        atom=Figure(4 * KIB, "mm/percpu.c:setup_per_cpu_areas (generic)"),
        vmalloc=VmallocRange(
            start=0xFE600000, end=0xFFC00000, basis="modelled", source="arch/sparc/include/asm/vaddrs.h, pgtable_32.h"
        ),
        own_setup=False,
        cache_line=32,
    )


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """SPARC."""
    yield ArchitectureRecord(
        name="sparc", aliases=("sparc64", "sparc32"), summary="SPARC, 64 and 32 bit", bits=(64, 32), build=build
    )
