"""``planner record``."""

from typing import Annotated

import typer


def command(  # noqa: PLR0913 - one parameter an option
    seconds: Annotated[float, typer.Option("--seconds", metavar="N", min=0.01, max=86400, help="How long to record.")],
    *,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where the trace goes; - for standard output.")
    ] = "percpu-trace.txt",
    stacks: Annotated[
        bool,
        typer.Option(
            "--stacks", help="Record the call stack of each allocation: names who is behind helper functions."
        ),
    ] = False,
    buffer: Annotated[str, typer.Option("--buffer", metavar="SIZE", help="Buffer of each CPU.")] = "4M",
    limit: Annotated[str, typer.Option("--limit", metavar="SIZE", help="Stop when the file has this size.")] = "1G",
    tracefs: Annotated[
        str | None, typer.Option("--tracefs", metavar="DIR", help="Where tracefs is mounted.", show_default=False)
    ] = None,
) -> None:
    """Record the per-CPU allocator's trace events, for planner replay. Needs root and a mounted tracefs.

    Uses a tracing instance of its own, which is removed at the end, also after Ctrl-C; other tracing is left alone.

    Example: planner record --seconds 10 -o trace.txt && planner replay trace.txt
    """
    from planner.cli.recording import run  # noqa: PLC0415 - not for --help

    raise typer.Exit(run(seconds, output, stacks=stacks, buffer=buffer, limit=limit, tracefs=tracefs))
