"""The tutorial followed literally in a fresh environment: it ends with a passing gate and a plugin of one's own."""

import venv

import pytest

from tests.docs.pages import DOCS, is_fresh, steps
from tests.docs.test_pages import follow

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]

PAGE = DOCS / "tutorial.md"


def test_it_works_as_it_stands(wheels, tmp_path, tmp_path_factory, monkeypatch):
    assert is_fresh(PAGE)
    place = tmp_path_factory.mktemp("tutorial")
    venv.create(place, with_pip=True)
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))  # where the release will be
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    for step in steps(PAGE):
        follow(PAGE, step, tmp_path, place / "bin")
    assert (tmp_path / "planner-acme").is_dir()
    assert 'kind = "acme"' in (tmp_path / "router.toml").read_text("utf-8")
