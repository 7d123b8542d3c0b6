"""``planner check``."""

import typer

from planner.cli import options


def command(  # noqa: PLR0913 - one parameter an option
    *,
    profiles: options.Profiles = None,
    formats: options.Formats = None,
    sets: options.Sets = None,
    jobs: options.Jobs = 1,
    color: options.Color = "auto",
    fail_on: options.FailOn = "error",
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Hold profiles against their gates: a line a gate, and an exit code for CI.

    What --set changes is checked as if the profile said so. The outputs are written before planner leaves, pass or fail.

    Example: planner check profiles/ -f table -f junit=gates.xml -f sarif=gates.sarif
    """
    from planner.cli.evaluation import Job  # noqa: PLC0415 - not for --help
    from planner.cli.run import read_sets, run  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice  # noqa: PLC0415 - as above

    job = Job(plugins=PluginChoice(tuple(disable or ()), strict), changes=read_sets(sets), advice=False)
    raise typer.Exit(run(profiles, formats, job, jobs=jobs, color=color, fail_on=fail_on, command="check"))
