"""JUnit XML against the schema of Jenkins, and read by junitparser."""

from pathlib import Path

import pytest
from lxml import etree

from planner_formats.junit import render_junit
from tests.report_samples import DOCUMENTS

SCHEMA = Path(__file__).parents[1] / "data/schemas/junit-10.xsd"


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(SCHEMA))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema(name, schema):
    schema.assertValid(etree.fromstring(render_junit(DOCUMENTS[name]).encode()))


def test_the_schema_can_refuse(schema):
    assert not schema.validate(etree.fromstring("<testsuites><testsuite name='x'/></testsuites>"))


def test_outcomes():
    root = etree.fromstring(render_junit(DOCUMENTS["fleet"]).encode())
    found = {
        (suite.get("name"), case.get("name")): [child.tag for child in case]
        for suite in root
        for case in suite.iter("testcase")
    }
    assert found["profiles/node.toml", "fits"] == ["system-out"]
    assert found["profiles/node.toml", "headroom"] == ["failure"]
    assert found["profiles/node.toml", "soft"] == ["system-out"]
    assert found["profiles/node.toml", "old"] == ["skipped"]
    assert found["profiles/node.toml", "burst"] == ["skipped"]
    assert found["profiles/node.toml", "regression"] == ["error"]
    assert found["broken.toml", "profile"] == ["error"]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("9", "1", "2")


def test_counts_agree_with_the_cases():
    for document in DOCUMENTS.values():
        for suite in etree.fromstring(render_junit(document).encode()):
            for counted, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                assert int(suite.get(counted)) == len(list(suite.iter(tag)))
            assert int(suite.get("tests")) == len(list(suite.iter("testcase")))
