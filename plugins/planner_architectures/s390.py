"""IBM Z: generic set-up up to 6.1, its own with the same numbers from 6.2 on."""

from collections.abc import Iterator

from planner.plugin import Architecture, ArchitectureRecord, Fact, Since, System, VmallocRange, hookimpl
from planner_architectures.common import GIB, KIB, MIB, TIB, Figure, assemble, kernel_size, number_option, usable_ram

_BOOT = "arch/s390/boot/startup.c:setup_kernel_memory_layout, setup_vmalloc_size"
_SETUP = "arch/s390/kernel/setup.c:setup_memory_end"
MODULES = 2 * GIB

OWN_SETUP: Fact[bool] = Fact(
    "own set-up",
    "all CPUs near, otherwise as the generic one",
    (
        Since("6.2", value=True, source="arch/s390/mm/init.c:setup_per_cpu_areas"),
        Since("2.6.30", value=False, source="mm/percpu.c:setup_per_cpu_areas (generic)"),
    ),
)

DEFAULT_SIZE: Fact[int] = Fact(
    "default vmalloc size",
    "64 bit, without the range for modules where there is one",
    (
        Since("5.15", 512 * GIB - MODULES, "arch/s390/include/asm/pgtable.h:VMALLOC_DEFAULT_SIZE (5.10…5.15)"),
        Since("3.8", 128 * GIB - MODULES, "arch/s390/mm: modules have a range of their own"),
        Since("2.6.34", 128 * GIB, "arch/s390/include/asm/pgtable.h (2.6.33…2.6.36)"),
        Since("2.6.30", 1 * GIB, "arch/s390/include/asm/pgtable.h"),
    ),
)

GROWS_WITH_RAM: Fact[bool] = Fact(
    "an eighth of RAM at least",
    "the vmalloc range is no smaller than an eighth of the memory that the machine may have",
    (
        Since("5.15", value=True, source=_BOOT),
        Since("2.6.30", value=False, source=_SETUP),
    ),
)


LOWCORE_ABOVE: Fact[bool] = Fact(
    "lowcore map above the modules",
    "8 KiB for each CPU that the kernel is built for, and a page, in whole segments",
    (
        Since("6.1", value=True, source=f"{_BOOT}: __abs_lowcore (6.0…6.1)"),
        Since("2.6.30", value=False, source=_BOOT),
    ),
)


def _above_modules(system: System) -> int:
    """Bytes between the modules and the end of 3-level page tables."""
    if not LOWCORE_ABOVE.at(system.kernel):
        return 0
    cpus = number_option(system, "NR_CPUS") or 256
    return -(-(cpus * 8 * KIB + 4 * KIB) // MIB) * MIB


def _space(system: System) -> VmallocRange:
    segment = 1 * MIB
    asked, ram = kernel_size(system, "vmalloc"), usable_ram(system)
    size = DEFAULT_SIZE.at(system.kernel)
    if asked is not None:
        size = -(-asked // segment) * segment
    elif ram is not None and GROWS_WITH_RAM.at(system.kernel):
        size = max(size, -(-(ram // 8) // segment) * segment)
    end = 4 * TIB - MODULES - _above_modules(system)
    size = min(size, end // 2 // segment * segment)
    return VmallocRange(
        start=end - size,
        end=end,
        basis="modelled",
        source=f"{DEFAULT_SIZE.entry(system.kernel).source}; {_BOOT} (the size; the place moves with KASLR)",
    )


def build(system: System) -> Architecture:
    """Build the record."""
    if system.bits == 64:
        vmalloc = _space(system)
    else:
        source = "arch/s390/include/asm/pgtable.h: 31 bit"
        vmalloc = VmallocRange(start=2 * GIB - 96 * MIB, end=2 * GIB, basis="modelled", source=source)
    return assemble(
        system,
        "s390",
        page_size=Figure(4 * KIB, "arch/s390/include/asm/page.h"),
        atom=Figure(4 * KIB, OWN_SETUP.entry(system.kernel).source),
        vmalloc=vmalloc,
        own_setup=OWN_SETUP.at(system.kernel),
        obeys_parameter=False,
        distance=None,
        cache_line=256,
    )


@hookimpl
def planner_architectures() -> Iterator[ArchitectureRecord]:
    """IBM Z."""
    yield ArchitectureRecord(name="s390", aliases=("s390x",), summary="IBM Z", bits=(64, 32), build=build)
