"""Same input and version, same bytes: whatever the process's hash seed, the number of processes, and the directory for files."""

import os
import subprocess
import sys

import pytest

from planner.plugin.manager import PluginManager

FORMATS = sorted(PluginManager(entry_points=()).formats())
GATES = '[gate]\npreset = "recommended"\n[gate.burst]\n[gate.limit]\nmax = "1%"\n'
MORE = """\
growth = "10/h"
[[consumer]]
kind = "raw"
name = "packets"
size = 64
count = { low = 5, mid = 10, high = 20 }
burst = { count = 5, within = "1ms", atomic = true }
churn = { peak = 200, cycles = 2, seeds = 2, seed = 7 }
"""


def outputs(folder, seed, jobs, *arguments):
    """Run planner in a process of its own; return what each format wrote."""
    folder.mkdir()
    formats = [part for name in FORMATS for part in ("-f", f"{name}={folder / name}")]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    command = [sys.executable, "-m", "planner.cli", *arguments, "-j", str(jobs), *formats]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return {name: (folder / name).read_bytes() for name in FORMATS} | {"exit": done.returncode, "err": done.stderr}


def small(profile):
    """A profile of a machine that is soon full."""
    return profile(MORE + GATES).read_text().replace('"128MiB"', '"16MiB"').replace('"24MiB"', '"1MiB"')


@pytest.mark.parametrize("command", ["report", "check"])
def test_many_profiles(profile, tmp_path, command):
    text = small(profile)
    profile(name="x/a.toml", text=text)
    profile(name="x/b.toml", text=text.replace("3.2.0-51-generic", "4.12"))
    arguments = (command, str(tmp_path / "x"))
    assert outputs(tmp_path / "one", 0, 1, *arguments) == outputs(tmp_path / "two", 4711, 2, *arguments)


def test_samples(profile, tmp_path):
    path = profile(text=small(profile))
    arguments = ("report", str(path), "--samples", "3", "--seed", "3", "--set", "cpus.possible=4")
    assert outputs(tmp_path / "one", 0, 1, *arguments) == outputs(tmp_path / "two", 4711, 2, *arguments)
