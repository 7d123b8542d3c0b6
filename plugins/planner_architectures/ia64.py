"""Itanium (2.6.33 to 6.6): units of one 256 KiB translation page in a layout of its own."""

from collections.abc import Iterator
from dataclasses import replace

from planner.plugin import Architecture, ArchitectureRecord, Premise, System, VmallocRange, hookimpl
from planner_architectures.common import KIB, Figure, assemble, named_page_size, node_of_each, numa, same_node_distance

PERCPU_PAGE = 256 * KIB
"""PERCPU_PAGE_SIZE: each CPU maps its unit with one pinned translation (arch/ia64/include/asm/page.h)."""

_SETUP = "arch/ia64/mm/contig.c, discontig.c:setup_per_cpu_areas"


def build(system: System) -> Architecture:
    """Build the record: everything of the unit that is not static or reserved is dynamic."""
    page_size = named_page_size(system) or 16 * KIB
    shift = page_size.bit_length() - 1
    start = 0xA000000200000000
    several = numa(system) and len(system.nodes) > 1
    nodes = node_of_each(system)
    record = assemble(
        system,
        "ia64",
        page_size=Figure(page_size, "arch/ia64/Kconfig: 16 KiB in all distributions", "assumed"),
        atom=Figure(page_size, _SETUP),
        vmalloc=VmallocRange(
            start=start,
            end=0xA000000000000000 + (1 << (4 * shift - 9)),
            basis="modelled",
            source="arch/ia64/include/asm/pgtable.h",
        ),
        auto="own",
        embed=False,
        unit_size=PERCPU_PAGE,
        distance=same_node_distance(nodes) if several else None,
        cache_line=128,
    )
    source = Premise(what="unit_size", value=str(PERCPU_PAGE), basis="modelled", source=_SETUP)
    return replace(record, premises=(*record.premises, source))


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """Itanium."""
    yield ArchitectureRecord(name="ia64", summary="Itanium, up to 6.6", bits=(64,), build=build)
