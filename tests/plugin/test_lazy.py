"""Built-in records come when they are asked for, and the index of them is true."""

import subprocess
import sys
from pathlib import Path

from planner.plugin import GateRecord
from planner.plugin.lazy import LazyRecords
from planner.plugin.manager import PluginManager

ROOT = Path(__file__).parents[2]


def records(broken=()):
    brought = []

    def bring(module, found):
        brought.append(module)
        if module not in broken:
            found[module.upper()] = module

    return LazyRecords({"own": "x"}, {"A": "a", "B": "b"}, bring), brought


def test_names_bring_nothing():
    table, brought = records()
    assert list(table) == ["A", "B", "own"]
    assert len(table) == 3
    assert "A" in table
    assert "C" not in table
    assert brought == []


def test_one_name_brings_its_module_once():
    table, brought = records()
    assert (table["B"], table["B"], table["own"], table.get("C")) == ("b", "b", "x", None)
    assert brought == ["b"]


def test_what_cannot_be_brought_is_missing():
    table, _brought = records(broken={"a"})
    assert dict(table.items()) == {"B": "b", "own": "x"}
    assert list(table.values()) == ["b", "x"]
    assert list(table) == ["B", "own"]
    assert table.get("A") is None
    assert table.all() == {"B": "b", "own": "x"}


def test_values_bring_one_at_a_time():
    table, brought = records()
    assert next(iter(table.values())) == "a"
    assert brought == ["a"]


def test_the_index_is_what_the_plugins_bring():
    done = subprocess.run(
        [sys.executable, ".ci/index_plugins.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run: python .ci/index_plugins.py\n{done.stderr}"


def test_a_run_imports_only_what_it_uses():
    code = (
        "import sys; from planner.plugin.manager import PluginManager as M; m = M(entry_points=());"
        "m.formats()['table']; m.consumers()['workqueue']; m.gates(); sorted(m.architectures());"
        "print(sorted(n for n in sys.modules if n.startswith('planner_') and '.' in n))"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "planner_consumers.workqueue" in out
    assert not any(name in out for name in ("netdev", "architectures", "gates", "junit", "markdown"))


def test_a_third_party_cannot_take_the_name_of_a_built_in_that_is_not_loaded_yet():
    from tests.plugin.test_manager import Entry, plugin  # noqa: PLC0415 - its stand-ins

    stolen = GateRecord(kind="fits", summary="", judge=lambda _p, _r: None)
    manager = PluginManager(entry_points=[Entry("acme", plugin(lambda: [stolen], "planner_gates"))])
    assert manager.gates()["fits"] is not stolen
    assert "already gates.fits's (built-in)" in str(manager.problems[0])


def test_a_disabled_built_in_brings_nothing():
    manager = PluginManager(entry_points=(), disable=["gates.fits", "planner_gates.burst"])
    assert "fits" not in manager.gates()
    assert "burst" not in manager.gates()
    assert "headroom" in manager.gates()
