"""One line of the kernel log as a template that both prints and recognises it, with its history over the versions."""

import functools
import re
from collections.abc import Iterator, Mapping
from string import Formatter

from planner.allocator.kernel import Fact
from planner.allocator.kernel_version import KernelVersion
from planner.quick import dataclass

EMERG, ALERT, CRIT, ERR, WARNING, NOTICE, INFO, DEBUG = range(8)
"""Levels of printk, as numbers."""

_FIELDS = {
    "d": r"-?\d{1,20}",
    "x": r"[0-9a-f]{1,16}",
    "p": r" {0,16}(?:[0-9a-f]{1,16}|\(_*ptrval_*\)|<address>)",
    "w": r"\S{1,256}",
    "m": r"0x[0-9a-f]{1,16}(?:\([A-Z_|0-9a-fx]{1,256}\))?",
    "t": r"(?:\w{1,32}: ){0,3}",
    "s": r".{1,512}?",
}
"""What each field type matches: decimal, hexadecimal, %p, a word, gfp flags, print prefixes, any text.

Bounded, so no text can make it slow.
"""


@dataclass(frozen=True, slots=True)
class Wording:
    """One form of a message: printk ``level`` 0 (emerg) to 7 (debug) and a template such as ``size={size:d} align={align:d}``.

    Field types: ``d`` decimal, ``x`` hexadecimal without 0x, ``p`` an address as ``%p`` prints it, ``w`` a word,
    ``m`` gfp flags (``0xdc0(GFP_KERNEL|__GFP_ZERO)``), ``t`` print prefixes (``NUMA: PERCPU: ``) or none, ``s`` text.
    """

    level: int
    template: str

    def format(self, values: Mapping[str, object]) -> str:
        """Fill the template in.

        :raises KeyError: a field has no value.
        """
        parts: list[str] = []
        for literal, name, kind, _conversion in Formatter().parse(self.template):
            parts.append(literal)
            if name is not None:
                value = values[name]
                parts.append(f"{value:x}" if kind == "x" else str(value))
        return "".join(parts)

    def match(self, text: str) -> dict[str, int | str] | None:
        """Return the fields of a line that has this form, ``None`` when it has not; numbers come as ``int``."""
        found = _pattern(self.template).fullmatch(text)
        if found is None:
            return None
        kinds = dict(_fields(self.template))
        return {name: _read(kinds[name], value) for name, value in found.groupdict().items()}


def _read(kind: str, value: str) -> int | str:
    if kind == "d":
        return int(value)
    return int(value, 16) if kind == "x" else value.strip() if kind == "p" else value


def _fields(template: str) -> Iterator[tuple[str, str]]:
    for _literal, name, kind, _conversion in Formatter().parse(template):
        if name is not None:
            yield name, kind or "s"


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    parts: list[str] = []
    for literal, name, kind, _conversion in Formatter().parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P<{name}>{_FIELDS[kind or 's']})")
    return re.compile("".join(parts) + r" ?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Era:
    """Versions that print one wording: from ``since`` on, up to before ``until`` (``None`` = still so)."""

    since: str
    until: str | None
    source: str
    backport: bool = False

    def __str__(self) -> str:
        if self.backport:
            return f"{self.since} and later of that series"
        return f"{self.since} and later" if self.until is None else f"{self.since} up to before {self.until}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its wordings by version (``None`` = not printed), and what it means to a reader.

    ``key`` is planner's name for it. ``stops`` is set where the line says that a request failed.
    """

    key: str
    meaning: str
    wordings: Fact[Wording | None]
    stops: bool = False

    def at(self, version: KernelVersion) -> Wording | None:
        """Return the wording of this version, ``None`` where it prints none."""
        try:
            return self.wordings.at(version)
        except LookupError:
            return None

    def format(self, version: KernelVersion, **values: object) -> str:
        """Return the line as this version prints it.

        :raises LookupError: this version does not print the message.
        """
        return self.line(version, **values)[1]

    def line(self, version: KernelVersion, **values: object) -> tuple[int, str]:
        """Return level and text as this version prints them.

        :raises LookupError: this version does not print the message.
        """
        wording = self.at(version)
        if wording is None:
            raise LookupError(f"{version} does not print {self.key}")
        return wording.level, wording.format(values)

    def eras(self) -> Iterator[tuple[Wording, Era]]:
        """Yield every wording with the versions that print it, newest first, back-ports last."""
        until: str | None = None
        for line in self.wordings.history:
            if line.value is not None:
                yield line.value, Era(line.version, until, line.source)
            until = line.version
        for line in self.wordings.backports:
            if line.value is not None:
                yield line.value, Era(line.version, None, line.source, backport=True)
