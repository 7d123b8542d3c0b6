"""The example plugin beside planner's wheel in a fresh environment: listed, used, its own tests run."""

import json

import pytest

from tests.console import blocks, run_block
from tests.packaging.conftest import EXAMPLE, call

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


def test_it_is_listed_with_its_origin(environment):
    found = json.loads(call(environment / "planner", "plugins", "--json"))
    acme = {one["name"]: one for one in found["plugins"] if one["from"] == "planner-acme 1.0.0"}
    assert acme["acme-m32r"]["adds"] == {"architectures": ["m32r"]}
    assert acme["acme-flow"]["adds"] == {"consumers": ["acme-flow"]}
    assert found["problems"] == []


def test_a_report_uses_it(environment, tmp_path):
    profile = EXAMPLE / "router.toml"
    report = json.loads(call(environment / "planner", "report", profile, "-f", "json", cwd=tmp_path))
    assert report["system"]["arch"] == "m32r"
    assert report["consumers"][0]["kind"] == "acme-flow"
    assert report["consumers"][0]["fits"] > 1000
    assert report["first_chunk"]["static"] == 20480


def test_its_keys_are_in_the_schema(environment):
    assert "acme-flow" in call(environment / "planner", "schema")


def test_its_readme_shows_what_is_printed(environment):
    for block in blocks(EXAMPLE / "README.md"):
        run_block(block, EXAMPLE, environment)


def test_its_own_tests_pass(environment, tmp_path):
    command = (
        environment / "python",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        EXAMPLE,
        EXAMPLE / "tests",
    )
    assert " passed" in call(*command, cwd=tmp_path)


def test_planner_works_without_the_source_tree(environment, tmp_path):
    code = "import planner, planner_formats.table as t; print(planner.__file__, t.__file__)"
    where = call(environment / "python", "-c", code, cwd=tmp_path)
    assert all("site-packages" in path for path in where.split())
