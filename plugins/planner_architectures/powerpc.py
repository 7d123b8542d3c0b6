"""PowerPC: 64 bit with radix or hash page tables and Book3E; 32 bit by the generic set-up."""

from collections.abc import Iterator
from typing import Literal

from planner.plugin import Architecture, ArchitectureRecord, Fact, Premise, Since, System, VmallocRange, hookimpl
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
    page_offset,
    same_node_distance,
    usable_ram,
)

Mmu = Literal["radix", "hash", "book3e"]
_SETUP = "arch/powerpc/kernel/setup_64.c:setup_per_cpu_areas"
_RADIX = "arch/powerpc/include/asm/book3s/64/radix.h"
_HASH = "arch/powerpc/include/asm/book3s/64/hash.h, hash-4k.h, hash-64k.h (pgtable-ppc64.h up to 4.5)"
_BOOK3E = "arch/powerpc/include/asm/nohash/64/pgtable.h (pgtable-ppc64.h up to 4.5)"

PAGE_METHOD: Fact[bool] = Fact(
    "page method",
    "fall-back when embedding fails, and percpu_alloc=page",
    (
        Since("5.10", value=True, source=f"{_SETUP}; commit eb553f16973a"),
        Since("2.6.32", value=False, source=_SETUP),
    ),
)

RANGES: dict[Mmu, Fact[tuple[int, int]]] = {
    "radix": Fact(
        "vmalloc range with radix page tables",
        "start and size",
        (Since("4.7", (0xC008000000000000, 512 * TIB), _RADIX),),
    ),
    "hash": Fact(
        "vmalloc range with hash page tables (64K pages from 5.2 on)",
        "start and size",
        (
            Since("5.2", (0xC008000000000000, 512 * TIB), f"{_HASH} (5.1…5.10)"),
            Since("4.14", (0xD000000000000000, 56 * TIB), f"{_HASH} (4.10 to 4.13 were not read)"),
            Since("2.6.32", (0xD000000000000000, 8 * TIB), _HASH),
        ),
    ),
    "book3e": Fact(
        "vmalloc range of Book3E",
        "start and size",
        (
            Since("6.0", (0xC000100000000000, 4 * TIB), _BOOK3E),
            Since("2.6.32", (0x8000000000000000, 4 * TIB), _BOOK3E),
        ),
    ),
}
HASH_4K_RANGE: Fact[tuple[int, int]] = Fact(
    "vmalloc range with hash page tables and 4K pages",
    "start and size",
    (
        Since("5.2", (0xC0003D0000000000, 1 * TIB), f"{_HASH} (5.1…5.10)"),
        *RANGES["hash"].history[1:],
    ),
)

RADIX_EXISTS: Fact[bool] = Fact(
    "radix page tables",
    "POWER9 and newer",
    (
        Since("4.7", value=True, source=_RADIX),
        Since("2.6.30", value=False, source=_HASH),
    ),
)


def mmu_of(system: System) -> tuple[Mmu, str]:
    """Return the kind of page tables and how it is known: radix unless the kernel or its command line says otherwise."""
    if system.config.enabled("PPC_BOOK3E_64", default=False):
        return "book3e", "CONFIG_PPC_BOOK3E_64"
    if not RADIX_EXISTS.at(system.kernel):
        return "hash", "no radix page tables before 4.7"
    if system.cmdline.get("disable_radix") is not None:
        return "hash", "disable_radix on the command line"
    if not system.config.enabled("PPC_RADIX_MMU", default=True):
        return "hash", "CONFIG_PPC_RADIX_MMU=n"
    return "radix", "POWER9 or newer assumed (POWER8: disable_radix, or declare percpu.atom = 1MiB)"


DEBIAN_FLAVOUR_PAGE: Fact[int] = Fact(
    "page size of Debian's powerpc64le flavour",
    "64 KiB pages moved to a flavour of their own (powerpc64le-64k)",
    (
        Since("6.11", 4 * KIB, "Debian's linux package: 6.1 has one flavour, 6.12 has powerpc64le and powerpc64le-64k"),
        Since("2.6.30", 64 * KIB, "Debian's linux package"),
    ),
)


def _page_size_64(system: System) -> Figure:
    told = named_page_size(system)
    if told is not None:
        return Figure(told, "the profile, the configuration or the kernel's name", "declared")
    if system.kernel.text.split(" ")[0].endswith("-powerpc64le"):
        return Figure(DEBIAN_FLAVOUR_PAGE.at(system.kernel), DEBIAN_FLAVOUR_PAGE.entry(system.kernel).source, "assumed")
    return Figure(64 * KIB, "arch/powerpc/Kconfig:PPC_64K_PAGES; what most distributions build", "assumed")


def _build_64(system: System) -> Architecture:
    pages = _page_size_64(system)
    page_size = pages.value
    mmu, known_by = mmu_of(system)
    fact = HASH_4K_RANGE if mmu == "hash" and page_size == 4 * KIB else RANGES[mmu]
    start, size = fact.at(system.kernel)
    small = mmu == "radix"
    nodes = node_of_each(system)
    return assemble(
        system,
        "powerpc",
        page_size=pages,
        atom=Figure(
            page_size if small else 1 * MIB,
            f"{_SETUP}: {'a page with radix' if small else '1 MiB, as the linear mapping has large pages'}",
        ),
        vmalloc=VmallocRange(start=start, end=start + size, basis="modelled", source=fact.entry(system.kernel).source),
        merged_reserve=True,
        distance=same_node_distance(nodes) if numa(system) else same_node_distance({}),
        page=PAGE_METHOD.at(system.kernel),
        cache_line=128,
        modules_in_vmalloc=True,
        premises=(
            Premise(
                what="MMU",
                value=mmu,
                basis="assumed" if "assumed" in known_by else "declared",
                source=known_by,
            ),
        ),
    )


def _build_32(system: System) -> Architecture:
    offset, hole = page_offset(system, 0xC0000000), 16 * MIB
    ram = usable_ram(system)
    most = 768 * MIB
    lowmem = most if ram is None else min(ram, most)
    return assemble(
        system,
        "powerpc",
        page_size=Figure(named_page_size(system) or 4 * KIB, "arch/powerpc/Kconfig"),
        atom=Figure(named_page_size(system) or 4 * KIB, "mm/percpu.c:setup_per_cpu_areas (generic)"),
        vmalloc=VmallocRange(
            start=(offset + lowmem + hole) // hole * hole,
            end=0xFE000000,
            basis="assumed",
            source="arch/powerpc/include/asm/nohash/32/pgtable.h: up to ioremap_bot, which early mappings lower",
        ),
        own_setup=False,
        cache_line=32,
        lowmem=None if ram is None else lowmem,
        modules_in_vmalloc=True,
    )


def build(system: System) -> Architecture:
    """Build the record for 64 or 32 bits."""
    system = as_one_node(system, "off")
    return _build_64(system) if system.bits == 64 else _build_32(system)


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """PowerPC."""
    yield ArchitectureRecord(
        name="powerpc",
        aliases=("ppc", "ppc64", "ppc64le", "ppc64el", "powerpc64", "powerpc64le"),
        summary="64 bit (radix, hash, Book3E) and 32 bit",
        bits=(64, 32),
        build=build,
    )
