"""``planner new``: what it writes is good, and it writes over nothing."""

import ast
import itertools
import subprocess
import sys
import tomllib

import pytest

from planner.cli.scaffold import ADDS, rendered
from planner.profile.tables import SECTIONS

PARTS = tuple(ADDS)
MIXES = [mix for size in (1, 2, 4) for mix in itertools.combinations(PARTS, size)]


@pytest.mark.parametrize("parts", MIXES, ids="-".join)
def test_every_file_is_well_formed(parts):
    files = rendered("acme-net", parts)
    for path, text in files.items():
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), path
        assert "{{" not in text, path
        assert "{%" not in text, path
        if path.endswith(".py"):
            ast.parse(text)
    project = tomllib.loads(files["pyproject.toml"])
    points = project["project"]["entry-points"]["planner"]
    assert set(points) == {f"acme-net-{part}" for part in parts}
    for module in points.values():
        assert f"src/{module.replace('.', '/')}.py" in files
    assert set(SECTIONS) >= set(tomllib.loads(files["example.toml"])) - {"schema", "consumer", "gate"}


def test_it_satisfies_the_linter(planner, tmp_path):
    assert planner("new", "plugin", "acme", *(f"--{part}" for part in PARTS), "-o", tmp_path).code == 0
    for command in (["check", "--select", "E,F,B,UP,PT,A"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length=120", tmp_path / "planner-acme"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_it_lists_what_it_wrote(planner, tmp_path):
    result = planner("new", "plugin", "acme", "--gate", "-o", tmp_path)
    assert (result.code, result.err) == (0, "")
    listed = {tmp_path / "planner-acme" / line for line in result.out.split()}
    assert listed == {path for path in tmp_path.rglob("*") if path.is_file()}


def test_nothing_is_overwritten(planner, tmp_path):
    (tmp_path / "planner-acme").mkdir()
    result = planner("new", "plugin", "acme", "--gate", "-o", tmp_path)
    assert result.code == 2
    assert "is there already; nothing was written" in result.err
    assert list((tmp_path / "planner-acme").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("profile", "acme", "--gate"), "nothing like 'profile'"),
        (("plugin", "Acme", "--gate"), "cannot be a plugin's name"),
        (("plugin", "../acme", "--gate"), "cannot be a plugin's name"),
        (("plugin", "gates", "--gate"), "cannot be a plugin's name"),
        (("plugin", "a" * 41, "--gate"), "cannot be a plugin's name"),
        (("plugin", "acme"), "say what it shall hold"),
        (("plugin", "headroom", "--gate"), "announces the gate 'headroom'"),
        (("plugin", "x86", "--architecture"), "announces the architecture 'x86'"),
    ],
)
def test_refusals(planner, tmp_path, arguments, message):
    result = planner("new", *arguments, "-o", tmp_path)
    assert result.code == 2
    assert message in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_or_not_writable(planner, tmp_path):
    assert "no such directory" in planner("new", "plugin", "acme", "--gate", "-o", tmp_path / "none").err
