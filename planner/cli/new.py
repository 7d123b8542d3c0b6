"""``planner new``."""

from typing import Annotated

import typer

What = Annotated[str, typer.Argument(metavar="plugin", help="What to make.", show_default=False)]
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Its name: small letters, digits and hyphens. The package becomes planner-NAME.",
        show_default=False,
    ),
]
Folder = Annotated[
    str, typer.Option("-o", "--output", metavar="DIR", help="Make the directory planner-NAME in this one.")
]


def command(  # noqa: PLR0913 - one parameter an option
    what: What,
    name: Name,
    *,
    consumer: Annotated[bool, typer.Option("--consumer", help="With something that spends per-CPU memory.")] = False,
    architecture: Annotated[bool, typer.Option("--architecture", help="With an architecture.")] = False,
    form: Annotated[bool, typer.Option("--format", help="With an output format.")] = False,
    gate: Annotated[bool, typer.Option("--gate", help="With a rule for CI.")] = False,
    output: Folder = ".",
) -> None:
    """Write a complete package of a plugin, with tests that pass, to start from. Nothing is overwritten.

    Example: planner new plugin acme --consumer --gate
    """
    from planner.cli.failures import UsageError, write_output  # noqa: PLC0415 - not for --help
    from planner.cli.scaffold import make_plugin  # noqa: PLC0415 - as above
    from planner.report.text import clean  # noqa: PLC0415 - as above

    if what != "plugin":
        raise UsageError(f"there is nothing like {clean(what)!r} to make; write: planner new plugin NAME")
    wanted = {"architecture": architecture, "consumer": consumer, "format": form, "gate": gate}
    made = make_plugin(name, tuple(part for part, given in wanted.items() if given), output)
    write_output("".join(f"{path}\n" for path in made))
