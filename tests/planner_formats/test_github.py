"""Workflow commands, read as the runner of GitHub Actions reads them."""

import re

import pytest

from planner_formats.github import render_github
from tests.report_samples import DOCUMENTS

COMMAND = re.compile(r"^::(?P<command>[a-z-]+)(?: (?P<properties>[^:]*))?::(?P<message>.*)$")


def commands(name):
    found = []
    for line in render_github(DOCUMENTS[name]).splitlines():
        match = COMMAND.match(line)
        if match:
            pairs = (pair.split("=", 1) for pair in match["properties"].split(","))
            properties = {key: decoded(value) for key, value in pairs}
            found.append((match["command"], properties, decoded(match["message"])))
    return found


def decoded(text):
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_outcomes_and_places():
    found = {properties["title"]: (command, properties) for command, properties, _message in commands("node")}
    assert found["gate headroom: failed"][0] == "error"
    assert found["gate headroom: failed"][1]["file"] == "profiles/node.toml"
    assert found["gate headroom: failed"][1]["line"] == "12"
    assert found["gate soft: warned"][0] == "warning"
    assert found["gate old: waived"][0] == "notice"
    assert found["gate regression: not judged"][0] == "error"
    assert len(found) == 4


def test_percent_signs_survive():
    messages = [message for _command, _properties, message in commands("node")]
    assert any("at least 20.0 % free for veth" in message for message in messages)


def test_a_broken_profile_is_an_error():
    assert [(command, properties["file"]) for command, properties, _message in commands("problem")] == [
        ("error", "broken.toml")
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_only_annotations(name):
    for command, properties, _message in commands(name):
        assert command in {"error", "warning", "notice"}
        assert set(properties) <= {"file", "line", "title"}


def test_hostile_words_stay_on_their_line():
    lines = render_github(DOCUMENTS["hostile"]).splitlines()
    assert len(lines) == 2
    assert sum(line.startswith("::") for line in lines) == 1
