"""Plugins that count as installed for a while, without a distribution."""

import contextlib
import importlib.metadata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

GROUP = "planner"


@dataclass(frozen=True)
class Stand:
    """What planner needs of an entry point."""

    name: str
    plugin: object
    dist: None = None

    def load(self) -> object:
        """Return the plugin."""
        return self.plugin


def stands(plugins: Sequence[object]) -> list[Stand]:
    """Return an entry point for each plugin, named as its module is."""
    return [Stand(str(getattr(plugin, "__name__", type(plugin).__name__)), plugin) for plugin in plugins]


@contextlib.contextmanager
def installed(plugins: Sequence[object]) -> Iterator[None]:
    """Let ``plugins`` be found in the entry-point group ``planner``, beside those that are there.

    A plugin whose own entry point is installed stands once.
    """
    if not plugins:
        yield
        return
    from planner.cli import plugin_commands  # noqa: PLC0415 - only where the command line runs

    real = importlib.metadata.entry_points

    def entry_points(**selection: Any) -> Any:
        found: Any = real(**selection)
        if selection.get("group") != GROUP:
            return found
        names = {getattr(plugin, "__name__", None) for plugin in plugins}
        return [*(entry for entry in found if entry.value not in names), *stands(plugins)]

    plugin_commands.load.cache_clear()
    try:
        with mock.patch("importlib.metadata.entry_points", entry_points):
            yield
    finally:
        plugin_commands.load.cache_clear()
