"""The JSON Schemas say what the check and the report do, read by an independent validator."""

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
import tomli

from planner.plugin.manager import PluginManager
from planner.profile import ProfileError, load_text, shipped_profiles
from planner.profile.report_schema import report_schema
from planner.profile.schema import profile_schema
from planner.profile.tables import TOP_LEVEL
from planner.report.json_form import to_json
from tests import report_samples
from tests.profile.plugins import BASE, Plugins
from tests.profile.test_messages import WRONG
from tests.profile.test_profile import WHOLE

Validator = jsonschema.Draft202012Validator


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return profile_schema(Plugins())


@pytest.fixture(scope="module")
def builtin() -> Validator:
    return Validator(profile_schema(PluginManager(entry_points=())))


def test_schemas_are_schemas(schema: dict[str, Any], builtin: Validator) -> None:
    Validator.check_schema(schema)
    Validator.check_schema(builtin.schema)
    Validator.check_schema(report_schema())


def test_every_reference_leads_somewhere(builtin: Validator) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if "$ref" in node else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()

    for reference in references(builtin.schema):
        assert reference.removeprefix("#/$defs/") in builtin.schema["$defs"]


def test_every_table_and_key_is_in_it_with_words(schema: dict[str, Any]) -> None:
    assert set(schema["properties"]) == set(TOP_LEVEL)
    for definition in schema["$defs"].values():
        for key, value in definition.get("properties", {}).items():
            assert value.get("description"), key


@pytest.mark.parametrize("name", [one.name for one in shipped_profiles()])
def test_shipped_profiles(builtin: Validator, name: str) -> None:
    text = (resources.files("planner_profiles") / f"{name}.toml").read_text("utf-8")
    assert not list(builtin.iter_errors(tomli.loads(text)))


GOOD = {
    "whole": WHOLE.replace("born = 2020-02-29", 'born = "2020-02-29"').replace("SLOW", "slow"),
    "composite": BASE
    + """\
[consumer_type.pod]
parts = { veth = { count = 2, queues = 3 }, workqueue = 1, mine = { kind = "needy", size = "1k" }, veth2 = { kind = "veth", ring = 8 } }
[[consumer]]
kind = "pod"
count = { low = 1, mid = 2, high = 3 }
""",
    "gates": BASE + '[gate]\npreset = "strict"\n[gate.mine]\nkind = "budget"\nmax = "1MiB"\n[gate.budget]\nmax = 5\n',
    "nodes": BASE + '[numa]\nnodes = { 0 = "0-1", 1 = [2, 3] }\ndistances = [[10, 20], [20, 10]]\n',
}


@pytest.mark.parametrize("name", GOOD)
def test_what_the_check_takes_the_schema_takes(schema: dict[str, Any], name: str) -> None:
    load_text(GOOD[name], Plugins())
    assert not list(Validator(schema).iter_errors(tomli.loads(GOOD[name])))


STRUCTURAL = """\
[memory]
rma = 1|[memory]
ram = true|[cpus.possible]|[[consumer]]
kind = "veth"|[[consumer]]
kind = "veth"
count = 1
quues = 2|[[consumer]]
kind = "veth"
count = 1
mode = "x"|[[consumer]]
kind = "needy"
count = 1|[[consumer]]
kind = "elsewhere"
count = 1
queues = 1|[gate.headroom]
mn = 1|[gate.budget]|[gate.mine]
kind = "budget"|[gate.mine]|[gate]
preset = "x"|[consumer_type.pod]
parts = { veth = { quues = 1 } }|[consumer_type.pod]
parts = {}|[vmalloc]
area = [{ size = 1 }]|[basis]
default = "x"|[state]
chunk = [{ kind = "x" }]"""


@pytest.mark.parametrize("text", STRUCTURAL.split("|"))
def test_what_the_schema_refuses_the_check_refuses_too(schema: dict[str, Any], text: str) -> None:
    whole = BASE.replace("[cpus]\npossible = 4\n", "") + text if text == "[cpus.possible]" else BASE + text
    assert list(Validator(schema).iter_errors(tomli.loads(whole)))
    with pytest.raises(ProfileError):
        load_text(whole, Plugins())


@pytest.mark.parametrize(
    "name", ["empty", "everything_at_once", "wrong_types", "wrong_types_inside", "consumers", "spreads"]
)
def test_wrong_profiles_are_refused(schema: dict[str, Any], name: str) -> None:
    assert list(Validator(schema).iter_errors(tomli.loads(WRONG[name])))


def test_the_schema_is_deterministic_and_of_a_size_that_editors_take(builtin: Validator) -> None:
    text = json.dumps(builtin.schema)
    assert text == json.dumps(profile_schema(PluginManager(entry_points=())))
    assert len(text) < 500_000


REPORTS = {
    "laptop": report_samples.laptop(),
    "node": report_samples.node(),
    "waived": report_samples.waived(),
    "hostile": report_samples.hostile(),
}


@pytest.mark.parametrize("name", REPORTS)
def test_reports(name: str) -> None:
    form = to_json(REPORTS[name])
    validator = Validator(report_schema())
    assert not list(validator.iter_errors(form))
    form["moon_phase"] = 1  # a later planner may add names
    assert not list(validator.iter_errors(form))
    del form["consumers"]
    assert list(validator.iter_errors(form))


def test_the_report_schema_names_every_field() -> None:
    schema = report_schema()
    assert schema["required"] == list(schema["properties"])
    assert schema["properties"]["schema_version"]["const"] == 1
    assert set(to_json(REPORTS["laptop"])) == set(schema["properties"])
