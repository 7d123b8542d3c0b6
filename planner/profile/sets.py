"""What-ifs: keys set on TOML data without touching the original (``--set key=value``)."""

import re
from collections.abc import Iterable
from typing import Any

import tomli

from planner.profile.consumers import entry_name
from planner.profile.counts import parse_count
from planner.profile.errors import listed, nearest
from planner.profile.fields import RefusedError
from planner.profile.positions import MAXIMUM_DEPTH, Path
from planner.profile.sizes import describe, parse_size, quote

_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*+)"|'([^']*)'|([^."'\s][^."']*))\s*(\.|$)""")
_FACTOR = re.compile(r"\+?([0-9]{1,18})(?:\.([0-9]{1,18}))?", re.ASCII)
_TYPED = re.compile(r"[+-]?(?:0|[1-9][0-9_]{0,18})|0x[0-9a-fA-F]{1,16}|true|false|[\[{\"'].*", re.DOTALL)


def split_key(key: str) -> tuple[str, ...]:
    """Return the parts of a dotted key; parts may be quoted as in TOML.

    :raises RefusedError: it is no key.
    """
    parts: list[str] = []
    position = 0
    while position < len(key) or not parts:
        match = _PART.match(key, position)
        if match is None or len(parts) > MAXIMUM_DEPTH:
            raise RefusedError("P050", f"{quote(key)} is not a key", 'a key such as "cpus.possible"')
        parts.append(next(group for group in match.groups()[:3] if group is not None).rstrip())
        position = match.end()
        if not match[4]:
            break
    if position < len(key) or key.rstrip().endswith("."):
        raise RefusedError("P050", f"{quote(key)} is not a key", 'a key such as "cpus.possible"')
    return tuple(parts)


def locate(data: dict[str, Any], key: str) -> Path:
    """Return where ``key`` stands or would stand in ``data``; consumers are named, not counted.

    A name with dots in it may stand unquoted where the data holds it.

    :raises RefusedError: it is no key, or names a consumer that is not there.
    """
    parts = split_key(key)
    path: Path = parts[:1]
    rest = parts[1:]
    node: Any = data.get(parts[0])
    if parts[0] == "consumer" and rest:
        index, used = _consumer(node, rest, key)
        path, rest, node = ("consumer", index), rest[used:], node[index]
    while rest:
        length = next((n for n in range(len(rest), 1, -1) if isinstance(node, dict) and ".".join(rest[:n]) in node), 1)
        step = ".".join(rest[:length])
        path = (*path, step)
        node = node.get(step) if isinstance(node, dict) else None
        rest = rest[length:]
    return path


def _consumer(entries: Any, rest: tuple[str, ...], key: str) -> tuple[int, int]:
    names = [entry_name(entry) for entry in entries] if isinstance(entries, list) else []
    for used in range(len(rest), 0, -1):
        name = ".".join(rest[:used])
        if name in names:
            return names.index(name), used
    known = [name for name in names if name]
    what = f"names no consumer of this profile: {quote(key)}"
    raise RefusedError("P035", what, listed(known) or "the profile has no consumer", nearest(rest[0], known))


def typed(value: Any) -> Any:
    """Return a value of ``--set`` as TOML data: text that is a whole number, boolean, string, list or table is read as one."""
    if not isinstance(value, str) or not _TYPED.fullmatch(value.strip()):
        return value
    try:
        return tomli.loads(f"value = {value.strip()}")["value"]
    except (ValueError, RecursionError):
        return value


def replaced(data: Any, path: Path, value: Any) -> Any:
    """Return ``data`` with ``value`` at ``path``, sharing everything else; ``None`` removes the key.

    :raises RefusedError: something on the way is no table.
    """
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, list) and isinstance(step, int):
        changed = list(data)
        changed[step] = replaced(data[step], rest, value)
        return changed
    if not isinstance(data, dict):
        raise RefusedError(
            "P050", f"{quote(str(step))} cannot be set: what is there is {describe(data)}", "a key of a table"
        )
    table = dict(data)
    if not rest and value is None:
        table.pop(str(step), None)
    else:
        table[str(step)] = replaced(table.get(str(step), {}), rest, value)
    return table


def value_at(data: Any, path: Path) -> Any:
    """Return what stands at ``path``, ``None`` where nothing does."""
    for step in path:
        if isinstance(data, dict):
            data = data.get(str(step))
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def apply(data: dict[str, Any], key: str, value: Any) -> tuple[dict[str, Any], Path]:
    """Return ``data`` with ``key`` set, and where that is. ``key+`` appends or adds, ``key*`` multiplies.

    :raises RefusedError: the key or the value cannot be used.
    """
    operator = key[-1:] if key.endswith(("+", "*")) else ""
    path = locate(data, key.removesuffix(operator) if operator else key)
    old = value_at(data, path)
    if operator == "+":
        value = _added(old, value)
    elif operator == "*":
        value = _multiplied(old, value, path)
    else:
        value = typed(value)
    changed: dict[str, Any] = replaced(data, path, value)
    return changed, path


def _added(old: Any, value: Any) -> Any:
    new = typed(value)
    if old is None:
        return new
    if isinstance(old, list) or isinstance(new, list):
        return [*(old if isinstance(old, list) else [old]), *(new if isinstance(new, list) else [new])]
    if isinstance(old, str) and not _is_number(old):
        return f"{old} {value}" if old else str(value)
    return _number(old) + _number(new)


def _multiplied(old: Any, value: Any, path: Path) -> int:
    factor = _FACTOR.fullmatch(str(value).strip())
    if factor is None:
        raise RefusedError("P016", f"{quote(str(value))} is not a factor", "a number such as 2 or 1.5")
    if old is None:
        raise RefusedError("P050", f"{quote('.'.join(map(str, path)))} has no value to multiply", "a key with a number")
    fraction = factor[2] or ""
    product, scale = _number(old) * int(factor[1] + fraction), 10 ** len(fraction)
    rounded: int = (product * 2 + scale) // (scale * 2)  # to the nearest whole number, halves up
    return rounded


def _is_number(text: str) -> bool:
    return any(_reads(parse, text) for parse in (parse_count, parse_size))


def _number(value: Any) -> int:
    """Return a number in the file's way of writing it: counts before sizes, which differ only in k, M and G."""
    for parse in (parse_size, parse_count) if isinstance(value, str) and "i" in value else (parse_count, parse_size):
        if _reads(parse, value):
            return parse(value)
    raise RefusedError("P016", "is not a number that can be added to or multiplied", "a count or a size")


def _reads(parse: Any, value: Any) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


def names(paths: Iterable[Path]) -> str:
    """Return paths as a list for messages."""
    return listed(".".join(map(str, path)) for path in paths)
