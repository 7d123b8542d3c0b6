"""SARIF 2.1.0, the form that code scanning reads: a rule a gate, at the gate's line in the profile."""

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from planner.plugin import Document, FormatRecord, Report, hookimpl
from planner.report.model import GateInfo, PlannerInfo, Problem
from planner.report.outcome import ExitCode, Outcome, exit_code, outcome
from planner.report.text import clean
from planner_formats.fingerprint import fingerprint

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_SHOWN: Final = (Outcome.UNJUDGED, Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED)
"""A gate that passed is no result: code scanning opens an alert for every result that a file holds."""

_LEVELS: Final = {"error": "error", "warn": "warning", "off": "none"}


def render_sarif(document: Document) -> str:
    """Return one run: a rule for each gate of the profiles, a result for each that did not pass, a notification for each problem."""
    gates = [(report, gate) for report in document.reports for gate in report.gates]
    rules = {_rule_id(gate): _rule(gate) for _report, gate in gates}
    order = sorted(rules)
    results = [_result(report, gate, order.index(_rule_id(gate))) for report, gate in gates if outcome(gate) in _SHOWN]
    code = exit_code(document)
    invocation = {
        "executionSuccessful": code in {ExitCode.DONE, ExitCode.GATE_FAILED},
        "exitCode": int(code),
        "toolExecutionNotifications": [_notification(problem) for problem in document.problems],
    }
    driver = {
        "name": "planner",
        "fullName": "percpu-planner",
        "version": PlannerInfo().version,
        "rules": [rules[name] for name in order],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _rule_id(gate: GateInfo) -> str:
    kind = gate.kind or gate.name
    return clean(f"gate.{gate.name}" if kind == gate.name else f"gate.{gate.name}.{kind}")


def _rule(gate: GateInfo) -> dict[str, Any]:
    name, kind = clean(gate.name), clean(gate.kind or gate.name)
    return {
        "id": _rule_id(gate),
        "shortDescription": {"text": f"Gate {name} of kind {kind}"},
        "fullDescription": {
            "text": f"The limit that [gate.{name}] in a profile sets, judged by the gate plugin {kind}."
        },
        "help": {
            "text": f"Expected {clean(gate.expected)}. `planner plugins` lists the gates; a waiver needs a reason and a date."
        },
        "defaultConfiguration": {"enabled": gate.level != "off", "level": _LEVELS[gate.level]},
    }


def _result(report: Report, gate: GateInfo, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": _rule_id(gate),
        "ruleIndex": rule_index,
        "level": _LEVELS[gate.level],
        "message": {"text": _message(report, gate)},
        "locations": [_location(gate.file or report.profile, gate.line or 1)],
        "partialFingerprints": {"plannerGate/v1": fingerprint(report.profile, gate)},
    }
    if gate.waived is not None:
        result["suppressions"] = [{"kind": "external", "justification": clean(gate.waived)}]
    return result


def _message(report: Report, gate: GateInfo) -> str:
    parts = [f"Gate {gate.name} {outcome(gate).value}: expected {gate.expected}, found {gate.found}"]
    if gate.margin:
        parts.append(f"margin {gate.margin}")
    if gate.remedy:
        parts.append(gate.remedy)
    return clean(f"{'; '.join(parts)} ({report.system.name}, Linux {report.system.kernel})")


def _location(file: str, line: int) -> dict[str, Any]:
    path = PurePath(clean(file))
    relative = {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}
    artifact = {"uri": path.as_uri()} if path.is_absolute() else relative
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}


def _notification(problem: Problem) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": clean(problem.message)},
        "locations": [_location(problem.profile, 1)],
    }


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``sarif``."""
    yield FormatRecord(name="sarif", summary="SARIF 2.1.0 for code scanning", render=render_sarif, suffix=".sarif")
