"""What users take from the repository itself: the action, the hook for pre-commit, workflows, changelog fragments."""

import os
import re
import subprocess
import sys

import pytest

from planner.plugin.manager import PluginManager
from tests.docs.pages import DOCS, ROOT

ACTION = (ROOT / "action.yml").read_text("utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")


def script():
    """Return the shell text of the action's last step."""
    _, _, text = ACTION.rpartition("run: |\n")
    return "".join(line[8:] for line in text.splitlines(keepends=True))


def run_action(tmp_path, **inputs):
    """Run the action's check with this environment's planner, as GitHub's runner would."""
    (tmp_path / "planner/bin").mkdir(parents=True)
    (tmp_path / "planner/bin/planner").symlink_to(f"{os.path.dirname(sys.executable)}/planner")  # noqa: PTH120
    output = tmp_path / "output"
    given = dict.fromkeys(("PROFILES", "ARGUMENTS", "SARIF", "JUNIT", "JSON"), "") | inputs
    more = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output), "SOURCE_DATE_EPOCH": "1795305600"}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script()],
        cwd=tmp_path,
        env={**os.environ, **given, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, output.read_text("utf-8")


@pytest.mark.parametrize(("minimum", "code"), [("1", 0), ("10**9", 1)])
def test_the_action_writes_what_is_asked_and_hands_on_the_exit_code(tmp_path, minimum, code):
    arguments = f"--set gate.fits.min={eval(minimum)} --set gate.fits.level=error"  # noqa: S307 - a literal above
    done, output = run_action(
        tmp_path, PROFILES="seeds/asker-3.10", ARGUMENTS=arguments, SARIF="out.sarif", JUNIT="out.xml", JSON="out.json"
    )
    assert done.returncode == code, done.stderr
    assert output == f"exit-code={code}\n"
    assert {"out.sarif", "out.xml", "out.json"} <= {path.name for path in tmp_path.iterdir()}


def test_inputs_of_the_action_reach_its_script_and_formats_exist():
    inputs = set(re.findall(r"^  ([\w-]+):$", ACTION.partition("outputs:")[0].partition("inputs:")[2], re.MULTILINE))
    assert inputs == set(re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", ACTION))
    assert set(re.findall(r"-f \"?(\w+)", script())) <= set(PluginManager(entry_points=()).formats())
    assert "${{" not in script(), "an expression inside a script is an injection"
    page = (DOCS / "how-to/gate-a-driver.md").read_text("utf-8")
    (used,) = re.findall(r"^  with:\n((?:    .*\n)+)", page, re.MULTILINE)
    assert set(re.findall(r"^    (\w+):", used, re.MULTILINE)) <= inputs


def test_the_hook_for_pre_commit():
    (name,) = re.findall(r"^- id: (\S+)$", HOOKS, re.MULTILINE)
    assert f"- id: {name}" in (DOCS / "how-to/gate-a-driver.md").read_text("utf-8")
    (pattern,) = re.findall(r"^  files: (.*)$", HOOKS, re.MULTILINE)
    assert re.search(pattern, "ci/planner/node.toml")
    assert re.search(pattern, "node.planner.toml")
    assert not re.search(pattern, "pyproject.toml")
    assert "entry: planner check\n" in HOOKS


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("github-actions", "action.yml"),
        ("github-workflows", ".github/workflows/ci.yml"),
        ("github-workflows", ".github/workflows/release.yml"),
        ("github-workflows", "examples/05-driver-gate/github-actions.yml"),
        ("gitlab-ci", "examples/05-driver-gate/gitlab-ci.yml"),
    ],
)
def test_the_services_take_the_files(schema, file):
    """As far as their schemas, which check-jsonschema brings along, can tell."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", ROOT / file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_run_what_stands_here():
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        for path in re.findall(r"run: (\.ci/\w+)", workflow.read_text("utf-8")):
            assert os.access(ROOT / path, os.X_OK), f"{workflow.name}: {path}"


def test_every_changelog_fragment_has_a_kind_that_towncrier_knows():
    kinds = {"feature", "bugfix", "doc", "removal", "misc"}
    for fragment in (ROOT / "changelog.d").glob("*.md"):
        if fragment.name != "README.md":
            issue, kind, _ = fragment.name.split(".")
            assert kind in kinds, fragment.name
            assert issue.isdecimal() or issue.startswith("+"), fragment.name
