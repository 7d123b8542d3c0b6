"""What holds for every gate: a verdict on any report, the same each time, that says what was expected and what was found."""

from typing import Any

from planner.plugin import Finding, GateRecord
from planner.testing.samples import sample_documents


def check(record: GateRecord, parameters: Any) -> None:
    """Assert what holds for a gate.

    :raises AssertionError: with what is wrong.
    """
    assert record.summary.strip(), f"{record.kind}: no summary"
    for name, document in sample_documents().items():
        for report in document.reports:
            where = f"the gate {record.kind} on a report of the document {name!r}"
            finding = record.judge(parameters, report)
            assert isinstance(finding, Finding), f"{where}: {type(finding).__name__}, not Finding"
            assert finding.passed in {True, False, None}, f"{where}: passed is {finding.passed!r}"
            assert finding.expected.strip(), f"{where}: says not what it expects"
            assert finding.found.strip(), f"{where}: says not what it found"
            assert finding == record.judge(parameters, report), f"{where}: differs from one time to the next"
