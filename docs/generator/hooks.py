"""The hooks with their signatures, and the records that they return."""

import dataclasses
import enum
import inspect
import typing

from docs.generator.markdown import MADE, block, code, default_of, doc, plain, table, type_of
from planner import plugin
from planner.plugin.hookspecs import PlannerSpecs

_INTRODUCTION = """\
A plugin is a module or object with functions of these names, marked with `planner.plugin.hookimpl` and announced in the entry-point group
`planner`. A hook returns records; it changes nothing and is never called inside the simulation. Each plugin is called alone: one that cannot be
imported, raises, or returns something else is left out and named on standard error with what helps, and is an error (exit code 3) only where the run
needs what it would have added, or with `--strict-plugins`. Built-in plugins come first, then the others in the order of their entry points' names;
a name that is taken is refused. What may change between versions of planner says [versioning](../versioning.md).
"""


def hooks() -> dict[str, typing.Any]:
    """Return the hooks by name."""
    return {name: value for name, value in vars(PlannerSpecs).items() if name.startswith("planner_")}


def page() -> str:
    """Return the page."""
    parts = [MADE, "# Hooks\n", _INTRODUCTION]
    for name, hook in hooks().items():
        parts += [f"## `{name}`\n", block(_signature(name, hook), "text"), doc(hook)]
    parts += ["## What hooks take and return\n", "All of it is in `planner.plugin`.\n"]
    for name in plugin.__all__:
        thing = getattr(plugin, name)
        if inspect.isclass(thing):
            parts += [f"### `{name}`\n", doc(thing), *_members(thing)]
        elif inspect.isfunction(thing):
            parts += [f"### `{name}`\n", block(_signature(name, thing), "text"), doc(thing)]
    return "\n".join(parts)


def _signature(name: str, function: typing.Any) -> str:
    signature = inspect.signature(function)
    kept = [one for one in signature.parameters.values() if one.name != "self"]
    text = str(signature.replace(parameters=kept))
    for prefix in ("planner.plugin.records.", "planner.plugin.parameters.", "collections.abc.", "typing."):
        text = text.replace(prefix, "")
    return f"{name}{text}".replace("<object object at", "").replace(" default: Any = ", " default = ")


def _members(thing: type) -> list[str]:
    if issubclass(thing, enum.Enum):
        return [table(("value", "is"), [(code(one.name), plain(str(one.value))) for one in thing])]
    if not dataclasses.is_dataclass(thing):
        return []
    rows = [(code(item.name), type_of(item), default_of(item)) for item in dataclasses.fields(thing)]
    return [table(("field", "type", "default"), rows)] if rows else []
