"""The JSON form against its schema, and read back."""

import json

import jsonschema
import pytest

from planner.profile.report_schema import report_schema
from planner.report.json_form import loads
from planner_formats.json import render_json
from tests.report_samples import DOCUMENTS

VALIDATOR = jsonschema.Draft202012Validator(report_schema())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_report_is_of_the_schema(name):
    data = json.loads(render_json(DOCUMENTS[name]))
    reports = data.get("reports", [data])
    assert len(reports) == len(DOCUMENTS[name].reports)
    for report in reports:
        VALIDATOR.validate(report)


def test_the_schema_can_refuse():
    data = json.loads(render_json(DOCUMENTS["laptop"]))
    data["consumers"][0]["fits"] = "many"
    assert not VALIDATOR.is_valid(data)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "hostile"])
def test_reading_it_gives_the_reports_again(name):
    assert loads(render_json(DOCUMENTS[name])) == DOCUMENTS[name].reports


def test_one_report_stands_alone_and_several_in_a_list():
    assert "system" in json.loads(render_json(DOCUMENTS["laptop"]))
    several = json.loads(render_json(DOCUMENTS["fleet"]))
    assert [problem["exit_code"] for problem in several["problems"]] == [2]
    assert several["schema_version"] == 1


def test_the_text_is_ascii_whatever_it_holds():
    assert render_json(DOCUMENTS["hostile"]).isascii()
