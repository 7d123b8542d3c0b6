"""The wheel holds planner and planner_*, and nothing else."""

import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT, ROOT / "plugins", ROOT / "profiles")


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_top_level(names):
    top = {name.split("/")[0] for name in names}
    packages = {name for name in top if not name.endswith(".dist-info")}
    assert {name for name in packages if name != "planner" and not name.startswith("planner_")} == set()
    assert packages == {path.parent.name for root in SOURCES for path in root.glob("planner*/__init__.py")}


def test_every_module_and_every_profile_is_in_it(names):
    wanted = {
        path.relative_to(root).as_posix()
        for root in SOURCES
        for package in root.glob("planner*/")
        for path in package.rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.parts[len(ROOT.parts) :])
    }
    held = {name for name in names if ".dist-info/" not in name}
    assert held == wanted


def test_no_leftovers(names):
    assert [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".orig", ".rej"))] == []


def test_entry_points_and_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        points = archive.read(f"{info}/entry_points.txt").decode()
        metadata = archive.read(f"{info}/METADATA").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
    assert "planner = planner.cli:main" in points
    assert "License-Expression: LGPL-2.1-or-later" in metadata
