"""Kernel versions as users write them, compared the way the kernel's history runs."""

import functools
import re
from dataclasses import dataclass, field, replace

from planner.allocator.kernel_vendors import debian_sublevel

_VERSION = re.compile(
    r"(?P<major>\d{1,3})\.(?P<minor>\d{1,3})(?:\.(?P<patch>\d{1,4}|y)(?:\.(?P<stable>\d{1,4}|y))?)?"
    r"(?:-rc(?P<rc>\d{1,2}))?(?P<rest>[-+~.\w]*)$"
)
_BUILDS = (
    re.compile(r"\bDebian (?P<version>\d[\w.]*?)-\d"),
    re.compile(r"\bUbuntu \d\S{1,80} (?P<version>\d{1,3}\.\d{1,3}\.\d{1,4})\b"),
)
"""Where a line says what it was built from: Debian's ``uname -v``, Ubuntu's /proc/version_signature (see ubuntu.com/kernel)."""
_MAXIMUM_TEXT = 512


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class KernelVersion:
    """One kernel release.

    ``release`` is the mainline release as three numbers: ``(2, 6, 32)``, ``(3, 10, 0)``, ``(6, 12, 0)``.
    ``stable`` is the number in its stable series (``176`` of 6.1.176), 0 for the release itself and ``None`` where the
    text does not say (``4.14.y``). ``rc`` is set for a release candidate, which sorts before its release.
    ``text`` is what the user wrote; it takes no part in comparisons.
    """

    release: tuple[int, int, int]
    stable: int | None = 0
    rc: int | None = None
    text: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> "KernelVersion":
        """Read ``3.2.0-51-generic``, ``5.10.0-rc3+``, ``4.14.y``, ``2.6.32.67`` or a whole ``uname -a`` of Debian.

        Distributions keep the third number of ``uname -r`` at 0. Back-ports follow the sublevel, so it counts where it is told: by
        ``Debian 6.1.176-1`` or ``Ubuntu 5.4.0-12.15-generic 5.4.8`` in the text, or by the build number of Debian's kernels.

        :raises ValueError: the text is no kernel version.
        """
        cleaned = text.strip()
        if not cleaned or len(cleaned) > _MAXIMUM_TEXT:
            raise ValueError("not a kernel version")
        words = cleaned.split()
        first = next((word for word in words if _VERSION.match(word)), words[0])
        match = _VERSION.match(first)
        if match is None:
            raise ValueError(
                f"not a kernel version: {first[:40]!r}; write for example 6.12, 3.2.0-51-generic or 4.14.y"
            )
        parsed = cls._from_match(match, cleaned)
        for builds in _BUILDS:
            build = builds.search(cleaned)
            package = _VERSION.match(build["version"]) if build is not None else None
            if package is not None:
                exact = cls._from_match(package, cleaned)
                if exact.release == parsed.release:
                    return exact
        sublevel = debian_sublevel(first)
        return parsed if sublevel is None else replace(parsed, stable=sublevel)

    @classmethod
    def _from_match(cls, match: "re.Match[str]", text: str) -> "KernelVersion":
        major, minor = int(match["major"]), int(match["minor"])
        patch, stable = match["patch"], match["stable"]
        rc = int(match["rc"]) if match["rc"] else None
        if (major, minor) == (2, 6):
            release = (2, 6, 0 if patch in (None, "y") else int(patch))
            number = stable
        else:
            release = (major, minor, 0)
            number = patch
        return cls(release, None if number == "y" else int(number or 0), rc, text)

    @property
    def key(self) -> tuple[tuple[int, int, int], int, int]:
        """Sorting key; a release candidate stands before its release, an unknown sublevel at the release itself."""
        candidate = -1000 + self.rc if self.rc is not None else 0
        return (self.release, candidate, self.stable or 0)

    @property
    def settled(self) -> "KernelVersion":
        """The release that a candidate leads to; any other version itself."""
        return self if self.rc is None else replace(self, rc=None)

    @property
    def series(self) -> str:
        """The mainline series: ``6.1``, ``2.6.32``."""
        numbers = self.release if self.release[:2] == (2, 6) else self.release[:2]
        return ".".join(map(str, numbers))

    def __lt__(self, other: "KernelVersion") -> bool:
        return self.key < other.key

    def __str__(self) -> str:
        suffix = f"-rc{self.rc}" if self.rc is not None else ""
        stable = ".y" if self.stable is None else f".{self.stable}" if self.stable else ""
        return self.series + stable + suffix
