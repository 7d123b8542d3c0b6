import functools
import json

import pytest

from planner.capacity.fleet import Groups, How, Member, batches
from planner.capacity.spool import Spool
from planner.cli.members import explain
from planner.cli.sweeping import judged

GATE = '[gate.headroom]\nmin = "20%"\n'


@pytest.fixture
def fleet(profile, tmp_path):
    text = profile(GATE, name="x/roomy.toml").read_text()
    profile(name="x/tight.toml", text=text.replace("count = 100\n", "count = 180000\n"))
    profile(name="x/deep/four.toml", text=text.replace("possible = 2", "possible = 4"))
    return tmp_path / "x"


def _rows(result):
    return [json.loads(line) for line in result.out.splitlines()]


def test_worst_first_and_one_exit_code(planner, fleet):
    result = planner("fleet", fleet, "-f", "jsonl")
    rows = _rows(result)
    assert result.code == 1
    assert [row["profile"].rpartition("/")[2] for row in rows] == ["tight.toml", "four.toml", "roomy.toml"]
    assert [row["gates_failed"] + row["gates_unjudged"] > 0 for row in rows] == [True, False, False]
    assert rows[1]["headroom"] <= rows[2]["headroom"]


def test_rows_equal_single_reports(planner, fleet):
    for row in _rows(planner("fleet", fleet, "-f", "jsonl")):
        single = json.loads(planner("check", row["profile"], "-f", "json").out)
        one = next(one for one in single["consumers"] if one["name"] == row["tightest"])
        assert (row["fits"], row["count"], row["more"]) == (one["fits"], one["count"], one["more"])
        assert row["percpu_bytes"] == single["percpu"]["meminfo_bytes"]


def test_ranges_and_shortages_are_told(planner, fleet, profile):
    profile(name="x/over.toml", text=profile(GATE).read_text().replace("count = 100\n", "count = 300000\n"))
    profile(name="x/vague.toml", text=profile(GATE).read_text())
    profile(name="x/exact.toml", text=profile(GATE).read_text().replace("[vmalloc]", "in_use = 1000\n[vmalloc]"))
    rows = {row["profile"].rpartition("/")[2]: row for row in _rows(planner("fleet", fleet, "-f", "jsonl"))}
    assert rows["exact.toml"]["fits_low"] == rows["exact.toml"]["fits_high"] == rows["exact.toml"]["fits"]
    assert rows["vague.toml"]["fits_low"] < rows["vague.toml"]["fits_high"]
    lines = {
        line.split()[0].rpartition("/")[2]: line for line in planner("fleet", fleet).out.splitlines() if "/" in line
    }
    assert " short " in lines["over.toml"]
    low, high = (rows["vague.toml"][end] - 100 for end in ("fits_low", "fits_high"))
    assert f" {low:,}..{high:,} " in lines["vague.toml"]
    assert f" {rows['exact.toml']['more']:,} " in lines["exact.toml"]


def test_processes_patterns_and_directories_agree(planner, fleet):
    whole = planner("fleet", fleet, "-f", "jsonl")
    assert planner("fleet", fleet, "-f", "jsonl", "-j2", "--batch", 1).out == whole.out
    assert planner("fleet", f"{fleet}/**/*.toml", "-f", "jsonl").out == whole.out


def test_a_url_is_read_from_its_store(planner, fleet):
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    for file in fleet.rglob("*.toml"):
        store.pipe(f"/fleet/{file.name}", file.read_bytes())
    rows = _rows(planner("fleet", "memory://fleet", "-f", "jsonl"))
    assert [row["profile"] for row in rows] == [f"memory:///fleet/{name}.toml" for name in ("tight", "four", "roomy")]


def test_saved_reports_are_members_too(planner, fleet, tmp_path):
    planner("check", fleet / "tight.toml", "-f", f"json={tmp_path / 'x' / 'saved.json'}")
    rows = _rows(planner("fleet", fleet, "-f", "jsonl"))
    saved, tight = (next(row for row in rows if name in row["profile"]) for name in ("saved.json", "tight.toml"))
    assert {**saved, "profile": ""} == {**tight, "profile": ""}


def test_groups_with_percentiles(planner, fleet):
    out = planner("fleet", fleet, "--group-by", "cpus_possible").out
    lines = [line.split() for line in out.splitlines()]
    assert ["all", "3"] in [line[:2] for line in lines]
    assert ["2", "2"] in [line[:2] for line in lines]
    assert ["4", "1"] in [line[:2] for line in lines]
    assert planner("fleet", fleet, "--group-by", "colour").code == 2


def test_what_is_wrong_with_one_is_said_and_the_others_are_evaluated(planner, fleet):
    (fleet / "bad.toml").write_text("\x1b[31mnonsense")
    result = planner("fleet", fleet, "-f", "jsonl")
    rows = _rows(result)
    assert result.code == 2
    assert rows[0]["error"]
    assert len(rows) == 4
    assert "\x1b" not in result.out + result.err


def test_nothing(planner, tmp_path):
    assert planner("fleet", tmp_path).code == 4
    assert planner("fleet", f"{tmp_path}/*.toml").code == 2
    assert planner("fleet", tmp_path / "no.toml").code == 2
    assert planner("fleet", "nonsense://x/y.toml").code in {2, 3}


def test_rows_that_do_not_stay_in_memory_are_the_same(planner, fleet, tmp_path, monkeypatch):
    outputs = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    tables = [planner("fleet", fleet, "-f", "table", "-f", f"jsonl={outputs[0]}", "--group-by", "kernel").out]
    monkeypatch.setattr("planner.cli.fleeting.Spool", functools.partial(Spool, stretch=1))
    monkeypatch.setattr("planner.cli.fleeting._PART", 1)
    tables.append(planner("fleet", fleet, "-f", "table", "-f", f"jsonl={outputs[1]}", "--group-by", "kernel").out)
    assert tables[0] == tables[1]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert len(outputs[0].read_text().splitlines()) == 3


def test_the_table_ends_at_the_worst(planner, fleet):
    out = planner("fleet", fleet, "--top", "1").out
    assert "tight.toml" in out
    assert "roomy.toml" not in out
    assert "2 more are better off" in out


def test_percentiles_are_those_of_the_rows(planner, fleet):
    rows = _rows(planner("fleet", fleet, "-f", "jsonl"))
    sums = Groups(None)
    for row in rows:
        sums.add(row)
    (group,) = sums.found()
    rooms = sorted(row["headroom"] for row in rows)
    sizes = sorted(row["percpu_bytes"] for row in rows)
    assert group.headroom == (rooms[0], rooms[1], rooms[2])
    assert group.percpu_bytes == (sizes[0], sizes[1], sizes[2])


def test_batches_end_at_their_size_or_where_members_are_heavy(monkeypatch):
    how = How(judge=judged, explain=explain)
    members = [Member(f"{number}.toml", "x" * 10) for number in range(25)]
    assert [len(batch.members) for batch in batches(how, iter(members), 10)] == [10, 10, 5]
    monkeypatch.setattr("planner.capacity.fleet.LARGEST_TASK", 40)
    found = list(batches(how, iter(members), 10))
    assert [len(batch.members) for batch in found] == [4, 4, 4, 4, 4, 4, 1]
    assert [one for batch in found for one in batch.members] == members
