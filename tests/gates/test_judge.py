"""Gates put to their plugins: isolation, levels and waivers."""

from datetime import date

import pytest

from planner.gates.judge import judge, today
from planner.plugin import Finding, GateRecord
from planner.profile.model import GateSpec
from planner.report.outcome import Outcome, outcome
from tests.report_samples import laptop

DAY = date(2026, 11, 22)


def spec(**changes):
    return GateSpec(
        **{"name": "g", "kind": "k", "level": "error", "parameters": None, "file": "p.toml", "line": 3, **changes}
    )


def run(finding, **changes):
    def ask(_parameters, _report):
        if isinstance(finding, Exception):
            raise finding
        return finding

    records = {"k": GateRecord(kind="k", summary="", judge=ask)}
    (info,) = judge((spec(**changes),), laptop(), records, on=DAY)
    return info


def finding(passed):
    return Finding(passed=passed, expected="e", found="f", margin="m", remedy="r")


@pytest.mark.parametrize("passed", [True, False, None])
def test_a_finding_is_handed_on(passed):
    info = run(finding(passed))
    assert (info.passed, info.expected, info.found, info.margin, info.remedy) == (passed, "e", "f", "m", "r")
    assert (info.file, info.line, info.kind, info.name) == ("p.toml", 3, "k", "g")


@pytest.mark.parametrize(
    "broken",
    [ValueError("\x1b[31mno\nno"), RecursionError(), "text", None, Finding(passed="yes", expected="", found="")],
)
def test_a_broken_plugin_is_not_judged(broken):
    info = run(broken)
    assert outcome(info) is Outcome.UNJUDGED
    assert info.found.isprintable()


def test_a_missing_plugin_is_not_judged():
    (info,) = judge((spec(),), laptop(), {}, on=DAY)
    assert outcome(info) is Outcome.UNJUDGED


def test_a_gate_that_is_off_is_not_asked():
    assert outcome(run(AssertionError("asked"), level="off")) is Outcome.OFF


@pytest.mark.parametrize(
    ("expires", "expected"),
    [(date(2026, 11, 22), Outcome.WAIVED), (date(2026, 11, 21), Outcome.FAILED), (None, Outcome.WAIVED)],
)
def test_a_waiver_holds_up_to_its_last_day(expires, expected):
    info = run(finding(passed=False), reason="because", expires=expires)
    assert outcome(info) is expected
    if expected is Outcome.FAILED:
        assert "the waiver (because) ended on 2026-11-21" in info.remedy


def test_a_waiver_does_not_make_a_pass_of_a_doubt():
    assert outcome(run(finding(None), reason="because", expires=DAY)) is Outcome.UNJUDGED
    assert outcome(run(finding(passed=True), reason="because", expires=date(2000, 1, 1))) is Outcome.PASSED


def test_the_day_can_be_fixed(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert today() == date(1970, 1, 2)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert today().year >= 2024
