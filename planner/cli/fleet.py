"""``planner fleet``."""

from typing import Annotated

import typer

from planner.cli import options
from planner.cli.sweep import Scheduler, ShowProgress

Members = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="DIR|GLOB|URL...",
        help="Profiles and reports that planner saved: directories, patterns, files, or URLs (extra: remote).",
        show_default=False,
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT[=FILE]",
        help="table, jsonl, csv or parquet; may be given several times. Default: table.",
        show_default=False,
    ),
]
GroupBy = Annotated[
    list[str] | None,
    typer.Option(
        "--group-by", metavar="COLUMN", help="Sum up by this column: arch, kernel, cpus_possible …", show_default=False
    ),
]
Top = Annotated[int, typer.Option("--top", metavar="N", min=0, help="Rows of the table; 0 = all.")]
Batch = Annotated[
    int, typer.Option("--batch", metavar="N", min=0, help="Profiles a task; 0 = 1000 on a cluster, 8 here.")
]


def command(  # noqa: PLR0913 - one parameter an option
    *,
    members: Members = None,
    formats: Formats = None,
    group_by: GroupBy = None,
    top: Top = 50,
    sets: options.Sets = None,
    jobs: options.Jobs = 1,
    scheduler: Scheduler = None,
    batch: Batch = 0,
    progress: ShowProgress = "auto",
    fail_on: options.FailOn = "error",
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Evaluate a fleet: one table, worst first, groups with percentiles, one exit code.

    What --set changes is evaluated as if every profile said so. On a Dask cluster, planner must be installed on the workers.

    Example: planner fleet nodes/ --group-by kernel -f table -f parquet=fleet.parquet -j0
    """
    from planner.cli.fleeting import FleetPlan, fleet  # noqa: PLC0415 - not for --help
    from planner.cli.run import read_sets  # noqa: PLC0415 - as above

    plan = FleetPlan(
        arguments=tuple(members or ()),
        changes=read_sets(sets),
        disable=tuple(disable or ()),
        strict=strict,
        fail_on=fail_on,
        jobs=jobs,
        scheduler=scheduler,
        batch=batch,
        group_by=tuple(group_by or ()),
        top=top,
    )
    raise typer.Exit(fleet(plan, formats, progress=progress))
