"""``planner replay``."""

from typing import Annotated

import typer

from planner.cli import options
from planner.cli.listing import Json


def command(  # noqa: PLR0913 - one parameter an option
    trace: Annotated[
        str, typer.Argument(metavar="TRACE", help=("Trace text (ftrace, trace-cmd report, perf script), or -."))
    ],
    *,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="PROFILE", help="The system that was traced.", show_default=False)
    ] = None,
    sets: options.Sets = None,
    check: Annotated[
        bool, typer.Option("--check", help="Hold each place against the model, from the profile's captured state on.")
    ] = False,
    cpus: Annotated[
        int | None, typer.Option("--cpus", metavar="N", min=1, max=65536, help="Possible CPUs.", show_default=False)
    ] = None,
    limit: Annotated[str, typer.Option("--limit", metavar="SIZE", help="Read no more of the trace than this.")] = "1G",
    as_json: Json = False,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Show who allocates and holds per-CPU memory in a trace, how chunks fill, and why requests failed.

    With a profile the same events run on its model; with --set on a changed one too.

    Example: planner replay trace.txt --profile here.toml --set system.kernel=6.12 --set cpus.possible=64
    """
    from planner.cli.replaying import Wishes, run  # noqa: PLC0415 - not for --help
    from planner.cli.session import PluginChoice  # noqa: PLC0415 - as above

    choice = PluginChoice(tuple(disable or ()), strict)
    wishes = Wishes(profile=profile, sets=tuple(sets or ()), check=check, cpus=cpus, limit=limit, as_json=as_json)
    raise typer.Exit(run(trace, wishes, choice))
