"""What the boot lines of a profile say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BootFacts:
    """Figures read off boot lines, in bytes; ``None`` = not told."""

    static: int | None = None
    reserved: int | None = None
    dynamic: int | None = None
    unit_size: int | None = None
    base: int | None = None


def read_boot_lines(lines: tuple[str, ...]) -> BootFacts:
    """Return what the lines say.

    :raises ValueError: there are lines, and none of them is a per-CPU boot line.
    """
    del lines
    return BootFacts()
