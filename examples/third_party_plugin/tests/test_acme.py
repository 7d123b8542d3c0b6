"""The plugin as planner sees it: found by its entry points, used by a profile, held against a gate."""

import json
from pathlib import Path

import pytest
from planner_acme import flow, m32r

from planner.cli.app import run
from planner.plugin import KernelVersion, System
from planner.plugin.manager import PluginManager

PROFILE = Path(__file__).parents[1] / "router.toml"
SYSTEM = System(name="x", arch="m32r", bits=32, kernel=KernelVersion.parse("4.14"), cpus_possible=(0, 1))


def test_both_modules_are_found() -> None:
    manager = PluginManager()
    assert "m32r" in manager.architectures()
    assert "acme-flow" in manager.consumers()
    assert manager.problems == ()


@pytest.mark.parametrize("queues", [1, 4])
def test_a_flow_asks_for_counters_and_a_ring_a_queue(queues: int) -> None:
    sizes = [(one.size, one.count) for one in flow.requests(flow.Flow(queues=queues), SYSTEM)]
    assert sizes == [(32, 1), (12, queues)]


def test_a_declared_reserve_outranks_the_architecture() -> None:
    assert m32r.build(SYSTEM).reserved == 8192


def test_a_report_uses_both(tmp_path: Path) -> None:
    assert run(["report", str(PROFILE), "-f", f"json={tmp_path / 'report.json'}"]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["system"]["arch"] == "m32r"
    (flows,) = report["consumers"]
    assert flows["bytes_per_cpu"] == 1000 * (32 + 4 * 12)
    assert flows["fits"] > 1000
    assert [gate["passed"] for gate in report["gates"]] == [True]
