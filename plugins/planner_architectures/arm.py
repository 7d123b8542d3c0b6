"""32-bit ARM: generic set-up; lowmem and the vmalloc range share the kernel's address space."""

from collections.abc import Iterator

from planner.plugin import Architecture, ArchitectureRecord, Fact, Premise, Since, System, VmallocRange, hookimpl
from planner_architectures.common import KIB, MIB, Figure, assemble, kernel_size, page_offset, usable_ram

_PGTABLE = "arch/arm/include/asm/pgtable.h"
_MMU = "arch/arm/mm/mmu.c:adjust_lowmem_bounds (sanity_check_meminfo before 3.19)"
VMALLOC_OFFSET = 8 * MIB

VMALLOC_END: Fact[int] = Fact(
    "VMALLOC_END",
    "end of the vmalloc range; up to 3.2 each machine had its own (0xf4000000 to 0xff000000)",
    (
        Since("4.2", 0xFF800000, f"{_PGTABLE} (4.1.15…4.4.11)"),
        Since("2.6.30", 0xFF000000, f"{_PGTABLE}; per machine up to 3.2"),
    ),
)

DEFAULT_SIZE: Fact[int] = Fact(
    "default vmalloc reserve",
    "address space that lowmem leaves below VMALLOC_END without vmalloc=",
    (
        Since("3.1", 240 * MIB + VMALLOC_OFFSET, "arch/arm/mm/mmu.c:vmalloc_min (3.0.1…3.2)"),
        Since("2.6.30", 128 * MIB, "arch/arm/mm/mmu.c:vmalloc_reserve"),
    ),
)

PARAMETER_HOLE: Fact[int] = Fact(
    "hole beside vmalloc=N",
    "bytes that lowmem leaves beyond N; without them the 8 MiB hole is taken out of N",
    (
        Since("5.13", VMALLOC_OFFSET, "arch/arm/mm/mmu.c:adjust_lowmem_bounds (5.12.9…5.14)"),
        Since("2.6.30", 0, "arch/arm/mm/mmu.c:early_vmalloc"),
    ),
)


def _space(system: System) -> tuple[VmallocRange, int | None]:
    end, offset = VMALLOC_END.at(system.kernel), page_offset(system, 0xC0000000)
    asked = kernel_size(system, "vmalloc")
    hole = PARAMETER_HOLE.at(system.kernel)
    kept = DEFAULT_SIZE.at(system.kernel)
    if asked is not None:
        kept = min(max(asked, 16 * MIB), end - offset - 32 * MIB - hole) + hole
    most, ram = end - kept - offset, usable_ram(system)
    lowmem = most if ram is None else min(ram, most)
    start = (offset + lowmem + VMALLOC_OFFSET) // VMALLOC_OFFSET * VMALLOC_OFFSET
    return VmallocRange(
        start=start,
        end=end,
        basis="assumed" if ram is None else "modelled",
        source=f"{_PGTABLE}; {_MMU}" + ("; RAM beyond lowmem assumed" if ram is None else ""),
    ), None if ram is None else lowmem


def build(system: System) -> Architecture:
    """Build the record; a kernel without MMU takes chunks as contiguous pages."""
    mmu = system.config.enabled("MMU", default=True)
    vmalloc, lowmem = _space(system)
    if not mmu:
        vmalloc = VmallocRange(start=0, end=0, basis="modelled", source="include/linux/vmalloc.h: no MMU")
    v7 = not system.config.enabled("CPU_32v6", default=False) and not system.config.enabled("CPU_32v5", default=False)
    premises: tuple[Premise, ...] = ()
    if system.config.get("PAGE_OFFSET") is None:
        premises = (Premise(what="PAGE_OFFSET", value="0xc0000000", basis="assumed", source="VMSPLIT_3G is usual"),)
    return assemble(
        system,
        "arm",
        page_size=Figure(4 * KIB, "arch/arm/include/asm/page.h"),
        atom=Figure(4 * KIB, "mm/percpu.c:setup_per_cpu_areas (generic)"),
        vmalloc=vmalloc,
        own_setup=False,
        km=not mmu,
        lowmem=lowmem,
        cache_line=64 if v7 else 32,
        modules_in_vmalloc=False,
        premises=premises,
    )


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """32-bit ARM."""
    yield ArchitectureRecord(
        name="arm",
        aliases=("armhf", "armel", "armv7", "armv7l", "armv6l", "armv5tel"),
        summary="32-bit ARM",
        bits=(32,),
        build=build,
    )
