"""Words for figures: sizes and counts as people read them, and names made safe to print."""

import math
import unicodedata
from typing import Final

__all__ = [
    "clean",
    "count_text",
    "duration_text",
    "exact_size_text",
    "free_text",
    "percent_text",
    "plural",
    "size_text",
    "times_text",
]

_UNITS: Final = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories that a terminal or a web page acts on instead of showing: controls, direction marks, surrogates."""


def clean(text: str, limit: int = 2000) -> str:
    r"""Return ``text`` in one printable line: what would steer a terminal is shown as ``\xNN``; cut at ``limit`` characters."""
    shown = "".join(_visible(character) for character in text[:limit])
    return shown if len(text) <= limit else shown + "..."


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n\r" or category == "Zs":
        return " "
    if category not in _HIDDEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def count_text(number: int) -> str:
    """Return ``198,634`` for 198634."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """Return ``1 unit`` or ``2 units``."""
    return f"{count_text(number)} {noun}{'' if number == 1 else 's'}"


def size_text(size: int) -> str:
    """Return a size in bytes with three or four digits that count: ``92 B``, ``52 KiB``, ``30.9 KiB``.

    Rounded towards zero, so that neither a use nor what is left ever reads as more than it is.
    """
    sign, rest = ("-", -size) if size < 0 else ("", size)
    if rest < 1024:
        return f"{sign}{rest} B"
    power = min((rest.bit_length() - 1) // 10, len(_UNITS))
    tenths = rest * 10 >> 10 * power
    whole, tenth = divmod(tenths, 10)
    exact = rest == whole << 10 * power
    digits = f"{whole:,}" if exact or whole >= 1000 else f"{whole}.{tenth}"
    return f"{sign}{digits} {_UNITS[power - 1]}"


def exact_size_text(size: int) -> str:
    """Return a size with its bytes beside it where :func:`size_text` rounds: a limit and one past it must not read alike."""
    short = size_text(size)
    power = 10 * (_UNITS.index(short.rpartition(" ")[2]) + 1) if not short.endswith(" B") else 0
    return short if size % (1 << power) == 0 else f"{short} ({count_text(size)} B)"


def percent_text(share: float) -> str:
    """Return a share of 1 as a percentage with one decimal, rounded down: 0.9999 must not read as 100 %."""
    return f"{math.floor(share * 1000 + 1e-9) / 10:.1f} %"


def free_text(share: float | None) -> str:
    """Return the share of what fits that is free: a percentage, ``short`` where more is declared than fits, nothing without a limit."""
    if share is None:
        return ""
    return "short" if share < 0 else percent_text(share)


def times_text(factor: float) -> str:
    """Return how many times something fits, in six digits that count."""
    return f"{factor:g}" if factor < 1e6 else count_text(int(factor))


def duration_text(seconds: float) -> str:
    """Return a span of time in the largest unit that it fills twice."""
    for size, noun in ((31_557_600, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {noun}s"
    return f"{seconds:,.1f} seconds"
