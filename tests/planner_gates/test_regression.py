"""The regression gate against baselines as planner writes them, and against files that are none."""

import os
from dataclasses import replace

import pytest

from planner.report.model import Document
from planner_formats.json import render_json
from planner_gates.regression import Regression, judge_regression
from tests.report_samples import laptop


def baseline(tmp_path, *reports, **changes):
    base = laptop()
    one = replace(base.consumers[0], **{"fits": 200, "bytes_total": 400, **changes})
    made = replace(base, profile="p.toml", consumers=(one,), percpu=replace(base.percpu, meminfo_bytes=1000))
    (tmp_path / "base.json").write_text(render_json(Document(reports=reports or (made,))))


def report(tmp_path, percpu=1000, **changes):
    base = laptop()
    one = replace(base.consumers[0], **{"fits": 200, "bytes_total": 400, **changes})
    return replace(
        base,
        profile=str(tmp_path / "p.toml"),
        consumers=(one,),
        percpu=replace(base.percpu, meminfo_bytes=percpu),
    )


def gate(**more):
    return Regression(baseline="base.json", **more)


@pytest.mark.parametrize(
    ("worse", "at_limit", "one_past"),
    [(0, 200, 199), (10, 190, 189), ("5%", 190, 189), ("5.2%", 190, 189), ("100%", 0, -1)],
)
def test_fits(tmp_path, worse, at_limit, one_past):
    baseline(tmp_path)
    assert judge_regression(gate(worse=worse), report(tmp_path, fits=at_limit)).passed is True
    assert judge_regression(gate(worse=worse), report(tmp_path, fits=one_past)).passed is False
    assert judge_regression(gate(worse=worse), report(tmp_path, fits=10**9)).passed is True


@pytest.mark.parametrize(("worse", "limit"), [(0, 1000), ("1%", 1010), (24, 1024), ("1KiB", 2024)])
def test_percpu(tmp_path, worse, limit):
    baseline(tmp_path)
    chosen = gate(worse=worse, metric="percpu")
    assert judge_regression(chosen, report(tmp_path, percpu=limit)).passed is True
    assert judge_regression(chosen, report(tmp_path, percpu=limit + 1)).passed is False


def test_cost(tmp_path):
    baseline(tmp_path)
    chosen = gate(metric="cost", consumer="experiment")
    assert judge_regression(chosen, report(tmp_path, bytes_total=400)).passed is True
    assert judge_regression(chosen, report(tmp_path, bytes_total=401)).passed is False


def test_a_ratchet_forgives_what_the_baseline_already_breaks(tmp_path):
    baseline(tmp_path, fits=1)
    assert judge_regression(gate(), report(tmp_path, fits=1, count=100)).passed is True


def test_limits_that_come_and_go(tmp_path):
    baseline(tmp_path, fits=None, stops=None)
    assert judge_regression(gate(worse="100%"), report(tmp_path)).passed is False
    assert judge_regression(gate(), report(tmp_path, fits=None, stops=None)).passed is True


def test_ranges_count_at_their_low_end(tmp_path):
    baseline(tmp_path, fits=250, fits_range=(200, 300))
    assert judge_regression(gate(), report(tmp_path, fits=150, fits_range=(200, 400))).passed is True
    assert judge_regression(gate(), report(tmp_path, fits=300, fits_range=(199, 400))).passed is False


def test_one_of_several_reports(tmp_path):
    ours = report(tmp_path, fits=300)
    other = replace(report(tmp_path, fits=1), profile="other.toml", system=replace(ours.system, name="other"))
    baseline(tmp_path, other, ours)
    assert judge_regression(gate(), report(tmp_path)).passed is False
    baseline(tmp_path, other, replace(other, profile="third.toml"))
    assert judge_regression(gate(), report(tmp_path)).passed is None


@pytest.mark.parametrize(
    "text",
    ["", "not json", "[]", "{}", '{"schema_version": 2}', "[" * 100_000, '{"schema_version": 1}', "\x00\xff", "1e999"],
)
def test_a_file_that_is_no_baseline_is_not_judged(tmp_path, text):
    (tmp_path / "base.json").write_text(text)
    finding = judge_regression(gate(), report(tmp_path))
    assert finding.passed is None
    assert finding.found.startswith("the baseline ")


def test_a_missing_file_a_directory_and_a_pipe_are_not_judged(tmp_path):
    assert judge_regression(gate(), report(tmp_path)).passed is None
    (tmp_path / "base.json").mkdir()
    assert judge_regression(gate(), report(tmp_path)).passed is None
    (tmp_path / "base.json").rmdir()
    os.mkfifo(tmp_path / "base.json")
    assert judge_regression(gate(), report(tmp_path)).passed is None


def test_a_consumer_that_the_baseline_does_not_know(tmp_path):
    baseline(tmp_path, name="another")
    assert judge_regression(gate(consumer="experiment"), report(tmp_path)).passed is None
