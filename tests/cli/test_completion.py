"""Completion as shells ask for it: commands, options, profiles, formats."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli.commands import COMMANDS
from planner.plugin.manager import PluginManager

PLANNER = Path(sys.executable).parent / "planner"
ENVIRONMENT = {**os.environ, "PATH": f"{PLANNER.parent}{os.pathsep}{os.environ['PATH']}"}


def asked(shell, line):
    """Return what planner answers to a shell about the last word of a line."""
    words = line.split(" ")
    more = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    environment = {**ENVIRONMENT, **more, "_PLANNER_COMPLETE": f"complete_{shell}"}
    done = subprocess.run([PLANNER], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_answered(shell):
    assert "seeds/asker-3.10" in asked(shell, "planner report seeds/as")
    assert "answerer" not in asked(shell, "planner report seeds/as")
    assert "report" in asked(shell, "planner rep")
    assert "--fail-on" in asked(shell, "planner check --fail")


def test_commands_and_formats():
    assert set(COMMANDS) <= set(asked("bash", "planner ").split())
    formats = set(asked("bash", "planner report -f ").split())
    assert formats == set(PluginManager(entry_points=()).formats())
    assert asked("bash", "planner report -f ju").split() == ["junit"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_takes(shell, tmp_path):
    environment = {**ENVIRONMENT, "_PLANNER_COMPLETE": f"source_{shell}"}
    script = subprocess.run([PLANNER], env=environment, capture_output=True, text=True, check=True).stdout
    assert "planner" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    (tmp_path / "script").write_text(script)
    done = subprocess.run([shell, "-n", tmp_path / "script"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_in_a_real_bash():
    text = """
eval "$(_PLANNER_COMPLETE=source_bash planner)"
complete -p planner
COMP_WORDS=(planner report seeds/as); COMP_CWORD=2
_planner_completion planner seeds/as report
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(["bash", "-c", text], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].endswith("-F _planner_completion planner")
    assert done.stdout.splitlines()[1:] == ["seeds/asker-3.10"]
