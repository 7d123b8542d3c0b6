"""Keys that a plugin's parameters add to a consumer's, a part's or a gate's table, and the dataclass made of them."""

import functools
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from planner.profile.check import Problems, check_keys, keys_of
from planner.profile.errors import escape
from planner.profile.positions import Path
from planner.profile.tables import Key

T = TypeVar("T")


class UnusableParametersError(TypeError):
    """A plugin's parameters class cannot be used: not a dataclass, an unreadable type, or a key that is planner's own."""


@functools.lru_cache(maxsize=None)
def combined_keys(table: type, parameters: type) -> Mapping[str, Key]:
    """Return the keys of ``table`` and those of a plugin's ``parameters`` class.

    :raises UnusableParametersError: the class cannot be used.
    """
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
    table: type[T], parameters: type, raw: Any, path: Path, shown: str, problems: Problems
) -> tuple[T, Any] | None:
    """Return a table and its plugin's parameters object, ``None`` when anything is wrong."""
    try:
        keys = combined_keys(table, parameters)
    except UnusableParametersError as error:
        problems.add(path, shown, f"the plugin's parameters cannot be used: {escape(str(error))}", "P060")
        return None
    values = check_keys(keys, raw, path, shown, problems)
    if values is None:
        return None
    own = {name: values.pop(name) for name in keys_of(table) if name in values}
    try:
        made = parameters(**values)
    except Exception as error:  # noqa: BLE001 - a plugin's own check may refuse in any way
        problems.add(path, shown, f"is refused by its plugin: {escape(str(error))}", "P013")
        return None
    return table(**own), made
