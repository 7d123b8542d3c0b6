"""Keys that a plugin's parameters add to a consumer's, a part's or a gate's table, and the dataclass made of them."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from planner.profile.check import Problems, Spot, check_keys, keys_of
from planner.profile.errors import escape
from planner.profile.tables import Key, Table

T = TypeVar("T", bound=Table)


class UnusableParametersError(TypeError):
    """A plugin's parameters class cannot be used: not a dataclass, an unreadable type, or a key that is planner's own."""


_COMBINED: dict[tuple[type, type], Mapping[str, Key]] = {}


def combined_keys(table: type, parameters: type) -> Mapping[str, Key]:
    """Return the keys of ``table`` and those of a plugin's ``parameters`` class.

    :raises UnusableParametersError: the class cannot be used.
    """
    known = _COMBINED.get((table, parameters))
    if known is None:
        known = _COMBINED[table, parameters] = _combine(table, parameters)
    return known


def _combine(table: type, parameters: type) -> Mapping[str, Key]:
    own = keys_of(table)
    if not is_dataclass(parameters):
        raise UnusableParametersError(f"{parameters.__name__} is not a dataclass")
    clash = [item.name for item in fields(parameters) if item.name in own]
    if clash:
        raise UnusableParametersError(f"{clash[0]!r} is planner's own key and cannot be a parameter")
    try:
        return {**own, **keys_of(parameters)}
    except (TypeError, NameError) as error:
        raise UnusableParametersError(str(error)) from error


def read_with_parameters(
    table: type[T], parameters: type[Any], raw: Any, spot: Spot, problems: Problems
) -> tuple[T, Any] | None:
    """Return a table and its plugin's parameters object, ``None`` when anything is wrong."""
    try:
        keys = combined_keys(table, parameters)
    except UnusableParametersError as error:
        problems.add(spot, f"the plugin's parameters cannot be used: {escape(str(error))}", "P060")
        return None
    values = check_keys(keys, raw, spot, problems)
    if values is None:
        return None
    own = {name: values.pop(name) for name in keys_of(table) if name in values}
    try:
        made = parameters(**values)
    except Exception as error:  # noqa: BLE001 - a plugin's own check may refuse in any way
        at = _blamed(str(error), values)
        problems.add(spot.key(at) if at else spot, f"is refused by its plugin: {escape(str(error))}", "P013")
        return None
    return table(**own), made


def _blamed(message: str, given: Mapping[str, Any]) -> str:
    """Return the key that a plugin's refusal is about: the one that it begins with, or the only one given; else an empty text."""
    first = message.partition(" ")[0].rstrip(":")
    if first in given:
        return first
    return next(iter(given)) if len(given) == 1 else ""
