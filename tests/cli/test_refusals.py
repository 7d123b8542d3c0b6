"""What would hang or pass unnoticed is refused, or said, at once."""

import os
import subprocess
import sys

import pytest

from planner.cli import sources
from planner.cli.failures import UsageError
from planner.plugin.manager import PluginManager


def planner(*argv):
    return subprocess.run(
        [sys.executable, "-m", "planner.cli", *argv], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_tree_of_too_many_directories_is_refused(tmp_path, monkeypatch):
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    monkeypatch.setattr(sources, "MAXIMUM_FOLDERS", 6)
    assert sources.expand([str(tmp_path)]) == []
    monkeypatch.setattr(sources, "MAXIMUM_FOLDERS", 5)
    with pytest.raises(UsageError, match="more than 5 directories"):
        sources.expand([str(tmp_path)])


def test_explain_does_not_wait_for_a_fifo_nor_read_a_directory(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path):
        done = planner("explain", str(path))
        assert (done.returncode, done.stdout) == (2, "")
        assert "no regular file" in done.stderr


def test_a_plugin_to_leave_out_that_nobody_has_is_said():
    (problem,) = PluginManager(entry_points=(), disable=["gates.headrom"]).problems
    assert "there is no such plugin" in str(problem)
    assert PluginManager(entry_points=(), disable=["gates.headroom"]).problems == ()


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["check", "--help"], []])
def test_a_full_standard_output_is_said(argv):
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, "-m", "planner.cli", *argv],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr == "planner: standard output cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["report", ""], "planner: an empty name ('') names no profile"),
        (["plot", ""], '"": an empty name names no profile [P001]'),
        (["module", "."], "planner: . is not a regular file"),
        (["plot", "report.json"], "plot draws a profile (.toml) or the rows of a sweep"),
        (["explain", "PERCPU: allocation failed", "--limit", "0"], "planner: --limit 0 reads nothing"),
    ],
)
def test_what_is_no_input_is_named(argv, said):
    done = planner(*argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("text", ["-20%", "%", "200%"])
def test_a_gate_points_at_the_key_that_it_refuses(tmp_path, text):
    profile = tmp_path / "p.toml"
    profile.write_text(
        f'schema = 1\n[system]\narch = "x86_64"\nkernel = "6.12"\n[cpus]\npossible = 4\n[gate.headroom]\nlevel = "error"\nmin = "{text}"\n'
    )
    done = planner("check", str(profile))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{profile}:9:1: gate.headroom.min: is refused by its plugin: min")
