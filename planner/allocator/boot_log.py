"""Read the boot lines of the per-CPU allocator, of every version, and say what they imply."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from planner.allocator.architecture import CpuDistance
from planner.allocator.kernel_messages import (
    ALLOC_INFO,
    ALLOC_MAP,
    EMBEDDED,
    PAGED,
    REMAPPED,
    SETUP_PERCPU,
)
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.messages import strip_prefix
from planner.allocator.unit_layout import Setup, Sizes, align_up, build_layout, min_unit_size, unit_space
from planner.allocator.wording import Message
from planner.quick import dataclass

Kind = Literal["embed", "page", "lpage", "up"]

MAXIMUM_LINES = 1_000_000
MAXIMUM_KEPT = 2048
"""Lines kept, and map lines read: the map of 8192 CPUs has 1024 at most."""
_LARGEST_ATOM = 16 << 20
_CELL = re.compile(r"\[(\d{1,6})\]((?: +(?:\d{1,6}|-{1,8})){1,65536})(?= *(?:\[|$))", re.ASCII)
_VMALLOC = re.compile(r" {0,16}vmalloc ?: 0x([0-9a-f]{8,16}) - 0x([0-9a-f]{8,16}) ", re.ASCII)

Allocation = tuple[int, tuple[int | None, ...]]
"""One boot allocation of the map: its group, and the CPU of each unit (``None`` = unused)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BootLog:
    """What a boot log says of the first chunk; ``None`` = not told. Bytes, but ``pages`` and the counts.

    ``pages`` stands before ``pages/cpu``; ``base`` is ``None`` also where the kernel printed a hashed or hidden pointer.
    ``alloc_size`` and ``atom_size`` are of the ``pcpu-alloc`` line, ``allocations`` its map. ``nr_cpus`` (built for),
    ``cpu_ids`` and ``node_ids`` are of the ``setup_percpu`` line; ``vmalloc`` is the range of "virtual kernel memory layout".
    ``lines`` are the lines understood, without time stamps.
    """

    kind: Kind | None = None
    pages: int | None = None
    page_size: int | None = None
    base: int | None = None
    static: int | None = None
    reserved: int | None = None
    dynamic: int | None = None
    unit_size: int | None = None
    alloc_size: int | None = None
    atom_size: int | None = None
    allocations: tuple[Allocation, ...] = ()
    nr_cpus: int | None = None
    cpu_ids: int | None = None
    node_ids: int | None = None
    vmalloc: tuple[int, int] | None = None
    lines: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there was any line about the first chunk."""
        return self.kind is not None or self.unit_size is not None

    @property
    def cpus(self) -> tuple[int, ...]:
        """Possible CPUs as the map names them, ascending; empty without a map."""
        return tuple(sorted(cpu for _group, cpus in self.allocations for cpu in cpus if cpu is not None))


def parse_boot_log(lines: Iterable[str] | str) -> BootLog:
    """Read boot lines out of any log: dmesg with or without time stamps, syslog, the journal. Never raises.

    A second boot in the same log starts anew, so the last one counts.
    """
    log = BootLog()
    for number, line in enumerate(lines.splitlines() if isinstance(lines, str) else lines):
        if number >= MAXIMUM_LINES:
            break
        log = _read_line(log, strip_prefix(line))
    if log.kind is None and log.unit_size is not None and log.static == 0:
        return replace(log, kind="up")
    return log


def _read_line(log: BootLog, text: str) -> BootLog:
    if "vmalloc" in text:
        match = _VMALLOC.match(text)
        return log if match is None else replace(log, vmalloc=(int(match[1], 16), int(match[2], 16)))
    if "pages" not in text and "pcpu-alloc: " not in text and "NR_CPUS:" not in text:
        return log
    for message, reader in _READERS:
        values = _match(message, text)
        if values is not None:
            read = reader(log, values)
            return replace(read, lines=(*read.lines, text)) if len(read.lines) < MAXIMUM_KEPT else read
    return log


def _match(message: Message, text: str) -> dict[str, int | str] | None:
    for wording, _era in message.eras():
        values = wording.match(text)
        if values is not None:
            return values
    return None


def _number(values: dict[str, int | str], key: str) -> int | None:
    value = values.get(key)
    return value if isinstance(value, int) else None


def _address(values: dict[str, int | str]) -> int | None:
    """Return a printed address, ``None`` for none and for what hashing leaves: an unaligned value or ``(ptrval)``."""
    text = str(values.get("base", ""))
    if not re.fullmatch(r"[0-9a-f]{8,16}", text):
        return None
    address = int(text, 16)
    return None if address % 4096 else address


def _restart(log: BootLog, kind: Kind, values: dict[str, int | str]) -> BootLog:
    fresh = log if log.kind is None and not log.allocations and log.unit_size is None else BootLog(vmalloc=log.vmalloc)
    page = str(values.get("page", ""))
    return replace(
        fresh,
        kind=kind,
        pages=_number(values, "pages"),
        page_size=int(page[:-1]) * 1024 if re.fullmatch(r"\d{1,4}K", page) else None,
        base=_address(values),
        static=_number(values, "static"),
        reserved=_number(values, "reserved"),
        dynamic=_number(values, "dynamic"),
        unit_size=_number(values, "unit"),
    )


def _embedded(log: BootLog, values: dict[str, int | str]) -> BootLog:
    return _restart(log, "embed", values)


def _paged(log: BootLog, values: dict[str, int | str]) -> BootLog:
    return _restart(log, "page", values)


def _remapped(log: BootLog, values: dict[str, int | str]) -> BootLog:
    return _restart(log, "lpage", values)


def _alloc_info(log: BootLog, values: dict[str, int | str]) -> BootLog:
    if log.atom_size is not None:
        log = BootLog(vmalloc=log.vmalloc)
    atoms, atom = _number(values, "atoms"), _number(values, "atom")
    return replace(
        log,
        static=_number(values, "static"),
        reserved=_number(values, "reserved"),
        dynamic=_number(values, "dynamic"),
        unit_size=_number(values, "unit"),
        atom_size=atom,
        alloc_size=atoms * atom if atoms is not None and atom is not None else None,
    )


def _alloc_map(log: BootLog, values: dict[str, int | str]) -> BootLog:
    if len(log.lines) >= MAXIMUM_KEPT:
        return log
    cells = [
        (int(group), tuple(None if cpu.startswith("-") else int(cpu) for cpu in units.split()))
        for group, units in _CELL.findall(str(values["map"]).strip())
    ]
    return replace(log, allocations=(*log.allocations, *cells))


def _setup_percpu(log: BootLog, values: dict[str, int | str]) -> BootLog:
    return replace(
        BootLog(vmalloc=log.vmalloc),
        nr_cpus=_number(values, "nr_cpus"),
        cpu_ids=_number(values, "ids"),
        node_ids=_number(values, "nodes"),
    )


_READERS = (
    (EMBEDDED, _embedded),
    (PAGED, _paged),
    (REMAPPED, _remapped),
    (ALLOC_INFO, _alloc_info),
    (ALLOC_MAP, _alloc_map),
    (SETUP_PERCPU, _setup_percpu),
)


@dataclass(frozen=True, slots=True)
class AtomFinding:
    """What a boot line says of the atom size: ``atom_size`` in bytes (``None``: the line fits no atom), and why.

    ``overrules`` is set where the architecture's table had another value; ``candidates`` are all that fit the line.
    """

    atom_size: int | None
    overrules: bool
    candidates: tuple[int, ...]
    reason: str


def atom_candidates(
    version: KernelVersion,
    log: BootLog,
    *,
    page_size: int,
    cpus: Sequence[int] = (),
    distance: CpuDistance | None = None,
) -> tuple[int, ...]:
    """Return the atom sizes, ascending, with which this version prints these boot lines.

    ``cpus`` are the possible CPUs where known. With a base address only atoms that divide it count. Bytes.
    """
    if log.atom_size is not None:
        return (log.atom_size,)
    if log.kind == "page":
        return (page_size,)
    if log.static is None or log.reserved is None or log.dynamic is None or log.unit_size is None:
        return ()
    atoms, atom = [], page_size
    while atom <= _LARGEST_ATOM:
        if (log.base is None or log.base % atom == 0) and _fits(version, log, page_size, atom, cpus, distance):
            atoms.append(atom)
        atom *= 2
    return tuple(atoms)


def _fits(  # noqa: PLR0913, PLR0917 - one question put to the layout
    version: KernelVersion,
    log: BootLog,
    page_size: int,
    atom: int,
    cpus: Sequence[int],
    distance: CpuDistance | None,
) -> bool:
    sizes = Sizes(static=log.static or 0, reserved=log.reserved or 0, dynamic=log.dynamic or 0, early=0)
    unit = log.unit_size or 0
    if cpus:
        setup = Setup(version=version, bits=64, page_size=page_size, cpus=cpus, sizes=sizes)
        return build_layout(setup, atom, distance).unit_size == unit
    space = unit_space(version, sizes, page_size, atom)
    smallest = max(space.size_sum, min_unit_size(version, page_size))
    whole = unit > 0 and unit % page_size == 0 and unit >= smallest
    return whole and align_up(smallest, atom) % unit == 0 and align_up(smallest, atom) // unit <= space.max_units


def find_atom(  # noqa: PLR0913 - the line, the table and what else is known
    version: KernelVersion,
    log: BootLog,
    table_atom: int,
    *,
    page_size: int,
    cpus: Sequence[int] = (),
    distance: CpuDistance | None = None,
) -> AtomFinding:
    """Hold a boot line against the architecture's atom size: the line outranks the table.

    A kernel with a back-port that the tables do not know shows it here: Ubuntu's 3.2.0-51 i386 prints u53248, which
    no atom but a page gives, while plain 3.2.0 has PMD-sized atoms.
    """
    found = atom_candidates(version, log, page_size=page_size, cpus=cpus, distance=distance)
    if table_atom in found:
        return AtomFinding(table_atom, overrules=False, candidates=found, reason="the boot line agrees with the table")
    if not found:
        return AtomFinding(
            None, overrules=False, candidates=(), reason="the boot line fits no atom size of this kernel"
        )
    atom = page_size if page_size in found else found[0]
    only = "only" if len(found) == 1 else f"{len(found)} sizes fit, the likeliest is"
    return AtomFinding(
        atom,
        overrules=True,
        candidates=found,
        reason=f"the unit of {log.unit_size} bytes in the boot line: {only} {atom}, not {table_atom}",
    )
