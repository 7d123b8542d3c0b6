"""/proc/meminfo: names and bytes."""

import re
from typing import Final

_LINE: Final = re.compile(r"^([A-Za-z][\w()]{0,63}):[ \t]+(\d{1,18})(?:[ \t]+(kB))?[ \t\r]*$", re.ASCII | re.MULTILINE)
_MAXIMUM: Final = 1 << 20


def parse_meminfo(text: str) -> dict[str, int]:
    """Return the values of /proc/meminfo: bytes where the line says kB, plain counts (HugePages_Total) otherwise.

    The first line of a name counts; anything that is no such line is passed over.
    """
    values: dict[str, int] = {}
    for name, number, unit in _LINE.findall(text[:_MAXIMUM]):
        values.setdefault(name, int(number) * (1024 if unit else 1))
    return values
