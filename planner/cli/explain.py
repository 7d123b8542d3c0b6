"""``planner explain``."""

from typing import Annotated

import typer


def command(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT|FILE|-]",
            help="A kernel line, a file with a log (dmesg, journal, a mail), or - for standard input, which is the default.",
            show_default=False,
        ),
    ] = None,
    *,
    kernel: Annotated[
        str | None,
        typer.Option("--kernel", metavar="VERSION", help="The kernel that said it, where the text does not tell."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="PROFILE", help="Add the figures of this profile.", show_default=False),
    ] = None,
    form: Annotated[str, typer.Option("-f", "--format", metavar="FORMAT", help="text or json.")] = "text",
    limit: Annotated[
        str, typer.Option("--limit", metavar="SIZE", help="Read no more of the log than this, say 64M.")
    ] = "64M",
) -> None:
    """Say what a kernel message about per-CPU memory means, what it does not mean, its causes and what to change.

    A whole log is searched and its lines are grouped.

    Example: dmesg | planner explain -
    """
    from planner.cli.explaining import run  # noqa: PLC0415 - not for --help

    raise typer.Exit(run(text, kernel=kernel, profile=profile, form=form, limit=limit))
