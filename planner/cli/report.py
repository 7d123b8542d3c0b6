"""``planner report``."""

from typing import Annotated

import typer

from planner.cli import options

Samples = Annotated[
    int,
    typer.Option(
        "--samples", metavar="N", min=0, max=1_000_000, help="Draw the profile's uncertain numbers so often; 0 = not."
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="S", help="Seed of the draws: the same seed gives the same bytes.")
]


def command(  # noqa: PLR0913 - one parameter an option
    *,
    profiles: options.Profiles = None,
    formats: options.Formats = None,
    sets: options.Sets = None,
    samples: Samples = 0,
    seed: Seed = 0,
    jobs: options.Jobs = 1,
    color: options.Color = "auto",
    fail_on: options.FailOn = "error",
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Say how much still fits on each profile's machine, what breaks first, and what to change.

    What --set changes is shown beside the profile as it stands. Several profiles give one table, worst first.

    Example: planner report seeds/answerer-3.2-core2duo --set boot.cmdline=vmalloc=256M -f table -f json=report.json
    """
    from planner.cli.evaluation import Job  # noqa: PLC0415 - not for --help
    from planner.cli.run import read_sets, run  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice  # noqa: PLC0415 - as above

    job = Job(
        plugins=PluginChoice(tuple(disable or ()), strict),
        sets=read_sets(sets),
        samples=samples,
        seed=seed,
        sampling_jobs=jobs if len(profiles or ()) == 1 else 1,
    )
    raise typer.Exit(run(profiles, formats, job, jobs=jobs, color=color, fail_on=fail_on, command="report"))
