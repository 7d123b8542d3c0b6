"""A sweep from the command line: study, points, workers, rows."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from planner.capacity.batches import MissingClusterError, Workers, WorkersLostError
from planner.capacity.sweep import Row, Study, batches, opened, work
from planner.capacity.sweep_axes import AxisError, Mode, Points, parse_axis, parse_bounds
from planner.cli.failures import ToolError, UsageError, say
from planner.cli.progress import Progress, long_run
from planner.cli.rows import Output, choose
from planner.gates import judge
from planner.plugin.manager import PluginManager
from planner.profile.load import read_source
from planner.profile.model import Profile
from planner.report.model import Report
from planner.report.outcome import ExitCode

LARGEST_BATCH: Final = 64
"""Points a task: enough to outweigh the sending, few enough that an interrupted run loses little."""
_MODES: Final[tuple[Mode, ...]] = ("grid", "list", "random")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the command line asks for."""

    source: str
    vary: tuple[str, ...] = ()
    mode: str = "grid"
    samples: int = 0
    seed: int = 0
    find: str | None = None
    of: tuple[str, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    disable: tuple[str, ...] = ()
    strict: bool = False
    jobs: int = 1
    scheduler: str | None = None
    batch: int = 0

    @property
    def workers(self) -> Workers:
        """Where it runs."""
        return Workers(self.jobs or os.cpu_count() or 1, self.scheduler)


def judged(profile: Profile, report: Report, manager: PluginManager) -> Report:
    """Return the report with its gates judged."""
    return replace(report, gates=judge(profile.gates, report, manager.gates()))


def study_of(plan: Plan) -> Study:
    """Return the study; the profile and every key is read here once, so that what is wrong is said before any work.

    :raises ProfileError: the profile or a key is wrong.
    :raises UsageError: an option is wrong.
    """
    text = read_source(plan.source)
    try:
        find = parse_bounds(plan.find) if plan.find is not None else None
    except AxisError as error:
        raise UsageError(str(error)) from error
    study = Study(
        text=text.text,
        label=text.label,
        folder=text.folder,
        changes=plan.changes,
        of=plan.of,
        find=find,
        judge=judged,
        disable=plan.disable,
        strict=plan.strict,
    )
    profile = opened(study).profile
    known = [spec.name for spec in profile.consumers]
    for name in plan.of:
        if name not in known:
            raise UsageError(f"--of {name!a}: the profile has the consumers {', '.join(known) or 'none'}")
    if plan.of and find is not None:
        raise UsageError("--find asks about all consumers and gates; leave --of out")
    return study


def points_of(plan: Plan, study: Study) -> Points:
    """Return the points; each key's first value is tried, so that a misspelt key is not found a thousand rows later.

    :raises UsageError: an axis is wrong.
    :raises ProfileError: a key is.
    """
    mode = next((mode for mode in _MODES if mode == plan.mode), None)
    if mode is None:
        raise UsageError("--mode is grid, list or random")
    if mode == "random" and not plan.samples:
        raise UsageError("a random sweep needs --samples N")
    if mode != "random" and plan.samples:
        raise UsageError("--samples belongs to --mode random")
    if not plan.vary and plan.find is None:
        raise UsageError("nothing varies: name keys with --vary KEY=VALUES, or one with --find KEY")
    try:
        points = Points(tuple(parse_axis(text) for text in plan.vary), mode, plan.samples, plan.seed)
    except AxisError as error:
        raise UsageError(str(error)) from error
    profile = opened(study).profile
    for axis in points.axes:
        if axis.key.rstrip("+*").strip() in {"consumer", "gate", "consumer_type"}:
            raise UsageError(f"{axis.key} cannot vary as a whole: name a key in it")
    profile.with_sets(points.at(0))
    if study.find is not None:
        profile.with_sets({**points.at(0), study.find[0]: study.find[1]})
    return points


def rows_of(plan: Plan, study: Study, points: Any, *, name: str, start: int = 0) -> Iterator[list[Row]]:
    """Yield rows in order, a batch at a time.

    :raises ToolError: workers are lost, or Dask is not there.
    """
    size = plan.batch or max(1, min(LARGEST_BATCH, len(points) // (8 * plan.workers.processes)))
    try:
        yield from plan.workers.run(work, batches(study, points, name=name, start=start, size=size))
    except (WorkersLostError, MissingClusterError) as error:
        raise ToolError(str(error)) from error


def sweep(plan: Plan, formats: Sequence[str] | None, *, resume: bool, progress: str) -> int:
    """Run a sweep and return the exit code.

    :raises UsageError: an option is wrong.
    :raises ProfileError: the profile or a key is wrong.
    :raises ToolError: an output cannot be written, or workers are lost.
    """
    Progress(0, "points", when=progress)
    outputs = choose(formats)
    study = study_of(plan)
    points = points_of(plan, study)
    name = study.digest(points)
    for output in outputs:
        output.open(name, fresh=not resume)
    long_run()
    start = min(output.done for output in outputs)
    if start:
        say(f"planner: {start:,} of {len(points):,} rows are there; going on")
    rows = rows_of(plan, study, points, name=name, start=start)
    _write(rows, outputs, Progress(len(points), "points", start=start, when=progress))
    return int(ExitCode.DONE if len(points) else ExitCode.NOTHING)


def _write(rows: Iterator[list[Row]], outputs: Sequence[Output], progress: Progress) -> None:
    complete = False
    try:
        for batch in rows:
            for output in outputs:
                output.write(batch)
            progress.advance(len(batch))
        complete = True
    except KeyboardInterrupt:
        if all(output.file for output in outputs):
            say(f"planner: {progress.done:,} rows are written; the same command goes on from there")
        raise
    finally:
        progress.close()
        for output in outputs:
            output.close(complete=complete)
