"""From checked tables to a :class:`planner.plugin.System`: what the keys mean together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from planner.allocator.boot_log import BootLog
from planner.plugin import (
    ArchitectureRecord,
    Basis,
    CommandLine,
    Config,
    Declared,
    KernelVersion,
    StructSize,
    System,
)
from planner.profile.boot_cpus import online_cpus, possible_cpus
from planner.profile.boot_lines import contradictions
from planner.profile.check import TOP, Problems, Spot
from planner.profile.cpu_list import format_cpu_list
from planner.profile.errors import listed, nearest
from planner.profile.numa import settle_distances
from planner.profile.sizes import parse_size
from planner.profile.tables import (
    ALLOCS,
    BootTable,
    CpusTable,
    MemoryTable,
    NumaTable,
    PercpuTable,
    SystemTable,
    VmallocTable,
)

BasisOf = Callable[[str], Basis]

OLDEST = KernelVersion.parse("2.6.30")
"""The first kernel with this allocator."""

WORD_SIZES: Mapping[str, int] = {
    **dict.fromkeys(("i386", "i486", "i586", "i686", "x86_32", "ia32", "arm", "armv7l", "armhf", "armel"), 32),
    **dict.fromkeys(("ppc", "powerpc32", "mips32", "mipsel", "riscv32", "sparc32", "parisc32"), 32),
    **dict.fromkeys(("x86_64", "amd64", "x64", "aarch64", "arm64", "ppc64", "ppc64le", "ppc64el", "powerpc64"), 64),
    **dict.fromkeys(("mips64", "mips64el", "riscv64", "s390x", "sparc64", "parisc64", "loongarch64", "ia64"), 64),
}
"""Word sizes that usual names of architectures imply."""


@dataclass(slots=True, eq=False, repr=False)
class Tables:
    """The checked tables of one profile; a table that the file does not hold is at its defaults."""

    system: SystemTable
    cpus: CpusTable
    numa: NumaTable | None
    memory: MemoryTable
    percpu: PercpuTable
    boot: BootTable
    vmalloc: VmallocTable


def find_architecture(
    name: str, records: Mapping[str, ArchitectureRecord], problems: Problems
) -> ArchitectureRecord | None:
    """Return the architecture of that name or alias, ``None`` (and a problem) where there is none."""
    lower = name.lower()
    for record in records.values():
        if lower == record.name.lower() or lower in (alias.lower() for alias in record.aliases):
            return record
    names = [*records, *(alias for record in records.values() for alias in record.aliases)]
    what = f'there is no architecture "{name}"'
    problems.add(TOP.key("system").key("arch"), what, "P030", listed(sorted(records), 30), nearest(name, names))
    return None


def word_size(table: SystemTable, record: ArchitectureRecord, problems: Problems) -> int:
    """Return 32 or 64: as declared, as the architecture's name implies, or the only one there is."""
    implied = WORD_SIZES.get(table.arch.lower())
    if table.bits is not None:
        allowed = (implied,) if implied in record.bits else record.bits
        if table.bits not in allowed:
            what = f"is {table.bits}, which {table.arch} is not"
            problems.add(TOP.key("system").key("bits"), what, "P020", " or ".join(map(str, allowed)))
        return table.bits
    if implied in record.bits:
        return implied
    if len(record.bits) > 1:
        what = f"is missing: {table.arch} has {' and '.join(map(str, record.bits))} bits"
        problems.add(Spot(("system",), "system.bits"), what, "P011", " or ".join(map(str, record.bits)))
    return record.bits[0]


def make_system(  # noqa: PLR0913 - everything that a system consists of
    tables: Tables,
    *,
    name: str,
    record: ArchitectureRecord,
    options: Mapping[str, str],
    structs: Mapping[str, StructSize],
    boot: BootLog,
    basis_of: BasisOf,
    problems: Problems,
    warnings: list[str],
) -> System:
    """Return the system that the tables describe; contradictions become problems, oddities warnings."""
    kernel = tables.system.kernel
    if kernel < OLDEST:
        what = f"Linux {kernel} is older than this allocator"
        problems.add(TOP.key("system").key("kernel"), what, "P034", f"Linux {OLDEST} and later")
    bits = word_size(tables.system, record, problems)
    cmdline = CommandLine(tables.boot.cmdline)
    config = Config(dict(options), basis=basis_of("config") if options else "assumed")
    cpus = _cpus(tables, record.name, cmdline, config, problems)
    online = online_cpus(cpus, tables.cpus.online, cmdline)
    node_of, distances = _numa(tables.numa, cpus, problems, warnings)
    percpu = tables.percpu
    static = percpu.static if percpu.static is not None else boot.static
    warnings += contradictions(boot, {"static": percpu.static, "reserved": percpu.reserved})
    return System(
        name=name,
        arch=record.name,
        bits=bits,
        kernel=kernel,
        cpus_possible=cpus,
        cpus_online=online,
        node_of=node_of,
        distances=distances,
        ram=_ram(tables.memory.ram, cmdline),
        static=static,
        page_size=tables.system.page_size,
        percpu_alloc=percpu.alloc or _percpu_alloc(cmdline) or ("page" if boot.kind == "page" else None),
        config=config,
        cmdline=cmdline,
        declared=_declared(tables, boot, basis_of, problems),
        structs={name: one if one.align else replace(one, align=bits // 8) for name, one in structs.items()},
    )


def _cpus(tables: Tables, arch: str, cmdline: CommandLine, config: Config, problems: Problems) -> tuple[int, ...]:
    table = tables.cpus
    if table.online is not None:
        extra = sorted(set(table.online) - set(table.possible))
        if extra:
            what = f"names CPUs that are not possible: {format_cpu_list(extra)[:60]}"
            problems.add(TOP.key("cpus").key("online"), what, "P020", "only possible CPUs")
    cpus = possible_cpus(table.possible, arch, max(tables.system.kernel, OLDEST), cmdline, config)
    if config.get("SMP") == "n" and len(cpus) > 1:
        what = f"has {len(cpus)} CPUs, and the kernel is built without SMP"
        problems.add(TOP.key("cpus").key("possible"), what, "P020", "1")
    return cpus


def _numa(
    table: NumaTable | None, cpus: tuple[int, ...], problems: Problems, warnings: list[str]
) -> tuple[dict[int, int], tuple[tuple[int, ...], ...] | None]:
    if table is None:
        return {}, None
    nodes = table.nodes
    node_of = nodes.node_of(cpus)
    if nodes.count is not None and nodes.count > len(cpus):
        warnings.append(f"numa.nodes: {nodes.count} nodes for {len(cpus)} CPUs: some nodes have none")
    listed_cpus = {cpu for _, owned in nodes.cpus for cpu in owned}
    beyond = listed_cpus - set(cpus)
    if beyond:
        warnings.append(f"numa.nodes: CPUs {format_cpu_list(beyond)[:60]} are not possible and left out")
    homeless = [cpu for cpu in cpus if cpu not in node_of]
    if homeless:
        warnings.append(
            f"numa.nodes: CPUs {format_cpu_list(homeless)[:60]} have no node; the kernel gives them one as its architecture does"
        )
    try:
        return node_of, settle_distances(table.distances, nodes.numbers, node_of)
    except ValueError as error:
        problems.add(TOP.key("numa").key("distances"), str(error), "P020", f"{len(nodes.numbers)} rows")
        return node_of, None


def _ram(ram: int | None, cmdline: CommandLine) -> int | None:
    """Return the RAM that ``mem=`` leaves; a value that the kernel cannot read changes nothing."""
    try:
        limit = parse_size(cmdline.get("mem") or "")
    except ValueError:
        return ram
    return ram if ram is None or not limit else min(ram, limit)


def _percpu_alloc(cmdline: CommandLine) -> str | None:
    """Return the last ``percpu_alloc=`` that the kernel knows (mm/percpu.c:percpu_alloc_setup)."""
    found = None
    for word, value in cmdline.words():
        if word == "percpu_alloc" and value in ALLOCS[1:]:
            found = value
    return found


def _declared(tables: Tables, boot: BootLog, basis_of: BasisOf, problems: Problems) -> Declared:
    percpu, space = tables.percpu, tables.vmalloc
    start, end, size = space.start, space.end, space.size
    if start is not None and end is not None:
        if end <= start:
            problems.add(TOP.key("vmalloc").key("end"), "is not above vmalloc.start", "P020")
        elif size not in {None, end - start}:
            what = f"is {size}, and start and end are {end - start} bytes apart"
            problems.add(TOP.key("vmalloc").key("size"), what, "P020", "two of start, end and size")
    if size == 0:
        problems.add(TOP.key("vmalloc").key("size"), "is 0: chunks need address space", "P013", "a size above 0")
    declared: dict[str, Any] = {
        "atom_size": _first(percpu.atom, boot.atom_size),
        "reserved": _first(percpu.reserved, boot.reserved),
        "dynamic": _first(percpu.dynamic, boot.dynamic),
        "unit_size": _first(percpu.unit, boot.unit_size),
        "vmalloc_start": start,
        "vmalloc_end": end,
        "vmalloc_size": size,
    }
    for key in ("atom", "unit"):
        value = getattr(percpu, key)
        if value is not None and (value == 0 or value % 4096):
            problems.add(TOP.key("percpu").key(key), f"is {value}, not a number of pages", "P013", "pages of 4 KiB")
    if not any(value is not None for value in declared.values()):
        return Declared()
    keys = (
        "percpu.boot_log",
        "percpu.unit",
        "percpu.dynamic",
        "percpu.atom",
        "percpu.reserved",
        "vmalloc.start",
        "vmalloc.size",
    )
    bases = [basis_of(key) for key in keys]
    return Declared(**declared, basis=next((basis for basis in bases if basis != "assumed"), "assumed"))


def _first(declared: int | None, read: int | None) -> int | None:
    return declared if declared is not None else read
