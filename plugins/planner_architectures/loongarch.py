"""LoongArch (5.19 on): NUMA groups with PMD-sized atoms; single pages on eight nodes and more."""

from collections.abc import Iterator

from planner.plugin import Architecture, ArchitectureRecord, System, VmallocRange, hookimpl
from planner_architectures.common import (
    KIB,
    MIB,
    TIB,
    Figure,
    as_one_node,
    assemble,
    named_page_size,
    node_of_each,
    numa,
    same_node_distance,
)

_SETUP = "arch/loongarch/kernel/numa.c:setup_per_cpu_areas"
_PGTABLE = "arch/loongarch/include/asm/pgtable.h"
MANY_NODES = 8
ADDRESS_BITS = 47
"""Bits that three levels of page tables reach with 16 KiB pages."""


def build(system: System) -> Architecture:
    """Build the record; without NUMA the generic set-up applies."""
    system = as_one_node(system, "off")
    page_size = named_page_size(system) or 16 * KIB
    shift = page_size.bit_length() - 1
    pmd = page_size << (shift - 3)
    own = numa(system)
    nodes = node_of_each(system)
    many = max(system.nodes) + 1 >= MANY_NODES
    start = 0xFFFF800000000000 + 256 * MIB + 32 * MIB + 2 * page_size
    return assemble(
        system,
        "loongarch",
        page_size=Figure(page_size, "arch/loongarch/Kconfig:PAGE_SIZE_*KB; 16 KiB in all distributions"),
        atom=Figure(
            pmd if own else page_size, f"{_SETUP}: PMD_SIZE" if own else "mm/percpu.c:setup_per_cpu_areas (generic)"
        ),
        vmalloc=VmallocRange(
            start=start,
            end=0xFFFF800000000000 + (1 << ADDRESS_BITS) - 2 * TIB,
            basis="assumed",
            source=f"{_PGTABLE}; 2 TiB assumed for vmemmap and KFENCE at the top",
        ),
        distance=same_node_distance(nodes) if own else None,
        page=own,
        own_setup=own,
        auto="page" if own and many else "embed",
        fallback_prefix="",
    )


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """LoongArch."""
    yield ArchitectureRecord(
        name="loongarch", aliases=("loongarch64", "loong64"), summary="LoongArch", bits=(64,), build=build
    )
