"""The command line with and without the model behind it."""

import sys
import types
from dataclasses import replace

import pytest

from planner.cli.app import run
from planner.report.model import Variant
from tests.report_samples import laptop

PROFILE = """\
schema = 1
[system]
name = "a machine"
arch = "x86"
bits = 32
kernel = "3.2.0-51-generic"
[cpus]
possible = 2
[memory]
ram = "4GiB"
[percpu]
boot_log = "PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248"
[vmalloc]
size = "128MiB"
used = "24MiB"
[[consumer]]
kind = "workqueue"
name = "experiment"
count = 100
"""


class Result:
    """What a run gave."""

    def __init__(self, code, captured):
        self.code = code
        self.out = captured.out
        self.err = captured.err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """No colour, no summary page, a fixed day and width, whatever runs the tests."""
    for name in ("GITHUB_STEP_SUMMARY", "PLANNER_DEBUG", "PLANNER_STRICT_PLUGINS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795305600")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def planner(capsys):
    """Run the command line in this process."""

    def call(*arguments):
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Result(code, capsys.readouterr())

    return call


@pytest.fixture
def profile(tmp_path):
    """Write a profile, with more text at its end."""

    def write(more="", name="machine.toml", text=PROFILE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + more, encoding="utf-8")
        return path

    return write


@pytest.fixture
def engine(monkeypatch):
    """Replace the model by one that answers at once: the shell is tested, not the model. Returns the list of calls."""
    calls = []

    def evaluate(given, _manager, *, what_ifs=(), advice=True):
        calls.append((given.source, tuple(dict(sets) for sets in what_ifs), advice))
        base = replace(
            laptop(), profile=given.source, gates=(), system=replace(laptop().system, name=given.system.name)
        )
        if given.system.name == "broken engine":
            raise ZeroDivisionError("\x1b[31mboom")
        if given.system.name == "tight":
            base = replace(base, consumers=(replace(base.consumers[0], count=198634, more=0),))
        variants = tuple(
            Variant(sets=tuple(sets.items()), report=_changed(given.with_sets(sets), base)) for sets in what_ifs
        )
        return replace(base, variants=variants)

    module = types.ModuleType("planner.capacity")

    def advised(given, _manager, report):
        calls.append((given.source, (), True))
        return report

    module.evaluate = evaluate
    module.advised = advised
    monkeypatch.setitem(sys.modules, "planner.capacity", module)
    return calls


def _changed(given, base):
    return replace(base, system=replace(base.system, cpus_possible=given.system.nr_cpus))
