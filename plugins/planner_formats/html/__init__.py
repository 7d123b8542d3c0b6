"""HTML: one page with pictures, for people; no script, nothing fetched, light and dark, printable."""

from collections.abc import Iterable

from planner.plugin import Document, FormatRecord, hookimpl


def render_html(document: Document) -> str:
    """Return the whole page: one report, or a table of many, worst first, with the worst ones in full below."""
    from planner_formats.html.page import render  # noqa: PLC0415 - Jinja2 is slow to import, and only this format needs it

    return render(document)


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``html``."""
    summary = "one page with pictures, for people"
    yield FormatRecord(name="html", summary=summary, render=render_html, suffix=".html", curves=True)
