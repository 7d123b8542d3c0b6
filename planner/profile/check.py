"""Checking tables against their declared keys: unknown, missing and unreadable keys, all of them at once."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, TypeVar, get_type_hints

from planner.plugin import ParameterInfo
from planner.profile import readings
from planner.profile.errors import Problem, listed, nearest
from planner.profile.fields import Reading, RefusedError
from planner.profile.model import Spread
from planner.profile.positions import Path, Positions
from planner.profile.sizes import describe, quote
from planner.profile.tables import SECTIONS, Key, Table
from planner.quick import dataclass

T = TypeVar("T", bound=Table)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a profile: its ``path`` in the data, and how messages call it (``consumer.veth.count``)."""

    path: Path
    shown: str

    def key(self, name: str) -> "Spot":
        """Return the place of a key inside."""
        part = quote_key(name)
        return Spot((*self.path, name), f"{self.shown}.{part}" if self.shown else part)

    def entry(self, index: int) -> "Spot":
        """Return the place of an entry of a list, which messages count from 1."""
        return Spot((*self.path, index), f"{self.shown}[{index + 1}]")


TOP = Spot((), "")


def quote_key(name: str) -> str:
    """Return a key's part as TOML writes it: bare where it can be."""
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else quote(name, 80)


class Problems:
    """Collects what is wrong with one profile, and finds where each key stands."""

    def __init__(self, label: str, positions: Positions | None, changed: Iterable[Path] = ()) -> None:
        self.found: list[Problem] = []
        self.spreads: dict[str, Spread] = {}
        self._label = label
        self._positions = positions
        self._changed = tuple(changed)

    def place(self, path: Path) -> tuple[int, int] | None:
        """Return line and column of a key or of the nearest table around it; ``None`` for what ``--set`` changed."""
        if self._positions is None or self._is_changed(path):
            return None
        return self._positions.of(path)

    def _is_changed(self, path: Path) -> bool:
        if any(path[: len(changed)] == changed for changed in self._changed):
            return True
        new = path and (self._positions is None or path not in self._positions)
        return bool(new) and any(changed[: len(path)] == path for changed in self._changed)

    def add(self, spot: Spot, what: str, code: str, allowed: str = "", suggestion: str = "") -> None:
        """Note a problem with what stands at ``spot``."""
        line, column = self.place(spot.path) or (None, None)
        self.found.append(
            Problem(
                file="--set" if self._is_changed(spot.path) else self._label,
                key=spot.shown,
                what=what,
                code=code,
                allowed=allowed,
                suggestion=suggestion,
                line=line,
                column=column,
            )
        )


_KEYS: dict[type, Mapping[str, Key]] = {}


def keys_of(kind: type) -> Mapping[str, Key]:
    """Return the keys of a table class, or of a plugin's parameters dataclass.

    :raises TypeError: a plugin's parameter has a type that no profile can hold.
    """
    if issubclass(kind, Table):
        return kind.keys
    if kind not in _KEYS:
        _KEYS[kind] = _keys_of_parameters(kind)
    return _KEYS[kind]


def _keys_of_parameters(kind: type[Any]) -> Mapping[str, Key]:
    hints = get_type_hints(kind)
    found: dict[str, Key] = {}
    for item in fields(kind):
        info = item.metadata.get("planner", ParameterInfo(""))
        required = item.default is MISSING and item.default_factory is MISSING
        found[item.name] = Key(readings.of_annotation(hints[item.name], info), info.help, required)
    return found


def check_keys(keys: Mapping[str, Key], raw: Any, spot: Spot, problems: Problems) -> dict[str, Any] | None:
    """Return the values of a table's keys as far as the table names them, ``None`` when anything is wrong."""
    if not isinstance(raw, dict):
        problems.add(spot, f"is {describe(raw)}", "P012", "a table")
        return None
    before = len(problems.found)
    values: dict[str, Any] = {}
    for name, value in raw.items():
        declared = keys.get(name)
        if declared is None:
            _unknown(name, keys, spot, problems)
        elif declared.table is not None:
            values[name] = _nested(declared.table, declared.many, value, spot.key(name), problems)
        else:
            try:
                values[name] = _read(declared.reading, value, spot.key(name), problems)
            except RefusedError as error:
                problems.add(spot.key(name), str(error), error.code, error.allowed, error.suggestion)
    for name, declared in keys.items():
        if declared.required and name not in raw:
            problems.add(Spot(spot.path, spot.key(name).shown), "is missing", "P011", declared.help)
    return values if len(problems.found) == before else None


def _read(reading: Reading, value: Any, spot: Spot, problems: Problems) -> Any:
    if isinstance(value, dict) and reading.numeric:
        middle, problems.spreads[spot.shown] = _read_spread(reading, value)
        return middle
    return reading.read(value)


_SPREADS: dict[tuple[str, ...], Literal["range", "percentiles"]] = {
    ("low", "mid", "high"): "range",
    ("p10", "p50", "p90"): "percentiles",
}


def _read_spread(reading: Reading, raw: dict[str, Any]) -> tuple[Any, Spread]:
    """Return the middle value and the spread of an uncertain number."""
    names = next((names for names in _SPREADS if set(names) == set(raw)), None)
    if names is None:
        raise RefusedError("P012", "is a table", f"{reading.allowed}; or {{ low, mid, high }}, or {{ p10, p50, p90 }}")
    parsed = [reading.read(raw[name]) for name in names]
    if any(isinstance(value, tuple) for value in parsed):  # CPUs: only counts can be uncertain
        if not all(type(raw[name]) is int for name in names):
            raise RefusedError("P013", "is uncertain, but not in whole numbers", "counts as low, mid and high")
        low, mid, high = (raw[name] for name in names)
    else:
        low, mid, high = parsed
    if not low <= mid <= high:
        raise RefusedError("P013", f"does not rise from {names[0]} to {names[2]}")
    return parsed[1], Spread(_SPREADS[names], low, mid, high)


def _unknown(name: str, keys: Mapping[str, Key], spot: Spot, problems: Problems) -> None:
    suggestion = nearest(name, keys)
    if not suggestion:
        homes = [f"{section}.{name}" for section, kind in SECTIONS.items() if name in keys_of(kind)]
        suggestion = homes[0] if homes else ""
    problems.add(spot.key(name), "is not a known key", "P010", listed(keys), suggestion)


def _nested(kind: type[Any], most: int, value: Any, spot: Spot, problems: Problems) -> Any:
    if not most:
        return check_table(kind, value, spot, problems)
    if not isinstance(value, list):
        problems.add(spot, f"is {describe(value)}", "P012", f"a list of tables: [[{spot.shown}]]")
        return ()
    if len(value) > most:
        problems.add(spot, f"has {len(value)} entries", "P005", f"at most {most}")
        return ()
    return tuple(check_table(kind, item, spot.entry(index), problems) for index, item in enumerate(value))


def check_table(kind: type[T], raw: Any, spot: Spot, problems: Problems) -> T | None:
    """Return the table as an instance of ``kind``, ``None`` when anything in it is wrong."""
    values = check_keys(keys_of(kind), raw, spot, problems)
    return None if values is None else kind(**values)
