"""Architectures without a setup_per_cpu_areas of their own, and kernels without SMP or MMU: one table."""

from collections.abc import Iterator
from functools import partial

from planner.plugin import Architecture, ArchitectureRecord, System, VmallocRange, hookimpl
from planner.quick import dataclass
from planner_architectures.common import GIB, KIB, MIB, Figure, assemble, named_page_size

_GENERIC = "mm/percpu.c:setup_per_cpu_areas (generic)"


@dataclass(frozen=True, slots=True)
class Row:
    """One architecture: its usual page size, vmalloc range and cache line; ``source`` of the range."""

    name: str
    summary: str
    bits: tuple[int, ...]
    page_size: int
    start: int
    end: int
    source: str
    cache_line: int = 32
    aliases: tuple[str, ...] = ()


ROWS = (
    Row(
        "alpha",
        "Alpha",
        (64,),
        8 * KIB,
        0xFFFFFE0000000000,
        0xFFFFFE0000000000 + 8 * GIB,
        "arch/alpha/include/asm/pgtable.h; what one page-directory entry maps",
        64,
    ),
    Row(
        "parisc",
        "PA-RISC",
        (32, 64),
        4 * KIB,
        0x10000000,
        0x40000000 - 0x8000,
        "arch/parisc/include/asm/fixmap.h:KERNEL_MAP_START, KERNEL_MAP_END",
        64,
        ("parisc64", "hppa"),
    ),
    Row(
        "m68k",
        "Motorola 68000",
        (32,),
        4 * KIB,
        0xD0000000,
        0xF0000000,
        "arch/m68k/include/asm/pgtable_mm.h: KMAP range",
        16,
    ),
    Row("sh", "SuperH", (32,), 4 * KIB, 0xC0000000, 0xDFF00000, "arch/sh/include/asm/pgtable.h: P3 segment"),
    Row("xtensa", "Xtensa", (32,), 4 * KIB, 0xC0000000, 0xC7FF0000, "arch/xtensa/include/asm/pgtable.h"),
    Row("openrisc", "OpenRISC", (32,), 8 * KIB, 0xF0000000, 0xFC000000, "arch/openrisc/include/asm/pgtable.h"),
    Row("arc", "ARC", (32,), 8 * KIB, 0x70000000, 0x7FC00000, "arch/arc/include/asm/processor.h", 64),
    Row("csky", "C-SKY", (32,), 4 * KIB, 0xC0008000, 0xFF000000, "arch/csky/include/asm/pgtable.h"),
    Row("microblaze", "MicroBlaze", (32,), 4 * KIB, 0xF0000000, 0xFE000000, "arch/microblaze/include/asm/pgtable.h"),
    Row("nios2", "Nios II", (32,), 4 * KIB, 0x80000000, 0xBFFFFFFF, "arch/nios2/include/asm/pgtable.h"),
    Row("hexagon", "Hexagon", (32,), 4 * KIB, 0xD0000000, 0xFE000000, "arch/hexagon/include/asm/mem-layout.h"),
    Row(
        "um", "User Mode Linux", (32, 64), 4 * KIB, 0x60000000, 0x60000000 + 512 * MIB, "arch/um/include/asm/pgtable.h"
    ),
)


def build(system: System, row: Row | None = None) -> Architecture:
    """Build the record of a table row, or of a machine about which only the profile knows more."""
    page_size = named_page_size(system) or (row.page_size if row else 4 * KIB)
    mmu = system.config.enabled("MMU", default=True)
    source = f"{row.source}; configuration may move it" if row else "no architecture named: declare [vmalloc]"
    start, end = (row.start, row.end) if row else (0xC0000000, 0xFF000000)
    if row is None and system.bits == 64:
        start, end = 0xFFFF000000000000, 0xFFFF000000000000 + (1 << 40)
    if not mmu:
        start, end, source = 0, 0, "include/linux/vmalloc.h: no MMU"
    return assemble(
        system,
        row.name if row else "generic",
        page_size=Figure(page_size, f"arch/{row.name}" if row else "the usual page size", "assumed"),
        atom=Figure(page_size, _GENERIC),
        vmalloc=VmallocRange(start=start, end=end, basis="assumed" if mmu else "modelled", source=source),
        own_setup=False,
        km=not mmu,
        cache_line=row.cache_line if row else 64,
        modules_in_vmalloc=True,
    )


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """Architectures of the table, and ``generic`` for any other."""
    for row in ROWS:
        yield ArchitectureRecord(
            name=row.name,
            aliases=row.aliases,
            summary=f"{row.summary} (generic set-up)",
            bits=row.bits,
            build=partial(build, row=row),
        )
    yield ArchitectureRecord(
        name="generic",
        aliases=("other",),
        summary="any architecture with the generic set-up",
        bits=(64, 32),
        build=build,
    )
