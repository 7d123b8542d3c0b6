"""A heat map: one figure of many points over two axes, darker where there is more; what fails is crossed out."""

import math
from typing import Final

from planner.report.pictures.points import Axis, Cell, Points, amount, shown
from planner.report.pictures.style import DARK_FROM, RAMP
from planner.report.pictures.svg import WIDTH, Picture, box, label, number, path
from planner.report.text import clean, count_text, plural

_LEFT: Final = 170.0
_WIDE: Final = WIDTH - _LEFT - 10
_TOP: Final = 44.0
_HIGH: Final = 480.0
_TALLEST: Final = 36.0
_NARROWEST_TEXT: Final = 58.0
"""A cell narrower than this holds no figure."""


def heat(points: Points) -> Picture | None:
    """Draw the map; ``None`` without points or with one axis only. Where a place stands for several points, the least figure is shown."""
    if points.y is None or not points.cells:
        return None
    known = [cell.least for cell in points.cells.values() if cell.known]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    # how far beyond its end a machine is says little, how near to it much
    scale = _Scale(max(low, 0.0) if points.what.endswith("headroom") and high > 0 else low, high)
    wide, tall = _WIDE / len(points.x), min(_HIGH / len(points.y), _TALLEST)
    bottom = _TOP + tall * len(points.y)
    shapes: dict[str, str] = {}
    texts, crosses = [], ""
    for (column, row), cell in sorted(points.cells.items()):
        x, y = _LEFT + wide * column, bottom - tall * (row + 1)
        kind = _kind(cell, scale)
        shapes[kind] = shapes.get(kind, "") + box(x, y, wide, tall)
        if cell.failing:
            crosses += _cross(x, y, wide, tall)
        if wide >= _NARROWEST_TEXT and tall >= 18 and cell.known:
            ink = "on-dark" if scale.step(cell.least) >= DARK_FROM else "on-light"
            texts.append(
                label(x + wide / 2, y + tall / 2 + 4, amount(points.what, cell.least), f"small middle {ink}", 12)
            )
    body = [path(kind, shape) for kind, shape in sorted(shapes.items())]
    body += [
        path("cross-under", crosses),
        path("cross", crosses),
        path("frame", box(_LEFT, _TOP, _WIDE, bottom - _TOP)),
        *texts,
    ]
    body += _axes(points.x, points.y, wide, tall, bottom)
    worst = ", the least where points lie together" if points.several else ""
    body.append(label(_LEFT, 16, f"{clean(points.what, 60)}{worst}", "strong"))
    body.append(label(0, 36, clean(points.y.key, 40), "small muted"))
    legend, height = _legend(points, scale, bottom + 58)
    return Picture(
        title=f"Heat map of {clean(points.what, 60)} over {clean(points.x.key, 60)} and {clean(points.y.key, 60)}",
        description=_told(points, low, high, bool(known)),
        height=bottom + 58 + height,
        body="".join([*body, legend]),
    )


class _Scale:
    """Figures to steps of the ramp, by their logarithm where they span two powers of ten or more."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high
        self.logarithmic = low > 0 and high / low >= 100

    def step(self, value: float) -> int:
        if self.high <= self.low:
            return len(RAMP) // 2
        share = max(value - self.low, 0.0) / (self.high - self.low)
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        return min(int(share * len(RAMP) + 1e-9), len(RAMP) - 1)

    def start(self, step: int) -> float:
        share = step / len(RAMP)
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)


def _kind(cell: Cell, scale: _Scale) -> str:
    if cell.known:
        return f"heat{scale.step(cell.least)}"
    return "unpopulated" if cell.broken else "free"


def _cross(x: float, y: float, wide: float, tall: float) -> str:
    left, right = number(x + wide * 0.2), number(x + wide * 0.8)
    high, low = number(y + tall * 0.2), number(y + tall * 0.8)
    return f"M{left} {high}L{right} {low}M{left} {low}L{right} {high}"


def _axes(x: Axis, y: Axis, wide: float, tall: float, bottom: float) -> list[str]:
    found = [
        label(_LEFT + wide * (place + 0.5), bottom + 18, x.text(place), "small middle", 12)
        for place in shown(len(x), 12)
    ]
    found.append(label(_LEFT + _WIDE / 2, bottom + 38, clean(x.key, 60), "small muted middle"))
    found += [
        label(_LEFT - 8, bottom - tall * (place + 0.5) + 4, y.text(place), "small right", 22)
        for place in shown(len(y), 20)
    ]
    return found


def _legend(points: Points, scale: _Scale, y: float) -> tuple[str, float]:
    found, x = [], _LEFT
    if any(cell.known for cell in points.cells.values()):
        for step in range(len(RAMP)):
            found.append(path(f"heat{step} edge", box(x + 78 * step + 0.5, y + 0.5, 78, 13)))
            start = scale.start(step)
            told = amount(points.what, round(start) if abs(start) >= 10 else round(start, 4))
            least = (
                "to " if not step and any(cell.least < start for cell in points.cells.values() if cell.known) else ""
            )
            found.append(label(x + 78 * step, y + 30, least + told, "small muted", 14))
        y += 42
    marks = [
        ("cross", "a gate fails there, or not all fit", any(cell.failing for cell in points.cells.values())),
        ("free", "nothing stops it", any(not cell.known and not cell.broken for cell in points.cells.values())),
        ("unpopulated", "no such machine", any(not cell.known and cell.broken for cell in points.cells.values())),
    ]
    height = 42.0 if found else 0.0
    used = [(kind, text) for kind, text, present in marks if present]
    for index, (kind, text) in enumerate(used):
        left = x + 260 * index
        shape = _cross(left, y, 18, 13) if kind == "cross" else box(left + 0.5, y + 0.5, 18, 13)
        found += [path(kind if kind == "cross" else f"{kind} edge", shape), label(left + 26, y + 12, text, "small")]
    return "".join(found), height + (24.0 if used else 0.0)


def _told(points: Points, low: float, high: float, known: bool) -> str:  # noqa: FBT001 - whether low and high mean anything
    failing = sum(cell.failing for cell in points.cells.values())
    broken = sum(cell.broken for cell in points.cells.values())
    said = [f"{plural(points.number, 'point')}"]
    if known:
        said.append(f"{clean(points.what, 60)} from {amount(points.what, low)} to {amount(points.what, high)}")
    said.append(f"{count_text(failing)} fail a gate or do not all fit")
    if broken:
        said.append(f"{count_text(broken)} are no machine that can be")
    if points.others:
        said.append(f"also varied: {', '.join(clean(key, 40) for key in points.others)}")
    return "; ".join(said) + "."
