"""JUnit XML: a suite a profile, a case a gate."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from planner.plugin import Document, FormatRecord, Report, hookimpl
from planner.report.model import GateInfo, Problem
from planner.report.outcome import Outcome, outcome
from planner.report.text import clean


def render_junit(document: Document) -> str:
    """Return the XML: a failed gate is a failure, one not judged an error, a waived one skipped, a warning passes with a note."""
    suites = [_suite(report) for report in document.reports] + [_broken(problem) for problem in document.problems]
    root = ET.Element("testsuites", name="planner")
    for counted in ("tests", "failures", "errors"):
        root.set(counted, str(sum(int(suite.get(counted, "0")) for suite in suites)))
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report) -> ET.Element:
    name = clean(report.profile)
    results = [outcome(gate) for gate in report.gates]
    suite = ET.Element("testsuite", name=name, tests=str(len(results)))
    suite.set("failures", str(results.count(Outcome.FAILED)))
    suite.set("errors", str(results.count(Outcome.UNJUDGED)))
    suite.set("skipped", str(results.count(Outcome.WAIVED) + results.count(Outcome.OFF)))
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(report):
        ET.SubElement(properties, "property", name=key, value=clean(value))
    suite.extend(_case(name, gate, result) for gate, result in zip(report.gates, results, strict=True))
    return suite


def _properties(report: Report) -> Iterable[tuple[str, str]]:
    yield "planner", report.planner.version
    yield "system", report.system.name
    yield "kernel", report.system.kernel
    yield "verdict", report.verdict.headline


def _case(suite: str, gate: GateInfo, result: Outcome) -> ET.Element:
    case = ET.Element("testcase", classname=suite, name=clean(gate.name))
    said = clean(f"expected {gate.expected}, found {gate.found}")
    match result:
        case Outcome.FAILED:
            failure = ET.SubElement(case, "failure", type=clean(gate.kind or gate.name), message=said)
            failure.text = _details(gate)
        case Outcome.UNJUDGED:
            error = ET.SubElement(case, "error", type="not judged", message=said)
            error.text = _details(gate)
        case Outcome.WAIVED:
            ET.SubElement(case, "skipped", type="waived", message=clean(f"waived: {gate.waived}; {said}"))
        case Outcome.OFF:
            ET.SubElement(case, "skipped", type="off", message="level is off")
        case Outcome.WARNED | Outcome.PASSED:
            mark = "warning: " if result is Outcome.WARNED else ""
            ET.SubElement(case, "system-out").text = mark + _details(gate)
    return case


def _details(gate: GateInfo) -> str:
    place = f"{gate.file}:{gate.line}" if gate.line is not None else gate.file
    lines = {"expected": gate.expected, "found": gate.found, "margin": gate.margin, "remedy": gate.remedy, "at": place}
    return "; ".join(f"{key} {clean(text)}" for key, text in lines.items() if text)


def _broken(problem: Problem) -> ET.Element:
    name = clean(problem.profile)
    suite = ET.Element("testsuite", name=name, tests="1", failures="0", errors="1", skipped="0")
    case = ET.SubElement(suite, "testcase", classname=name, name="profile")
    ET.SubElement(case, "error", type="not evaluated", message=clean(problem.message))
    return suite


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``junit``."""
    yield FormatRecord(name="junit", summary="JUnit XML, a case a gate", render=render_junit, suffix=".xml")
