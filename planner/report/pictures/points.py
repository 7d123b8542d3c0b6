"""What pictures of many points are drawn from: axes with their places, and what the points at each place say."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from planner.report.text import clean, count_text, percent_text, size_text

DISTINCT: Final = 64
"""Values up to which an axis has a place for each; with more it is cut into :data:`STRETCHES`."""
STRETCHES: Final = 48


@dataclass(frozen=True, slots=True)
class Axis:
    """A key that varies. ``values`` in order, a place each; or ``STRETCHES`` equal stretches from ``low`` to ``high``."""

    key: str
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    logarithmic: bool = False

    def __len__(self) -> int:
        """Count the places."""
        return len(self.values) or STRETCHES

    def place(self, value: Any) -> int | None:
        """Return the place of a value, ``None`` for one that is not on the axis."""
        if self.values:
            return self.values.index(value) if value in self.values else None
        if not _is_number(value) or not self.low <= value <= self.high:
            return None
        return min(int(self._share(value) * STRETCHES), STRETCHES - 1)

    def _share(self, value: float) -> float:
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def text(self, place: int) -> str:
        """Return what stands at a place: the value, or where its stretch begins."""
        if self.values:
            return amount(self.key, self.values[place])
        share = place / STRETCHES
        value = self.low + share * (self.high - self.low)
        if self.logarithmic:
            value = self.low * (self.high / self.low) ** share
        return amount(self.key, round(value) if value >= 10 else value)


def axis_of(key: str, values: Sequence[Any], low: float, high: float) -> Axis:
    """Return the axis of the ``values`` seen; with more than :data:`DISTINCT` it runs over numbers from ``low`` to ``high``."""
    if len(values) <= DISTINCT:
        numbers = all(_is_number(value) for value in values)
        return Axis(key, tuple(sorted(values) if numbers else values))
    return Axis(key, (), low, high, low > 0 and high / low >= 100)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(slots=True)
class Cell:
    """What the points at one place say: the ``least`` figure, how many had one, had no limit, fail a gate, or are no machine at all."""

    least: float = math.inf
    known: int = 0
    unlimited: int = 0
    failing: int = 0
    broken: int = 0

    def add(self, value: float | None, *, failing: bool, broken: bool) -> None:
        """Count one point."""
        self.failing += failing
        self.broken += broken
        if value is not None:
            self.known += 1
            self.least = min(self.least, value)
        elif not broken:
            self.unlimited += 1


@dataclass(slots=True)
class Points:
    """Points over one or two axes; ``what`` is the column whose figures they are, ``others`` are keys that vary as well."""

    what: str
    x: Axis
    y: Axis | None = None
    others: tuple[str, ...] = ()
    number: int = 0
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)

    def add(self, x: Any, y: Any, value: float | None, *, failing: bool, broken: bool) -> None:
        """Count one point; one that lies beside the axes is left out."""
        column, row = self.x.place(x), 0 if self.y is None else self.y.place(y)
        if column is None or row is None:
            return
        self.number += 1
        self.cells.setdefault((column, row), Cell()).add(value, failing=failing, broken=broken)

    @property
    def several(self) -> bool:
        """Whether a place may stand for several points, so that the worst of them is shown."""
        return self.number > len(self.cells)


def amount(what: str, value: Any) -> str:
    """Return a figure in the words of its column or key: shares in percent, bytes in units, counts in groups of three."""
    if not _is_number(value):
        return clean(str(value), 40)
    last = what.rpartition(".")[2].rpartition("_")[2]
    if last == "headroom":
        return percent_text(value)
    if (
        last in {"bytes", "size", "ram", "used", "static", "dynamic", "reserved"}
        and value == int(value)
        and value >= 1024
    ):
        return size_text(int(value))
    return count_text(int(value)) if value == int(value) else f"{value:.3g}"


def shown(count: int, most: int) -> list[int]:
    """Return evenly chosen numbers below ``count``, ``most`` at most, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})
