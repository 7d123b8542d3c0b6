"""The harness itself: it finds files where it is told to, and no tampered record passes."""

import copy
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.files import DATA, Line, find, operations, results
from tests.vectors.replay import MismatchError, Replay


def sequence(version: str, name: str) -> tuple[Line, dict[str, Any]]:
    line = next(line for line in find(f"placement_{version}.") if line.id == name)
    return line, line.load()


def tamper_result(record: dict[str, Any]) -> None:
    record["res"] = record["res"].replace("-i", "-n", 1)


def tamper_checkpoint(record: dict[str, Any]) -> None:
    record["checkpoints"][0][1]["chunks"][-1]["acrc"] ^= 1


def tamper_schedule(record: dict[str, Any]) -> None:
    record["sched"] = "1 " + record["sched"]


def tamper_balance(record: dict[str, Any]) -> None:
    record["bal"][0][4] += 1


def tamper_final(record: dict[str, Any]) -> None:
    record["final"]["chunks"][0]["free"] += 4


def tamper_log(record: dict[str, Any]) -> None:
    record["log"].append([4, "percpu: allocation failed"])


def tamper_statistics(record: dict[str, Any]) -> None:
    record["percpu_stats"] = record["percpu_stats"].replace("sum_frag", "sum_hole", 1)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("illegal@small", tamper_result),
        ("atomic-lim1@small", tamper_checkpoint),
        ("atomic-lim1@small", tamper_schedule),
        ("atomic-lim1@small", tamper_balance),
        ("illegal@small", tamper_final),
        ("illegal@small", tamper_log),
        ("illegal@small", tamper_statistics),
    ],
)
def test_tampered_records_fail(name: str, change: Callable[[dict[str, Any]], None]) -> None:
    line, record = sequence("6.12", name)
    Replay(line, copy.deepcopy(record)).run()
    change(record)
    with pytest.raises(
        MismatchError, match=rf"placement_6.12.jsonl.gz: {name}: operation .*: expected .* got .*\nstate of the chunk"
    ):
        Replay(line, record).run()


def test_first_wrong_operation_is_named() -> None:
    line, record = sequence("3.10", "illegal@small")
    record["res"] = record["res"].replace("8200", "8204")
    number = next(n for n, result in enumerate(results(record["res"])) if result == (0, 8204))
    with pytest.raises(MismatchError, match=rf"operation {number}: expected .*8204.* got \(0, 8200\)\n.*\"map\": \["):
        Replay(line, record).run()


def test_directories_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, record = sequence("6.12", "illegal@small")
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    (one / "placement_mine.jsonl").write_text(json.dumps(record | {"id": "plain"}) + "\n")
    (other / "placement_9.jsonl.gz").write_bytes(gzip.compress((json.dumps(record | {"id": "packed"}) + "\n").encode()))
    (other / "notes.txt").write_text("not a vector file")
    monkeypatch.setenv("PLANNER_VECTORS", f"{one}{os.pathsep}{other}")
    added = [line for line in find("placement_") if line.path.parent != DATA]
    assert [(line.id, line.operations) for line in added] == [("plain", record["n_ops"]), ("packed", record["n_ops"])]
    for line in added:
        Replay(line, line.load()).run()


def test_short_forms() -> None:
    assert list(operations("a8,4*2 a1,1,1,1 f0+2*3 K-1 b")) == [
        ("a", 8, 4, 0, 0),
        ("a", 8, 4, 0, 0),
        ("a", 1, 1, 1, 1),
        ("f", 0),
        ("f", 2),
        ("f", 4),
        ("K", -1),
        ("b",),
    ]
    assert list(results("-1:8 16+8*2 -x*2 0:4")) == [(-1, 8), (-1, 16), (-1, 24), "-x", "-x", (0, 4)]
