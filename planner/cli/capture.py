"""``planner capture``."""

from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli import options

if TYPE_CHECKING:
    from planner.plugin import Observation


def command(
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write here instead of to standard output.", show_default=False
        ),
    ] = None,
    *,
    root: Annotated[
        str | None,
        typer.Option(
            "--root",
            metavar="DIR",
            help="Read a copied tree (sosreport, /proc and /sys) instead of the running system.",
            show_default=False,
        ),
    ] = None,
    trace: Annotated[
        float | None,
        typer.Option(
            "--trace",
            metavar="SECONDS",
            min=0.01,
            max=3600,
            help="Record the allocator's trace events for so long too, as planner record does, and add their figures. Needs root.",
            show_default=False,
        ),
    ] = None,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Write the running system, or a copied one, as a profile, each value with where it was read.

    Nothing is mounted or loaded, and without --trace nothing is traced. What could not be seen, and what that costs, is said on
    standard error.

    Example: planner capture -o here.toml
    """
    from planner.cli.failures import UsageError, say  # noqa: PLC0415 - not for --help
    from planner.cli.observing import write_result  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - as above
    from planner.observe.capture import capture, root_of  # noqa: PLC0415 - as above

    if trace is not None and root is not None:
        raise UsageError("--trace is of the running system, --root of another")
    manager = PluginChoice(tuple(disable or ()), strict).load()
    probes = manager.probes()
    warn(manager.problems)
    more: list[Observation] = []
    if trace is not None:
        from planner.observe.traced import traced  # noqa: PLC0415 - only where it is asked for

        more = traced(trace)
    found = capture(probes, root_of(root), more=more)
    for unseen in found.unseen:
        say(f"planner: not seen: {unseen}")
    for failure in found.failures:
        say(f"planner: warning: {failure}")
    write_result(output, found.text)
