"""Commands as typer objects: planner's own, and those that plugins add."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import typer

from planner.cli.failures import say
from planner.cli.light import lighten


def built(name: str, function: Callable[..., Any]) -> Any:
    """Return a typer command made of ``function``; its docstring is the help text, kept in its lines."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(name)(function)
    return lighten(typer.main.get_command(app))


@functools.cache
def load() -> Mapping[str, Any]:
    """Return plugins' commands by name. A plugin that breaks is warned of; planner's own commands cannot be replaced."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - most runs need no plugin's commands

    from planner.plugin.manager import GROUP, PluginManager  # noqa: PLC0415 - as above

    if not entry_points(group=GROUP):
        return {}
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.callback()(lambda: None)
    manager = PluginManager()
    manager.add_commands(app)
    for problem in manager.problems:
        say(f"planner: warning: {problem}")
    found: Mapping[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    return dict(found)
