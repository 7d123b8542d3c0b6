"""The contract of a whole plugin: it loads, its hooks are planner's, and each record keeps what its kind promises."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from planner.plugin.builtins import BUILTINS
from planner.plugin.manager import PluginError, PluginManager
from planner.testing import contract_architectures, contract_consumers, contract_formats, contract_gates
from planner.testing.contract_parameters import Examples, parameters_of
from planner.testing.installed import stands

BUILT_IN = frozenset(module for modules in BUILTINS.values() for module in modules)


def check_plugin(plugin: object, examples: Examples) -> None:
    """Assert that ``plugin`` loads alone and that each record that it announces keeps the contract of its kind.

    :raises AssertionError: with what is wrong.
    """
    for record in records_of(plugin, "planner_architectures"):
        contract_architectures.check(record)
    for record in records_of(plugin, "planner_consumers"):
        contract_consumers.check(record, parameters_of(record, examples))
    for record in records_of(plugin, "planner_formats"):
        contract_formats.check(record)
    for record in records_of(plugin, "planner_gates"):
        contract_gates.check(record, parameters_of(record, examples))
    for hook in ("planner_advice", "planner_probes"):
        for record in records_of(plugin, hook):
            assert record.summary.strip(), f"{record.name}: no summary"


_ASK: Mapping[str, Callable[[PluginManager], Mapping[str, Any]]] = {
    "planner_architectures": PluginManager.architectures,
    "planner_consumers": PluginManager.consumers,
    "planner_formats": PluginManager.formats,
    "planner_gates": PluginManager.gates,
    "planner_advice": PluginManager.advice,
    "planner_probes": PluginManager.probes,
}


def records_of(plugin: object, hook: str) -> tuple[Any, ...]:
    """Return the records that ``plugin`` announces by ``hook``, as planner itself takes them.

    :raises AssertionError: the plugin cannot be used, or takes a name that is a built-in's.
    """
    (stand,) = stands([plugin])
    built_in = BUILT_IN & {stand.name}
    stand = replace(stand, name=f"{stand.name} (under test)")
    try:
        manager = PluginManager(entry_points=[stand], disable=built_in, strict=True)
        found = _ASK[hook](manager)
    except PluginError as error:
        raise AssertionError(str(error)) from error
    announced = {info.name: info.adds for info in manager.plugins()}[stand.name].get(hook, ())
    assert announced or not callable(getattr(plugin, hook, None)), f"{stand.name}: {hook} announces nothing"
    return tuple(found[name] for name in announced)
