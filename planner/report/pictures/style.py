"""Colours, patterns and text classes of pictures. A state is told by its pattern as well as by its colour."""

from collections.abc import Iterable
from typing import Final

from planner.report.model import ConsumerInfo

_LIGHT: Final = (
    "--ground:#ffffff;--ink:#1b1f24;--muted:#525c67;--edge:#8a949e;--free:#d3e5fb;--one:#1d5fb8;--two:#a8480b;--three:#1a7353;"
    "--four:#8a2f83;--five:#6b5a00;--kernel:#59636e;--static:#4f4a78;--reserved:#9a6400;--bad:#b3261e;"
)
RAMP: Final = ("#f1f6fc", "#d5e4f6", "#b0cdec", "#83b0de", "#5690cc", "#3171b3", "#185493", "#0a3768")
"""Eight steps of one hue from little to much, the same on a light and a dark ground."""
DARK_FROM: Final = 5
"""The step of the ramp from which white can be read on it and black no longer."""
_DARK: Final = (
    "--ground:#11161c;--ink:#e8edf2;--muted:#a4b0bc;--edge:#6d7985;--free:#233c58;--one:#6da9f7;--two:#f0954f;--three:#52c79c;"
    "--four:#dd8bd5;--five:#d3bf55;--kernel:#98a3ae;--static:#a9a3e0;--reserved:#e6b04c;--bad:#ff8a80;"
)

COLOURS: Final = dict(part.removeprefix("--").split(":") for part in _LIGHT.rstrip(";").split(";"))
"""The colours of a light ground by name, for what knows no style sheets."""

VARIABLES: Final = (
    f":root{{color-scheme:light dark;{_LIGHT}}}@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
)
"""The colours: dark on a screen that asks for it, light on paper always."""

SHAPES: Final = (
    ".picture text{font:13px system-ui,'DejaVu Sans',Arial,sans-serif;fill:var(--ink)}"
    ".picture .small{font-size:12px}.picture .muted{fill:var(--muted)}.picture .strong{font-weight:600}"
    ".picture .bad{fill:var(--bad);font-weight:600}.picture .right{text-anchor:end}.picture .middle{text-anchor:middle}"
    ".ground{fill:var(--ground)}.edge{stroke:var(--edge);stroke-width:1}.frame{fill:none;stroke:var(--edge);stroke-width:1}"
    ".rule{fill:none;stroke:var(--muted);stroke-width:1}.grid{fill:none;stroke:var(--ground);stroke-width:1}"
    ".faint{fill:none;stroke:var(--edge);stroke-width:.5;stroke-dasharray:2 3}"
    ".curve{fill:none;stroke:var(--one);stroke-width:2}.stop{fill:none;stroke:var(--bad);stroke-width:2;stroke-dasharray:6 4}"
    ".kernel{fill:url(#p-kernel)}.static{fill:url(#p-static)}.reserved{fill:url(#p-reserved)}.free{fill:var(--free)}.unpopulated{fill:url(#p-unpopulated)}"
    ".one{fill:var(--one)}.two{fill:url(#p-two)}.three{fill:url(#p-three)}.four{fill:url(#p-four)}.five{fill:url(#p-five)}"
    ".over{fill:url(#p-over)}.outside{fill:none}"
)
_TRACED: Final = "".join(
    f".trace-{name}{{fill:none;stroke:var(--{name});stroke-width:2;stroke-dasharray:{dashes}}}"
    for name, dashes in (("one", "none"), ("two", "8 3"), ("three", "2 3"), ("four", "8 3 2 3"), ("five", "14 4"))
)
HEAT: Final = (
    "".join(f".heat{step}{{fill:{colour}}}" for step, colour in enumerate(RAMP))
    + ".picture .on-light{fill:#1b1f24}.picture .on-dark{fill:#ffffff}"
    + ".cross-under{fill:none;stroke:#ffffff;stroke-width:4}.cross{fill:none;stroke:#b3261e;stroke-width:1.6}"
    + _TRACED
)
"""The same for pictures of many points, which no page holds."""
"""What the classes of shapes and texts of a report's pictures look like."""

CONSUMERS: Final = ("one", "two", "three", "four", "five")
"""Classes for what tells itself apart by name; the last is for all that follow."""


def by_cost(consumers: Iterable[ConsumerInfo]) -> list[ConsumerInfo]:
    """Return consumers dearest first, as every picture shows them."""
    return sorted(consumers, key=lambda one: -one.bytes_total)


def classes(names: Iterable[str]) -> dict[str, str]:
    """Give each name a class, in order; one that is alone at the end of the list keeps the last for itself."""
    return {name: CONSUMERS[min(index, len(CONSUMERS) - 1)] for index, name in enumerate(dict.fromkeys(names))}


def _pattern(name: str, size: int, ground: str, marks: str, stroke: str) -> str:
    return (
        f'<pattern id="p-{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
        f'<rect width="{size}" height="{size}" style="fill:{ground}"/>'
        f'<path d="{marks}" style="fill:none;stroke:{stroke};stroke-width:1.2"/></pattern>'
    )


_RISING: Final = "M-2 2l4-4M0 8l8-8M6 10l4-4"
_FALLING: Final = "M-2 6l4 4M0 0l8 8M6-2l4 4"

DEFINITIONS: Final = "".join(
    (
        "<defs>",
        _pattern("kernel", 6, "var(--kernel)", "M1 1h2M4 4h2", "var(--ground)"),
        _pattern("static", 8, "var(--static)", _RISING, "var(--ground)"),
        _pattern("reserved", 8, "var(--reserved)", _FALLING + _RISING, "var(--ground)"),
        _pattern("unpopulated", 8, "var(--ground)", _FALLING, "var(--edge)"),
        _pattern("two", 6, "var(--two)", "M0 3h6", "var(--ground)"),
        _pattern("three", 6, "var(--three)", "M3 0v6", "var(--ground)"),
        _pattern("four", 6, "var(--four)", "M2 3h2", "var(--ground)"),
        _pattern("five", 8, "var(--five)", _FALLING, "var(--ground)"),
        _pattern("over", 8, "var(--bad)", _RISING, "var(--ground)"),
        "</defs>",
    )
)
"""The patterns, once a document."""
