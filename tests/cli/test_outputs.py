"""Formats, files and standard output."""

import json
import os
import subprocess
import sys

import pytest

from planner.cli.colour import coloured
from planner.cli.failures import UsageError
from planner.plugin import FormatRecord
from planner.plugin.manager import PluginManager

pytestmark = pytest.mark.usefixtures("engine")


def test_the_default_is_a_table(planner, profile):
    assert "breaks first  experiment" in planner("report", profile()).out


def test_several_formats_at_once(planner, profile, tmp_path):
    result = planner("report", profile(), "-f", f"json={tmp_path / 'r.json'}", "-f", f"csv={tmp_path / 'r.csv'}")
    assert (result.code, result.out) == (0, "")
    assert json.loads((tmp_path / "r.json").read_text())["system"]["name"] == "a machine"
    assert (tmp_path / "r.csv").read_text().startswith("profile,")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["machine.toml", "r.csv", "r.json"]


def test_a_dash_is_standard_output(planner, profile):
    assert json.loads(planner("report", profile(), "-f", "json=-").out)["schema_version"] == 1


def test_the_same_input_gives_the_same_bytes(planner, profile):
    path = profile('[gate.headroom]\nmin = "20%"\n')
    for name in PluginManager(entry_points=()).formats():
        assert planner("check", path, "-f", name).out == planner("check", path, "-f", name).out


def test_what_ifs_stand_beside_the_base(planner, profile, engine):
    result = planner("report", profile(), "--set", "cpus.possible=4", "--set", "consumer.experiment.count*=3")
    assert "[1] cpus.possible = 4, consumer.experiment.count* = 3" in result.out
    assert engine[-1][1] == ({"cpus.possible": "4", "consumer.experiment.count*": "3"},)


def test_a_check_takes_a_set_as_the_profile(planner, profile, engine):
    gate = '[gate.fits]\nmin = "declared"\n'
    assert planner("check", profile(gate), "--set", "system.name=another").out.startswith("another\n")
    assert engine[-1][1] == ()


def test_a_check_asks_for_advice_only_where_a_gate_fails(planner, profile, engine):
    planner("check", profile("[gate.fits]\nmin = 1\n"))
    assert [advice for _source, _sets, advice in engine] == [False]
    planner("check", profile("[gate.fits]\nmin = 198635\n"))
    assert [advice for _source, _sets, advice in engine] == [False, False, True], (
        "advice is added to the report that is there"
    )


def test_the_step_summary_of_github(planner, profile, tmp_path, monkeypatch):
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    planner("check", profile(), "-f", "table")
    assert not page.exists()
    page.write_text("before\n")
    planner("check", profile(), "-f", "github")
    assert page.read_text().startswith("before\n<!-- planner-report -->\n")


def test_a_file_that_cannot_be_written_is_a_tool_error(planner, profile):
    result = planner("report", profile(), "-f", "json=/dev/full")
    assert result.code == 3
    assert "No space left" in result.err


def test_a_format_that_breaks_is_a_tool_error(planner, profile, monkeypatch):
    def render(_document):
        raise ValueError("\x1b[31mno")

    broken = {
        "bad": FormatRecord(name="bad", summary="", render=render),
        "odd": FormatRecord(name="odd", summary="", render=len),
    }
    monkeypatch.setattr(PluginManager, "formats", lambda _self: broken)
    for name in broken:
        result = planner("report", profile(), "-f", name)
        assert result.code == 3
        assert f"the format {name} " in result.err
        assert "\x1b" not in result.err


@pytest.mark.parametrize(
    ("redirect", "message"),
    [
        (">&-", "standard output is closed"),
        (">/dev/full", "standard output cannot be written: No space left on device"),
    ],
)
def test_standard_output_that_does_not_work(redirect, message):
    code, err = shell(f"{sys.executable} -m planner.cli profiles --json {redirect}")
    assert (code, err) == (3, f"planner: {message}\n")


@pytest.mark.parametrize("asked", ["--help", "--version", "report --help"])
def test_help_that_cannot_be_shown(asked):
    code, err = shell(f"{sys.executable} -m planner.cli {asked} >&-")
    assert (code, err) == (3, "planner: standard output is closed\n")


def test_a_reader_that_leaves():
    code, err = shell(f"{{ {sys.executable} -m planner.cli schema report; echo $? >&2; }} | :")
    assert err in {"planner: standard output was closed before all of it was read\n3\n", "0\n"}
    assert code == 0


def test_both_outputs_closed():
    code, err = shell(f"{sys.executable} -m planner.cli nonsense >&- 2>&-")
    assert (code, err) == (2, "")


def shell(command):
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stderr


def test_colour_only_where_it_is_wanted(planner, profile, monkeypatch):
    path = profile("[gate.fits]\nmin = 1\n")
    assert "\x1b" not in planner("report", path).out
    painted = planner("report", path, "--color", "always").out
    assert "\x1b[32mPASS\x1b[0m" in painted
    plain = planner("report", path, "--color", "never").out
    import re  # noqa: PLC0415 - here alone

    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain
    monkeypatch.setattr("sys.stdout", Terminal())
    assert "\x1b" in coloured(plain, "auto")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in coloured(plain, "auto")
    with pytest.raises(UsageError):
        coloured(plain, "maybe")


class Terminal:
    def isatty(self):
        return True
