"""Profiles as TOML text, with a comment for each value's source: what ``planner capture`` and ``planner calibrate`` write.

:func:`render` makes a new file, :func:`edit` changes keys of one that is there and keeps its comments and order. Both give text;
:func:`planner.report.write.write_atomically` puts it into a file.
"""

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import Table

from planner.profile.positions import MAXIMUM_DEPTH
from planner.profile.sets import locate, value_at
from planner.profile.tables import TOP_LEVEL

Comments = Mapping[str, str]
"""Comments by key path (``vmalloc.used``); an entry of a list is ``consumer[0]`` or ``vmalloc.area[3]``."""

_ORDER = {
    name: place
    for place, name in enumerate(
        (
            "schema",
            "system",
            "cpus",
            "numa",
            "memory",
            "percpu",
            "boot",
            "vmalloc",
            "consumer_type",
            "consumer",
            "gate",
            "basis",
            "config",
            "structs",
            "measured",
            "state",
        )
    )
}
"""The order of tables in a file; what a reader looks for comes first, what is long comes last."""

_LARGEST = 2**63 - 1
_WIDTH = 100


def render(data: Mapping[str, Any], comments: Comments | None = None, *, header: str = "") -> str:
    """Return a profile's data as TOML text.

    ``data`` is nested as a file is (``{"system": {"name": …}, "consumer": [{…}]}``); ``None`` values are left out. ``header``
    becomes the comment at the top, whose first line is the profile's summary. Numbers above 2^63 - 1, which TOML does not hold,
    become hexadecimal text.

    :raises ValueError: the data cannot be a profile: an unknown table, or nested too deeply.
    """
    unknown = sorted(set(data) - set(TOP_LEVEL))
    if unknown:
        raise ValueError(f"not tables of a profile: {', '.join(map(ascii, unknown))}")
    document = tomlkit.document()
    for line in header.splitlines():
        document.add(_comment(line))
    if header:
        document.add(tomlkit.nl())
    for name in sorted(data, key=_ORDER.__getitem__):
        if data[name] is not None:
            _add(document, name, data[name], name, comments or {}, 0)
    return tomlkit.dumps(document)


def edit(text: str, sets: Mapping[str, Any], comments: Comments | None = None) -> str:
    """Return a profile's text with keys set; everything else stays as it is, comments too.

    :raises ValueError: the text is not TOML, or a key cannot be set.
    """
    document = tomlkit.parse(text)
    for key, value in sets.items():
        path = locate(document.unwrap(), key)
        node: Any = document
        for step in path[:-1]:
            if isinstance(node, dict) and step not in node:
                node[str(step)] = tomlkit.table()
            node = node[step]
        name = str(path[-1])
        if value_at(document.unwrap(), path) is None and isinstance(node, Table | tomlkit.TOMLDocument):
            node.add(name, _item(value, 0))
        else:
            node[name] = _item(value, 0)
        comment = (comments or {}).get(key)
        if comment:
            node[name].comment(_one_line(comment))
    return tomlkit.dumps(document)


def _add(node: Any, name: str, value: Any, path: str, comments: Comments, depth: int) -> None:  # noqa: PLR0913, PLR0917 - recursion
    """Add one key with its comment to a document or table."""
    if isinstance(value, Mapping) and depth < 2 and not _small(value):
        node.add(name, _table(value, path, comments, depth + 1))
    elif isinstance(value, list | tuple) and value and all(isinstance(item, Mapping) for item in value):
        entries = tomlkit.aot()
        for index, item in enumerate(value):
            entries.append(_table(item, f"{path}[{index}]", comments, depth + 2))
        node.add(name, entries)
    else:
        item = _item(value, depth)
        if path in comments:
            item.comment(_one_line(comments[path]))
        node.add(name, item)


def _table(value: Mapping[str, Any], path: str, comments: Comments, depth: int) -> Table:
    table = tomlkit.table()
    if path in comments:
        table.comment(_one_line(comments[path]))
    for name, item in value.items():
        if item is not None:
            _add(table, name, item, f"{path}.{name}", comments, depth)
    return table


def _small(value: Mapping[str, Any]) -> bool:
    """Tell whether a table reads better inline: ``{ size = 256, align = 256 }``."""
    return 0 < len(value) <= 3 and set(value) <= {"size", "align", "source", "low", "mid", "high", "p10", "p50", "p90"}


def _item(value: Any, depth: int) -> Any:
    """Return a value as tomlkit's item."""
    if depth > MAXIMUM_DEPTH:
        raise ValueError("nested too deeply for a profile")
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for name, part in value.items():
            if part is not None:
                table.append(name, _item(part, depth + 1))
        return table
    if isinstance(value, list | tuple):
        parts = [_item(part, depth + 1).as_string() for part in value]
        if sum(map(len, parts)) < _WIDTH:
            return tomlkit.value(f"[{', '.join(parts)}]")
        # parsed in one go: tomlkit's own append looks at the whole list each time
        return tomlkit.value("[\n" + "".join(f"    {part},\n" for part in parts) + "]")
    if isinstance(value, int) and not isinstance(value, bool) and value > _LARGEST:
        return tomlkit.item(hex(value))
    return tomlkit.item(value)


def _one_line(text: str) -> str:
    """Return a comment's text on one line without control characters, which TOML forbids."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _comment(line: str) -> Any:
    text = _one_line(line)
    return tomlkit.comment(text) if text else tomlkit.items.Comment(tomlkit.items.Trivia(comment_ws="", comment="#"))
