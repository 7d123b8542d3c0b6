"""On the machine that runs the tests, for real, as far as it allows: record, replay, explain."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.observe.record import find_tracefs

PLANNER = [sys.executable, "-m", "planner.cli"]

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
    pytest.mark.slow,
    pytest.mark.xdist_group("live"),
]
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")


def planner(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PLANNER, *arguments], capture_output=True, text=True, timeout=300, check=False, cwd="/")


@contextlib.contextmanager
def mounted(kind: str, place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", kind, "nodev", str(place)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"{kind} cannot be mounted here: {done.stderr.decode('utf-8', 'replace').strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def tracefs(tmp_path: Path) -> Iterator[Path]:
    with mounted("tracefs", tmp_path / "tracefs") as place:
        try:
            find_tracefs(str(place))
        except Exception as error:  # noqa: BLE001 - any reason is one to skip
            pytest.skip(str(error))
        yield place


@as_root
def test_recording_leaves_nothing_behind(tracefs: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    process = subprocess.Popen(
        [*PLANNER, "record", "--seconds", "3", "--stacks", "-o", str(trace), "--tracefs", str(tracefs)], cwd="/"
    )
    for _ in range(20):
        subprocess.run(["unshare", "-n", "true"], check=False, stderr=subprocess.DEVNULL)
        time.sleep(0.15)
    assert process.wait(60) == 0
    assert not (tracefs / "instances" / f"planner-{process.pid}").exists()
    shown = planner("replay", str(trace), "--cpus", str(os.cpu_count()))
    assert shown.returncode == 0, shown.stderr
    assert "a network namespace [netns]" in shown.stdout


TRACE = """
mount -t tracefs nodev /sys/kernel/tracing || exit 77
test -d /sys/kernel/tracing/events/percpu || exit 77
(while sleep 0.2; do unshare -n true; done) & churn=$!
"$@" & own=$!
wait $own; code=$?
kill $churn
test -d /sys/kernel/tracing/instances/planner-$own && exit 78
exit $code
"""


@as_root
def test_a_capture_with_a_trace_says_what_came_and_went(tmp_path: Path) -> None:
    """In a mount namespace of its own; namespaces are made and thrown away while it is recorded."""
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", TRACE, "sh", *PLANNER, "capture", "--trace", "2", "-o", str(tmp_path / "here.toml")],
        capture_output=True, text=True, timeout=300, check=False, cwd="/",
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip("tracefs cannot be mounted here, or has no percpu events")
    assert done.returncode == 0, done.stdout + done.stderr
    measured = tomllib.loads((tmp_path / "here.toml").read_text())["measured"]
    assert measured["trace.netns.allocations"] > 0
    assert measured["trace.allocations"] >= measured["trace.netns.allocations"]
    assert measured["trace.lost"] == 0
    assert planner("verify", str(tmp_path / "here.toml")).returncode == 0


WATCH = """
import os, sys
opened = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        place, flags = os.fsdecode(arguments[0]), arguments[2] or 0
        if place.startswith(("/proc/", "/sys/", "/dev/")) and flags & os.O_ACCMODE != os.O_RDONLY:
            opened.append(place)
    elif event.startswith(("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")):
        opened.append(event)
from planner.cli.app import run
sys.addaudithook(watch)
code = run(["capture", "-o", sys.argv[1]])
print(opened)
sys.exit(code or (9 if opened else 0))
"""


def test_a_capture_opens_nothing_of_the_kernel_s_for_writing_and_runs_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH, str(tmp_path / "here.toml")],
        capture_output=True, text=True, timeout=300, check=False, cwd="/",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@as_root
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_recording_cleanly(tracefs: Path, tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [*PLANNER, "record", "--seconds", "60", "-o", str(tmp_path / "trace.txt"), "--tracefs", str(tracefs)],
        cwd="/", stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    instance = tracefs / "instances" / f"planner-{process.pid}"
    for _ in range(600):
        if instance.is_dir() or process.poll() is not None:
            break
        time.sleep(0.05)
    assert instance.is_dir()
    process.send_signal(number)
    _out, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "ended early" in said
    assert not instance.exists()


@as_root
def test_a_recording_that_grows_too_large_ends(tracefs: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    process = subprocess.Popen(
        [*PLANNER, "record", "--seconds", "60", "--limit", "4K", "-o", str(trace), "--tracefs", str(tracefs)],
        cwd="/", stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None:
        subprocess.run(["unshare", "-n", "true"], check=False, stderr=subprocess.DEVNULL)
    assert process.returncode == 0
    assert trace.stat().st_size <= 4096
    assert process.stderr is not None
    assert "as large as --limit allows" in process.stderr.read()
    process.stderr.close()


MAKE = """
command -v ip >/dev/null || exit 77
mount -t tmpfs none /run && mkdir -p /run/netns || exit 77
ip netns add one && ip netns add two || exit 77
ip link add v0 type veth peer name w0 || exit 77
ip link add v1 type veth peer name w1 && ip link set w1 netns one
ip link add v2 type veth peer name w2 && ip link set w2 netns one && ip netns exec one ip link set w2 netns two
ip link add br0 type bridge && ip link set v0 master br0
exec "$@"
"""


@as_root
def test_devices_and_namespaces_made_here_are_counted(tmp_path: Path) -> None:
    """In namespaces of the test's own: two network namespaces without a process, three pairs of veths across them, a bridge."""
    done = subprocess.run(
        ["unshare", "-mn", "sh", "-c", MAKE, "sh", *PLANNER, "capture", "-o", str(tmp_path / "here.toml")],
        capture_output=True, text=True, timeout=300, check=False, cwd="/",
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip(f"no namespaces or devices can be made here: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stderr
    consumers = tomllib.loads((tmp_path / "here.toml").read_text())["consumer"]
    counts = Counter({(one["kind"], one.get("ports")): one["count"] for one in consumers})
    assert counts["veth", None] >= 3
    assert counts["bridge", 1] >= 1
    assert counts["netns", None] >= 4  # this one, the two without a process, and the machine's


def test_recording_without_tracefs_says_what_to_do(tmp_path: Path) -> None:
    done = planner("record", "--seconds", "1", "-o", str(tmp_path / "t"), "--tracefs", str(tmp_path))
    assert done.returncode == 3
    assert "tracefs" in done.stderr


def test_explain_reads_this_machine_s_log() -> None:
    log = subprocess.run(["dmesg"], capture_output=True, check=False).stdout
    done = subprocess.run([*PLANNER, "explain", "-"], input=log, capture_output=True, timeout=120, check=False, cwd="/")
    assert done.returncode in {0, 4}, done.stderr
    assert b"Traceback" not in done.stderr
