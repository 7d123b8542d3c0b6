"""Every example's commands print what its README shows; the library example prints its output.txt; CI files do what they say."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console import blocks, run_block

EXAMPLES = Path(__file__).parents[2] / "examples"
NUMBERED = sorted(path for path in EXAMPLES.iterdir() if re.match(r"\d\d-", path.name))
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}


@pytest.mark.parametrize("example", NUMBERED, ids=lambda path: path.name)
def test_the_readme_shows_what_is_printed(example, tmp_path):
    here = tmp_path / example.name
    shutil.copytree(example, here)
    found = blocks(example / "README.md")
    assert found or (example / "output.txt").exists(), "an example shows its output"
    for block in found:
        run_block(block, here)


def test_the_library_example_prints_its_output():
    example = EXAMPLES / "01-library"
    done = subprocess.run(
        [sys.executable, "library.py"], cwd=example, capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout == (example / "output.txt").read_text(encoding="utf-8")


def commands(file):
    """The planner commands of a CI file, as they stand there."""
    return re.findall(
        r"(?:run: |- )(planner .+)$", (EXAMPLES / "05-driver-gate" / file).read_text(encoding="utf-8"), re.MULTILINE
    )


@pytest.mark.parametrize("file", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_ci_files_planner_commands_pass_and_leave_their_reports(file, tmp_path):
    here = tmp_path / "driver"
    shutil.copytree(EXAMPLES / "05-driver-gate", here)
    found = commands(file)
    assert len(found) == 2
    for command in found:
        assert in_ci(command, here) == 0


@pytest.mark.parametrize("file", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_ci_files_leave_their_reports_when_the_driver_grows_too_large(file, tmp_path):
    here = tmp_path / "driver"
    shutil.copytree(EXAMPLES / "05-driver-gate", here)
    profile = here / "driver.toml"
    profile.write_text(profile.read_text("utf-8").replace("count = 64", "count = 40000"), encoding="utf-8")
    static, dynamic = commands(file)
    assert in_ci(static.replace("--max 1KiB", "--max 423"), here) == 1
    assert in_ci(dynamic, here) == 1


def in_ci(command, here):
    """Run a command of a CI file, as the service would; return its exit code. Its reports exist, whatever that is."""
    summary = here / "summary.md"
    environment = {**ENVIRONMENT, "GITHUB_STEP_SUMMARY": str(summary)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=here, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert not done.stderr, done.stderr
    for name in re.findall(r"-f \w+=(\S+)", command):
        assert (here / name).stat().st_size > 0
    if "-f github" in command:
        assert summary.read_text("utf-8").startswith("<!-- planner-report -->")
        assert ("::error " in done.stdout) == bool(done.returncode)
    return done.returncode
