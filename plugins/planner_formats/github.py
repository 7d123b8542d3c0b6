"""GitHub workflow commands: annotations on the lines of a profile, without a token, so that forks work too.

The command line also appends the Markdown form to ``$GITHUB_STEP_SUMMARY`` where that is set.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from planner.plugin import Document, FormatRecord, hookimpl
from planner.report.model import GateInfo, Problem
from planner.report.outcome import Outcome, outcome, tally
from planner.report.text import clean

_COMMANDS: Final = {
    Outcome.UNJUDGED: "error",
    Outcome.FAILED: "error",
    Outcome.WARNED: "warning",
    Outcome.WAIVED: "notice",
}
"""Gates that passed or are off say nothing: an annotation is a request to look."""


def render_github(document: Document) -> str:
    """Return a workflow command for each gate that did not pass and each profile that gave no report, then a plain sum."""
    lines = [_problem(problem) for problem in document.problems]
    for report in document.reports:
        lines.extend(_annotations(report.gates))
    gates = [gate for report in document.reports for gate in report.gates]
    counts = ", ".join(f"{number} {kind.value}" for kind, number in tally(gates).items()) or "no gates"
    lines.append(f"planner: {len(document.reports)} evaluated, {len(document.problems)} not evaluated; gates: {counts}")
    return "\n".join(lines) + "\n"


def _annotations(gates: Iterable[GateInfo]) -> Iterator[str]:
    for gate in gates:
        result = outcome(gate)
        if result not in _COMMANDS:
            continue
        command = "warning" if result is Outcome.UNJUDGED and gate.level == "warn" else _COMMANDS[result]
        yield _command(command, f"gate {gate.name}: {result.value}", _message(gate), gate.file, gate.line)


def _message(gate: GateInfo) -> str:
    parts = [f"expected {gate.expected}, found {gate.found}"]
    if gate.margin:
        parts.append(f"margin {gate.margin}")
    if gate.waived is not None:
        parts.append(f"waived: {gate.waived}")
    elif gate.remedy:
        parts.append(gate.remedy)
    return "; ".join(parts)


def _problem(problem: Problem) -> str:
    return _command("error", "profile not evaluated", problem.message, problem.profile, None)


def _command(command: str, title: str, message: str, file: str, line: int | None) -> str:
    properties = {"file": file, "line": str(line) if line is not None else "", "title": title}
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{command} {shown}::{_data(message)}"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``github``."""
    yield FormatRecord(name="github", summary="annotations for GitHub Actions", render=render_github)
