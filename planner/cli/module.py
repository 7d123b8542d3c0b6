"""``planner module``."""

from typing import Annotated

import typer

from planner.cli import options
from planner.cli.listing import Json


def command(  # noqa: PLR0913 - one parameter an option
    files: Annotated[list[str], typer.Argument(metavar="FILE.ko...", help="Modules, also packed (.gz, .xz, .zst).")],
    *,
    profiles: Annotated[
        list[str] | None,
        typer.Option(
            "--profile",
            metavar="PROFILE",
            help="Load them on this system; may be given several times.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        str | None,
        typer.Option(
            "--max", metavar="SIZE", help="Fail where one module takes more than this on each CPU.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Show modules' static per-CPU data by symbol, and whether each system has room for them.

    On each system the modules are loaded in the order given, after what its profile declares. Exit code 1 where one does
    not fit or is above --max.

    Example: planner module acme.ko.xz --profile distributions/debian-12-amd64 --max 1KiB
    """
    from planner.cli.moduling import run  # noqa: PLC0415 - not for --help
    from planner.cli.session import PluginChoice  # noqa: PLC0415 - as above

    choice = PluginChoice(tuple(disable or ()), strict)
    raise typer.Exit(run(files, profiles or [], choice, limit=limit, as_json=as_json))
