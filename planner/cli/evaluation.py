"""Profiles evaluated one by one or in several processes; each gives a report or a reason why not."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

from planner.cli.failures import ToolError, has_places, say, translate
from planner.cli.session import PluginChoice, warn
from planner.plugin.manager import PluginError, PluginManager
from planner.quick import dataclass
from planner.report.model import Document, FillCurve, Problem, Report
from planner.report.outcome import ExitCode, Outcome, outcome
from planner.report.text import clean

if TYPE_CHECKING:
    from planner.profile.model import Profile

_PATIENCE: Final = 1.0
"""Seconds before progress is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How to evaluate: plain data, so that a worker process can take it.

    ``sets`` are what-ifs beside the base; ``changes`` are keys set in the profile itself, before all else. ``advice`` asks for advice
    always, else only where a gate failed. ``samples`` draws of uncertain numbers are made with ``seed``, in ``sampling_jobs`` processes.
    ``curves`` asks for the fill curve of the consumer that breaks first.
    """

    plugins: PluginChoice = field(default_factory=PluginChoice)
    sets: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    advice: bool = True
    samples: int = 0
    seed: int = 0
    sampling_jobs: int = 1
    curves: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One profile's report, or the lines and the exit code that say why there is none; ``warnings`` are plugins'."""

    report: Report | None = None
    problem: Problem | None = None
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def evaluate_all(
    sources: Sequence[str], job: Job, *, jobs: int, command: Any, manager: PluginManager | None = None
) -> Document:
    """Return the document of a run, in the order of ``sources``; problems are said on standard error.

    ``jobs`` processes work at once, 0 = one a core. ``manager`` holds the plugins of ``job`` where they are loaded already.

    :raises PluginError: a plugin is broken and the run is strict.
    """
    processes = min(jobs or os.cpu_count() or 1, len(sources))
    plugins = manager or job.plugins.load()
    results = _in_processes(sources, job, processes) if processes > 1 else _in_turn(sources, job, plugins)
    done: dict[int, Evaluated] = {}
    with _progress(len(sources)) as advance:
        for number, result in results:
            done[number] = result
            advance(len(done))
    ordered = [done[number] for number in sorted(done)]
    warn([*(warning for result in ordered for warning in result.warnings), *plugins.problems])
    for result in ordered:
        for line in result.lines:
            say(line)
    return Document(
        reports=tuple(result.report for result in ordered if result.report is not None),
        problems=tuple(result.problem for result in ordered if result.problem is not None),
        command=command,
    )


def _in_turn(sources: Sequence[str], job: Job, manager: PluginManager) -> Iterator[tuple[int, Evaluated]]:
    for number, source in enumerate(sources):
        yield number, evaluate_one(source, job, manager)


_MANAGER: dict[PluginChoice, PluginManager] = {}
"""A worker process's plugins, loaded once."""


def _work(source: str, job: Job) -> Evaluated:
    if job.plugins not in _MANAGER:
        _MANAGER[job.plugins] = job.plugins.load()
    return evaluate_one(source, job, _MANAGER[job.plugins])


def _let_go() -> None:
    """Let an interrupt end a worker at once and silently."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _in_processes(sources: Sequence[str], job: Job, processes: int) -> Iterator[tuple[int, Evaluated]]:
    import multiprocessing  # noqa: PLC0415 - slow to import, and only -j needs it
    from concurrent.futures import ProcessPoolExecutor, as_completed  # noqa: PLC0415 - as above

    with ProcessPoolExecutor(processes, initializer=_let_go) as pool:
        try:
            futures = {pool.submit(_work, source, job): number for number, source in enumerate(sources)}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException as error:
            for process in multiprocessing.active_children():
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            if type(error).__name__ == "BrokenProcessPool":
                raise ToolError("a worker process died (out of memory?); try with a smaller -j") from error
            raise


def evaluate_one(source: str, job: Job, manager: PluginManager) -> Evaluated:
    """Evaluate one profile; whatever goes wrong with it is its own problem, so that the others are still evaluated."""
    try:
        report = make_report(source, job, manager)
    except PluginError:
        raise
    except Exception as error:
        if os.environ.get("PLANNER_DEBUG") == "1":
            raise
        code, lines = translate(error)
        if not has_places(error):
            lines = [f"{clean(source)}: {line}" for line in lines]
        warnings = tuple(map(str, manager.problems))
        if code is ExitCode.USAGE and warnings and _lacks_plugin(error):
            code = ExitCode.TOOL
        problem = Problem(profile=source, message="; ".join(lines), exit_code=int(code))
        return Evaluated(None, problem, tuple(lines), warnings)
    return Evaluated(report, warnings=tuple(map(str, manager.problems)))


def _lacks_plugin(error: Exception) -> bool:
    """Return whether a profile was refused for a name that a plugin would have had to bring."""
    problems = getattr(error, "problems", ())
    return any(getattr(problem, "code", "") in {"P030", "P031", "P032"} for problem in problems)


def make_report(source: str, job: Job, manager: PluginManager) -> Report:
    """Return the report of one profile, its gates judged.

    :raises ProfileError: the profile or a key that is set is wrong.
    :raises EvaluationError: no such machine can be modelled.
    """
    from planner.capacity import evaluate  # noqa: PLC0415 - the command line's help needs none of these
    from planner.gates import judge  # noqa: PLC0415
    from planner.profile.load import load_text, read_source  # noqa: PLC0415

    text = read_source(source)
    profile = load_text(text.text, manager, label=text.label, folder=text.folder)
    if job.changes:
        profile = profile.with_sets(dict(job.changes))
    what_ifs = (dict(job.sets),) if job.sets else ()
    report = evaluate(profile, manager, what_ifs=what_ifs, advice=job.advice)
    if job.samples:
        from planner.cli.sampling import sampled_of  # noqa: PLC0415 - only here

        report = replace(report, uncertainty=sampled_of(text, job))
    if job.curves:
        report = replace(report, curves=_curves(profile, manager, report))
    if not profile.gates:
        return report
    gates = judge(profile.gates, report, manager.gates())
    if not job.advice and any(outcome(gate) in {Outcome.FAILED, Outcome.WARNED} for gate in gates):
        from planner.capacity import advised  # noqa: PLC0415 - as above

        report = advised(profile, manager, report)
        gates = judge(profile.gates, report, manager.gates())
    return replace(report, gates=gates)


def _curves(profile: "Profile", manager: PluginManager, report: Report) -> tuple[FillCurve, ...]:
    from planner.capacity.curve import chosen, fill_curve  # noqa: PLC0415 - only for formats that draw it

    consumer = chosen(report)
    curve = fill_curve(profile, manager, consumer) if consumer is not None else None
    return () if curve is None else (curve,)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Any]:
    """Show a bar on a terminal's standard error once the work has taken a second."""
    started = time.monotonic()
    bar: Any = None
    task: Any = None

    def advance(done: int) -> None:
        nonlocal bar, task
        if bar is None and time.monotonic() - started > _PATIENCE:
            bar = _bar()
            bar.start()
            task = bar.add_task("profiles", total=total)
        if bar is not None:
            bar.update(task, completed=done)

    drawable = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    shown = total > 1 and drawable
    try:
        yield advance if shown else lambda _done: None
    finally:
        if bar is not None:
            bar.stop()


def _bar() -> Any:
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
