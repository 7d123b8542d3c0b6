"""``planner plugins``."""

import typer

from planner.cli import options
from planner.cli.listing import Json, write_json, write_table


def command(*, as_json: Json = False, strict: options.Strict = False, disable: options.Disable = None) -> None:
    """List plugins: each with where it comes from and what it adds; broken ones are named on standard error.

    Example: planner plugins --json
    """
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - not for --help
    from planner.report.text import clean  # noqa: PLC0415 - as above

    manager = PluginChoice(tuple(disable or ()), strict).load()
    found = manager.plugins()
    if as_json:
        adds = [{hook.removeprefix("planner_"): list(names) for hook, names in one.adds.items()} for one in found]
        plugins = [{"name": one.name, "from": one.origin, "adds": more} for one, more in zip(found, adds, strict=True)]
        problems = [
            {"plugin": one.plugin, "from": one.origin, "message": one.message, "remedy": one.remedy}
            for one in manager.problems
        ]
        write_json({"plugins": plugins, "problems": problems})
    else:
        rows = [
            (clean(one.name), clean(one.origin), hook.removeprefix("planner_"), clean(", ".join(names)))
            for one in found
            for hook, names in (one.adds or {"": ()}).items()
        ]
        write_table(("plugin", "from", "hook", "adds"), rows)
    warn(manager.problems)
    raise typer.Exit(0)
