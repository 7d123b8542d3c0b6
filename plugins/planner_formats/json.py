"""The versioned JSON form of a run (its schema: ``planner schema report``)."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from planner.plugin import Document, FormatRecord, hookimpl
from planner.report.json_form import to_json
from planner.report.model import SCHEMA_VERSION, this_planner, told

SUMMARY = "one report as an object; several, or none, as an object with reports and problems"


def render_json(document: Document) -> str:
    """Return one report as the contract's object; any other number in ``reports``, in the order of the command line."""
    reports = [to_json(report) for report in document.reports]
    if len(reports) == 1 and not document.problems:
        form = reports[0]
    else:
        form = {
            "schema_version": SCHEMA_VERSION,
            "planner": asdict(told(this_planner())),
            "reports": reports,
            "problems": [asdict(problem) for problem in document.problems],
        }
    return json.dumps(form, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``json``."""
    yield FormatRecord(name="json", summary=SUMMARY, render=render_json, suffix=".json")
