"""GitLab code quality against the fields and severities that its documentation names."""

import json

import jsonschema
import pytest

from planner_formats.gitlab import render_gitlab
from tests.report_samples import DOCUMENTS

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""From https://docs.gitlab.com/ci/testing/code_quality/ (code quality report format)."""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema(name):
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(render_gitlab(DOCUMENTS[name])))


def test_severities():
    found = {one["check_name"]: one["severity"] for one in json.loads(render_gitlab(DOCUMENTS["fleet"]))}
    assert found["planner/headroom"] in {"critical", "info"}
    assert found["planner/regression"] == "blocker"
    assert found["planner/profile"] == "blocker"
    assert "planner/fits" not in found


def test_fingerprints_are_unique():
    prints = [one["fingerprint"] for one in json.loads(render_gitlab(DOCUMENTS["fleet"]))]
    assert len(set(prints)) == len(prints)


def test_all_gates_passed_is_an_empty_list():
    assert json.loads(render_gitlab(DOCUMENTS["laptop"])) == []
