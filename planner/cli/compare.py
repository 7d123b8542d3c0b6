"""``planner compare``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli import options
from planner.cli.listing import Json, write_json

Side = Annotated[
    str,
    typer.Argument(metavar="ONE", help="A profile, or a report that planner wrote with -f json.", show_default=False),
]
Other = Annotated[
    str | None,
    typer.Argument(
        metavar="[OTHER]",
        help="What to compare it with; without it, ONE as --set and --kernel change it.",
        show_default=False,
    ),
]
Kernel = Annotated[
    str | None, typer.Option("--kernel", metavar="VERSION", help="Give the other side this kernel.", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="Show what is equal too.")]


def command(  # noqa: PLR0913 - one parameter an option
    one: Side,
    other: Other = None,
    *,
    sets: options.Sets = None,
    kernel: Kernel = None,
    everything: All = False,
    as_json: Json = False,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Compare two profiles, kernels or saved reports: first chunk, cost, how much fits, gates, and the facts that explain it.

    Example: planner compare seeds/asker-3.10 --kernel 6.6
    """
    from planner.capacity.compare import compare  # noqa: PLC0415 - not for --help
    from planner.cli.comparing import told  # noqa: PLC0415 - as above
    from planner.cli.failures import UsageError, write_output  # noqa: PLC0415 - as above
    from planner.cli.run import read_sets  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - as above

    changes = (*read_sets(sets), *((("system.kernel", kernel),) if kernel is not None else ()))
    if other is None and not changes:
        raise UsageError("one side only: name the OTHER, or change ONE with --set or --kernel")
    plugins = PluginChoice(tuple(disable or ()), strict)
    manager = plugins.load()
    first = _report(one, (), plugins, manager)
    second = _report(one if other is None else other, changes, plugins, manager)
    warn(manager.problems)
    found = compare(first, second)
    rows = found.rows if everything else found.differing
    if as_json:
        write_json(_form(found, rows))
    else:
        write_output(told(found, rows))


def _report(source: str, changes: tuple[tuple[str, str], ...], plugins: Any, manager: Any) -> Any:
    """Return a saved report, or that of a profile.

    :raises UsageError: keys are to be set in a saved report.
    """
    from planner.cli.evaluation import Job, make_report  # noqa: PLC0415 - not for --help
    from planner.cli.failures import UsageError  # noqa: PLC0415 - as above
    from planner.profile.read import read_file  # noqa: PLC0415 - as above
    from planner.report.json_form import MAXIMUM_BYTES, loads  # noqa: PLC0415 - as above
    from planner.report.text import clean  # noqa: PLC0415 - as above

    if not source.endswith(".json"):
        return make_report(source, Job(plugins=plugins, changes=changes, advice=False), manager)
    if changes:
        raise UsageError("--set and --kernel change a profile, not a saved report")
    reports = loads(read_file(Path(source), source, MAXIMUM_BYTES))
    if len(reports) != 1:
        raise UsageError(f"{clean(source)} holds {len(reports)} reports; one is needed")
    return reports[0]


def _form(found: Any, rows: Any) -> dict[str, Any]:
    return {
        "one": found.one.profile,
        "other": found.other.profile,
        "rows": [asdict(row) for row in rows],
        "facts": [
            {
                "name": fact.name,
                "meaning": fact.meaning,
                "before": fact.before,
                "after": fact.after,
                "source": fact.source,
            }
            for fact in found.facts
        ],
    }
