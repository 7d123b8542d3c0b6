"""Version facts: what changed when, each with the source that says so.

One fact a line, newest first. Add a fact here, never an ``if version`` elsewhere: a mechanism asks
``FACT.at(version)`` and the table answers. Stable series that carry a back-port stand in ``backports``; they
count from the named sublevel to the end of that series.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from planner.allocator.kernel_version import KernelVersion

__all__ = ["Fact", "KernelVersion", "Since"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Since(Generic[T]):
    """From ``version`` on the fact has ``value``; ``source`` is the kernel file and function, commit or tree."""

    version: str
    value: T
    source: str

    @property
    def first(self) -> KernelVersion:
        """The version parsed."""
        return KernelVersion.parse(self.version)


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """What one property of the kernel is, by version.

    ``history`` runs newest first and ends with the oldest version that planner models.
    """

    name: str
    meaning: str
    history: tuple[Since[T], ...]
    backports: tuple[Since[T], ...] = ()

    def entry(self, version: KernelVersion) -> Since[T]:
        """Return the line of the table that holds for ``version``.

        :raises LookupError: the version is older than the oldest line.
        """
        for line in self.backports:
            first = line.first
            if first.release == version.release and first <= version:
                return line
        for line in self.history:
            if line.first <= version:
                return line
        oldest = self.history[-1].version
        raise LookupError(f"{self.name}: known from {oldest} on, not for {version}")

    def at(self, version: KernelVersion) -> T:
        """Return the value that holds for ``version``.

        :raises LookupError: the version is older than the oldest line.
        """
        return self.entry(version).value
