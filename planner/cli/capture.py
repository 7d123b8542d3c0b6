"""``planner capture``."""

from typing import Annotated

import typer

from planner.cli import options


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
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Write the running system, or a copied one, as a profile, each value with where it was read.

    Nothing is written to the kernel, mounted or traced. What could not be seen, and what that costs, is said on standard error.

    Example: planner capture -o here.toml
    """
    from planner.cli.failures import say  # noqa: PLC0415 - not for --help
    from planner.cli.observing import write_result  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - as above
    from planner.observe.capture import capture, root_of  # noqa: PLC0415 - as above

    manager = PluginChoice(tuple(disable or ()), strict).load()
    probes = manager.probes()
    warn(manager.problems)
    found = capture(probes, root_of(root))
    for unseen in found.unseen:
        say(f"planner: not seen: {unseen}")
    for failure in found.failures:
        say(f"planner: warning: {failure}")
    write_result(output, found.text)
