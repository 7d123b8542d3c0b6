"""Address space of 32-bit x86: lowmem, the vmalloc range between it and pkmap or fixmap, and what ``vmalloc=`` does."""

from planner.plugin import Fact, Since, System, VmallocRange
from planner.quick import dataclass
from planner_architectures.common import KIB, MIB, kernel_size, number_option, page_offset, usable_ram

PAGE = 4 * KIB
FIXADDR_TOP = 0xFFFFF000
VMALLOC_OFFSET = 8 * MIB
"""Hole between lowmem and the vmalloc range."""
DEFAULT_RESERVE = 128 * MIB
"""__VMALLOC_RESERVE: what is kept free above lowmem, the hole included."""

FIRMWARE = 64 * MIB
"""More than firmware keeps of the RAM below 4 GiB; with little RAM what it keeps moves VMALLOC_START down."""

LEAST_LOWMEM = 16 * MIB
"""Less RAM in the linear mapping, and no kernel boots."""

_FIXMAP = "arch/x86/include/asm/fixmap.h"
_AREAS = "arch/x86/include/asm/pgtable_32_types.h (pgtable_32_areas.h from 5.6 on)"

OTHER_FIXED_PAGES = 75
"""Pages of the fixmap beside kmap slots: 64 IO-APICs, the local APIC, text poking, early console … (a few by option)."""

KMAP_SLOTS: Fact[int] = Fact(
    "kmap slots of a CPU",
    "atomic kmap slots in the fixmap for each CPU that the kernel is built for",
    (
        Since("5.11", 16, "include/asm-generic/kmap_size.h (33 with CONFIG_DEBUG_KMAP_LOCAL)"),
        Since("2.6.30", 20, "include/asm-generic/kmap_types.h (up to 2.6.36 a few fewer)"),
    ),
)

BOOT_MAPS: Fact[int] = Fact(
    "early_ioremap pages",
    "temporary boot mappings at the end of the fixmap",
    (
        Since("4.2", 512, f"{_FIXMAP}:TOTAL_FIX_BTMAPS (3.10 has 256; the release between was not read)"),
        Since("2.6.30", 256, f"{_FIXMAP}:TOTAL_FIX_BTMAPS"),
    ),
)

CPU_ENTRY_PAGES: Fact[int | None] = Fact(
    "CPU entry area, pages of a CPU",
    "mapped below the fixmap since the Meltdown repairs; None: there is none",
    (
        Since("5.8", 43, "arch/x86/include/asm/cpu_entry_area.h: stacks, TSS with I/O bitmap, debug store"),
        Since("5.5", 41, _AREAS),
        Since("4.15", 40, _AREAS),
        Since("2.6.30", None, _AREAS),
    ),
    backports=(Since("4.14.11", 40, f"{_AREAS} (4.14.74)"),),
)

LDT_AREA: Fact[bool] = Fact(
    "LDT area",
    "one PMD below the CPU entry area for the LDT of page-table isolation",
    (
        Since("4.19", value=True, source=f"{_AREAS}: 32-bit page-table isolation"),
        Since("2.6.30", value=False, source=_AREAS),
    ),
)


@dataclass(frozen=True, slots=True)
class Space:
    """The vmalloc range and the RAM in the linear mapping (``None`` when RAM is unknown), bytes.

    ``full``: there is more RAM than lowmem holds, so that firmware's share of it moves nothing.
    """

    vmalloc: VmallocRange
    lowmem: int | None
    full: bool = False


def _down(address: int, multiple: int) -> int:
    return address - address % multiple


def _built_cpus(system: System) -> int:
    """NR_CPUS: the fixmap has slots for each. Distributions build 8 to 32; the result changes little."""
    built = number_option(system, "NR_CPUS")
    if built is not None:
        return built
    return 32 if system.config.enabled("SMP", default=True) else 1


def fixmap_start(system: System, *, pae: bool, boot: bool) -> int:
    """Return the lowest address of the fixmap, with (``boot``) or without its temporary boot mappings."""
    permanent = OTHER_FIXED_PAGES + KMAP_SLOTS.at(system.kernel) * _built_cpus(system)
    total, table = BOOT_MAPS.at(system.kernel), 512 if pae else 1024
    first = permanent
    if permanent // table != (permanent + total - 1) // table:
        first = permanent + total - permanent % total
    pages = first + total + 1 if boot else permanent
    return FIXADDR_TOP - pages * PAGE


def vmalloc_end(system: System, *, pae: bool, highmem: bool) -> int:
    """Return VMALLOC_END: two pages below pkmap (highmem) or what lies lowest below the fixmap."""
    pmd = (2 if pae else 4) * MIB
    entry = CPU_ENTRY_PAGES.at(system.kernel)
    if entry is None:
        start = fixmap_start(system, pae=pae, boot=highmem)
        pkmap = _down(start - PAGE * ((512 if pae else 1024) + 1), pmd)
        return (pkmap if highmem else start) - 2 * PAGE
    lowest = _down(fixmap_start(system, pae=pae, boot=True) - PAGE * (entry * _built_cpus(system) + 1), pmd)
    if LDT_AREA.at(system.kernel):
        lowest = _down(lowest - PAGE, pmd)
    if highmem:
        lowest = _down(lowest - PAGE, pmd)
    return lowest - 2 * PAGE


def space(system: System, *, pae: bool) -> Space:
    """Return the vmalloc range: all between lowmem and VMALLOC_END, where lowmem leaves at least the reserve free.

    With more RAM than fits the range is the reserve less 8 MiB: 120 MiB by default, N with ``vmalloc=N``.
    """
    highmem = not system.config.enabled("NOHIGHMEM", default=False)
    offset, end = page_offset(system, 0xC0000000), vmalloc_end(system, pae=pae, highmem=highmem)
    asked = kernel_size(system, "vmalloc")
    reserve = DEFAULT_RESERVE if asked is None else asked + VMALLOC_OFFSET
    most, ram = _down(end - offset - reserve, PAGE), usable_ram(system)
    if most < LEAST_LOWMEM:
        raise ValueError(
            f"vmalloc={system.cmdline.get('vmalloc')} leaves no lowmem below {end:#x}: no such kernel boots"
        )
    lowmem = most if ram is None else min(ram, most)
    kept_high = kernel_size(system, "highmem")
    if kept_high is not None and ram is not None and ram <= most and 0 < kept_high <= ram - 64 * MIB:
        lowmem -= kept_high
    return Space(
        VmallocRange(
            start=offset + lowmem + VMALLOC_OFFSET,
            end=end,
            basis="assumed" if ram is None else "modelled",
            source=f"{_AREAS}, {_FIXMAP}"
            + (
                "; more than about 900 MB of RAM assumed"
                if ram is None
                else ", arch/x86/mm/init_32.c:find_low_pfn_range"
            ),
        ),
        None if ram is None else lowmem,
        full=ram is not None and ram > most + FIRMWARE,
    )
