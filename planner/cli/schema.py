"""``planner schema``."""

from typing import Annotated

import typer

from planner.cli import options
from planner.cli.listing import write_json

What = Annotated[str, typer.Argument(metavar="[profile|report]", help="Whose schema to print.")]


def command(what: What = "profile", *, strict: options.Strict = False, disable: options.Disable = None) -> None:
    """Print the JSON Schema of profiles, with the keys of all plugins, or of the JSON report.

    Example: planner schema report
    """
    from planner.cli.failures import UsageError  # noqa: PLC0415 - not for --help
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - as above

    if what == "report":
        from planner.profile.report_schema import report_schema  # noqa: PLC0415 - one of two

        write_json(report_schema())
    elif what == "profile":
        from planner.profile.schema import profile_schema  # noqa: PLC0415 - one of two

        manager = PluginChoice(tuple(disable or ()), strict).load()
        write_json(profile_schema(manager))
        warn(manager.problems)
    else:
        raise UsageError(f"schema is of profile or report, not {what!a}")
