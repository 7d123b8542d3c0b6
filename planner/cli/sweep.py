"""``planner sweep``."""

from typing import Annotated

import typer

from planner.cli import options

Profile = Annotated[
    str,
    typer.Argument(metavar="PROFILE", help='A profile: a file, a shipped name, or "-".', show_default=False),
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="KEY=VALUES",
        help="Vary a key: 2,4,..,512 or 1k..100k:log20 or 1..64:step4 or x86,arm64; may be given several times.",
        show_default=False,
    ),
]
Mode = Annotated[
    str,
    typer.Option(
        "--mode", metavar="MODE", help="grid (all combinations), list (first with first, second with second), random."
    ),
]
Samples = Annotated[int, typer.Option("--samples", metavar="N", min=0, help="Points of a random sweep.")]
Seed = Annotated[int, typer.Option("--seed", metavar="S", help="Seed of a random sweep.")]
Find = Annotated[
    str | None,
    typer.Option(
        "--find",
        metavar="KEY[=LOW..HIGH]",
        help="At each point, find the largest value that passes the gates (without gates: with which all consumers fit).",
        show_default=False,
    ),
]
Of = Annotated[
    list[str] | None,
    typer.Option(
        "--of", metavar="CONSUMER", help="Ask about this consumer alone; gates are not judged.", show_default=False
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT[=FILE]",
        help="jsonl, csv or parquet; may be given several times. A file that is there is gone on with. Default: jsonl.",
        show_default=False,
    ),
]
Resume = Annotated[bool, typer.Option("--resume/--no-resume", help="Go on with rows that are there, or start over.")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Work on this Dask cluster.", show_default=False),
]
Batch = Annotated[int, typer.Option("--batch", metavar="N", min=0, help="Points a task; 0 = chosen.", hidden=True)]
ShowProgress = Annotated[
    str, typer.Option("--progress", metavar="WHEN", help="Show progress: auto (on a terminal), always, never.")
]


def command(  # noqa: PLR0913 - one parameter an option
    profile: Profile,
    *,
    vary: Vary = None,
    mode: Mode = "grid",
    samples: Samples = 0,
    seed: Seed = 0,
    find: Find = None,
    of: Of = None,
    formats: Formats = None,
    sets: options.Sets = None,
    jobs: options.Jobs = 1,
    scheduler: Scheduler = None,
    batch: Batch = 0,
    resume: Resume = True,
    progress: ShowProgress = "auto",
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Evaluate many points of a profile, a row each; or find the frontier over them.

    Rows come in the order of the points and are written as they are known. Interrupted, the same command goes on where it
    ended.

    Example: planner sweep node.toml --vary cpus.possible=2,4,..,512 --vary consumer.veth.count=1k..100k:log20 -f rows.csv -j0
    """
    from planner.cli.run import read_sets  # noqa: PLC0415 - not for --help
    from planner.cli.sweeping import Plan, sweep  # noqa: PLC0415 - as above

    plan = Plan(
        source=profile,
        vary=tuple(vary or ()),
        mode=mode,
        samples=samples,
        seed=seed,
        find=find,
        of=tuple(of or ()),
        changes=read_sets(sets),
        disable=tuple(disable or ()),
        strict=strict,
        jobs=jobs,
        scheduler=scheduler,
        batch=batch,
    )
    raise typer.Exit(sweep(plan, formats, resume=resume, progress=progress))
