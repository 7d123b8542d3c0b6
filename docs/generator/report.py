"""The JSON report: every object with its fields, from the data structure itself."""

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator

from docs.generator.markdown import MADE, code, doc, table, type_of
from planner.report import model

_INTRODUCTION = f"""\
`planner report -f json` and `planner check -f json` write one report as an object, several, or none, as an object with `reports` and `problems`.
`planner schema report` prints the JSON Schema. The form is a contract of version {model.SCHEMA_VERSION} (`schema_version`): names may be added,
so readers skip what they do not know; nothing is removed or changes its meaning under the same number.
Sizes are bytes unless a name says pages or units; `null` means unknown or not limited, as the text says. Tuples are JSON arrays.
"""


def page() -> str:
    """Return the page."""
    parts = [MADE, "# Report\n", _INTRODUCTION]
    for kind in kinds():
        rows = [(code(item.name), type_of(item)) for item in dataclasses.fields(kind)]
        parts += [f"## {kind.__name__}\n", doc(kind), table(("name", "type"), rows)]
    return "\n".join(parts)


def kinds() -> tuple[type, ...]:
    """Return every class of the report in the order of their first use, the report itself first."""
    found: dict[type, None] = {}
    todo: list[type] = [model.Report, model.Problem]
    while todo:
        kind = todo.pop(0)
        if kind not in found:
            found[kind] = None
            todo += [one for hint in typing.get_type_hints(kind).values() for one in _classes(hint)]
    return tuple(found)


def _classes(hint: typing.Any) -> Iterator[type]:
    if inspect.isclass(hint) and dataclasses.is_dataclass(hint):
        yield hint
    for argument in typing.get_args(hint):
        yield from _classes(argument)


def named(text: str) -> set[str]:
    """Return the names that a page lists as fields."""
    return set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))
