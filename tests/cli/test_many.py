"""Many profiles at once: directories, processes, interrupts."""

import os
import signal
import subprocess
import sys
import time

import pytest

from planner.cli.evaluation import Job, evaluate_all
from planner.cli.failures import UsageError
from planner.cli.sources import expand

pytestmark = pytest.mark.usefixtures("engine")


def test_a_directory_stands_for_its_profiles(tmp_path):
    for name in ("b.toml", "a.toml", ".hidden.toml", "deep/c.toml", ".git/d.toml", "readme.md", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [os.path.relpath(source, tmp_path) for source in expand([str(tmp_path)])]
    assert found == ["a.toml", "b.toml", "deep/c.toml"]


def test_each_profile_once_in_the_order_given(tmp_path):
    (tmp_path / "a.toml").touch()
    inside = str(tmp_path / "a.toml")
    assert expand(["x", inside, str(tmp_path), "x", "-"]) == ["x", inside, "-"]


def test_a_link_to_its_own_directory_does_not_loop(tmp_path):
    (tmp_path / "a.toml").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert expand([str(tmp_path)]) == [str(tmp_path / "a.toml")]


def test_too_many_profiles(monkeypatch):
    monkeypatch.setattr("planner.cli.sources.MAXIMUM_PROFILES", 2)
    with pytest.raises(UsageError):
        expand(["a", "b", "c"])


def test_one_table_worst_first_and_one_exit_code(planner, profile, tmp_path):
    text = profile(name="x/ok.toml").read_text()
    profile(name="x/tight.toml", text=text.replace("a machine", "tight"))
    profile(name="x/bad.toml", text="nonsense")
    result = planner("check", tmp_path / "x", "-f", "table")
    assert result.code == 2
    rows = result.out.splitlines()[3:5]
    assert rows[0].split()[0].endswith("tight.toml")
    assert rows[1].split()[0].endswith("ok.toml")
    assert "bad.toml" in result.err


@pytest.mark.parametrize("jobs", [2, 0])
def test_processes_give_the_same_bytes(planner, profile, tmp_path, jobs):
    for number in range(6):
        profile(name=f"x/{number}.toml")
    profile(name="x/6.toml", text="nonsense")
    one = planner("report", tmp_path / "x", "-f", "json")
    several = planner("report", tmp_path / "x", "-f", "json", "-j", jobs)
    assert (several.code, several.out, several.err) == (one.code, one.out, one.err)
    assert one.code == 2


def die(*_arguments):
    os._exit(9)


def test_a_worker_that_dies_is_a_tool_error(planner, profile, monkeypatch):
    monkeypatch.setattr("planner.cli.evaluation._work", die)
    result = planner("report", profile(name="a.toml"), profile(name="b.toml"), "-j", "2")
    assert result.code == 3
    assert "a worker process died" in result.err


def test_progress_only_on_a_terminal_and_only_after_a_while(profile, monkeypatch):
    sources = [str(profile(name=f"{number}.toml")) for number in range(3)]
    shown = []
    monkeypatch.setattr("planner.cli.evaluation._bar", lambda: FakeBar(shown))
    evaluate_all(sources, Job(), jobs=1, command="report")
    assert not shown, "no terminal"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    evaluate_all(sources, Job(), jobs=1, command="report")
    assert not shown, "too fast to be worth it"
    monkeypatch.setattr("planner.cli.evaluation._PATIENCE", -1.0)
    evaluate_all(sources, Job(), jobs=1, command="report")
    assert shown == ["start", 1, 2, 3, "stop"]


class FakeBar:
    def __init__(self, shown):
        self.shown = shown

    def start(self):
        self.shown.append("start")

    def add_task(self, _name, total):
        assert total == 3
        return 0

    def update(self, _task, completed):
        self.shown.append(completed)

    def stop(self):
        self.shown.append("stop")


SLOW = """
import os, sys, time, types
module = types.ModuleType("planner.capacity")
def evaluate(*_arguments, **_options):
    os.write(2, b"evaluating\\n")
    time.sleep(60)
module.evaluate = evaluate
sys.modules["planner.capacity"] = module
from planner.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_leaves_no_file(profile, tmp_path, jobs):
    profiles = [str(profile(name="a.toml")), str(profile(name="b.toml"))]
    out = tmp_path / "out.json"
    out.write_text("old")
    arguments = [sys.executable, "-c", SLOW, "report", *profiles, "-j", jobs, "-f", f"json={out}"]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr.readline() == "evaluating\n"
    started = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    rest = process.communicate(timeout=50)[1]
    assert time.monotonic() - started < 40, "the workers were waited for"
    assert process.returncode == 130
    assert rest.endswith("planner: interrupted\n")
    assert "Traceback" not in rest
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.toml", "b.toml", "out.json"]
