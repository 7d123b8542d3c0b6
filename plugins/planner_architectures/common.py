"""What all architecture plugins share: reserves by configuration, NUMA distances, declared values over tables."""

import re
from dataclasses import replace
from typing import Any

from planner.allocator import kernel_boot
from planner.allocator.boot_log import BootLog, find_atom
from planner.plugin import Architecture, Basis, CpuDistance, NodeDistance, Premise, System, VmallocRange
from planner.quick import dataclass

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40

_SUFFIXES = {"K": 10, "M": 20, "G": 30, "T": 40, "P": 50, "E": 60}
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]{1,16}|\d{1,19})([KMGTPE])?", re.IGNORECASE)
_PAGE_IN_NAME = re.compile(r"[-+_.](4|16|64|256)k(?:[-+_.]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a table, what it rests on, and the kernel file that says so."""

    value: int
    source: str
    basis: Basis = "modelled"


def memparse(text: str | None) -> int | None:
    """Read a size as lib/cmdline.c:memparse does: hexadecimal, octal or decimal with K, M, G …; ``None`` without digits."""
    match = _NUMBER.match(text or "")
    if match is None:
        return None
    digits = match[1]
    octal = digits.startswith("0") and digits.isdigit() and len(digits) > 1 and not set(digits) & set("89")
    number = int(digits, 8 if octal else 16 if digits[:2] in {"0x", "0X"} else 10)
    return number << _SUFFIXES[match[2].upper()] if match[2] else number


def kernel_size(system: System, key: str) -> int | None:
    """Return the size that the kernel's command line gives for ``key``, ``None`` when absent or not a size."""
    return memparse(system.cmdline.get(key))


def number_option(system: System, name: str, most: int = 65_536) -> int | None:
    """Return a numeric kernel option such as NR_CPUS, ``None`` where it is unknown or no number from 1 to ``most``."""
    text = system.config.get(name) or ""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return int(text) if 0 < int(text) <= most else None


def usable_ram(system: System) -> int | None:
    """Return RAM in bytes as far as ``mem=`` lets the kernel see it, ``None`` when unknown."""
    limit = kernel_size(system, "mem")
    if system.ram is None:
        return limit
    return system.ram if limit is None else min(system.ram, limit)


def named_page_size(system: System) -> int | None:
    """Return the page size that the profile, the configuration or the kernel's own name tells (``…-64k``), bytes."""
    told = system.page_size
    if told is not None:
        if told & (told - 1) or not 4 * KIB <= told <= 1 * MIB:
            raise ValueError(f"no kernel has pages of {told} bytes")
        return told
    for size in (4, 16, 64, 256):
        options = (f"ARM64_{size}K_PAGES", f"PPC_{size}K_PAGES", f"PAGE_SIZE_{size}KB", f"IA64_PAGE_SIZE_{size}KB")
        if any(system.config.enabled(option, default=False) for option in options):
            return size * KIB
    match = _PAGE_IN_NAME.search(system.kernel.text.split(" ")[0])
    return int(match[1]) * KIB if match else None


def page_offset(system: System, default: int) -> int:
    """Return PAGE_OFFSET of a 32-bit kernel from its VMSPLIT option; ``default`` where it is unknown."""
    declared = memparse(system.config.get("PAGE_OFFSET"))
    if declared is not None:
        return declared
    splits = {"VMSPLIT_3G": 0xC0000000, "VMSPLIT_3G_OPT": 0xB0000000, "VMSPLIT_2G": 0x80000000}
    splits |= {"VMSPLIT_2G_OPT": 0x78000000, "VMSPLIT_1G": 0x40000000}
    return next((start for option, start in splits.items() if system.config.enabled(option, default=False)), default)


def numa(system: System) -> bool:
    """Return whether the kernel is built for NUMA; unknown: on 64 bits, or where the profile names nodes."""
    return system.config.enabled("NUMA", default=system.bits == 64 or len(system.nodes) > 1)


def as_one_node(system: System, *words: str) -> System:
    """Return the system as it boots: where ``numa=`` begins with one of ``words``, its CPUs are all on node 0 and no table is read."""
    told = [value for key, value in system.cmdline.words() if key == "numa" and value]
    if not any(value.startswith(words) for value in told):
        return system
    return replace(system, node_of={}, distances=None)


def node_of_each(system: System) -> dict[int, int]:
    """Return the node of every possible CPU: the lowest one where the profile names none."""
    lowest = system.nodes[0]
    return {cpu: system.node_of.get(cpu, lowest) for cpu in system.cpus_possible}


def same_node_distance(node_of: dict[int, int]) -> CpuDistance:
    """Return the rule "10 within a node, 20 between" that x86, powerpc, sparc and loongarch pass."""
    return NodeDistance(node_of)


def table_distance(system: System) -> CpuDistance:
    """Return the rule that asks the firmware's distance table, as drivers/base/arch_numa.c and mips do."""
    return NodeDistance(system.node_of, system.distances)


def _shift(system: System, page_size: int) -> int:
    """Doublings of the dynamic reserve: PERCPU_DYNAMIC_SIZE_SHIFT - 10."""
    if not system.config.enabled("RANDOM_KMALLOC_CACHES", default=False):
        return 0
    lockdep = system.config.enabled("LOCKDEP", default=False)
    fact = kernel_boot.SHIFT_RANDOM_KMALLOC
    if lockdep and page_size != 4 * KIB:
        fact = kernel_boot.SHIFT_RANDOM_KMALLOC_LOCKDEP
    return fact.at(system.kernel)


def module_reserve(system: System) -> int:
    """Return PERCPU_MODULE_RESERVE in bytes."""
    if not system.config.enabled("MODULES", default=True):
        return 0
    profiling = system.config.enabled("MEM_ALLOC_PROFILING", default=False)
    fact = kernel_boot.MODULE_RESERVE_PROFILING if profiling else kernel_boot.MODULE_RESERVE
    return fact.at(system.kernel)


def dynamic_reserve(system: System, page_size: int) -> int:
    """Return PERCPU_DYNAMIC_RESERVE in bytes."""
    fact = kernel_boot.DYNAMIC_RESERVE_64 if system.bits == 64 else kernel_boot.DYNAMIC_RESERVE_32
    return fact.at(system.kernel) << _shift(system, page_size)


def assemble(  # noqa: PLR0913 - one argument a kind of fact, all but two by name
    system: System,
    name: str,
    *,
    page_size: Figure,
    atom: Figure,
    vmalloc: VmallocRange,
    merged_reserve: bool = False,
    **rest: Any,
) -> Architecture:
    """Build the record: reserves by configuration, declared values over all of it, and what each figure rests on.

    ``merged_reserve``: modules take their per-CPU data from the dynamic area, so both reserves are one (x86-32, powerpc64).
    ``rest`` are further fields of :class:`~planner.plugin.Architecture`.
    """
    smp = system.config.enabled("SMP", default=True)
    modules, dynamic = module_reserve(system), dynamic_reserve(system, page_size.value)
    reserve_source = "include/linux/percpu.h:PERCPU_MODULE_RESERVE, PERCPU_DYNAMIC_RESERVE"
    reserve_basis: Basis = "modelled" if system.config.get("MODULES") is not None else "assumed"
    figures = {
        "page_size": page_size,
        "atom_size": atom,
        "reserved": Figure(0 if merged_reserve else modules, reserve_source, reserve_basis),
        "dynamic": Figure(dynamic + modules if merged_reserve else dynamic, reserve_source, reserve_basis),
    }
    told = system.declared
    for field, value in (("atom_size", told.atom_size), ("reserved", told.reserved), ("dynamic", told.dynamic)):
        if value is not None:
            figures[field] = Figure(value, "the profile", told.basis)
    figures["atom_size"] = _atom_of_unit(system, figures, rest.get("distance"))
    vmalloc = _possible(system, _declared_range(system, vmalloc))
    shift = _shift(system, page_size.value)
    early = kernel_boot.DYNAMIC_EARLY.at(system.kernel)
    premises = [Premise(what=what, value=str(f.value), basis=f.basis, source=f.source) for what, f in figures.items()]
    premises.append(
        Premise(
            what="vmalloc",
            value=f"{vmalloc.start:#x}-{vmalloc.end:#x}",
            basis=vmalloc.basis,
            source=vmalloc.source,
        )
    )
    extra = tuple(rest.pop("premises", ()))
    record = Architecture(
        name=name,
        bits=system.bits,
        vmalloc=vmalloc,
        smp=smp,
        premises=(*premises, *extra),
        dynamic_early=early << shift if early is not None and shift else None,
        page_size=figures["page_size"].value,
        atom_size=figures["atom_size"].value,
        reserved=figures["reserved"].value,
        dynamic=figures["dynamic"].value,
        **rest,
    )
    return record if smp else replace(record, km=True)


def _atom_of_unit(system: System, figures: dict[str, Figure], distance: CpuDistance | None) -> Figure:
    """Return the atom size that the unit size of a boot line (or a declared one) leaves possible.

    A boot line outranks the version table: it shows back-ports that the table does not know.
    """
    told, table = system.declared, figures["atom_size"]
    paged = "page" in {system.percpu_alloc, system.cmdline.get("percpu_alloc")}
    if told.unit_size is None or told.atom_size is not None or system.static is None or paged:
        return table
    line = BootLog(
        kind="embed",
        static=system.static,
        reserved=figures["reserved"].value,
        dynamic=figures["dynamic"].value,
        unit_size=told.unit_size,
    )
    page = figures["page_size"].value
    found = find_atom(system.kernel, line, table.value, page_size=page, cpus=system.cpus_possible, distance=distance)
    if found.atom_size is None:
        why = f"{table.source}; a unit of {told.unit_size} bytes fits no atom with {system.nr_cpus} possible CPUs"
        return Figure(table.value, why, "assumed")
    return Figure(found.atom_size, found.reason, told.basis) if found.overrules else table


def _possible(system: System, vmalloc: VmallocRange) -> VmallocRange:
    if not 0 <= vmalloc.start <= vmalloc.end <= 1 << system.bits:
        where = f"{vmalloc.start:#x} to {vmalloc.end:#x}"
        raise ValueError(f"no room for the vmalloc range, {where}: check vmalloc=, PAGE_OFFSET, RAM and [vmalloc]")
    return vmalloc


def _declared_range(system: System, modelled: VmallocRange) -> VmallocRange:
    """Put declared ends over the modelled ones; a declared size alone keeps the end, as ``vmalloc=`` does."""
    told = system.declared
    start, end = told.vmalloc_start, told.vmalloc_end
    if start is None and end is None and told.vmalloc_size is None:
        return modelled
    if told.vmalloc_size is not None:
        if start is not None and end is None:
            end = start + told.vmalloc_size
        elif start is None:
            end = modelled.end if end is None else end
            start = end - told.vmalloc_size
    return VmallocRange(
        start=modelled.start if start is None else start,
        end=modelled.end if end is None else end,
        basis=told.basis,
        source="the profile",
    )
