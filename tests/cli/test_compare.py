"""``planner compare`` of saved reports and of profiles."""

import json
from dataclasses import replace

import pytest

from planner.report.json_form import dumps
from tests.report_samples import laptop, node


@pytest.fixture
def saved(tmp_path):
    def write(report, name):
        path = tmp_path / name
        path.write_text(dumps(report))
        return path

    return write


def test_two_saved_reports(planner, saved):
    base = laptop()
    more = replace(base.consumers[0], fits=300000)
    other = replace(
        base,
        consumers=(more,),
        first_chunk=replace(base.first_chunk, boot_log=("PERCPU: another line of some length",)),
    )
    result = planner("compare", saved(base, "a.json"), saved(other, "b.json"))
    assert result.code == 0
    rows = {line.split("  ")[0]: line.split() for line in result.out.splitlines()}
    assert rows["experiment: fits"][-4:] == ["198,634", "300,000", "+51.0", "%"]
    assert "  one    PERCPU: Embedded 13 pages/cpu @f77d1000" in result.out
    assert "count" not in result.out


def test_nothing_differs(planner, saved):
    path = saved(laptop(), "a.json")
    assert "nothing differs" in planner("compare", path, path).out
    assert "experiment: count" in planner("compare", path, path, "--all").out


def test_json_and_facts(planner, saved):
    one, other = saved(laptop(), "a.json"), saved(node(), "b.json")
    form = json.loads(planner("compare", one, other, "--json").out)
    whats = {row["what"]: row for row in form["rows"]}
    assert whats["system cpus_possible"]["one"] == 2
    assert whats["veth: count"]["one"] is None
    assert form["facts"], "3.2 and 6.8 differ in facts"
    assert all(fact["source"] for fact in form["facts"])
    assert "What the kernels do differently" in planner("compare", one, other).out


def test_a_profile_against_another_kernel(planner, profile):
    small = profile(text=profile().read_text().replace('"128MiB"', '"4MiB"').replace('"24MiB"', '"1MiB"'))
    result = planner("compare", small, "--kernel", "3.10")
    assert result.code == 0, result
    assert "3.2.0-51-generic" in result.out


def test_usage(planner, saved, profile, tmp_path):
    path = saved(laptop(), "a.json")
    assert planner("compare", path).code == 2
    assert planner("compare", path, "--kernel", "6.6").code == 2
    assert planner("compare", path, tmp_path / "missing.json").code == 2
    (tmp_path / "bad.json").write_text('{"schema_version": 9}')
    assert planner("compare", path, tmp_path / "bad.json").code == 2
    (tmp_path / "many.json").write_text(json.dumps({"reports": [], "problems": [], "schema_version": 1}))
    assert planner("compare", path, tmp_path / "many.json").code == 2
    assert planner("compare", profile(), "--kernel", "not a version").code == 2
