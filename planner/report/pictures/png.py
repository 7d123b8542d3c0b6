"""A picture as PNG: the same shapes and words, drawn by matplotlib (extra ``plots``) on a light ground.

The same picture gives the same bytes with the same matplotlib: its own settings and fonts, whatever the user has set, and nothing
in the file of when or by what it was made.
"""

import logging
import re
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from planner.report.pictures.style import COLOURS, RAMP
from planner.report.pictures.svg import WIDTH, Picture

SCALE: Final = 2
"""Dots for each unit of a picture."""
_MARGIN: Final = 16
_POINTS: Final = 72 / 100
"""Points for each unit, a unit being a hundredth of an inch."""

_FILLS: Final = {
    "one": ("one", ""),
    "two": ("two", "---"),
    "three": ("three", "|||"),
    "four": ("four", "..."),
    "five": ("five", "\\\\\\"),
    "kernel": ("kernel", "..."),
    "static": ("static", "////"),
    "reserved": ("reserved", "xxxx"),
    "over": ("bad", "////"),
    "free": ("free", ""),
    "unpopulated": ("ground", "\\\\\\\\"),
}
"""Class of a shape: colour, and the hatch that stands for its pattern."""
_STROKES: Final = {
    "edge": ("edge", 1.0, ()),
    "frame": ("edge", 1.0, ()),
    "rule": ("muted", 1.0, ()),
    "grid": ("ground", 1.0, ()),
    "faint": ("edge", 0.5, (2, 3)),
    "curve": ("one", 2.0, ()),
    "stop": ("bad", 2.0, (6, 4)),
    "cross-under": ("ground", 4.0, ()),
    "cross": ("bad", 1.6, ()),
    "trace-one": ("one", 2.0, ()),
    "trace-two": ("two", 2.0, (8, 3)),
    "trace-three": ("three", 2.0, (2, 3)),
    "trace-four": ("four", 2.0, (8, 3, 2, 3)),
    "trace-five": ("five", 2.0, (14, 4)),
}
"""Class of a line: colour, width in units, dashes."""
_INKS: Final = {"muted": COLOURS["muted"], "bad": COLOURS["bad"], "on-light": "#1b1f24", "on-dark": "#ffffff"}
_STEP: Final = re.compile(r"([MLHVhvlz])([^MLHVhvlz]*)")


class MissingPlotsError(ImportError):
    """Matplotlib is not installed."""


def png(picture: Picture) -> bytes:
    """Return the picture as a PNG file, two dots for each of its units.

    :raises MissingPlotsError: matplotlib is not there.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of caches that it cannot write
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra, and slow to import
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - as above
        from matplotlib.figure import Figure  # noqa: PLC0415 - as above
    except ImportError as error:
        raise MissingPlotsError("PNG needs matplotlib: pip install percpu-planner[plots]") from error
    wide, tall = WIDTH + 2 * _MARGIN, picture.height + 2 * _MARGIN
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that the font lacks are drawn as boxes
        mpl.rcdefaults()
        mpl.rcParams["hatch.linewidth"] = 0.8
        figure = Figure(figsize=(wide / 100, tall / 100), dpi=100 * SCALE, facecolor=COLOURS["ground"])
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(-_MARGIN, wide - _MARGIN)
        axes.set_ylim(tall - _MARGIN, -_MARGIN)
        fonts = Path(mpl.get_data_path(), "fonts/ttf")
        for element in ET.fromstring(f"<g>{picture.body}</g>"):  # noqa: S314 - our own text, made a moment ago
            if element.tag == "path":
                _draw(axes, element.get("class", "").split(), _path(element.get("d", "")))
            else:
                _write(axes, element, fonts)
        out = BytesIO()
        FigureCanvasAgg(figure)
        figure.savefig(out, format="png", dpi=100 * SCALE, facecolor=COLOURS["ground"], metadata={"Software": None})
    return out.getvalue()


def _path(steps: str) -> Any:
    """Return the path that SVG's ``d`` describes, as far as our own shapes use it."""
    from matplotlib.path import Path as Shape  # noqa: PLC0415 - an extra

    places: list[tuple[float, float]] = []
    codes: list[Any] = []
    x = y = 0.0
    start = (0.0, 0.0)
    for letter, text in _STEP.findall(steps):
        numbers = [float(one) for one in re.findall(r"-?[0-9.]+", text)]
        match letter:
            case "M" | "L":
                x, y = numbers
            case "l":
                x, y = x + numbers[0], y + numbers[1]
            case "h":
                x += numbers[0]
            case "H":
                x = numbers[0]
            case "v":
                y += numbers[0]
            case "V":
                y = numbers[0]
            case _:
                x, y = start
        if letter == "M":
            start = (x, y)
        places.append((x, y))
        codes.append({"M": Shape.MOVETO, "z": Shape.CLOSEPOLY}.get(letter, Shape.LINETO))
    return Shape(places, codes)


def _draw(axes: Any, kinds: list[str], shape: Any) -> None:
    from matplotlib.patches import PathPatch  # noqa: PLC0415 - an extra

    for kind in kinds:
        if kind in _STROKES:
            name, wide, dashes = _STROKES[kind]
            dashed = (0, tuple(one / wide for one in dashes)) if dashes else "solid"
            patch = PathPatch(shape, fill=False, edgecolor=COLOURS[name], linewidth=wide * _POINTS, linestyle=dashed)
        elif kind in _FILLS:
            name, hatch = _FILLS[kind]
            lines = COLOURS["edge" if kind == "unpopulated" else "ground"]
            patch = PathPatch(shape, facecolor=COLOURS[name], edgecolor=lines, hatch=hatch or None, linewidth=0)
        elif kind.startswith("heat"):
            patch = PathPatch(shape, facecolor=RAMP[int(kind.removeprefix("heat"))], linewidth=0)
        else:
            raise ValueError(f"no such class of shapes: {kind}")
        axes.add_patch(patch)


def _write(axes: Any, element: ET.Element, fonts: Path) -> None:
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - an extra

    kinds = element.get("class", "").split()
    bold = "strong" in kinds or "bad" in kinds
    size = (12 if "small" in kinds else 13) * _POINTS
    font = FontProperties(fname=str(fonts / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size=size)
    axes.text(
        float(element.get("x", "0")),
        float(element.get("y", "0")),
        element.text or "",
        fontproperties=font,
        color=next((_INKS[kind] for kind in kinds if kind in _INKS), COLOURS["ink"]),
        ha="right" if "right" in kinds else "center" if "middle" in kinds else "left",
        va="baseline",
        parse_math=False,  # a dollar in a name is a dollar
    )
