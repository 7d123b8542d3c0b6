"""The manual page: every command and option in it, and man(1) has nothing to complain about."""

import re
import shutil
import subprocess

import pytest

from planner.cli.commands import COMMANDS
from planner.report.fingerprint import model_data


def test_every_command_with_its_options_and_example(planner):
    page = planner("man").out.replace("\\-", "-")
    for name in COMMANDS:
        _, _, rest = page.partition(f".SS planner {name} [options]")
        section = rest.partition(".SS ")[0]
        for option in set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", planner(name, "--help").out, re.MULTILINE)) - {
            "--help"
        }:
            assert option in section, f"{name}: {option}"
        assert "Example:" in section, name


def test_it_is_the_same_each_time_and_plain(planner):
    page = planner("man").out
    assert page == planner("man").out
    assert page.startswith('.TH PLANNER 1 "" "planner ')
    assert not re.search(r"^'", page, re.MULTILINE)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_groff_has_nothing_to_complain_about(planner):
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-k"], input=planner("man").out, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "planner report" in re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout)


def test_the_version_tells_the_models_data(planner):
    out = planner("--version").out
    assert re.fullmatch(r"planner [\w.]+ \(model data [0-9a-f]{12}, profile schema 1, report schema 1\)\n", out)
    assert model_data() in out
