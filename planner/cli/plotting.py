"""A profile to one picture: evaluated, at many counts for a fill curve, and drawn."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from planner.capacity import evaluate
from planner.cli.failures import ToolError, UsageError, write_output
from planner.plugin.manager import PluginManager
from planner.profile import load
from planner.report.model import ConsumerInfo, Report
from planner.report.pictures import PICTURES, standalone
from planner.report.text import clean
from planner.report.write import write_atomically

_UNLIMITED: Final = 10
"""Where nothing stops a consumer, its curve runs to so many times its count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to draw: ``consumer`` and ``points`` are for a fill curve, ``sets`` are keys set in the profile."""

    kind: str
    sets: tuple[tuple[str, str], ...] = ()
    consumer: str = ""
    points: int = 16


def draw(source: str, manager: PluginManager, wish: Wish) -> str:
    """Return the SVG file's text.

    :raises UsageError: the report holds nothing to draw, or has no such consumer.
    :raises ProfileError: the profile or a key that is set is wrong.
    :raises EvaluationError: no such machine can be modelled.
    """
    profile = load(source, manager)
    if wish.sets:
        profile = profile.with_sets(dict(wish.sets))
    report = evaluate(profile, manager, advice=False)
    if wish.kind == "fill":
        chosen = _chosen(report, wish.consumer)
        key = f"consumer.{chosen.name}.count"
        what_ifs = [{key: str(count)} for count in counts(chosen, wish.points)]
        report = evaluate(profile, manager, what_ifs=what_ifs, advice=False)
        others = tuple(one for one in report.consumers if one.name == chosen.name)
        report = replace(report, consumers=others)
    picture = PICTURES[wish.kind](report)
    if picture is None:
        raise UsageError(f"{clean(source)}: the report holds nothing to draw as {wish.kind}")
    return standalone(picture)


def _chosen(report: Report, name: str) -> ConsumerInfo:
    wanted = name or report.verdict.breaks_first or ""
    for one in report.consumers:
        if one.name == wanted or not wanted:
            return one
    names = ", ".join(clean(one.name, 60) for one in report.consumers) or "none"
    raise UsageError(f"there is no consumer {clean(wanted)!r}; there are: {names}")


def counts(consumer: ConsumerInfo, points: int) -> list[int]:
    """Return the counts of a curve: evenly from none to the last that fits, to ten times the declared count where nothing ends it."""
    last = consumer.fits if consumer.fits is not None else max(consumer.count, 1) * _UNLIMITED
    return sorted({last * step // (points - 1) for step in range(points)} - {consumer.count})


def write(file: str, text: str) -> None:
    """Write the picture to a file in one step, or to standard output.

    :raises UsageError: the file's name does not end in ``.svg``, or its directory does not exist.
    :raises ToolError: it cannot be written.
    """
    if file == "-":
        write_output(text)
        return
    path = Path(file)
    if "\0" in file or path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{clean(file)}: is a directory, or its directory does not exist")
    if path.suffix and path.suffix != ".svg":
        raise UsageError(f"{clean(file)}: pictures are written as .svg")
    try:
        write_atomically(file, text)
    except OSError as error:
        raise ToolError(f"{clean(file)}: cannot be written: {error.strerror}") from error
