"""SARIF against the OASIS schema, and what code scanning needs of it."""

import gzip
import json
from pathlib import Path

import jsonschema
import pytest

from planner_formats.sarif import render_sarif
from tests.report_samples import DOCUMENTS

SCHEMA = Path(__file__).parents[1] / "data/schemas/sarif-2.1.0-rtm.5.json.gz"


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(gzip.decompress(SCHEMA.read_bytes()))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def run_of(name):
    return json.loads(render_sarif(DOCUMENTS[name]))["runs"][0]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema(name, validator):
    validator.validate(json.loads(render_sarif(DOCUMENTS[name])))


def test_the_schema_can_refuse(validator):
    log = json.loads(render_sarif(DOCUMENTS["node"]))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(log)


def test_every_result_points_at_its_rule_and_its_line():
    run = run_of("node")
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    lines = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]
    }
    assert lines["gate.headroom"] == 12
    assert lines["gate.regression"] == 30


def test_levels_and_suppressions():
    results = {result["ruleId"]: result for result in run_of("node")["results"]}
    assert set(results) == {"gate.headroom", "gate.soft.budget", "gate.old.budget", "gate.regression"}
    assert results["gate.soft.budget"]["level"] == "warning"
    assert results["gate.headroom"]["level"] == "error"
    assert results["gate.old.budget"]["suppressions"][0]["justification"] == "until the move, OPS-7"
    assert "suppressions" not in results["gate.headroom"]


def test_fingerprints_differ_by_gate_and_do_not_move_with_figures():
    results = run_of("node")["results"]
    prints = [result["partialFingerprints"]["plannerGate/v1"] for result in results]
    assert len(set(prints)) == len(prints)
    assert (
        prints
        == [result["partialFingerprints"]["plannerGate/v1"] for result in run_of("fleet")["results"]][: len(prints)]
    )


def test_a_profile_that_gave_no_report_is_a_failed_invocation():
    invocation = run_of("problem")["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 2
    assert "unknown key" in invocation["toolExecutionNotifications"][0]["message"]["text"]
