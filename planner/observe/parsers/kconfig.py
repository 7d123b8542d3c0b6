"""A kernel's configuration: .config, /boot/config-*, /proc/config.gz."""

import re
from typing import Final

from planner.binary.compressed import expand

_LINE: Final = re.compile(
    r"^(?:CONFIG_([A-Za-z0-9_]{1,128})=(.{0,512}?)|# CONFIG_([A-Za-z0-9_]{1,128}) is not set)[ \t\r]*$",
    re.ASCII | re.MULTILINE,
)
MAXIMUM: Final = 8 << 20
"""Bytes of an unpacked configuration that are read; the largest real ones have 300 KiB."""


def parse_config(data: bytes) -> dict[str, str]:
    """Return the options without ``CONFIG_``: ``{"MEMCG": "y", "HZ": "250", "SLUB_DEBUG": "n"}``; gzip, xz, zstd are unpacked.

    An option that does not stand in the file is not listed; in a complete configuration that means off.

    :raises ParseError: the file is compressed and broken, or unpacks to more than 8 MiB.
    """
    text = expand(data, MAXIMUM).decode("utf-8", "replace")
    options: dict[str, str] = {}
    for name, value, off in _LINE.findall(text):
        options[off or name] = "n" if off else value.strip('"')
    return options
