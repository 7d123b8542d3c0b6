"""The plugin as planner sees it: found by its entry points, held to the contract, used by a profile and its gate.

``planner_run`` and ``assert_plugin_contract`` come with planner: installing it is enough (``planner.testing``).
"""

from pathlib import Path

import pytest
from planner_acme import flow, m32r

from planner.plugin.manager import PluginManager
from planner.testing import assert_plugin_contract, make_system
from planner.testing.runner import Runner

PROFILE = Path(__file__).parents[1] / "router.toml"
SYSTEM = make_system("4.14", bits=32, cpus=2, arch="m32r")


def test_both_modules_are_found() -> None:
    manager = PluginManager()
    assert "m32r" in manager.architectures()
    assert "acme-flow" in manager.consumers()
    assert manager.problems == ()


@pytest.mark.parametrize("module", [flow, m32r])
def test_what_planner_asks_of_every_plugin(module: object) -> None:
    assert_plugin_contract(module)


@pytest.mark.parametrize("queues", [1, 4])
def test_a_flow_asks_for_counters_and_a_ring_a_queue(queues: int) -> None:
    sizes = [(one.size, one.count) for one in flow.requests(flow.Flow(queues=queues), SYSTEM)]
    assert sizes == [(32, 1), (12, queues)]


def test_a_report_uses_both(planner_run: Runner) -> None:
    outcome = planner_run(PROFILE).exits(0).silent().prints("acme router", "*flows (acme-flow)*")
    assert outcome.report["system"]["arch"] == "m32r"
    flows = outcome.consumer("flows")
    assert flows["bytes_per_cpu"] == 1000 * (32 + 4 * 12)
    assert flows["fits"] > 1000
    assert outcome.gate("headroom")["passed"] is True


def test_a_check_fails_when_the_flows_outgrow_the_router(planner_run: Runner) -> None:
    planner_run(PROFILE, "check", "--set", "consumer.flows.count=1000000").exits(1).prints("*FAIL*headroom*")
