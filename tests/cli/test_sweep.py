"""Sweeps: rows equal single reports, an interrupted sweep goes on, forms agree."""

import csv
import gc
import json
import random
import signal
import subprocess
import sys
import time
import tracemalloc

import pytest

from planner.cli.progress import Progress

MORE = """
[[consumer]]
kind = "raw"
name = "r"
size = 4000
count = 50
[gate.headroom]
min = "20%"
consumer = "r"
"""
SMALL = ("--set", "vmalloc.used=122MiB")
AXES = ("--vary", "cpus.possible=1,2,..,8", "--vary", "consumer.r.count=10..3000:log5")


def _rows(text):
    return [json.loads(line) for line in text.splitlines()]


def test_one_in_a_hundred_rows_and_more_equal_single_reports(planner, profile):
    path = profile(MORE)
    swept = planner("sweep", path, *SMALL, *AXES)
    assert swept.code == 0, swept
    rows = _rows(swept.out)
    assert [row["point"] for row in rows] == list(range(20))
    for row in random.Random(5).sample(rows, 4):  # noqa: S311 - no secret
        sets = [f"--set={key.removeprefix('set:')}={value}" for key, value in row.items() if key.startswith("set:")]
        single = json.loads(planner("check", path, *SMALL, *sets, "-f", "json").out)
        (beside,) = json.loads(planner("report", path, *SMALL, *sets, "-f", "json").out)["variants"]
        for report in (single, beside["report"]):
            _same(row, report)
        assert (row["gate:headroom"] == "passed") == single["gates"][0]["passed"]


def _same(row, report):
    assert row["percpu_bytes"] == report["percpu"]["meminfo_bytes"]
    assert row["chunks"] == report["percpu"]["chunks"]
    assert row["unit_size"] == report["first_chunk"]["unit_size"]
    assert row["breaks_first"] == report["verdict"]["breaks_first"]
    for one in report["consumers"]:
        assert row[f"{one['name']}.count"] == one["count"]
        assert row[f"{one['name']}.fits"] == one["fits"]
        low, high = one["fits_range"] or (one["fits"], one["fits"])
        assert (row[f"{one['name']}.fits_low"], row[f"{one['name']}.fits_high"]) == (low, high)
        assert row[f"{one['name']}.stops"] == (one["stops"] or {}).get("limit")


@pytest.mark.slow
def test_one_in_a_hundred_rows_of_a_dense_node_equals_a_single_report(planner):
    """Composites that end at RAM, whose fills are followed in proportion: the memo of fits must give what a fresh run gives."""
    node = "machines/kubernetes-node-96-threads"
    draws = ("--mode", "random", "--samples", "100", "--seed", "4")
    axes = ("--vary", "consumer.pod.count=1..400", "--vary", "memory.ram=64GiB..512GiB:lin")
    rows = _rows(planner("sweep", node, *axes, *draws).out)
    assert len(rows) == 100
    for row in random.Random(9).sample(rows, 2):  # noqa: S311 - no secret
        sets = [f"--set={key.removeprefix('set:')}={value}" for key, value in row.items() if key.startswith("set:")]
        _same(row, json.loads(planner("check", node, *sets, "-f", "json").out))


def test_workers_give_the_same_rows(planner, profile):
    path = profile(MORE)
    assert planner("sweep", path, *SMALL, *AXES, "-j2").out == planner("sweep", path, *SMALL, *AXES).out


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_killed_and_gone_on_with_gives_the_same_rows(planner, profile, tmp_path, form, how):
    if form == "parquet":
        pytest.importorskip("polars")
    path = profile(MORE)
    whole, cut = tmp_path / f"whole.{form}", tmp_path / f"cut.{form}"
    assert planner("sweep", path, *SMALL, *AXES, "-f", whole).code == 0
    command = [sys.executable, "-m", "planner.cli", "sweep", path, *SMALL, *AXES, "-f", cut, "--batch", "1", "-j2"]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    journal = tmp_path / f"{cut.name}.part" if form == "parquet" else cut
    while run.poll() is None and not (journal.exists() and journal.stat().st_size):
        time.sleep(0.01)
    run.send_signal(how)
    run.communicate()
    if how == signal.SIGKILL and journal.exists():
        with journal.open("ab") as file:
            file.write(b'{"sweep": "ab')  # a row that was cut off
    again = planner("sweep", path, *SMALL, *AXES, "-f", cut)
    assert again.code == 0, again
    assert cut.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("command", ["sweep", "fleet", "report"])
def test_many_points_are_collected_as_they_go(planner, profile, command):
    """The command line's collector is slow to come, since most runs are short; over many points that would pile up machines."""
    text = (
        profile(MORE)
        .read_text()
        .replace('used = "24MiB"', 'used = { low = "118MiB", mid = "120MiB", high = "124MiB" }')
    )
    arguments = {"sweep": ("--vary", "cpus.possible=1,2", "--of", "r"), "fleet": (), "report": ("--samples", "2")}[
        command
    ]
    before = gc.get_threshold()
    gc.set_threshold(100_000)
    try:
        assert planner(command, profile(text=text), *arguments).code == 0
        assert gc.get_threshold()[0] <= 1000
    finally:
        gc.set_threshold(*before)


def test_nothing_stays_behind_of_points(planner, profile, tmp_path, monkeypatch):
    monkeypatch.setattr("planner.capacity.sweep.REMEMBERED", 20)
    path, out = profile(MORE), tmp_path / "rows.jsonl"

    def left(points):
        last = (120 << 20) + 4096 * (points - 1)  # each is another machine, and another fill to remember
        many = ("--vary", f"vmalloc.used={120 << 20}..{last}:step4096", "--of", "r")
        tracemalloc.start()
        assert planner("sweep", path, *many, "-f", out, "--no-resume").code == 0
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return kept

    left(5)  # what is imported and read once
    few = left(20)
    assert left(80) < 1.5 * few
    assert len(out.read_text().splitlines()) == 80


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again_no_row_is_lost_or_doubled(planner, profile, tmp_path, seed):
    """Three outputs at once, killed at any moment, by either signal, until the sweep is through."""
    pytest.importorskip("polars")
    path, chance = profile(MORE), random.Random(seed)  # noqa: S311 - no secret
    many = (*SMALL, "--vary", "cpus.possible=1,2,..,8", "--vary", "consumer.r.count=10..3000:log12", "--of", "r")
    whole, cut = ([tmp_path / f"{name}.{form}" for form in ("jsonl", "csv", "parquet")] for name in ("whole", "cut"))
    assert planner("sweep", path, *many, *(one for file in whole for one in ("-f", file))).code == 0
    arguments = [*many, "--batch", "1", *(one for file in cut for one in ("-f", file))]
    kills = 0
    for _attempt in range(60):
        jobs = chance.choice(["-j1", "-j2"])
        run = subprocess.Popen([sys.executable, "-m", "planner.cli", "sweep", path, *arguments, jobs])
        before = cut[0].stat().st_size if cut[0].exists() else 0
        wanted = before + chance.randrange(1, 6000)
        while run.poll() is None and (cut[0].stat().st_size if cut[0].exists() else 0) < wanted:
            time.sleep(0.002)
        if run.poll() is None:
            run.send_signal(chance.choice([signal.SIGINT, signal.SIGKILL]))
            kills += 1
        if run.wait() == 0:
            break
    assert kills >= 3
    assert [file.read_bytes() for file in cut] == [file.read_bytes() for file in whole]


def test_rows_of_another_sweep_are_not_touched(planner, profile, tmp_path):
    path, out = profile(MORE), tmp_path / "rows.jsonl"
    planner("sweep", path, *SMALL, "--vary", "cpus.possible=1,2", "-f", out)
    before = out.read_bytes()
    other = planner("sweep", path, *SMALL, "--vary", "cpus.possible=1,4", "-f", out)
    assert other.code == 2
    assert "--no-resume" in other.err
    assert out.read_bytes() == before
    assert planner("sweep", path, *SMALL, "--vary", "cpus.possible=1,4", "-f", out, "--no-resume").code == 0
    assert [row["cpus"] for row in _rows(out.read_text())] == [1, 4]


def test_csv_and_jsonl_say_the_same(planner, profile, tmp_path):
    path = profile(MORE)
    planner("sweep", path, *SMALL, *AXES, "-f", tmp_path / "a.csv", "-f", tmp_path / "a.jsonl")
    with (tmp_path / "a.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    for line, row in zip(table, _rows((tmp_path / "a.jsonl").read_text()), strict=True):
        shown = {key: "" if value is None else str(value) for key, value in row.items()}
        assert {
            key: value.capitalize() if value in {"true", "false"} else value for key, value in line.items()
        } == shown


def test_the_frontier_passes_and_the_next_one_fails(planner, profile):
    path = profile(MORE)
    exact = (*SMALL, "--set", "percpu.in_use=1000")
    found = planner("sweep", path, *exact, "--vary", "cpus.possible=2,4", "--find", "consumer.r.count")
    assert len(_rows(found.out)) == 2
    for row in _rows(found.out):
        assert row["then"] == "gate headroom"
        for more, code in ((0, 0), (1, 1)):
            sets = (
                f"--set=cpus.possible={row['set:cpus.possible']}",
                f"--set=consumer.r.count={row['largest'] + more}",
            )
            assert planner("check", path, *exact, *sets).code == code


def test_points_that_cannot_be_are_rows_with_a_reason(planner, profile):
    result = planner("sweep", profile(), "--vary", "cpus.possible=2,100000")
    assert result.code == 0
    good, bad = _rows(result.out)
    assert good["error"] is None
    assert bad["error"]
    assert good.keys() == bad.keys()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--vary", "cpus.posible=1,2"),
        ("--vary", "consumer.nobody.count=1,2"),
        ("--vary", "consumer=1,2"),
        ("--vary", "cpus.possible=1,2", "--mode", "spiral"),
        ("--vary", "cpus.possible=1,2", "--mode", "random"),
        ("--vary", "cpus.possible=1,2", "--of", "nobody"),
        ("--vary", "cpus.possible=1,2", "-f", "parquet"),
        ("--vary", "cpus.possible=1,2", "-f", "nonsense"),
    ],
)
def test_bad_usage(planner, profile, arguments):
    result = planner("sweep", profile(), *arguments)
    assert result.code == 2, result
    assert "Traceback" not in result.err


def test_random_points_are_those_of_the_seed(planner, profile):
    arguments = ("--vary", "consumer.r.count=1..1000:log", "--mode", "random", "--samples", "5", *SMALL)
    path = profile(MORE)
    one, same, other = (planner("sweep", path, *arguments, "--seed", seed).out for seed in (1, 1, 2))
    assert one == same != other


def test_samples_are_the_same_bytes_whatever_the_workers(planner, profile):
    text = (
        profile(MORE)
        .read_text()
        .replace('used = "24MiB"', 'used = { low = "118MiB", mid = "120MiB", high = "124MiB" }')
    )
    path = profile(text=text)
    one, two = (planner("report", path, "--samples", 40, "--seed", 3, "-f", "json", "-j", jobs) for jobs in (1, 2))
    assert one.out == two.out
    told = json.loads(one.out)["uncertainty"]
    assert told["samples"] == 40
    assert told["inputs"][0]["key"] == "vmalloc.used"
    spread = next(one for one in told["fits"] if one["consumer"] == "r")
    assert spread["p5"] < spread["p50"] < spread["p95"]
    assert told["effects"][0]["rank_correlation"] < -0.9
    assert 0 <= told["gates"][0]["fails"] <= 1


def test_progress_with_the_time_left(planner, profile):
    progress = Progress(100, "points", start=20)
    progress.done = 60
    assert progress.line(4.0) == "60 of 100 points (60 %), 10/s, 0:05 left"
    assert planner("sweep", profile(), "--vary", "cpus.possible=2", "--progress", "maybe").code == 2
