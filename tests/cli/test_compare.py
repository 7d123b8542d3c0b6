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
    told = planner("compare", one, other).out.partition("What the kernels do differently")[2]
    assert max(map(len, told.splitlines())) <= 80
    for fact in form["facts"]:
        assert " ".join(fact["source"].split()) in " ".join(told.split()), fact["name"]


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


def test_a_range_is_shown_as_one(planner, saved):
    base = laptop()

    def with_range(low, high):
        return replace(base, consumers=(replace(base.consumers[0], fits=high, fits_range=(low, high)),))

    one, other = saved(with_range(1000, 4000), "a.json"), saved(with_range(1500, 4000), "b.json")
    (line,) = [line for line in planner("compare", one, other).out.splitlines() if line.startswith("experiment: fits")]
    assert line.split()[2:] == ["1,000..4,000", "1,500..4,000", "+50.0..+0.0", "%"]
    (row,) = json.loads(planner("compare", one, other, "--json").out)["rows"]
    assert (row["one_range"], row["other_range"]) == ([1000, 4000], [1500, 4000])
    exact = saved(base, "c.json")
    assert "1,000..4,000" in planner("compare", exact, one).out
    assert "nothing differs" in planner("compare", one, one).out
    assert "?..4,000" in planner("compare", exact, saved(with_range(None, 4000), "d.json")).out


def test_no_limit_is_not_the_same_as_not_there(planner, saved):
    base = laptop()
    endless = replace(base.consumers[0], name="endless", fits=None, more=None, stops=None, count=7)
    one, other = saved(base, "a.json"), saved(replace(base, consumers=(*base.consumers, endless)), "b.json")
    lines = {line.split("  ")[0]: line.split()[-2:] for line in planner("compare", one, other).out.splitlines()}
    assert lines["endless: count"] == ["-", "7"]
    assert lines["endless: fits"] == ["no", "limit"]
    assert "endless: fits" in planner("compare", other, one).out


def test_another_planner_is_named(planner, saved):
    base = laptop()
    newer = replace(base, planner=replace(base.planner, model_data="0123456789ab"))
    assert "planner model_data" in planner("compare", saved(base, "a.json"), saved(newer, "b.json")).out


def test_sizes_that_would_read_alike_are_shown_in_full(planner, saved):
    base = laptop()

    def with_percpu(size):
        return saved(replace(base, percpu=replace(base.percpu, meminfo_bytes=size)), f"{size}.json")

    near = planner("compare", with_percpu(10_000_000), with_percpu(10_000_001)).out
    assert "(10,000,000 B)" in near
    assert "(10,000,001 B)" in near
    assert " B)" not in planner("compare", with_percpu(10_000_000), with_percpu(20_000_000)).out
