"""Plugins are found, asked, and isolated from each other's failures."""

import types
from dataclasses import dataclass, field
from typing import Any

import pytest

from planner.plugin import ConsumerRecord, Request, hookimpl
from planner.plugin.manager import PluginError, PluginManager


def consumer(kind: str) -> ConsumerRecord:
    return ConsumerRecord(kind=kind, summary=kind, requests=lambda _p, _s: [Request(size=8)], sources=("a test",))


@dataclass
class Distribution:
    name: str = "acme"
    version: str = "1.2"


@dataclass
class Entry:
    """Stands in for an installed entry point."""

    name: str
    plugin: Any
    dist: Distribution = field(default_factory=Distribution)

    def load(self) -> Any:
        if isinstance(self.plugin, BaseException):
            raise self.plugin
        return self.plugin


def plugin(hook: Any, name: str = "planner_consumers") -> types.SimpleNamespace:
    return types.SimpleNamespace(**{name: hookimpl(hook)})


def test_a_third_party_plugin_adds_its_records_beside_the_built_in_ones():
    manager = PluginManager(entry_points=[Entry("acme", plugin(lambda: [consumer("acme-flow")]))])
    assert "acme-flow" in manager.consumers()
    assert "workqueue" in manager.consumers()
    info = {item.name: item for item in manager.plugins()}["acme"]
    assert info.origin == "acme 1.2"
    assert info.adds == {"planner_consumers": ("acme-flow",)}
    assert manager.problems == ()


def _nothing() -> list[ConsumerRecord]:
    return []


def _raise() -> Any:
    raise RuntimeError("\x1b[31mno")


def _broken_generator() -> Any:
    yield consumer("half")
    raise ValueError("in the middle")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (ModuleNotFoundError("No module named 'absent'"), "cannot be loaded: ModuleNotFoundError"),
        (SystemExit(3), "cannot be loaded: SystemExit"),
        (plugin(_raise), "planner_consumers failed: RuntimeError: ?[31mno"),
        (plugin(_broken_generator), "planner_consumers failed: ValueError: in the middle"),
        (plugin(lambda: ["text"]), "planner_consumers returned str, not ConsumerRecord"),
        (plugin(lambda: None), "planner_consumers failed: TypeError"),
        (plugin(lambda: [consumer("workqueue")]), "'workqueue' of planner_consumers is already consumers.workqueue's"),
        (plugin(_nothing, "planner_consumer"), "unknown hook 'planner_consumer'"),
    ],
)
def test_a_broken_plugin_is_left_out_and_named_with_its_remedy(broken: Any, message: str):
    good = Entry("good", plugin(lambda: [consumer("fine")]))
    manager = PluginManager(entry_points=[Entry("bad", broken), good])
    assert "fine" in manager.consumers()
    (problem,) = manager.problems
    assert problem.plugin == "bad"
    assert message in str(problem)
    assert problem.remedy
    with pytest.raises(PluginError, match="plugin bad"):
        PluginManager(entry_points=[Entry("bad", broken), good], strict=True).consumers()


def test_a_disabled_plugin_is_not_even_loaded():
    manager = PluginManager(entry_points=[Entry("bad", RuntimeError("never"))], disable=["bad"])
    assert manager.problems == ()


def test_two_entry_points_of_one_name_are_refused():
    entries = [Entry("acme", plugin(_nothing)), Entry("acme", plugin(_nothing))]
    (problem,) = PluginManager(entry_points=entries).problems
    assert "another plugin has this name" in problem.message


def test_a_plugin_adds_commands():
    seen: list[object] = []
    commands = plugin(lambda app: seen.append(app), "planner_commands")  # noqa: PLW0108 - pluggy matches the name
    application = object()
    PluginManager(entry_points=[Entry("acme", commands)]).add_commands(application)
    assert seen == [application]
