"""GitLab code quality: findings that a merge request shows beside its changes."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from planner.plugin import Document, FormatRecord, Report, hookimpl
from planner.report.outcome import Outcome, outcome
from planner.report.text import clean
from planner_formats.fingerprint import digest, fingerprint

_SEVERITY: Final = {
    Outcome.UNJUDGED: "blocker",
    Outcome.FAILED: "critical",
    Outcome.WARNED: "minor",
    Outcome.WAIVED: "info",
}


def render_gitlab(document: Document) -> str:
    """Return the list of findings, empty when all gates pass: each description, check, fingerprint, severity and place."""
    findings = [finding for report in document.reports for finding in _findings(report)]
    findings.extend(
        {
            "description": clean(problem.message),
            "check_name": "planner/profile",
            "fingerprint": digest(problem.profile, problem.message),
            "severity": "blocker",
            "location": _place(problem.profile, 1),
        }
        for problem in document.problems
    )
    return json.dumps(findings, indent=2, ensure_ascii=True) + "\n"


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    for gate in report.gates:
        result = outcome(gate)
        if result not in _SEVERITY:
            continue
        severity = "major" if result is Outcome.UNJUDGED and gate.level == "warn" else _SEVERITY[result]
        text = f"Gate {gate.name} {result.value}: expected {gate.expected}, found {gate.found}"
        if gate.waived is not None:
            text += f" (waived: {gate.waived})"
        elif gate.remedy:
            text += f"; {gate.remedy}"
        yield {
            "description": clean(text),
            "check_name": clean(f"planner/{gate.kind or gate.name}"),
            "fingerprint": fingerprint(report.profile, gate),
            "severity": severity,
            "location": _place(gate.file or report.profile, gate.line or 1),
        }


def _place(path: str, line: int) -> dict[str, Any]:
    return {"path": clean(path).removeprefix("./"), "lines": {"begin": line}}


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``gitlab``."""
    yield FormatRecord(name="gitlab", summary="code quality report of GitLab", render=render_gitlab, suffix=".json")
