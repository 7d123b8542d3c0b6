"""Gates put to their plugins: each alone, so that one that breaks is not judged and the others are."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from planner.plugin import Finding, GateRecord, Report
from planner.profile.model import GateSpec
from planner.report.model import GateInfo
from planner.report.text import clean

__all__ = ["judge", "today"]


def today() -> date:
    """Return the day that waivers are held against: ``SOURCE_DATE_EPOCH`` where it is set, as reproducible builds do, else now."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() and len(epoch) < 12 else datetime.now(UTC)
    return moment.date()


def judge(
    specs: Sequence[GateSpec], report: Report, records: Mapping[str, GateRecord], *, on: date | None = None
) -> tuple[GateInfo, ...]:
    """Return the verdict of each gate in the order of the profile.

    A gate of level ``off`` is not asked. A plugin that is missing, raises or returns something else leaves its gate unjudged, which
    never passes. ``on`` is the day that waivers are held against (:func:`today` without it).
    """
    day = on or today()
    return tuple(_verdict(spec, report, records.get(spec.kind), day) for spec in specs)


def _verdict(spec: GateSpec, report: Report, record: GateRecord | None, day: date) -> GateInfo:
    finding = (
        Finding(passed=None, expected="", found="not asked") if spec.level == "off" else _ask(spec, report, record)
    )
    info = GateInfo(
        name=spec.name,
        kind=spec.kind,
        level=spec.level,
        passed=finding.passed,
        expected=finding.expected,
        found=finding.found,
        margin=finding.margin,
        remedy=finding.remedy,
        file=spec.file,
        line=spec.line,
    )
    return _waive(info, spec, day)


def _ask(spec: GateSpec, report: Report, record: GateRecord | None) -> Finding:
    if record is None:
        return Finding(passed=None, expected=f"a gate plugin {clean(spec.kind)}", found="there is none")
    try:
        finding = record.judge(spec.parameters, report)
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way
        found = f"the gate failed: {type(error).__name__}: {clean(str(error), 300)}"
        return Finding(passed=None, expected=f"an answer of the gate plugin {clean(spec.kind)}", found=found)
    if not isinstance(finding, Finding) or finding.passed not in {True, False, None}:
        found = f"the gate returned {type(finding).__name__}, not a verdict"
        return Finding(passed=None, expected=f"an answer of the gate plugin {clean(spec.kind)}", found=found)
    return finding


def _waive(info: GateInfo, spec: GateSpec, day: date) -> GateInfo:
    """Let a waiver excuse a failure up to and on its last day; past it the failure counts and the waiver is named."""
    if not spec.reason:
        return info
    if spec.expires is None or day <= spec.expires:
        return replace(info, waived=spec.reason)
    if info.passed:
        return info
    lapsed = f"the waiver ({spec.reason}) ended on {spec.expires.isoformat()}"
    return replace(info, remedy=f"{info.remedy}; {lapsed}" if info.remedy else lapsed)
