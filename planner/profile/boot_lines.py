"""What the boot lines of a profile say, and what is left of it when a what-if changes the machine under them."""

from collections.abc import Iterator, Mapping
from typing import Any

from planner.allocator.boot_log import BootLog, parse_boot_log
from planner.plugin import CommandLine
from planner.profile.positions import Path

_WORDS = {"nr_cpus", "possible_cpus", "maxcpus", "nosmp", "nolapic", "disableapic", "percpu_alloc", "numa", "mem"}
"""Words of the command line that decide the first chunk."""

_OTHER_KERNEL = (("system",), ("config",))
_OTHER_MACHINE = (
    ("cpus",),
    ("numa",),
    ("percpu", "static"),
    ("percpu", "alloc"),
    ("percpu", "reserved"),
    ("percpu", "dynamic"),
)
_PAGE_SIZES = tuple(1 << shift for shift in range(12, 21))
"""From 4 KiB to the 1 MiB of hexagon."""
_SAME_KERNEL = ("name", "btf")
"""Keys of [system] that change nothing about the first chunk."""


def read_boot_lines(lines: tuple[str, ...]) -> BootLog:
    """Return what the lines say; text with line breaks counts as several lines.

    :raises ValueError: there are lines, and none of them is about the first chunk, or its figures contradict each other.
    """
    log = parse_boot_log("\n".join(lines))
    if lines and not log.found:
        raise ValueError("holds no line about the first chunk")
    if log.static is None or log.reserved is None or log.dynamic is None:
        return log
    size = log.static + log.reserved + log.dynamic
    if log.unit_size is not None and size > log.unit_size:
        raise ValueError(f"says a unit of {log.unit_size} bytes, and static, reserved and dynamic are {size}")
    # some write the whole unit's pages there when they put a line together from figures
    told = {-(-whole // page) for whole in (size, log.unit_size or size) for page in _PAGE_SIZES}
    if log.kind == "embed" and log.pages is not None and log.pages not in told:
        raise ValueError(f"says {log.pages} pages/cpu, and static, reserved and dynamic are {size} bytes")
    return log


def contradictions(log: BootLog, declared: Mapping[str, int | None]) -> Iterator[str]:
    """Say of each declared size, by its key in ``[percpu]``, that it is not what the boot line says: what is declared counts."""
    for key, read in (("static", log.static), ("reserved", log.reserved)):
        value = declared[key]
        if value is not None and read is not None and value != read:
            yield f"percpu.{key}: {value} contradicts percpu.boot_log, which says {key[0]}{read}; {value} is what counts"


def _touches(path: Path, tables: tuple[tuple[str, ...], ...]) -> bool:
    return any(path[: len(table)] == table or table[: len(path)] == path for table in tables)


def _deciding(cmdline: str) -> list[tuple[str, str | None]]:
    return [(word, value) for word, value in CommandLine(cmdline).words() if word in _WORDS]


def what_is_stale(path: Path, old_cmdline: str, new_cmdline: str) -> str:
    """Return what a changed key makes of the boot line: another ``kernel``, another ``machine``, or nothing (``""``)."""
    if path[:1] == ("system",) and path[1:2] and path[1] in _SAME_KERNEL:
        return ""
    if _touches(path, _OTHER_KERNEL):
        return "kernel"
    if path[:1] == ("boot",):
        return "" if _deciding(old_cmdline) == _deciding(new_cmdline) else "machine"
    return "machine" if _touches(path, _OTHER_MACHINE) else ""


def without_boot_lines(percpu: dict[str, Any], log: BootLog, *, atom: int | None, state: Any) -> dict[str, Any]:
    """Return ``[percpu]`` for a machine that the boot line is not of.

    What belongs to the kernel stays: static data, the reserved chunk, and the atom size that the line betrayed (``atom``;
    ``None`` for another kernel, whose own table then holds). Unit size, rounding and address are the model's again. Of a
    captured ``state`` the number of bytes in use stays.
    """
    kept = {name: value for name, value in percpu.items() if name not in {"boot_log", "unit", "first_chunk_base"}}
    if log.static is not None:
        kept.setdefault("static", log.static)
    if atom is not None:
        kept.setdefault("atom", atom)
        if log.reserved is not None:
            kept.setdefault("reserved", log.reserved)
    if state is not None:
        used = sum(size for chunk in state.chunks if chunk.kind != "reserved" for _, size in chunk.areas or ())
        if used:
            kept.setdefault("in_use", used)
    return kept
