"""Finding plugins and asking them for records; each is isolated from the others' failures.

A manager is built for a run and passed along. Built-in plugins come from :mod:`planner.plugin.builtins`, third parties'
from the entry-point group ``planner``. A plugin that cannot be imported, raises, or returns something that is no record is
left out and stands in :attr:`PluginManager.problems`; what it would have added is then missing, which is an
error only where the run asks for it.
"""

import functools
import importlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import Any, Final, Protocol, TypeVar

import pluggy

from planner.plugin import hookspecs
from planner.plugin.builtins import BUILTINS
from planner.plugin.index import INDEX
from planner.plugin.lazy import LazyRecords
from planner.plugin.records import (
    AdviceRecord,
    ArchitectureRecord,
    ConsumerRecord,
    FormatRecord,
    GateRecord,
    ProbeRecord,
)
from planner.quick import dataclass

__all__ = ["PluginError", "PluginInfo", "PluginManager", "PluginProblem"]

GROUP: Final = "planner"
_MAXIMUM_RECORDS: Final = 10_000

R = TypeVar("R")

_RECORDS: Final[dict[str, tuple[type, str]]] = {
    "planner_architectures": (ArchitectureRecord, "name"),
    "planner_consumers": (ConsumerRecord, "kind"),
    "planner_formats": (FormatRecord, "name"),
    "planner_gates": (GateRecord, "kind"),
    "planner_advice": (AdviceRecord, "name"),
    "planner_probes": (ProbeRecord, "name"),
}
"""What each hook returns, and the field that names a record."""


class PluginError(Exception):
    """A plugin is broken and the run needs it (exit code 3)."""


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """Why a plugin, or one of its records, was left out, and what helps."""

    plugin: str
    origin: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"plugin {self.plugin} ({self.origin}): {self.message}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """One plugin as ``planner plugins`` lists it: ``adds`` holds record names by hook."""

    name: str
    origin: str
    adds: Mapping[str, tuple[str, ...]]


class _Source(Protocol):
    """What the manager needs of an entry point (``importlib.metadata.EntryPoint`` has it)."""

    @property
    def name(self) -> str: ...
    @property
    def dist(self) -> Any: ...
    def load(self) -> Any: ...


class PluginManager:
    """The plugins of one run.

    ``disable`` names plugins to leave out. ``entry_points`` stands in for the installed ones in tests.

    :raises PluginError: ``strict`` and some plugin is broken, as soon as that is known.
    """

    def __init__(
        self, *, disable: Iterable[str] = (), strict: bool = False, entry_points: Iterable[_Source] | None = None
    ) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs.PlannerSpecs)
        self._strict = strict
        self._disabled = frozenset(disable)
        self._origins: dict[str, str] = {}
        self._problems: list[PluginProblem] = []
        self._records: dict[str, LazyRecords[Any]] = {}
        self._owners: dict[tuple[str, str], str] = {}
        found = metadata.entry_points(group=GROUP) if entry_points is None else entry_points
        self._seen_names: set[str] = set()
        for source in sorted(found, key=lambda entry: entry.name):
            self._register_entry_point(source)
        self._check_disabled(entry.name for entry in found)
        self._check_hooks()

    @property
    def problems(self) -> tuple[PluginProblem, ...]:
        """What is broken, as far as the hooks asked so far have shown."""
        return tuple(self._problems)

    def architectures(self) -> Mapping[str, ArchitectureRecord]:
        """Architectures by name."""
        return self._named("planner_architectures")

    def consumers(self) -> Mapping[str, ConsumerRecord]:
        """Consumers by kind."""
        return self._named("planner_consumers")

    def formats(self) -> Mapping[str, FormatRecord]:
        """Output formats by name."""
        return self._named("planner_formats")

    def gates(self) -> Mapping[str, GateRecord]:
        """Gates by kind."""
        return self._named("planner_gates")

    def advice(self) -> Mapping[str, AdviceRecord]:
        """Advisors by name."""
        return self._named("planner_advice")

    def probes(self) -> Mapping[str, ProbeRecord]:
        """Probes by name."""
        return self._named("planner_probes")

    def add_commands(self, app: object) -> None:
        """Let plugins add their commands to the typer application ``app``."""
        for module in self._builtins("planner_commands"):
            self._register_builtin(module)
        self._check_hooks()
        for name, function in self._implementations("planner_commands"):
            self._guarded(name, "planner_commands", functools.partial(function, app=app))

    def plugins(self) -> tuple[PluginInfo, ...]:
        """Return every plugin with what it adds; asks all hooks and imports every plugin."""
        for hook in _RECORDS:
            self._named(hook).all()
        adds: dict[str, dict[str, list[str]]] = {name: {} for name in self._origins}
        for (hook, record), owner in self._owners.items():
            if owner in adds:  # a built-in that cannot be imported adds nothing
                adds[owner].setdefault(hook, []).append(record)
        return tuple(
            PluginInfo(name, self._origins[name], {hook: tuple(sorted(names)) for hook, names in hooks.items()})
            for name, hooks in sorted(adds.items())
        )

    def _check_disabled(self, entry_points: Iterable[str]) -> None:
        """Report names to leave out that nothing has: a typo would otherwise leave everything in, silently."""
        built_in = {name for modules in BUILTINS.values() for module in modules for name in (module, _name(module))}
        for name in sorted(self._disabled - built_in - set(entry_points)):
            self._report(name, "--disable-plugin", "there is no such plugin", "see planner plugins")

    def _register_entry_point(self, source: _Source) -> None:
        if source.name in self._disabled:
            return
        distribution = getattr(source, "dist", None)
        origin = f"{distribution.name} {distribution.version}" if distribution is not None else "entry point"
        if source.name in self._seen_names:
            self._report(source.name, origin, "another plugin has this name", "rename its entry point")
            return
        self._seen_names.add(source.name)
        remedy = f"install what it needs, update it, or pass --disable-plugin {source.name}"
        try:
            self._manager.register(source.load(), name=source.name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
            self._report(source.name, origin, f"cannot be loaded: {_short(error)}", remedy)
        else:
            self._origins[source.name] = origin

    def _builtins(self, hook: str) -> list[str]:
        """Return the built-in modules of a hook but for those that are disabled or whose name an entry point has."""
        return [
            module
            for module in BUILTINS[hook]
            if not {module, _name(module)} & self._disabled
            and self._origins.get(_name(module), "built-in") == "built-in"
        ]

    def _register_builtin(self, module: str) -> None:
        name = _name(module)
        if name in self._origins:
            return
        try:
            self._manager.register(importlib.import_module(module), name=name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a missing dependency must not stop the rest
            self._report(name, "built-in", f"cannot be loaded: {_short(error)}", "reinstall percpu-planner")
        else:
            self._origins[name] = "built-in"

    def _check_hooks(self) -> None:
        """Report functions that look like hooks and are none (misspelt names)."""
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            plugin = next((name for name, known in self._manager.list_name_plugin() if known is error.plugin), "?")
            if not any(problem.plugin == plugin and "hook" in problem.message for problem in self._problems):
                self._report(plugin, self._origins.get(plugin, "?"), _short(error), "correct the hook's name")

    def _implementations(self, hook: str) -> list[tuple[str, Callable[..., Any]]]:
        """Return (plugin name, function), built-ins first so that a third party cannot take a built-in's name."""
        found = [(impl.plugin_name, impl.function) for impl in getattr(self._manager.hook, hook).get_hookimpls()]
        return sorted(found, key=lambda item: self._origins.get(item[0]) != "built-in")

    def _guarded(self, plugin: str, hook: str, call: Callable[[], Any]) -> Any:
        """Call one plugin's hook alone: pluggy's own call would let one failure take the others along."""
        try:
            return call()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may fail in any way
            self._report(
                plugin, self._origins.get(plugin, "?"), f"{hook} failed: {_short(error)}", f"--disable-plugin {plugin}"
            )
            return ()

    def _named(self, hook: str) -> LazyRecords[Any]:
        """Return a hook's records: third parties' and unindexed built-ins' now, indexed built-ins' when asked for by name."""
        if hook in self._records:
            return self._records[hook]
        where: dict[str, str] = {}
        at_once = []
        for module in self._builtins(hook):
            where.update(dict.fromkeys(INDEX.get(module, ()), module))
            if module not in INDEX:
                at_once.append(_name(module))
                self._register_builtin(module)
        self._check_hooks()
        self._owners.update({(hook, name): _name(module) for name, module in where.items()})
        found: dict[str, Any] = {}
        for plugin, function in self._implementations(hook):
            if plugin in at_once or self._origins.get(plugin) != "built-in":
                self._ask(hook, plugin, function, found)
        self._records[hook] = LazyRecords(found, where, functools.partial(self._bring, hook))
        return self._records[hook]

    def _bring(self, hook: str, module: str, found: dict[str, Any]) -> None:
        """Import a built-in module and add its records of ``hook`` to ``found``."""
        self._register_builtin(module)
        self._check_hooks()
        for plugin, function in self._implementations(hook):
            if plugin == _name(module):
                self._ask(hook, plugin, function, found)

    def _ask(self, hook: str, plugin: str, function: Callable[..., Any], found: dict[str, Any]) -> None:
        """Ask one plugin for its records of ``hook``."""
        kind, key = _RECORDS[hook]
        for record in self._guarded(plugin, hook, functools.partial(_bounded, function)):
            if isinstance(record, kind):
                self._adopt(found, hook, plugin, str(getattr(record, key)), record)
            else:
                message = f"{hook} returned {type(record).__name__}, not {kind.__name__}"
                self._report(plugin, self._origins.get(plugin, "?"), message, f"--disable-plugin {plugin}")

    def _adopt(self, found: dict[str, Any], hook: str, plugin: str, name: str, record: object) -> None:
        owner = self._owners.get((hook, name), plugin)
        if owner != plugin or name in found:
            message = f"{name!r} of {hook} is already {owner}'s ({self._origins.get(owner, 'built-in')})"
            self._report(plugin, self._origins.get(plugin, "?"), message, f"disable {plugin} or {owner}")
            return
        found[name] = record
        self._owners[hook, name] = plugin

    def _report(self, plugin: str, origin: str, message: str, remedy: str) -> None:
        problem = PluginProblem(plugin, origin, message, remedy)
        self._problems.append(problem)
        if self._strict:
            raise PluginError(str(problem))


def _name(module: str) -> str:
    """Return the name of a built-in plugin: its module without what all have in front."""
    return module.removeprefix("planner_")


def _bounded(hook: Callable[[], Iterable[Any]]) -> list[Any]:
    """Exhaust a hook's records inside the guard: a generator fails only when it is read."""
    return list(itertools.islice(hook(), _MAXIMUM_RECORDS))


def _short(error: BaseException) -> str:
    """One printable line of an exception."""
    text = " ".join(str(error).split()) or "no message"
    printable = "".join(character if character.isprintable() else "?" for character in text)
    return f"{type(error).__name__}: {printable[:300]}"
