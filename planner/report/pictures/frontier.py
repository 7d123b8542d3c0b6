"""The frontier: the largest value that still passes, or how many fit, over one axis; a line for each value of another."""

import math
from typing import Final, NamedTuple

from planner.report.pictures.points import Axis, Points, amount, shown
from planner.report.pictures.style import CONSUMERS
from planner.report.pictures.svg import WIDTH, Picture, box, label, number, path
from planner.report.text import clean, plural

_LEFT: Final = 120.0
_RIGHT: Final = WIDTH - 20.0
_TOP: Final = 44.0
_BOTTOM: Final = 360.0


class _Scale(NamedTuple):
    """Figures to heights, from 0, or by their logarithm where they span two powers of ten or more."""

    low: float
    high: float
    logarithmic: bool

    def y(self, value: float) -> float:
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return _BOTTOM - (_BOTTOM - _TOP) * share


def frontier(points: Points) -> Picture | None:
    """Draw the lines; ``None`` without a known figure. Where a place stands for several points, the least figure is shown."""
    known = [cell.least for cell in points.cells.values() if cell.known]
    if not known:
        return None
    least, most = min(known), max([*known, 1.0])
    logarithmic = least > 0 and most / least >= 100
    scale = _Scale(least if logarithmic else min(least, 0.0), most, logarithmic)
    rows = shown(1 if points.y is None else len(points.y), len(CONSUMERS))
    drawn = "".join(_line(points, row, CONSUMERS[index], scale) for index, row in enumerate(rows))
    place_of = _Places(points.x)
    body = [path("frame", box(_LEFT, _TOP, _RIGHT - _LEFT, _BOTTOM - _TOP)), drawn]
    body += [
        label(place_of.x(place), _BOTTOM + 18, points.x.text(place), "small middle", 12)
        for place in shown(len(points.x), 10)
    ]
    body.append(label((_LEFT + _RIGHT) / 2, _BOTTOM + 38, clean(points.x.key, 60), "small muted middle"))
    body += [_tick(scale, step, points.what) for step in range(5)]
    worst = ", the least where points lie together" if points.several else ""
    body.append(label(_LEFT, 16, f"{clean(points.what, 60)}{worst}", "strong"))
    legend, height = _legend(points, rows, _BOTTOM + 58)
    return Picture(
        title=f"{clean(points.what, 60)} over {clean(points.x.key, 60)}",
        description=_told(points, rows),
        height=_BOTTOM + 58 + height,
        body="".join([*body, legend]),
    )


class _Places:
    """Places of an axis across the picture: numbers in proportion (by their logarithm where they span much), all else evenly."""

    def __init__(self, axis: Axis) -> None:
        values = axis.values
        numbers = len(values) > 1 and all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
        if not numbers:
            self._shares = [(place + 0.5) / len(axis) for place in range(len(axis))]
            return
        low, high = float(values[0]), float(values[-1])
        if low > 0 and high / low >= 32:
            self._shares = [0.03 + 0.94 * math.log(one / low) / math.log(high / low) for one in values]
        else:
            self._shares = [0.03 + 0.94 * (one - low) / (high - low) for one in values]

    def x(self, place: int) -> float:
        return _LEFT + (_RIGHT - _LEFT) * self._shares[place]


def _line(points: Points, row: int, kind: str, scale: _Scale) -> str:
    """Draw a line through the known figures of a row; it breaks where nothing is known."""
    places, line, dots, pen = _Places(points.x), "", "", "M"
    for column in range(len(points.x)):
        cell = points.cells.get((column, row))
        if cell is None:
            continue
        if not cell.known:
            pen = "M"
            continue
        x, y = places.x(column), scale.y(cell.least)
        line += f"{pen}{number(x)} {number(y)}"
        dots += box(x - 3, y - 3, 6, 6)
        pen = "L"
    return path(f"trace-{kind}", line) + path(kind, dots)


def _tick(scale: _Scale, step: int, what: str) -> str:
    share = step / 4
    value = scale.low + share * (scale.high - scale.low)
    if scale.logarithmic:
        value = scale.low * (scale.high / scale.low) ** share
    y = _BOTTOM - (_BOTTOM - _TOP) * share
    rule = path("faint", f"M{number(_LEFT)} {number(y)}H{number(_RIGHT)}") if 0 < step < 4 else ""
    return rule + label(
        _LEFT - 8, y + 4, amount(what, round(value) if abs(value) >= 10 else round(value, 4)), "small right", 16
    )


def _legend(points: Points, rows: list[int], y: float) -> tuple[str, float]:
    if points.y is None:
        return "", 0.0
    found = []
    for index, row in enumerate(rows):
        x, kind = _LEFT + (index % 3) * 270, CONSUMERS[index]
        top = y + 22 * (index // 3)
        found.append(
            path(f"trace-{kind}", f"M{number(x)} {number(top + 7)}h34") + path(kind, box(x + 14, top + 4, 6, 6))
        )
        found.append(label(x + 42, top + 12, f"{clean(points.y.key, 30)} = {points.y.text(row)}", "small", 42))
    height = 22.0 * (-(-len(rows) // 3))
    if len(rows) < len(points.y):
        found.append(
            label(
                _LEFT, y + height + 12, f"{len(points.y) - len(rows)} values between these are not drawn", "small muted"
            )
        )
        height += 24
    return "".join(found), height


def _told(points: Points, rows: list[int]) -> str:
    said = [plural(points.number, "point")]
    for row in rows:
        figures = [
            f"{points.x.text(column)}: {amount(points.what, cell.least)}"
            for column in shown(len(points.x), 8)
            if (cell := points.cells.get((column, row))) is not None and cell.known
        ]
        of = f"{clean(points.y.key, 40)} = {points.y.text(row)}, " if points.y is not None else ""
        said.append(f"{of}{clean(points.x.key, 40)} {', '.join(figures)}")
    if points.others:
        said.append(f"also varied: {', '.join(clean(key, 40) for key in points.others)}")
    return "; ".join(said) + "."
