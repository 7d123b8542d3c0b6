"""Help texts: golden, each with an example that is run elsewhere."""

import re

import pytest

from planner.cli.commands import COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_golden(planner, command, snapshot):
    result = planner(*filter(None, [command]), "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out == snapshot


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example_of_its_own_command(planner, command):
    text = " ".join(planner(command, "--help").out.split())
    assert re.search(rf"Example: (\S+ \| )?planner {command}\b", text)


def test_the_bare_command_shows_help(planner):
    assert planner().out == planner("--help").out


def test_the_exit_codes_are_told(planner):
    text = " ".join(planner("--help").out.split())
    assert "0 done and all gates pass; 1 a gate failed; 2 bad usage or profile; 3" in text


def test_version(planner):
    assert re.match(r"planner \d+\.\d+\.\d+", planner("--version").out)


def test_the_list_of_commands_agrees_with_the_commands():
    import importlib  # noqa: PLC0415 - here alone

    for name, entry in COMMANDS.items():
        text = importlib.import_module(entry.module).command.__doc__
        assert text.splitlines()[0].endswith((".", ":")), name
