"""``planner plot``."""

from typing import Annotated

import typer

from planner.cli import options

KINDS = ("chunks", "space", "consumers", "headroom", "fill")

Source = Annotated[
    str, typer.Argument(metavar="PROFILE", help="A profile, as planner report takes it.", show_default=False)
]
Kind = Annotated[str, typer.Option("--kind", metavar="KIND", help=f"What to draw: {', '.join(KINDS)}.")]
File = Annotated[
    str,
    typer.Option(
        "-o", "--output", metavar="FILE", help='Where to: .svg, or .png (extra: plots); "-" is standard output.'
    ),
]
Consumer = Annotated[
    str,
    typer.Option(
        "--consumer",
        metavar="NAME",
        help="Whose fill curve; by default that of the consumer that breaks first.",
        show_default=False,
    ),
]
Points = Annotated[
    int | None,
    typer.Option(
        "--points",
        metavar="N",
        min=1,
        max=200,
        help="Points of a fill curve above the declared count. Default: 12, or 3 where a mix is followed in proportion.",
        show_default=False,
    ),
]


def command(  # noqa: PLR0913 - one parameter an option
    profile: Source,
    *,
    kind: Kind = "chunks",
    output: File = "-",
    consumer: Consumer = "",
    points: Points = None,
    sets: options.Sets = None,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Draw one picture of a profile's report as SVG or PNG: the chunks, the address space, the costs, the headroom, or a fill curve.

    The HTML report (planner report -f html=FILE) holds the same pictures. A fill curve runs the model once a point.

    Example: planner plot seeds/answerer-3.2-core2duo --kind chunks -o chunks.svg
    """
    from planner.cli.failures import UsageError  # noqa: PLC0415 - not for --help
    from planner.cli.plotting import Wish, checked, draw, write  # noqa: PLC0415 - as above
    from planner.cli.run import read_sets  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - as above

    if kind not in KINDS:
        raise UsageError(f"--kind is one of {', '.join(KINDS)}, not {kind!a}")
    checked(output)
    manager = PluginChoice(tuple(disable or ()), strict).load()
    wish = Wish(kind=kind, sets=read_sets(sets), consumer=consumer, points=points)
    picture = draw(profile, manager, wish)
    warn(manager.problems)
    write(output, picture)
