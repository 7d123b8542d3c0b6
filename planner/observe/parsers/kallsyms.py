"""/proc/kallsyms and System.map: addresses of chosen symbols."""

import re
from collections.abc import Collection, Iterable
from typing import Final

_LINE: Final = re.compile(r"([0-9a-fA-F]{8,16}) [A-Za-z?] ([\w.$]{1,512})(?:[ \t].*)?", re.ASCII)


def parse_symbols(lines: Iterable[str], wanted: Collection[str]) -> dict[str, int]:
    """Return the addresses of the ``wanted`` symbols that the lines hold; the first of a name counts.

    Where the kernel hides addresses every one of them is 0: then nothing is returned.
    """
    found: dict[str, int] = {}
    genuine = False
    names = frozenset(wanted)
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            continue
        address = int(match[1], 16)
        genuine = genuine or address != 0
        if match[2] in names:
            found.setdefault(match[2], address)
            if len(found) == len(names) and genuine:
                break
    return found if genuine else {}


def static_size(symbols: dict[str, int]) -> int | None:
    """Return the bytes of the kernel's static per-CPU section, ``None`` where its symbols are not there."""
    start, end = symbols.get("__per_cpu_start"), symbols.get("__per_cpu_end")
    return end - start if start is not None and end is not None and end > start else None
