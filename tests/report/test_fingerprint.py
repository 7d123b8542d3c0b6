"""The fingerprint of the model: it follows every source of figures, and every report tells it."""

import shutil
from dataclasses import replace

import pytest

from planner.packages import folder_of
from planner.report.fingerprint import model_data
from planner.report.json_form import from_json, to_json
from planner.report.model import PlannerInfo, this_planner, told
from tests.report_samples import laptop

ROOTS = ("planner", "planner_architectures", "planner_consumers")


@pytest.fixture
def copies(tmp_path, monkeypatch):
    """Let the fingerprint be taken of copies; return their directory."""
    for package in ROOTS:
        shutil.copytree(folder_of(package), tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("planner.report.fingerprint.folder_of", lambda package: tmp_path / package)
    model_data.cache_clear()
    yield tmp_path
    model_data.cache_clear()


@pytest.mark.parametrize(
    "package", ["planner/allocator", "planner/capacity", "planner_architectures", "planner_consumers"]
)
def test_it_follows_every_source_of_figures(copies, package):
    before = model_data()
    changed = max((copies / package).glob("*.py"))
    changed.write_text(changed.read_text("utf-8") + "#\n", encoding="utf-8")
    model_data.cache_clear()
    assert model_data() != before
    changed.rename(changed.with_name("zzz.py"))
    again = model_data()
    model_data.cache_clear()
    assert model_data() != again, "a renamed module is another model"


def test_it_does_not_follow_words(copies):
    before = model_data()
    (copies / "planner/cli/report.py").write_text("")
    model_data.cache_clear()
    assert model_data() == before


def test_a_report_tells_it_and_an_older_one_that_does_not_is_read():
    assert told(this_planner()) == PlannerInfo(model_data=model_data())
    assert to_json(replace(laptop(), planner=this_planner()))["planner"]["model_data"] == model_data()
    form = to_json(laptop())
    del form["planner"]["model_data"]
    assert from_json(form).planner == PlannerInfo(version="1.2.3", model_data="")
