"""What ``--vary`` says: a key and its values, and the points that several of them span."""

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from planner.profile.counts import parse_count
from planner.profile.sets import typed
from planner.profile.sizes import parse_size

Mode = Literal["grid", "list", "random"]
Point = dict[str, Any]
"""Keys and the values that a point sets, as :meth:`planner.profile.model.Profile.with_sets` takes them."""

MAXIMUM_VALUES = 1_000_000
"""Values of one axis."""
COUNTS = frozenset({"count", "possible", "online", "peak", "cycles", "allocations", "nr_cpu_ids"})
"""Last parts of keys where k means 1000; elsewhere it means 1024, as in sizes."""

_RANGE = re.compile(
    r"\s*([^,:]+?)\s*\.\.\s*([^,:]+?)\s*(?::\s*(log|lin|step)?\s*=?\s*([0-9][0-9_]*)|:\s*(log|lin))?\s*"
)
_DOTS = frozenset({"..", "..."})


class AxisError(ValueError):
    """A ``--vary`` or ``--find`` that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A key and its values; a ``drawn`` axis is a range (low, high, logarithmic) that random points draw from."""

    key: str
    values: tuple[Any, ...] = ()
    drawn: tuple[int, int, bool] | None = None

    def draw(self, chance: random.Random) -> Any:
        """Return a value at random: any whole number of the range, or one of the values."""
        if self.drawn is None:
            return chance.choice(self.values)
        low, high, logarithmic = self.drawn
        if not logarithmic:
            return chance.randint(low, high)
        return min(max(round(math.exp(chance.uniform(math.log(low), math.log(high)))), low), high)


def parse_axis(text: str) -> Axis:
    """Return the axis of ``KEY=VALUES``.

    Values are a list (``2,4,8``; ``["a,b", "c"]`` where they hold commas), a list that goes on (``2,4,..,512``; see :func:`_continued`),
    or a range: ``1..64``, ``1k..100k:log20`` (20 values, evenly spaced in the logarithm), ``1..100:lin12``, ``0..64:step8``.

    :raises AxisError: it is none of these.
    """
    key, equals, values = text.partition("=")
    key, values = key.strip(), values.strip()
    if not equals or not key or not values:
        raise AxisError(f"{text!a} is not KEY=VALUES")
    if values.startswith("["):
        listed = typed(values)
        if not isinstance(listed, list) or not listed:
            raise AxisError(f"{key}: {values!a} is not a list")
        return Axis(key, tuple(listed))
    match = _RANGE.fullmatch(values)
    if match:
        return _range(key, match)
    parts = [part.strip() for part in values.split(",")]
    if any(part in _DOTS for part in parts):
        return Axis(key, _continued(key, parts))
    return Axis(key, tuple(typed(part) for part in parts))


def parse_bounds(text: str) -> tuple[str, int, int | None]:
    """Return key, lowest and highest value of ``KEY`` or ``KEY=LOW..HIGH``.

    :raises AxisError: it is neither.
    """
    key, equals, values = text.partition("=")
    if not equals:
        return key.strip(), 0, None
    match = _RANGE.fullmatch(values)
    if match is None or any(match.groups()[2:]):
        raise AxisError(f"{text!a} is not KEY or KEY=LOW..HIGH")
    low, high = _number(key, match[1]), _number(key, match[2])
    if high < low:
        raise AxisError(f"{key}: {high} is less than {low}")
    return key.strip(), low, high


def _number(key: str, text: str) -> int:
    last = key.rstrip("+*").rpartition(".")[2]
    try:
        return parse_count(text) if last in COUNTS else parse_size(text)
    except ValueError as error:
        raise AxisError(f"{key}: {error}") from None


def _range(key: str, match: re.Match[str]) -> Axis:
    low, high = _number(key, match[1]), _number(key, match[2])
    if high < low:
        raise AxisError(f"{key}: {high} is less than {low}")
    kind = match[3] or match[5] or ("lin" if match[4] else "step")
    logarithmic = kind == "log"
    if logarithmic and low < 1:
        raise AxisError(f"{key}: a logarithmic range starts at 1 or above")
    number = int(match[4].replace("_", "")) if match[4] else (1 if kind == "step" else 10)
    steps = (high - low) // max(number, 1) + 1 if kind == "step" else number
    if number < 1:
        raise AxisError(f"{key}: the number behind the colon is 1 or more")
    drawn = (low, high, logarithmic)
    if steps > MAXIMUM_VALUES:
        return Axis(key, (), drawn)
    if kind == "step":
        return Axis(key, tuple(range(low, high + 1, number)), drawn)
    return Axis(key, tuple(dict.fromkeys(_spaced(low, high, number, logarithmic=logarithmic))), drawn)


def _spaced(low: int, high: int, number: int, *, logarithmic: bool) -> Iterator[int]:
    """Yield ``number`` values from ``low`` to ``high``, both among them, rounded to whole ones."""
    if number == 1:
        yield low
        return
    for index in range(number):
        if index == number - 1:
            yield high  # powers of logarithms may miss it by one
        elif logarithmic:
            yield round(low * (high / low) ** (index / (number - 1)))
        else:
            yield low + (2 * index * (high - low) + number - 1) // (2 * (number - 1))


def _continued(key: str, parts: Sequence[str]) -> tuple[int, ...]:
    """Return the values of ``a,b,..,z``.

    By what the values before the dots show: by equal factors where they grow so and reach ``z`` exactly (``2,4,..,512`` doubles), else
    by equal steps (``10,20,..,100``).
    """
    where = next(index for index, part in enumerate(parts) if part in _DOTS)
    if where < 1 or where != len(parts) - 2:
        raise AxisError(f"{key}: dots stand between values and the last one: 2,4,..,512")
    known = [_number(key, part) for part in parts[:where]]
    last = _number(key, parts[-1])
    alone = len(known) == 1
    first, second = (known[0], known[0] + 1) if alone else (known[0], known[1])
    step = second - first
    if step <= 0 or last < known[-1]:
        raise AxisError(f"{key}: values before dots rise, and the last is the greatest")
    if not alone and first > 0 and second % first == 0 and all(b * first == a * second for a, b in pairwise(known)):
        factor, value, values = second // first, first, [first]
        while factor > 1 and value < last:
            value *= factor
            values.append(value)
        if value == last:
            return tuple(values)
    if any(b - a != step for a, b in pairwise(known)) or (last - first) % step:
        raise AxisError(f"{key}: neither equal steps nor equal factors lead to {last}")
    if (last - first) // step >= MAXIMUM_VALUES:
        raise AxisError(f"{key}: more than {MAXIMUM_VALUES:,} values")
    return tuple(range(first, last + 1, step))


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a sweep; any of them can be told from its number alone, so that a sweep can start anywhere.

    ``grid``: all combinations, the last axis fastest. ``list``: first values together, then second … ``random``: ``number`` draws.
    """

    axes: tuple[Axis, ...]
    mode: Mode = "grid"
    number: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what spans no points.

        :raises AxisError: two axes set one key, lists differ in length, or an axis has too many values.
        """
        keys = [axis.key.rstrip("+*") for axis in self.axes]
        for key in keys:
            if keys.count(key) > 1:
                raise AxisError(f"{key} is varied twice")
        if self.mode == "random":
            return
        for axis in self.axes:
            if not axis.values:
                raise AxisError(f"{axis.key}: more than {MAXIMUM_VALUES:,} values")
        if self.mode == "list" and len({len(axis.values) for axis in self.axes}) > 1:
            lengths = ", ".join(f"{axis.key} has {len(axis.values)}" for axis in self.axes)
            raise AxisError(f"a list takes values together, so axes are equally long: {lengths}")

    def __len__(self) -> int:
        """Count the points."""
        if self.mode == "random":
            return self.number
        if self.mode == "list":
            return len(self.axes[0].values) if self.axes else 1
        return math.prod(len(axis.values) for axis in self.axes)

    def at(self, index: int) -> Point:
        """Return point ``index``."""
        if self.mode == "random":
            return {
                axis.key: axis.draw(random.Random(f"{self.seed}/{index}/{axis.key}"))  # noqa: S311 - no secret
                for axis in self.axes
            }
        if self.mode == "list":
            return {axis.key: axis.values[index] for axis in self.axes}
        found = []
        for axis in reversed(self.axes):
            index, number = divmod(index, len(axis.values))
            found.append((axis.key, axis.values[number]))
        return dict(reversed(found))
