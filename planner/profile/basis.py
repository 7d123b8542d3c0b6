"""``[basis]``: what the keys of a profile rest on."""

from collections.abc import Iterator
from typing import Any

from planner.plugin import Basis
from planner.profile.check import TOP, Problems, Spot
from planner.profile.errors import listed, nearest
from planner.profile.positions import Path
from planner.profile.sets import split_key
from planner.profile.sizes import describe
from planner.profile.tables import BASES, TOP_LEVEL

DEFAULT = "default"


def read_basis(raw: Any, problems: Problems) -> dict[str, Basis]:
    """Return the table flattened: ``{"default": "captured", "vmalloc.used": "calibrated"}``.

    Keys may be quoted (``"vmalloc.used" = …``) or dotted (``vmalloc.used = …``).
    """
    if not isinstance(raw, dict):
        problems.add(TOP.key("basis"), f"is {describe(raw)}", "P012", 'a table: "vmalloc.used" = "calibrated"')
        return {}
    found: dict[str, Basis] = {}
    for path, value in _leaves(raw, ("basis",)):
        key = ".".join(str(part) for part in path[1:])
        spot = Spot(path, f"basis.{key}")
        if not isinstance(value, str):
            problems.add(spot, f"is {describe(value)}", "P012", listed(BASES))
        elif value not in BASES:
            problems.add(spot, f'"{value}" is not allowed', "P013", listed(BASES), nearest(value, BASES))
        else:
            top = key.partition(".")[0]
            if key != DEFAULT and top not in TOP_LEVEL:
                known = (DEFAULT, *TOP_LEVEL)
                problems.add(spot, "is not a key of a profile", "P010", listed(known, 30), nearest(top, known))
            basis: Any = value
            found[".".join(_unquoted(key))] = basis
    return found


def _unquoted(key: str) -> tuple[str, ...]:
    try:
        return split_key(key)
    except ValueError:
        return (key,)


def _leaves(raw: dict[str, Any], path: Path) -> Iterator[tuple[Path, Any]]:
    for name, value in raw.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value
