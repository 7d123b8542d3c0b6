"""RISC-V: generic set-up, NUMA groups from 6.8 on; Sv39, Sv48 and Sv57 page tables, 32 bit."""

from collections.abc import Iterator

from planner.plugin import Architecture, ArchitectureRecord, Fact, Since, System, VmallocRange, hookimpl
from planner_architectures.common import GIB, KIB, MIB, TIB, Figure, as_one_node, assemble, numa, table_distance

_PGTABLE = "arch/riscv/include/asm/pgtable.h"

NUMA_SETUP: Fact[bool] = Fact(
    "NUMA set-up",
    "own setup_per_cpu_areas with the firmware's distances, and the page method",
    (
        Since("6.8", value=True, source="drivers/base/arch_numa.c, arch/riscv/Kconfig (6.6.42…6.8; 6.7 was not read)"),
        Since("4.15", value=False, source="mm/percpu.c:setup_per_cpu_areas (generic)"),
    ),
)

SPACES: Fact[dict[str, tuple[int, int]]] = Fact(
    "vmalloc range",
    "end and size for each page-table mode; the range ends where the linear mapping starts",
    (
        Since(
            "5.17",
            {
                "sv39": (0xFFFFFFD800000000, 64 * GIB),
                "sv48": (0xFFFFAF8000000000, 32 * TIB),
                "sv57": (0xFF60000000000000, 16384 * TIB),
            },
            f"{_PGTABLE} (5.15.135…5.17)",
        ),
        Since("4.15", {"sv39": (0xFFFFFFE000000000 - 1, 64 * GIB)}, f"{_PGTABLE}: up to PAGE_OFFSET - 1"),
    ),
)


def mode_of(system: System) -> str:
    """Return the page-table mode: Sv39 unless the RAM needs more (hardware and ``no4lvl`` decide; declare the range)."""
    modes, ram = SPACES.at(system.kernel), system.ram or 0
    wanted = "sv57" if ram > 64 * TIB else "sv48" if ram > 128 * GIB else "sv39"
    return wanted if wanted in modes and system.cmdline.get("no4lvl") is None else "sv39"


def build(system: System) -> Architecture:
    """Build the record."""
    system = as_one_node(system, "off")
    if system.bits == 64:
        mode = mode_of(system)
        end, size = SPACES.at(system.kernel)[mode]
        vmalloc = VmallocRange(
            start=end - size if end % 2 == 0 else end + 1 - size,
            end=end,
            basis="modelled",
            source=f"{SPACES.entry(system.kernel).source}; {mode}",
        )
    else:
        size = 512 * MIB
        vmalloc = VmallocRange(
            start=0xC0000000 - size, end=0xC0000000, basis="modelled", source=f"{_PGTABLE}: half of the kernel's share"
        )
    own = numa(system) and NUMA_SETUP.at(system.kernel)
    mmu = system.config.enabled("MMU", default=True)
    return assemble(
        system,
        "riscv",
        page_size=Figure(4 * KIB, "arch/riscv/include/asm/page.h"),
        atom=Figure(4 * KIB, NUMA_SETUP.entry(system.kernel).source),
        vmalloc=vmalloc if mmu else VmallocRange(start=0, end=0, basis="modelled", source="no MMU"),
        distance=table_distance(system) if own else None,
        page=own,
        own_setup=own,
        km=not mmu,
        fallback_prefix="NUMA: PERCPU: ",
        modules_in_vmalloc=system.bits == 32,
    )


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """RISC-V."""
    yield ArchitectureRecord(
        name="riscv",
        aliases=("riscv64", "riscv32"),
        summary="RISC-V, 64 bit (Sv39, Sv48) and 32 bit",
        bits=(64, 32),
        build=build,
    )
