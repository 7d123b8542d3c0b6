"""On a real terminal of 80 columns: the progress bar, its colours, an interrupt from the keyboard."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios

import pytest

COLUMNS = 80
SLOW = """
import sys, time, types
from dataclasses import replace
from tests.report_samples import laptop
module = types.ModuleType("planner.capacity")
def evaluate(profile, *_arguments, **_options):
    time.sleep(float(profile.system.name))
    return replace(laptop(), profile=profile.source, gates=())
module.evaluate = evaluate
sys.modules["planner.capacity"] = module
from planner.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def slow(profile, tmp_path):
    """Write four profiles, each of which takes so many seconds."""

    def write(seconds):
        text = profile().read_text()
        return [str(profile(name=f"x/{n}.toml", text=text.replace("a machine", str(seconds)))) for n in range(4)]

    yield write
    assert not list(tmp_path.rglob("*.part")), "a file was left half-written"


def on_terminal(arguments, out, *, interrupt_at="", **environment):
    """Run planner with standard error on a terminal and standard output in a file; return exit code and what the terminal got.

    Once ``interrupt_at`` is on the terminal, all processes get what Control-C sends them.
    """
    terminal, inner = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    given = {**os.environ, "TERM": "xterm-256color", **environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    with out.open("wb") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW, *arguments],
            stdin=inner,
            stdout=stdout,
            stderr=inner,
            env=given,
            start_new_session=True,
        )
    os.close(inner)
    got = b""
    while part := _read(terminal):
        got += part
        if interrupt_at and interrupt_at.encode() in got:
            os.killpg(process.pid, signal.SIGINT)
            interrupt_at = ""
    os.close(terminal)
    return process.wait(60), got.decode()


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end has gone
        return b""


def drawn(text):
    """The lines that were drawn, without the sequences that move the cursor or colour them."""
    return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]+", text)]


def test_a_bar_is_drawn_within_the_width_and_taken_away(slow, tmp_path):
    code, text = on_terminal(["report", *slow(0.7), "-f", "json"], tmp_path / "out.json")
    assert code == 0
    assert len(json.loads((tmp_path / "out.json").read_text())["reports"]) == 4
    lines = drawn(text)
    assert any("profiles" in line and "3/4" in line for line in lines)
    assert max(map(len, lines)) <= COLUMNS
    assert re.search(r"\x1b\[[0-9;]+m", text), "in colour"
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor is back"
    assert text.endswith("\x1b[2K"), "nothing is left of it"


def test_no_colour_where_it_is_not_wanted(slow, tmp_path):
    code, text = on_terminal(["report", *slow(0.7), "-f", "json"], tmp_path / "out.json", NO_COLOR="1")
    assert code == 0
    assert any("3/4" in line for line in drawn(text))
    assert not re.search(r"\x1b\[[0-9;]*[1-9][0-9;]*m", text)


@pytest.mark.parametrize(("seconds", "environment"), [(0.7, {"TERM": "dumb"}), (0, {})])
def test_no_bar_where_it_cannot_be_drawn_or_is_not_worth_it(slow, tmp_path, seconds, environment):
    code, text = on_terminal(["report", *slow(seconds), "-f", "json"], tmp_path / "out.json", **environment)
    assert (code, text) == (0, "")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_control_c_leaves_the_old_file_and_a_clean_terminal(slow, tmp_path, jobs):
    file = tmp_path / "report.json"
    file.write_text("old")
    arguments = ["report", *slow(1.2), "-j", jobs, "-f", f"json={file}"]
    code, text = on_terminal(arguments, tmp_path / "out", interrupt_at="/4")
    assert code == 130
    assert drawn(text)[-2] == "planner: interrupted"
    assert "Traceback" not in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert file.read_text() == "old"
    assert (tmp_path / "out").read_text() == ""


@pytest.mark.parametrize("command", ["profiles", "plugins"])
def test_lists_fit_a_terminal_and_are_one_line_a_row_elsewhere(planner, monkeypatch, command):
    elsewhere = planner(command).out
    assert max(map(len, elsewhere.splitlines())) > COLUMNS
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    here = planner(command).out
    assert max(map(len, here.splitlines())) <= COLUMNS
    assert set(re.findall(r"[\w-]{4,}", elsewhere)) <= set(re.findall(r"[\w-]{4,}", here)) | {
        word for word in re.findall(r"[\w-]{4,}", elsewhere) if set(word) == {"-"}
    }
