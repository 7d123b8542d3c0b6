"""From a sweep's rows to a picture: which columns, which axes, and what lies where. The file is read twice, a row at a time."""

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from planner.cli.failures import UsageError
from planner.cli.rows import polars
from planner.report.outcome import Outcome
from planner.report.pictures import Picture
from planner.report.pictures.frontier import frontier
from planner.report.pictures.heat import heat
from planner.report.pictures.points import DISTINCT, Axis, Points, axis_of
from planner.report.text import clean

ENDINGS: Final = (".jsonl", ".csv", ".parquet")
KINDS: Final = ("heatmap", "frontier")
_LONGEST: Final = 1 << 20
"""Characters of one line."""
_SET: Final = "set:"
_FAILS: Final = frozenset({Outcome.FAILED.value, Outcome.UNJUDGED.value})

Row = dict[str, Any]


@dataclass(slots=True)
class _Key:
    """What is seen of a key that points set: values, up to one more than an axis has places for; and the range of its numbers."""

    values: dict[Any, None] = field(default_factory=dict)
    low: float = math.inf
    high: float = -math.inf
    words: bool = False

    def see(self, value: Any) -> None:
        """Look at one value."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        self.words |= not number
        if number:
            self.low, self.high = min(self.low, value), max(self.high, value)
        if len(self.values) <= DISTINCT:
            self.values[value] = None


@dataclass(slots=True)
class _Survey:
    """The first look: all columns, which of them hold figures, and the keys that vary."""

    columns: dict[str, bool] = field(default_factory=dict)
    keys: dict[str, _Key] = field(default_factory=dict)

    @property
    def varied(self) -> list[str]:
        """Keys with more than one value, in the sweep's order."""
        return [key for key, seen in self.keys.items() if len(seen.values) > 1]


def draw_points(file: str, kind: str, *, x: str = "", y: str = "", value: str = "") -> Picture:
    """Return the heat map or the frontier of a sweep's rows; ``kind``, axes and column are chosen where they are not named.

    :raises UsageError: the file holds no rows, or no such column.
    """
    seen = _survey(file)
    if not kind:
        kind = "heatmap" if len(seen.varied) > 1 and "largest" not in seen.columns else "frontier"
    what = _value(seen, value, kind)
    first, second = _axes(seen, what, x, y, kind)
    points = Points(
        what=what,
        x=_axis(seen, first),
        y=_axis(seen, second) if second else None,
        others=tuple(key for key in seen.varied if key not in {first, second}),
    )
    for row in _rows(file):
        figure = _figure(row.get(what))
        points.add(
            row.get(_SET + first),
            row.get(_SET + second) if second else None,
            figure,
            failing=_fails(row),
            broken=row.get("error") is not None or row.get("boots") is False,
        )
    picture = heat(points) if kind == "heatmap" else frontier(points)
    if picture is None:
        raise UsageError(f"{clean(file)}: the rows hold nothing to draw as {kind} of {clean(what, 60)}")
    return picture


def _survey(file: str) -> _Survey:
    seen = _Survey()
    for row in _rows(file):
        for column, value in row.items():
            if column.startswith(_SET):
                seen.keys.setdefault(column.removeprefix(_SET), _Key()).see(value)
            else:
                seen.columns[column] = seen.columns.get(column, False) or _figure(value) is not None
    if not seen.keys:
        raise UsageError(f"{clean(file)}: holds no rows of planner sweep")
    return seen


def _value(seen: _Survey, wanted: str, kind: str) -> str:
    """Return the column to draw: the one named, else what a frontier found, else what fits (frontier) or headroom (heat map)."""
    if wanted:
        if wanted not in seen.columns:
            raise UsageError(f"--value {wanted!a}: the columns are {', '.join(clean(one, 60) for one in seen.columns)}")
        return wanted
    if "largest" in seen.columns:
        return "largest"
    last = ".fits" if kind == "frontier" else ".headroom"
    mine = [column for column in seen.columns if column.endswith(last)]
    return next((column for column in mine if seen.columns[column]), "percpu_bytes")


def _axes(seen: _Survey, what: str, x: str, y: str, kind: str) -> tuple[str, str]:
    for option, key in (("--x", x), ("--y", y)):
        if key and key not in seen.keys:
            raise UsageError(f"{option} {key!a}: the sweep varies {', '.join(clean(one, 60) for one in seen.keys)}")
    own = f"consumer.{what.removesuffix('.fits')}.count" if what.endswith(".fits") else ""
    free = [key for key in (*seen.varied, *seen.keys) if key not in {x, y}]
    free = list(dict.fromkeys([key for key in free if key != own] + free))  # what fits hardly depends on the own count
    first = x or free.pop(0)
    free = [key for key in free if key != first and key in seen.varied]
    if kind == "frontier":
        free = [key for key in free if key != own]
    second = y or (free[0] if free else "")
    if kind == "heatmap" and not second:
        raise UsageError("a heat map needs two keys that vary; --kind frontier draws one")
    return first, second


def _axis(seen: _Survey, key: str) -> Axis:
    found = seen.keys[key]
    if len(found.values) > DISTINCT and found.words:
        raise UsageError(f"{clean(key, 60)} has more than {DISTINCT} values that are no numbers")
    return axis_of(key, tuple(found.values), found.low, found.high)


def _figure(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if number else None


def _fails(row: Row) -> bool:
    """Return whether a point fails a gate; without gates, whether some consumer does not fit at its count."""
    gates = [value for column, value in row.items() if column.startswith("gate:")]
    if gates:
        return any(value in _FAILS for value in gates)
    rooms = [_figure(value) for column, value in row.items() if column.endswith(".headroom")]
    return any(room is not None and room < 0 for room in rooms)


def _rows(file: str) -> Iterator[Row]:
    """Yield a file's rows.

    :raises UsageError: it cannot be read, or holds something else.
    """
    try:
        if file.endswith(".parquet"):
            yield from _parquet(file)
            return
        with Path(file).open(encoding="utf-8", errors="replace", newline="") as lines:
            yield from _csv(file, lines) if file.endswith(".csv") else _json(file, lines)
    except OSError as error:
        raise UsageError(f"{clean(file)}: {error.strerror or clean(str(error), 200)}") from error


def _json(file: str, lines: Any) -> Iterator[Row]:
    number = 0
    while line := lines.readline(_LONGEST):
        number += 1
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict) or not all(isinstance(one, str | int | float | None) for one in row.values()):
            raise UsageError(f"{clean(file)}:{number}: is no row of planner sweep")
        yield row


def _csv(file: str, lines: Any) -> Iterator[Row]:
    bounded = iter(lambda: lines.readline(_LONGEST), "")
    try:
        for row in csv.DictReader(bounded):
            yield {str(column): _typed(value) for column, value in row.items() if isinstance(value, str)}
    except csv.Error as error:
        raise UsageError(f"{clean(file)}: {clean(str(error), 200)}") from error


def _typed(text: str) -> Any:
    """Return what a cell of CSV stood for."""
    if text in {"", "true", "false"}:
        return {"": None, "true": True, "false": False}[text]
    try:
        return int(text) if len(text) < 20 else text
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _parquet(file: str) -> Iterator[Row]:
    frames = polars()
    try:
        frame = frames.scan_parquet(file)
        start, size = 0, 10_000
        while rows := frame.slice(start, size).collect().to_dicts():
            yield from rows
            start += size
    except frames.exceptions.PolarsError as error:
        raise UsageError(f"{clean(file)}: {clean(str(error), 200)}") from error
