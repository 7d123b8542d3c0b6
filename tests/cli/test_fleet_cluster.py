"""A fleet on a real local Dask cluster of processes, one of which is killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from planner.capacity.batches import Workers
from planner.capacity.fleet import How, badness, batches, work
from planner.cli.members import explain, members, named
from planner.cli.sweeping import judged

pytest.importorskip("distributed")
pytestmark = pytest.mark.xdist_group("cluster")  # one cluster at a time is enough for two cores

CLUSTER = """\
import sys, time
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    cluster.close()
"""


@pytest.fixture
def cluster(tmp_path):
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
    )
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.communicate("")


def _workers(pid):
    """Return the cluster's worker processes: those descendants that spawned children of Dask run as."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == pid and b"spawn_main" in line:
                found.append(int(folder.name))
    return found


@pytest.mark.slow
def test_a_worker_killed_loses_nothing_and_results_are_the_local_ones(profile, planner, cluster, tmp_path):
    address, pid = cluster
    text = profile(name="x/0.toml").read_text()
    for number in range(1, 60):
        changed = text.replace("count = 100", f"count = {100 * number}").replace("a machine", f"machine {number}")
        profile(name=f"x/{number}.toml", text=changed)
    local = planner("fleet", tmp_path / "x", "-f", "jsonl")
    assert local.code == 0, local
    assert len(local.out.splitlines()) == 60
    victims = _workers(pid)
    assert len(victims) >= 2

    how = How(judge=judged, explain=explain)
    names = named([str(tmp_path / "x")])
    found = []
    for part in Workers(scheduler=address).run(work, batches(how, members(names), 2)):
        if not found:
            os.kill(victims[0], signal.SIGKILL)  # what it holds and what waits for it is under way now
        found += part
    assert [json.loads(json.dumps(row)) for row in sorted(found, key=badness)] == [
        json.loads(line) for line in local.out.splitlines()
    ]

    again = planner("fleet", tmp_path / "x", "-f", "jsonl", "--scheduler", address)
    assert again.out == local.out


@pytest.mark.slow
def test_a_task_holds_a_thousand_light_profiles(profile, planner, cluster, tmp_path, monkeypatch):
    saved = tmp_path / "saved.json"
    assert planner("report", profile(), "-f", f"json={saved}").code == 0
    light = ("advice", "assumptions", "chunks", "limits", "space")  # what no row needs
    text = json.dumps({name: value for name, value in json.loads(saved.read_text()).items() if name not in light})
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(2100):
        (folder / f"{number:04}.json").write_text(text.replace('"a machine"', f'"machine {number}"'))
    sizes = []

    def noted(*arguments):
        for batch in batches(*arguments):
            sizes.append(len(batch.members))
            yield batch

    monkeypatch.setattr("planner.cli.fleeting.batches", noted)
    remote = planner("fleet", folder, "-f", "jsonl", "--scheduler", cluster[0])
    assert sizes == [1000, 1000, 100]
    assert remote.out == planner("fleet", folder, "-f", "jsonl", "--batch", "50").out
    assert len(remote.out.splitlines()) == 2100


def test_no_scheduler(planner, profile):
    result = planner("fleet", profile(), "--scheduler", "tcp://127.0.0.1:9")
    assert result.code == 3
    assert "scheduler" in result.err
    assert "Traceback" not in result.err
