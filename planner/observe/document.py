"""A captured profile as TOML, each value with where it was read in a comment."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import tomlkit
from tomlkit.items import AoT, Table

from planner.plugin import Observation
from planner.profile.sizes import format_size
from planner.report.text import clean

_SECTIONS: Final = ("system", "cpus", "numa", "memory", "percpu", "boot", "vmalloc")
_REPEATED: Final = {"vmalloc.area": ("vmalloc", "area"), "state.chunk": ("state", "chunk")}
_MERGED: Final = ("measured", "config", "structs")
_SIZES: Final = frozenset(
    {"memory.ram", "memory.low", "memory.used", "vmalloc.size", "vmalloc.used", "system.page_size"}
)
_MAXIMUM_NAME: Final = 200


def document(observations: Iterable[Observation], heading: Iterable[str]) -> str:
    """Return the profile's text. ``heading`` are comment lines above everything.

    Where two observations set the same key the first one counts.
    """
    found = list(observations)
    text = tomlkit.document()
    for line in heading:
        text.add(tomlkit.comment(clean(line, 500)))
    text.add("schema", tomlkit.item(1))
    text.add(tomlkit.nl())
    for section in _SECTIONS:
        _section(text, section, found)
    _state(text, found)
    for name in _MERGED:
        _merged(text, name, found)
    _consumers(text, [one for one in found if one.key == "consumer"])
    basis = tomlkit.table()
    basis.add("default", "captured")
    text.add("basis", basis)
    return tomlkit.dumps(text)


def _section(text: tomlkit.TOMLDocument, section: str, found: list[Observation]) -> None:
    table = tomlkit.table()
    for one in found:
        name, dot, key = one.key.partition(".")
        if name == section and dot and one.key not in _REPEATED and key not in table:
            _add(table, key, _shown(one), one.source)
    areas = [one for one in found if _REPEATED.get(one.key) == (section, "area")]
    if areas:
        table.add("area", _array(areas))
    if len(table):
        text.add(section, table)


def _state(text: tomlkit.TOMLDocument, found: list[Observation]) -> None:
    table = tomlkit.table()
    for one in found:
        name, _dot, key = one.key.partition(".")
        if name == "state" and one.key not in _REPEATED and key not in table:
            _add(table, key, _shown(one), one.source)
    chunks = [one for one in found if one.key == "state.chunk"]
    if chunks:
        table.add("chunk", _array(chunks))
    if len(table):
        text.add("state", table)


def _merged(text: tomlkit.TOMLDocument, name: str, found: list[Observation]) -> None:
    """One table of many keys, each source named once above its keys."""
    table = tomlkit.table()
    source = ""
    for one in found:
        if one.key != name or not isinstance(one.value, Mapping):
            continue
        if one.source != source:
            source = one.source
            table.add(tomlkit.comment(clean(source, 200)))
        for key, value in one.value.items():
            if key not in table:
                table.add(key, _inline(value))
    if len(table):
        text.add(name, table)


def _consumers(text: tomlkit.TOMLDocument, found: list[Observation]) -> None:
    names: set[str] = set()
    array = tomlkit.aot()
    for one in found:
        table = tomlkit.table()
        table.add(tomlkit.comment(clean(one.source, 200)))
        values = dict(one.value)
        values["name"] = _unique(str(values.get("name") or values["kind"]), names)
        for key, value in values.items():
            table.add(key, _inline(value))
        array.append(table)
    if len(array):
        text.add("consumer", array)


def _unique(name: str, names: set[str]) -> str:
    """Return a name that no consumer has yet."""
    cut = clean(name, 190)[:_MAXIMUM_NAME]
    found, number = cut, 2
    while found in names:
        found = f"{cut[: _MAXIMUM_NAME - 8]} {number}"
        number += 1
    names.add(found)
    return found


def _array(found: list[Observation]) -> AoT:
    array = tomlkit.aot()
    for number, one in enumerate(found):
        table = tomlkit.table()
        if number == 0:
            table.add(tomlkit.comment(clean(one.source, 200)))
        for key, value in one.value.items():
            table.add(key, _inline(value))
        array.append(table)
    return array


def _add(table: Table, key: str, value: Any, source: str) -> None:
    item = tomlkit.item(_inline(value))
    if source:
        item.comment(clean(source, 200))
    table.add(key, item)


def _shown(one: Observation) -> Any:
    if one.key in _SIZES and isinstance(one.value, int):
        size = format_size(one.value)
        return one.value if size.isdigit() else size
    return one.value


def _inline(value: Any) -> Any:
    """Return what tomlkit can write on one line, texts free of control characters."""
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for key, inner in value.items():
            table.append(str(key), _inline(inner))
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for inner in value:
            array.append(_inline(inner))
        return array.multiline(len(value) > 1 and any(isinstance(inner, str) for inner in value))
    return clean(value, 65536) if isinstance(value, str) else value
