"""What README.md says is true: its commands work as they stand, its output is real, its profile loads."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from planner.cli.commands import COMMANDS
from planner.plugin.manager import PluginManager
from planner.profile import load_text
from tests.console import blocks, marked_commands, matches, run_block

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
CONSOLE = blocks(README)


@pytest.mark.parametrize("block", CONSOLE, ids=lambda block: f"line-{block.line}")
def test_console_blocks(block):
    run_block(block, ROOT)


@pytest.mark.slow
@pytest.mark.xdist_group("packaging")
def test_the_first_command_in_a_fresh_copy(tmp_path):
    """It makes an environment, installs, and runs the main job; what it prints is what the README shows."""
    copy = tmp_path / "planner"
    left_out = shutil.ignore_patterns(
        ".git", ".venv*", ".*_cache", "__pycache__", "tests", ".hypothesis", ".benchmarks"
    )
    shutil.copytree(ROOT, copy, ignore=left_out)
    command = marked_commands(README)["report"]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (shown,) = [
        output
        for block in CONSOLE
        for line, output in block.steps
        if line == "planner report seeds/answerer-3.2-core2duo"
    ]
    verdict = done.stdout[done.stdout.index("Ubuntu") :]
    assert matches(shown, verdict)


def test_the_second_command_is_what_ci_runs():
    """It would run this very test: that it works is shown by CI, which takes it from the README."""
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    reader = re.search(r"^readme_command\(\) \{.*?^\}$", script, re.MULTILINE | re.DOTALL)
    assert "tests=$(readme_command tests)" in script
    found = subprocess.run(
        ["bash", "-c", f"{reader[0]}\nreadme_command tests"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == marked_commands(README)["tests"]
    assert found.stdout.startswith(
        "python3 -m venv .venv-dev && .venv-dev/bin/pip install '.[dev]' && .venv-dev/bin/pytest"
    )


def test_the_profile_loads():
    (text,) = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    profile = load_text(text, PluginManager(entry_points=()))
    assert profile.gates


def test_every_command_and_format_that_it_names_exists():
    named = set(re.findall(r"`planner (\w+)", TEXT)) | {"plugins", "consumers", "schema"}
    assert named <= set(COMMANDS)
    (sentence,) = re.findall(r"`-f FORMAT\[=FILE\]` writes (.*?), several at once", TEXT, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", sentence)) <= set(PluginManager(entry_points=()).formats())


def test_every_link_leads_somewhere():
    for file in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        text = (ROOT / file).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (ROOT / target).exists(), f"{file}: {target}"
