"""A profile to one picture: evaluated, at many counts for a fill curve, and drawn."""

from dataclasses import dataclass, replace
from pathlib import Path

from planner.capacity import evaluate
from planner.capacity.curve import chosen, fill_curve
from planner.cli.failures import ToolError, UsageError, write_output
from planner.plugin.manager import PluginManager
from planner.profile import load
from planner.report.model import ConsumerInfo, Report
from planner.report.pictures import PICTURES, standalone
from planner.report.text import clean
from planner.report.write import write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to draw: ``consumer`` and ``points`` are for a fill curve, ``sets`` are keys set in the profile."""

    kind: str
    sets: tuple[tuple[str, str], ...] = ()
    consumer: str = ""
    points: int | None = None


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
        curve = fill_curve(profile, manager, _chosen(report, wish.consumer), wish.points)
        report = replace(report, curves=() if curve is None else (curve,))
    picture = PICTURES[wish.kind](report)
    if picture is None:
        raise UsageError(f"{clean(source)}: the report holds nothing to draw as {wish.kind}")
    return standalone(picture)


def _chosen(report: Report, name: str) -> ConsumerInfo:
    found = next((one for one in report.consumers if one.name == name), None) if name else chosen(report)
    if found is None:
        names = ", ".join(clean(one.name, 60) for one in report.consumers) or "none"
        raise UsageError(f"there is no consumer {clean(name)!r}; there are: {names}")
    return found


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
