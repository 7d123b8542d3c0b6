"""The fixture that plugin authors use, and what it costs those who do not."""

import subprocess
import sys
import types

import pytest

from planner.plugin import ConsumerRecord, FormatRecord, Request, hookimpl
from planner.testing.samples import SMALL

ACME = types.ModuleType("planner_unheard_of")


@hookimpl
def planner_consumers():
    requests = lambda _parameters, _system: (Request(size=100, what="x", source="x"),)  # noqa: E731
    yield ConsumerRecord(kind="unheard-of", summary="x", requests=requests, sources=("x",))


@hookimpl
def planner_formats():
    yield FormatRecord(name="shout", summary="x", render=lambda document: f"{len(document.reports)}!\n")


ACME.planner_consumers, ACME.planner_formats = planner_consumers, planner_formats


def test_a_report_with_its_figures(planner_run):
    outcome = planner_run(SMALL).exits(0)
    assert outcome.report["system"]["name"] == "sample laptop"
    assert outcome.consumer("counters")["count"] == 1000
    assert outcome.gate("headroom")["passed"] is True
    outcome.prints("sample laptop", "*experiment (workqueue)*")
    with pytest.raises(AssertionError, match="no 'nobody' in consumers"):
        outcome.consumer("nobody")
    with pytest.raises(AssertionError, match=r"exit code 0, not 1[\s\S]*sample laptop"):
        outcome.exits(1)
    with pytest.raises(AssertionError, match="no line of standard output"):
        outcome.prints("Gates", "sample laptop")


def test_check_fails_on_a_gate_of_level_error(planner_run):
    outcome = planner_run(SMALL.replace('level = "warn"', 'level = "error"'), "check").exits(1).silent()
    assert outcome.gate("fits")["passed"] is False


def test_a_wrong_profile(planner_run):
    outcome = planner_run(SMALL.replace("[memory]", "[memori]"), "check").exits(2)
    assert outcome.complains("profile.toml:*memory*").document["problems"][0]["exit_code"] == 2
    with pytest.raises(AssertionError, match="standard error is not empty"):
        outcome.silent()
    with pytest.raises(AssertionError, match="not one report"):
        _ = outcome.report


def test_a_plugin_that_is_not_installed(planner_run):
    profile = SMALL.replace('kind = "raw"', 'kind = "unheard-of"').replace("size = 64\n", "")
    planner_run(profile).exits(2)
    outcome = planner_run(profile, "report", "-f", "shout", plugins=[ACME]).exits(0).prints("1!")
    assert outcome.consumer("counters")["bytes_per_cpu"] == 100_000
    planner_run(None, "plugins", plugins=[ACME]).prints("planner_unheard_of *unheard-of*")
    assert "unheard" not in planner_run(None, "plugins").stdout


def test_a_command_without_profile_and_text_on_standard_input(planner_run):
    line = "percpu: allocation failed, size=16 align=8 atomic=1, atomic alloc failed, no space left"
    planner_run(None, "explain", "-", stdin=line).exits(0).prints("*atomic*")


def test_loading_the_plugin_imports_nothing_else_of_planner():
    code = "import sys, planner.testing; print(*sorted(name for name in sys.modules if name.startswith('planner')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["planner", "planner.__about__", "planner.testing"]
