"""Everything wrong with a profile, at once: ``file:line:column: key: what; allowed …; did you mean "…" [code]``."""

import difflib
from collections.abc import Iterable

from planner.quick import dataclass

CODES = {
    "P001": "the file cannot be read",
    "P002": "the file is too large",
    "P003": "the file is not text in UTF-8",
    "P004": "the file is not TOML",
    "P005": "the file is nested too deeply or holds too much",
    "P006": "there is no shipped profile of that name",
    "P010": "unknown key",
    "P011": "a required key is missing",
    "P012": "the value has the wrong type",
    "P013": "the value is not allowed",
    "P014": "not a size or address",
    "P015": "not a list of CPUs",
    "P016": "not a count",
    "P017": "not a rate or duration",
    "P018": "not a kernel version",
    "P019": "not a boot line that planner can read",
    "P020": "keys contradict each other",
    "P021": "a name is used twice",
    "P030": "unknown architecture",
    "P031": "unknown kind of consumer",
    "P032": "unknown kind of gate",
    "P033": "a consumer type contains itself",
    "P034": "the kernel is outside the range that is modelled",
    "P035": "a consumer or gate is named that does not exist",
    "P036": "a consumer type is too large when taken apart",
    "P040": "a file that the profile names cannot be read",
    "P041": "an optional library is missing that reads a file which the profile names",
    "P050": "a key given by --set does not exist",
    "P060": "a plugin's parameters cannot be used",
}
"""Stable codes of problems; a code keeps its meaning for ever."""

MAXIMUM_PROBLEMS = 100
"""Problems that one error carries; the rest are counted."""

_SHOWN = 240


def escape(text: str, limit: int = _SHOWN) -> str:
    """Return ``text`` without anything that a terminal would obey: what cannot be printed as escapes, cut to ``limit``."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    ``key`` is the key's path as ``--set`` takes it, empty for the whole file. ``line`` and ``column`` count from 1; ``None`` where the file
    has no such place. ``allowed`` and ``suggestion`` are empty where there is nothing to say.
    """

    file: str
    what: str
    code: str
    key: str = ""
    line: int | None = None
    column: int | None = None
    allowed: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        place = "".join(f":{number}" for number in (self.line, self.column) if number is not None)
        key = f"{escape(self.key)}: " if self.key else ""
        allowed = f"; allowed: {escape(self.allowed, 400)}" if self.allowed else ""
        hint = f'; did you mean "{escape(self.suggestion)}"' if self.suggestion else ""
        return f"{escape(self.file)}{place}: {key}{escape(self.what)}{allowed}{hint} [{self.code}]"


class ProfileError(ValueError):
    """A profile that cannot be used.

    ``problems`` runs in the order of the file; ``more`` counts those beyond :data:`MAXIMUM_PROBLEMS`. ``str()`` is one line a problem.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        ordered = sorted(problems, key=lambda p: (p.line or 0, p.column or 0, p.key, p.code, p.what))
        unique = tuple(dict.fromkeys(ordered))
        self.problems: tuple[Problem, ...] = unique[:MAXIMUM_PROBLEMS]
        self.more: int = len(unique) - len(self.problems)
        lines = [str(problem) for problem in self.problems]
        if self.more:
            lines.append(f"… and {self.more} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type["ProfileError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


def nearest(word: str, among: Iterable[str]) -> str:
    """Return the name among ``among`` that ``word`` was probably meant to be, or an empty text."""
    names = {name.lower(): name for name in among}
    found = difflib.get_close_matches(word.lower()[:64], names, n=1, cutoff=0.6)
    return names[found[0]] if found else ""


def listed(words: Iterable[str], limit: int = 12) -> str:
    """Return words as a list for a message, cut after ``limit``."""
    names = list(words)
    more = f" … ({len(names) - limit} more)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
