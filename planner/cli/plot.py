"""``planner plot``."""

from typing import Annotated

import typer

from planner.cli import options

KINDS = ("chunks", "space", "consumers", "headroom", "fill")
OF_POINTS = ("heatmap", "frontier")

Source = Annotated[
    str,
    typer.Argument(
        metavar="PROFILE|ROWS",
        help="A profile, as planner report takes it, or the rows of a sweep: .jsonl, .csv or .parquet.",
        show_default=False,
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help=f"What to draw: {', '.join(KINDS)}; of a sweep {' or '.join(OF_POINTS)}. Default: chunks, or what suits the rows.",
        show_default=False,
    ),
]
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
X = Annotated[
    str, typer.Option("--x", metavar="KEY", help="Of a sweep: the key from left to right.", show_default=False)
]
Y = Annotated[
    str, typer.Option("--y", metavar="KEY", help="Of a sweep: the key upwards, or of the lines.", show_default=False)
]
Value = Annotated[
    str,
    typer.Option(
        "--value",
        metavar="COLUMN",
        help="Of a sweep: the figure. Default: largest (--find), NAME.fits (frontier), NAME.headroom (heatmap).",
        show_default=False,
    ),
]


def command(  # noqa: PLR0913 - one parameter an option
    profile: Source,
    *,
    kind: Kind = None,
    output: File = "-",
    consumer: Consumer = "",
    points: Points = None,
    x: X = "",
    y: Y = "",
    value: Value = "",
    sets: options.Sets = None,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Draw a picture as SVG or PNG: of a profile's report (the HTML report holds the same), or of the rows of a sweep.

    A fill curve asks the model once more. A heat map shows one figure over two keys that vary; a frontier shows how many fit,
    or the largest value that passes, over one key, with a line for each value of another.

    Example: planner plot seeds/answerer-3.2-core2duo --kind chunks -o chunks.svg
    """
    from planner.cli.failures import UsageError  # noqa: PLC0415 - not for --help
    from planner.cli.plotting import Wish, checked, draw, write  # noqa: PLC0415 - as above
    from planner.cli.plotting_points import ENDINGS, draw_points  # noqa: PLC0415 - as above
    from planner.cli.run import read_sets  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - as above

    rows = profile.endswith(ENDINGS)
    kinds = OF_POINTS if rows else KINDS
    if kind is not None and kind not in kinds:
        raise UsageError(f"--kind is one of {', '.join(kinds)} for {'rows' if rows else 'a profile'}, not {kind!a}")
    if profile.endswith(".json"):
        raise UsageError(
            f"{profile!a}: plot draws a profile (.toml) or the rows of a sweep ({', '.join(ENDINGS)}), not JSON"
        )
    checked(output)
    if rows:
        write(output, draw_points(profile, kind or "", x=x, y=y, value=value))
        return
    manager = PluginChoice(tuple(disable or ()), strict).load()
    wish = Wish(kind=kind or "chunks", sets=read_sets(sets), consumer=consumer, points=points)
    picture = draw(profile, manager, wish)
    warn(manager.problems)
    write(output, picture)
