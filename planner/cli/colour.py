"""Colour for the text report on a terminal; the text itself stays as it is."""

import functools
import os
import re
import sys
from typing import Final

from planner.cli.failures import UsageError

_RESET: Final = "\x1b[0m"
_STYLES: Final = (
    (r"^  (PASS)\b", "\x1b[32m"),
    (r"^  (FAIL|\?\?\?\?) ", "\x1b[1;31m"),
    (r"^  (WARN|WAIVED)\b", "\x1b[33m"),
    (r"^  (breaks first|not evaluated)\b", "\x1b[31m"),
    (r"^  (best change)\b", "\x1b[32m"),
    (r"^  (warning)\b", "\x1b[33m"),
    (r"^((?:Boot line|Consumers|Memory|Chunks|Limits|What|How many|Gates)\b[^\n]*)", "\x1b[1m"),
)


def coloured(text: str, when: str) -> str:
    """Return ``text`` with colours where they are wanted: ``always``, ``never``, or ``auto`` on a terminal without NO_COLOR.

    :raises UsageError: ``when`` is another word.
    """
    if not wanted(when):
        return text
    for pattern, style in _STYLES:
        text = re.sub(pattern, functools.partial(_paint, style), text, flags=re.MULTILINE)
    return text


def _paint(style: str, match: re.Match[str]) -> str:
    start, end = match.start(1) - match.start(), match.end(1) - match.start()
    whole = match[0]
    return f"{whole[:start]}{style}{whole[start:end]}{_RESET}{whole[end:]}"


def wanted(when: str) -> bool:
    """Return whether to colour.

    :raises UsageError: ``when`` is none of the three words.
    """
    if when not in {"auto", "always", "never"}:
        raise UsageError("--color is auto, always or never")
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout is not None and sys.stdout.isatty()
