"""``planner verify``."""

from typing import Annotated

import typer

from planner.cli import options
from planner.cli.listing import Json


def command(  # noqa: PLR0913 - one parameter an option
    profile: Annotated[
        str | None, typer.Argument(metavar="[PROFILE]", help="A captured profile.", show_default=False)
    ] = None,
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Measure the running system now; without PROFILE it is captured too.")
    ] = False,
    root: Annotated[
        str | None, typer.Option("--root", metavar="DIR", help="Measure a copied tree instead.", show_default=False)
    ] = None,
    as_json: Json = False,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Show what the model predicts beside what was measured: boot lines, sizes, Percpu, chunks, share explained.

    Exit code 1 where something differs, 4 where nothing could be measured.

    Example: planner verify --live
    """
    from planner.cli.session import PluginChoice  # noqa: PLC0415 - not for --help
    from planner.cli.verifying import run  # noqa: PLC0415 - as above

    choice = PluginChoice(tuple(disable or ()), strict)
    raise typer.Exit(run(profile, choice, live=live or root is not None, root=root, as_json=as_json))
