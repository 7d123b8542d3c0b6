"""Pictures of a report as SVG text: the HTML page holds them inline, ``planner plot`` writes them as files.

Standard library only; no script, no outside reference; the same report gives the same bytes. Each builder returns ``None`` where the
report holds nothing to draw.
"""

from collections.abc import Callable
from typing import Final

from planner.report.model import Report
from planner.report.pictures.bars import consumers, headroom
from planner.report.pictures.chunks import chunks
from planner.report.pictures.fill import fill
from planner.report.pictures.space import space
from planner.report.pictures.svg import Picture, inline, standalone

__all__ = ["PICTURES", "Picture", "inline", "standalone"]

PICTURES: Final[dict[str, Callable[[Report], Picture | None]]] = {
    "chunks": chunks,
    "space": space,
    "consumers": consumers,
    "headroom": headroom,
    "fill": fill,
}
"""Builders by name."""
