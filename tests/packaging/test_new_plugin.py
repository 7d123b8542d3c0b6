"""A plugin of each sort as ``planner new`` writes it, installed beside planner's wheel in a fresh environment: its own tests pass."""

import json

import pytest

from planner.cli.scaffold import ADDS
from tests.packaging.conftest import PIP, call, pip_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


@pytest.fixture(scope="module")
def packages(environment, tmp_path_factory):
    """Write one of each and one of all, and install them together; return their directories by name."""
    place = tmp_path_factory.mktemp("new")
    mixes = {f"own-{part}": (part,) for part in ADDS} | {"own": tuple(ADDS)}
    for name, parts in mixes.items():
        call(environment / "planner", "new", "plugin", name, *(f"--{part}" for part in parts), "-o", place)
    found = {name: place / f"planner-{name}" for name in mixes}
    call(*PIP, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", place / "wheels", *found.values())
    call(*pip_of(environment), "install", "-q", "--no-deps", *(place / "wheels").glob("*.whl"))
    yield found
    call(*pip_of(environment), "uninstall", "-q", "-y", *(path.name for path in found.values()))


def test_all_are_found(environment, packages):
    listed = json.loads(call(environment / "planner", "plugins", "--json"))
    assert listed["problems"] == []
    assert {f"{path.name} 0.1.0" for path in packages.values()} <= {one["from"] for one in listed["plugins"]}


@pytest.mark.parametrize("name", [*(f"own-{part}" for part in ADDS), "own"])
def test_its_tests_pass(environment, packages, name):
    out = call(environment / "python", "-m", "pytest", "-q", "-W", "error", cwd=packages[name])
    assert " passed" in out
    assert "failed" not in out


def test_its_commands_are_those_of_its_readme(environment, packages):
    readme = (packages["own"] / "README.md").read_text("utf-8")
    assert "planner check example.toml\n" in readme
    assert "PASS" in call(environment / "planner", "check", "example.toml", cwd=packages["own"])
