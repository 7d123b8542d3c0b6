"""A profile to one picture: evaluated, at many counts for a fill curve, and drawn."""

from dataclasses import dataclass, replace
from pathlib import Path

from planner.capacity import evaluate
from planner.capacity.curve import chosen, fill_curve
from planner.cli.failures import ToolError, UsageError, write_output
from planner.cli.places import check_output
from planner.plugin.manager import PluginManager
from planner.profile import load
from planner.report.model import ConsumerInfo, Report
from planner.report.pictures import PICTURES, Picture, standalone
from planner.report.pictures.png import MissingPlotsError, png
from planner.report.text import clean
from planner.report.write import write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to draw: ``consumer`` and ``points`` are for a fill curve, ``sets`` are keys set in the profile."""

    kind: str
    sets: tuple[tuple[str, str], ...] = ()
    consumer: str = ""
    points: int | None = None


def draw(source: str, manager: PluginManager, wish: Wish) -> Picture:
    """Return the picture of a profile.

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
    return picture


def _chosen(report: Report, name: str) -> ConsumerInfo:
    found = next((one for one in report.consumers if one.name == name), None) if name else chosen(report)
    if found is None:
        names = ", ".join(clean(one.name, 60) for one in report.consumers) or "none"
        raise UsageError(f"there is no consumer {clean(name)!r}; there are: {names}")
    return found


def checked(file: str) -> str:
    """Return how a file is to be drawn by its name: ``svg`` or ``png``; asked before the work, so that a wrong name costs none.

    :raises UsageError: it ends in something else, or its directory does not exist.
    """
    if file == "-":
        return "svg"
    path = Path(file)
    check_output(file)
    if path.suffix not in {"", ".svg", ".png"}:
        raise UsageError(f"{clean(file)}: pictures are written as .svg or .png")
    return path.suffix.removeprefix(".") or "svg"


def write(file: str, picture: Picture) -> None:
    """Write the picture to a file in one step, or as SVG to standard output.

    :raises ToolError: it cannot be written, or PNG is asked for without matplotlib.
    """
    form = checked(file)
    if file == "-":
        write_output(standalone(picture))
        return
    try:
        write_atomically(file, standalone(picture) if form == "svg" else png(picture))
    except MissingPlotsError as error:
        raise ToolError(str(error)) from error
    except OSError as error:
        raise ToolError(f"{clean(file)}: cannot be written: {error.strerror}") from error
