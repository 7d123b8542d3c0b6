from dataclasses import replace

import pytest

from planner.report.model import Document, GateInfo, Problem
from planner.report.outcome import ExitCode, Outcome, exit_code, headroom, outcome, tally, tightest, worst_first
from tests.report_samples import laptop, node, waived


def gate(passed, level="error", waived=None):
    return GateInfo(name="g", level=level, passed=passed, expected="", found="", waived=waived)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (gate(passed=True), Outcome.PASSED),
        (gate(passed=False), Outcome.FAILED),
        (gate(passed=False, level="warn"), Outcome.WARNED),
        (gate(passed=False, waived="why"), Outcome.WAIVED),
        (gate(passed=True, waived="why"), Outcome.PASSED),
        (gate(passed=None), Outcome.UNJUDGED),
        (gate(passed=None, waived="why"), Outcome.UNJUDGED),
        (gate(passed=None, level="off"), Outcome.OFF),
        (gate(passed=False, level="off"), Outcome.OFF),
    ],
)
def test_outcome(one, expected):
    assert outcome(one) is expected


def document(*gates, problems=()):
    codes = tuple(Problem(profile="p", message="m", exit_code=code) for code in problems)
    return Document(reports=(replace(laptop(), gates=gates),), problems=codes)


@pytest.mark.parametrize(
    ("gates", "problems", "strict", "expected"),
    [
        ([], [], False, ExitCode.DONE),
        ([gate(passed=True)], [], False, ExitCode.DONE),
        ([gate(passed=False)], [], False, ExitCode.GATE_FAILED),
        ([gate(passed=False, level="warn")], [], False, ExitCode.DONE),
        ([gate(passed=False, level="warn")], [], True, ExitCode.GATE_FAILED),
        ([gate(passed=None, level="warn")], [], False, ExitCode.DONE),
        ([gate(passed=None, level="warn")], [], True, ExitCode.TOOL),
        ([gate(passed=None)], [], False, ExitCode.TOOL),
        ([gate(passed=False, waived="w")], [], False, ExitCode.DONE),
        ([gate(passed=None, waived="w")], [], False, ExitCode.TOOL),
        ([gate(passed=False), gate(passed=None)], [], False, ExitCode.TOOL),
        ([gate(passed=False)], [2], False, ExitCode.USAGE),
        ([gate(passed=False)], [2, 3], False, ExitCode.TOOL),
        ([gate(passed=False, level="off")], [], True, ExitCode.DONE),
    ],
)
def test_exit_code(gates, problems, strict, expected):
    assert exit_code(document(*gates, problems=problems), fail_on_warn=strict) is expected


def test_nothing_evaluated():
    assert exit_code(Document(reports=())) is ExitCode.NOTHING
    assert exit_code(Document(reports=(), problems=(Problem(profile="p", message="m", exit_code=2),))) is ExitCode.USAGE


def test_tally_counts_in_order_of_badness():
    assert tally(node().gates) == dict.fromkeys(Outcome, 1)
    assert list(tally(node().gates)) == list(Outcome)


def test_headroom_takes_the_low_end_of_a_range():
    veth, pod = node().consumers
    assert headroom(veth) * 11500 == 1500
    assert headroom(pod) is None
    assert headroom(replace(veth, fits=0, fits_range=None)) == -1
    assert tightest(node()) == veth
    assert tightest(replace(node(), consumers=(pod,))) is None


def test_worst_first_is_gates_then_headroom_then_name():
    tight = replace(laptop(), profile="z", consumers=(replace(laptop().consumers[0], count=198634),))
    loose = replace(laptop(), profile="a")
    order = worst_first((loose, tight, waived(), node()))
    assert [report.profile for report in order] == ["profiles/node.toml", "waived.toml", "z", "a"]
