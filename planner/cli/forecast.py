"""``planner forecast``."""

from typing import Annotated

import typer

from planner.cli import options
from planner.cli.listing import Json

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="PROFILE|REPORT...",
        help="One profile with growth, or reports (-f json) and captures of several days; FILE@2026-05-31 says of which.",
        show_default=False,
    ),
]
Within = Annotated[
    str | None,
    typer.Option(
        "--within", metavar="TIME", help="Exit with 1 where something is hit within 90d, 6 months …", show_default=False
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start", metavar="DATE", help="Declared growth starts on this day. Default: today.", show_default=False
    ),
]


def command(  # noqa: PLR0913 - one parameter an option
    sources: Sources,
    *,
    start: Start = None,
    within: Within = None,
    sets: options.Sets = None,
    as_json: Json = False,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Say when each consumer and limit runs out, and how sure that is.

    One profile: its declared growth, followed on the model. Several reports or captures: a line through what was left on each day, with
    its 95 % interval. Where the figures do not support a date, the reason stands instead.

    Example: planner forecast node-2026-03-01.json node-2026-04-01.json node-2026-05-01.json --within 90d
    """
    from planner.cli.forecasting import ForecastPlan, run  # noqa: PLC0415 - not for --help
    from planner.cli.run import read_sets  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice  # noqa: PLC0415 - as above

    plan = ForecastPlan(
        sources=tuple(sources),
        changes=read_sets(sets),
        plugins=PluginChoice(tuple(disable or ()), strict),
        start=start,
        within=within,
    )
    raise typer.Exit(run(plan, as_json=as_json))
