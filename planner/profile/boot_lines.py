"""What the boot lines of a profile say."""

from dataclasses import dataclass

from planner.allocator.boot_log import parse_boot_log


@dataclass(frozen=True, slots=True)
class BootFacts:
    """Figures read off boot lines, in bytes; ``None`` = not told. ``kind`` is the first-chunk method: ``embed`` or ``page``."""

    static: int | None = None
    reserved: int | None = None
    dynamic: int | None = None
    unit_size: int | None = None
    base: int | None = None
    atom_size: int | None = None
    kind: str | None = None


def read_boot_lines(lines: tuple[str, ...]) -> BootFacts:
    """Return what the lines say.

    :raises ValueError: there are lines, and none of them is a per-CPU boot line.
    """
    if not lines:
        return BootFacts()
    log = parse_boot_log(lines)
    if not log.found:
        raise ValueError("holds no per-CPU boot line (PERCPU:, percpu: … pages/cpu, or pcpu-alloc:)")
    paged = log.kind == "page"
    return BootFacts(
        static=log.static,
        reserved=log.reserved,
        dynamic=None if paged else log.dynamic,
        unit_size=None if paged else log.unit_size,
        base=log.base,
        atom_size=None if paged else log.atom_size,
        kind=log.kind,
    )
