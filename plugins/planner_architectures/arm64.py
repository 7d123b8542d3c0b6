"""64-bit ARM: page sizes of 4, 16 and 64 KiB, virtual addresses of 36 to 52 bits."""

from collections.abc import Callable, Iterator

from planner.plugin import Architecture, ArchitectureRecord, Fact, Premise, Since, System, VmallocRange, hookimpl
from planner.quick import dataclass
from planner_architectures.common import (
    GIB,
    KIB,
    MIB,
    Figure,
    as_one_node,
    assemble,
    named_page_size,
    numa,
    number_option,
    table_distance,
)

_PGTABLE = "arch/arm64/include/asm/pgtable.h, memory.h"
_GENERIC = "mm/percpu.c:setup_per_cpu_areas (generic)"

NUMA_SETUP: Fact[bool] = Fact(
    "NUMA set-up",
    "own setup_per_cpu_areas that groups CPUs by the firmware's distances",
    (
        Since(
            "4.9", value=True, source="arch/arm64/mm/numa.c (4.9.80, not 4.8.15; drivers/base/arch_numa.c from 5.12 on)"
        ),
        Since("3.7", value=False, source=_GENERIC),
    ),
)

PAGE_METHOD: Fact[bool] = Fact(
    "page method",
    "built with NUMA, as fall-back and for percpu_alloc=page",
    (
        Since("5.16", value=True, source="arch/arm64/Kconfig:NEED_PER_CPU_PAGE_FIRST_CHUNK (5.15.135…5.17)"),
        Since("3.7", value=False, source="arch/arm64/Kconfig"),
    ),
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the ranges are made of: page shift, configured and least bits of a kernel address, log2 of a PUD's size."""

    page_shift: int
    bits: int
    least: int
    pud_shift: int

    @property
    def page_end(self) -> int:
        """End of the linear mapping and start of the rest of the kernel's half, from 5.4 on."""
        return (1 << 64) - (1 << (self.least - 1))


Range = tuple[int, int]
_TOP = 1 << 64


def _latest(a: Addresses, gap: int) -> Range:
    vmemmap = ((1 << a.bits) - (1 << (a.least - 1))) >> (a.page_shift - 6)
    return a.page_end + gap, _TOP - GIB - vmemmap - 8 * MIB


def _below_vmemmap(a: Addresses, gap: int) -> Range:
    return a.page_end + gap, _TOP - (1 << (a.bits - a.page_shift + 6)) - 256 * MIB


def _fixed_pud(a: Addresses, gap: int) -> Range:
    vmemmap = ((1 << a.bits) - (1 << (a.least - 1))) >> (a.page_shift - 6)
    return a.page_end + gap, _TOP - (1 << a.pud_shift) - vmemmap - 64 * KIB


def _linear_above(a: Addresses, gap: int) -> Range:
    vmemmap = 1 << (a.bits - a.page_shift - 1 + 6)
    return _TOP - (1 << a.bits) + gap, _TOP - (1 << (a.bits - 1)) - (1 << a.pud_shift) - vmemmap - 64 * KIB


def _linear_above_rounded(a: Addresses, gap: int) -> Range:
    pud = 1 << a.pud_shift
    vmemmap = -(-(1 << (a.bits - a.page_shift + 6)) // pud) * pud
    return _TOP - (1 << a.bits) + gap, _TOP - (1 << (a.bits - 1)) - pud - vmemmap - 64 * KIB


def _oldest(a: Addresses, gap: int) -> Range:
    return _TOP - (1 << a.bits) + gap, _TOP - (1 << (a.bits - 1)) - 16 * GIB - 64 * KIB


SPACE: Fact[tuple[Callable[[Addresses, int], Range], int]] = Fact(
    "vmalloc range",
    "how the range follows from page size and address bits, and the gap below it (modules, KASAN)",
    (
        Since("6.9", (_latest, 2 * GIB), _PGTABLE),
        Since("6.5", (_below_vmemmap, 2 * GIB), f"{_PGTABLE} (6.4.6…6.6.42)"),
        Since("5.15", (_below_vmemmap, 128 * MIB), _PGTABLE),
        Since("5.11", (_below_vmemmap, 256 * MIB), _PGTABLE),
        Since("5.4", (_fixed_pud, 256 * MIB), _PGTABLE),
        Since("5.0", (_linear_above, 256 * MIB), _PGTABLE),
        Since("4.7", (_linear_above, 128 * MIB), _PGTABLE),
        Since("4.6", (_linear_above_rounded, 128 * MIB), _PGTABLE),
        Since("3.17", (_linear_above_rounded, 0), f"{_PGTABLE} (3.16…3.17)"),
        Since("3.7", (_oldest, 0), _PGTABLE),
    ),
)

DEFAULT_BITS = {4 * KIB: 48, 16 * KIB: 47, 64 * KIB: 48}
"""Address bits that distributions configure; boards often take 39 (4 KiB pages) or 42 (64 KiB)."""


def address_bits(system: System, page_size: int) -> tuple[int, str]:
    """Return CONFIG_ARM64_VA_BITS and how it is known."""
    value = number_option(system, "ARM64_VA_BITS", most=52)
    if value is not None and value >= 36:
        return value, "CONFIG_ARM64_VA_BITS"
    for bits in (36, 39, 42, 47, 48, 52):
        if system.config.enabled(f"ARM64_VA_BITS_{bits}", default=False):
            return bits, f"CONFIG_ARM64_VA_BITS_{bits}"
    return DEFAULT_BITS.get(page_size, 48), "what distributions configure for this page size"


def _range(system: System, page_size: int) -> tuple[VmallocRange, Premise]:
    bits, known_by = address_bits(system, page_size)
    shift = page_size.bit_length() - 1
    levels = -(-(bits - shift) // (shift - 3))
    pud_shift = 2 * shift - 3 if levels == 2 else 3 * shift - 6
    addresses = Addresses(shift, bits, min(bits, 48), pud_shift)
    (rule, gap), source = SPACE.at(system.kernel), SPACE.entry(system.kernel).source
    start, end = rule(addresses, gap)
    premise = Premise(
        what="address bits",
        value=str(bits),
        basis="declared" if known_by.startswith("CONFIG") else "assumed",
        source=known_by,
    )
    return VmallocRange(start=start, end=end, basis="modelled", source=source), premise


def build(system: System) -> Architecture:
    """Build the record; without NUMA, and before 4.9, the generic set-up applies."""
    system = as_one_node(system, "off")
    page_size = named_page_size(system) or 4 * KIB
    vmalloc, premise = _range(system, page_size)
    own = numa(system) and NUMA_SETUP.at(system.kernel)
    return assemble(
        system,
        "arm64",
        page_size=Figure(page_size, "arch/arm64/Kconfig:ARM64_*_PAGES"),
        atom=Figure(page_size, NUMA_SETUP.entry(system.kernel).source if own else _GENERIC),
        vmalloc=vmalloc,
        distance=table_distance(system) if own else None,
        page=own and PAGE_METHOD.at(system.kernel),
        own_setup=own,
        fallback_prefix="NUMA: PERCPU: ",
        premises=(premise,),
    )


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """64-bit ARM."""
    yield ArchitectureRecord(
        name="arm64",
        aliases=("aarch64", "armv8"),
        summary="64-bit ARM, pages of 4, 16 or 64 KiB",
        bits=(64,),
        build=build,
    )
