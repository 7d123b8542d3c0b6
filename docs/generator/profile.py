"""Profile keys: every table with its keys, from the declarations that the check and the JSON Schema use; and the codes of problems."""

from collections.abc import Iterator

from docs.generator.markdown import MADE, code, doc, plain, table
from planner.profile import tables as t
from planner.profile.check import keys_of
from planner.profile.errors import CODES

_INTRODUCTION = """\
A profile is a TOML file. Sizes are written as integers (bytes), `"128MiB"`, or as the kernel reads them (`"128M"`); wherever a number stands, an
uncertain one may: `{ low = 1, mid = 2, high = 4 }`. `planner schema` prints all of this, with the keys of all plugins, as a JSON Schema for editors.
A file with anything wrong in it is refused with everything that is wrong, each with line, column and one of the codes below.
"""

_ENTRIES = {
    "[[consumer]]": t.ConsumerTable,
    "[consumer_type.NAME]": t.CompositeTable,
    "[gate.NAME]": t.GateTable,
    "[structs.NAME]": t.StructTable,
}

_OPEN = {
    "schema": "the profile schema's version: 1",
    "config": 'options of the kernel\'s configuration without `CONFIG_`: `[config]` `HZ = "250"`',
    "measured": "what was measured on the real system, for `planner verify`",
    "basis": "what a key's value rests on (captured, declared, calibrated, modelled, assumed), by the key's path",
}


def page() -> str:
    """Return the page."""
    parts = [MADE, "# Profile\n", _INTRODUCTION]
    parts.append(table(("top-level key", "what it is"), [(code(name), text) for name, text in _OPEN.items()]))
    for name, kind in t.SECTIONS.items():
        parts += list(_section(f"[{name}]", kind))
    for heading, kind in _ENTRIES.items():
        parts += list(_section(heading, kind))
    parts += ["## Codes of problems\n", table(("code", "problem"), [(code(key), text) for key, text in CODES.items()])]
    return "\n".join(parts)


def _section(heading: str, kind: type) -> Iterator[str]:
    yield f"## `{heading}`\n"
    yield doc(kind)
    yield table(("key", "required", "what it is", "written as"), list(_rows(kind, "")))


def _rows(kind: type, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for own, key in keys_of(kind).items():
        name = f"{prefix}{own}"
        written = "tables" if key.many else "a table" if key.table else plain(key.reading.allowed)
        yield code(name), "yes" if key.required else "", plain(key.help), written
        if key.table is not None:
            yield from _rows(key.table, f"{name}.")
