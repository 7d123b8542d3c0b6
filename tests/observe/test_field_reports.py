"""Every report of the survey: the text as people pasted it leads to the cause that was found."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from planner.observe.explain.catalogue import CATALOGUE
from planner.observe.explain.explainer import explain_text
from planner.observe.explain.render import render_text

REPORTS = tomllib.loads((Path(__file__).parent / "field_reports.toml").read_text("utf-8"))["report"]
INVOLVED = {8: "other", 15: "other", 32: "other", 33: "other", 29: "other"}
"""Near misses: these must be told apart from the per-CPU allocator."""


def first_causes(text: str) -> dict[str, str]:
    return {
        item.finding.entry.key: item.causes[0].cause.key if item.causes else ""
        for item in explain_text(text).explanations
    }


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: str(report["number"]))
def test_report_leads_to_its_cause(report: dict[str, Any]) -> None:
    found = first_causes(report["text"])
    assert found.get(report["entry"]) == report["cause"]
    also = report.get("also")
    if also is not None:
        assert found.get(also["entry"]) == also["cause"]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: str(report["number"]))
def test_report_renders(report: dict[str, Any]) -> None:
    text = render_text(explain_text(report["text"]))
    assert "Causes, likeliest first:" in text
    assert text.endswith("\n")


def test_every_row_of_the_survey_is_here() -> None:
    assert [report["number"] for report in REPORTS][:36] == list(range(1, 37))


@pytest.mark.parametrize("number", sorted(INVOLVED))
def test_near_misses_are_told_apart(number: int) -> None:
    report = next(report for report in REPORTS if report["number"] == number)
    entry = next(entry for entry in CATALOGUE if entry.key == report["entry"])
    assert entry.involves == INVOLVED[number]
