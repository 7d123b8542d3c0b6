"""A document to a page: what the template shows, in the order in which it shows it."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from planner.plugin import Document, Report
from planner.report.outcome import worst_first
from planner.report.pictures import PICTURES, inline
from planner.report.pictures.style import DEFINITIONS, SHAPES, VARIABLES
from planner.report.text import clean, plural
from planner_formats import words
from planner_formats.html import tables

FULL_REPORTS: Final = 12
"""So many of the worst profiles are shown in full, so that a fleet's page stays one that a browser can open."""


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("planner_formats.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2")


def render(document: Document) -> str:
    """Return the page; a user's words pass :func:`clean` here and are escaped by the template."""
    reports = worst_first(document.reports)
    many = len(reports) + len(document.problems) != 1
    title = clean(reports[0].system.name) if not many and reports else f"{plural(len(reports), 'profile')}, worst first"
    if not reports:
        title = "Nothing was evaluated"
    return _template().render(
        title=title,
        many=many,
        style=Markup(VARIABLES + SHAPES),  # noqa: S704 - constants of planner.report.pictures.style
        definitions=Markup(DEFINITIONS),  # noqa: S704 - as above
        summary=tables.summary(reports) if many and reports else None,
        problems=[(clean(one.profile), clean(one.message)) for one in document.problems],
        reports=[_report(report, number) for number, report in enumerate(reports[:FULL_REPORTS], 1)],
        left_out=len(reports) - FULL_REPORTS,
        level=3 if many else 2,
        version=clean(reports[0].planner.version) if reports else "",
    )


def _report(report: Report, number: int) -> dict[str, Any]:
    verdict = report.verdict
    return {
        "id": f"r{number}",
        "name": clean(report.system.name),
        "profile": clean(report.profile),
        "system": words.system_text(report),
        "headline": clean(verdict.headline),
        "breaks_first": clean(verdict.breaks_first or ""),
        "reason": clean(verdict.reason),
        "kernel_log": _lines(verdict.kernel_log),
        "best_change": clean(verdict.best_change),
        "warnings": [clean(one) for one in report.warnings],
        "badges": tables.badges(report),
        "tiles": tables.tiles(report),
        "sections": list(_sections(report, number)),
    }


def _sections(report: Report, number: int) -> list[dict[str, Any]]:
    """Return the sections of a report that have something to show."""
    boot = {"code": _lines(report.first_chunk.boot_log), "text": [words.first_chunk_text(report)]}
    sections = (
        ("Gates", {"table": tables.gates(report)}),
        (
            "How many fit",
            {
                "picture": _picture(report, "headroom", number),
                "table": tables.fit(report),
                "notes": words.fit_notes(report),
            },
        ),
        ("What if", {"table": tables.variants(report)}),
        ("Fill curve", {"picture": _picture(report, "fill", number)}),
        ("How sure that is", _sureness(report)),
        ("Together and over time", {"text": words.together(report)}),
        ("What could be changed", {"table": tables.advice(report)}),
        ("Consumers by cost", {"picture": _picture(report, "consumers", number), "table": tables.cost(report)}),
        ("Chunks", {"picture": _picture(report, "chunks", number), "table": tables.chunks(report)}),
        ("Address space", {"picture": _picture(report, "space", number)}),
        (f"Boot line, to compare with dmesg ({report.first_chunk.basis})", boot),
        ("Memory", {"table": tables.memory(report)}),
        ("Limits", {"table": tables.limits(report)}),
        ("What the answer rests on", {"table": tables.assumptions(report)}),
    )
    empty: dict[str, Any] = {"picture": None, "table": None, "text": [], "code": "", "notes": []}
    return [{"title": title, **empty, **content} for title, content in sections if any(content.values())]


def _sureness(report: Report) -> dict[str, Any]:
    table = tables.uncertainty(report)
    return {"table": table, "text": words.uncertainty(report) if table is None else words.risks(report)}


def _picture(report: Report, kind: str, number: int) -> Markup | None:
    picture = PICTURES[kind](report)
    # The builders escape what stands in them.
    return None if picture is None else Markup(inline(picture, f"r{number}-{kind}"))  # noqa: S704


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(map(clean, lines))
