"""Wheels of planner and of the example plugin, built once, and a fresh environment with both."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/third_party_plugin"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def pip_of(environment):
    """Return this environment's pip, working in another: to give each fresh one a pip of its own takes seconds."""
    return (*PIP, "--python", environment / "python")


def call(*command, cwd=None):
    """Run a command that must work, in an environment without a trace of this one; return what it printed."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """Build both wheels; return their directory."""
    out = tmp_path_factory.mktemp("wheels")
    call(*PIP, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", out, ROOT, EXAMPLE)
    return out


@pytest.fixture(scope="session")
def wheel(wheels):
    """Return planner's own wheel."""
    (found,) = wheels.glob("percpu_planner-*.whl")
    return found


@pytest.fixture(scope="session")
def environment(wheels, tmp_path_factory):
    """Make a fresh environment with planner and the plugin installed from their wheels; return its ``bin``."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False)
    plugin, planner = sorted(wheels.glob("*.whl"), key=lambda path: path.name.startswith("percpu"))
    call(*pip_of(place / "bin"), "install", "-q", planner, f"{plugin}[dev]")
    return place / "bin"
