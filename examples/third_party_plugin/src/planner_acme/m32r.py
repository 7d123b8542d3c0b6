"""M32R, which left the kernel with Linux 4.17 and lives on in acme's boards."""

from collections.abc import Iterable

from planner.plugin import Architecture, ArchitectureRecord, System, VmallocRange, hookimpl

PAGE = 4096
MODULE_RESERVE = 8 << 10
DYNAMIC_RESERVE = 12 << 10
VMALLOC = VmallocRange(
    start=0xC000_0000,
    end=0xE000_0000,
    basis="modelled",
    source="arch/m32r/include/asm/pgtable.h: VMALLOC_START, VMALLOC_END (KSEG2 to KSEG3)",
)


def build(system: System) -> Architecture:
    """Return M32R as the generic set-up of mm/percpu.c sees it; what the profile declares outranks what is known here."""
    declared = system.declared
    return Architecture(
        name="m32r",
        bits=32,
        page_size=PAGE,
        atom_size=declared.atom_size or PAGE,
        reserved=MODULE_RESERVE if declared.reserved is None else declared.reserved,
        dynamic=declared.dynamic or DYNAMIC_RESERVE,
        vmalloc=VMALLOC,
        own_setup=False,
        cache_line=32,
    )


@hookimpl
def planner_architectures() -> Iterable[ArchitectureRecord]:
    """Announce ``system.arch = "m32r"``."""
    yield ArchitectureRecord(name="m32r", summary="M32R (generic set-up, up to Linux 4.16)", bits=(32,), build=build)
