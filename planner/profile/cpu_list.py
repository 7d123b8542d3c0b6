"""Lists of CPUs as the kernel prints and reads them: ``0-63,128-191``, and groups, ``0-31:2/4``."""

import re
from collections.abc import Iterable

MAXIMUM_CPUS = 65_536
"""CPUs that planner counts up to; CPU numbers end at 65,535."""

ALLOWED = f'a count up to {MAXIMUM_CPUS}, or a list as the kernel prints it: "0-63,128-191" or "0-31:2/4"'

_MAXIMUM_TEXT = 512 * 1024
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9})/(\d{1,9}))?)?")


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Return the CPUs in ascending order, each once; an empty text lists none.

    ``A-B:USED/GROUP`` means the first USED of every GROUP CPUs (lib/bitmap-str.c:bitmap_parselist).

    :raises ValueError: the text is no list, or names a CPU above 65,535.
    """
    if len(text) > _MAXIMUM_TEXT:
        raise ValueError(f"is longer than {_MAXIMUM_TEXT} characters")
    mask = 0
    for part in text.replace(",", " ").split():
        mask |= _range_mask(part)
    return bits_of(mask)


def _range_mask(part: str) -> int:
    match = _RANGE.fullmatch(part)
    if match is None:
        shown = part if part.isprintable() else ascii(part)[1:-1]
        raise ValueError(f'"{shown[:40]}" is not a CPU or a range of CPUs')
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    if last < first:
        raise ValueError(f'"{part}" runs backwards')
    if last >= MAXIMUM_CPUS:
        raise ValueError(f'"{part}" names a CPU above {MAXIMUM_CPUS - 1}')
    length = last - first + 1
    if match[3] is None:
        return ((1 << length) - 1) << first
    used, group = int(match[3]), int(match[4])
    if not 0 < used <= group:
        raise ValueError(f'"{part}" must use between 1 and {group} of every {group} CPUs')
    pattern, width = (1 << min(used, length)) - 1, group
    while width < length:
        pattern |= pattern << width
        width *= 2
    return (pattern & ((1 << length) - 1)) << first


def bits_of(mask: int) -> tuple[int, ...]:
    """Return the numbers of the bits set in ``mask``, ascending."""
    return tuple(index for index, bit in enumerate(reversed(f"{mask:b}")) if bit == "1")


def format_cpu_list(cpus: Iterable[int]) -> str:
    """Return CPUs as the kernel prints them (``%*pbl``)."""
    ranges: list[list[int]] = []
    for cpu in sorted(set(cpus)):
        if ranges and ranges[-1][1] == cpu - 1:
            ranges[-1][1] = cpu
        else:
            ranges.append([cpu, cpu])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
