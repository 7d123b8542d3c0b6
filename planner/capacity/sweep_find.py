"""The frontier of a point: the largest value of a key that still passes, found by bisection.

Passing has one edge where more never helps: with counts it is so. The value found passes and the next one fails; both were evaluated.
"""

from typing import Any

from planner.capacity.machine import EvaluationError
from planner.capacity.sweep import Opened, Row
from planner.capacity.sweep_axes import Point
from planner.profile.errors import ProfileError
from planner.report.model import Document, Report
from planner.report.outcome import ExitCode, Outcome, exit_code, outcome

HIGHEST = 1 << 40
"""Where the search ends when nothing stops it."""


def frontier(ready: Opened, point: Point) -> tuple[Row, Report | None]:
    """Return ``largest`` (``None``: not even the lowest value passes), ``unlimited`` and what fails ``then``; and the report there.

    :raises ProfileError: the key, or the lowest value, is wrong.
    :raises EvaluationError: no such machine can be modelled at the lowest value.
    """
    assert ready.study.find is not None  # noqa: S101 - the caller asks only then
    key, low, bound = ready.study.find
    best = ready.report({**point, key: low})
    failing = failures(best)
    if failing:
        return _row(None, failing), best
    high, failing = max(low, 1), []
    while not failing:  # from a value that passes, twice as far each time
        if high >= (bound or HIGHEST):
            high = bound or HIGHEST
        report, failing = _at(ready, point, key, high)
        if failing:
            break
        low, best = high, report or best
        if high == (bound or HIGHEST):
            return {"largest": high, "unlimited": True, "then": None}, best
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        report, found = _at(ready, point, key, middle)
        if found or report is None:
            high, failing = middle, found
        else:
            low, best = middle, report
    return _row(low, failing), best


def _at(ready: Opened, point: Point, key: str, value: int) -> tuple[Report | None, list[str]]:
    try:
        report = ready.report({**point, key: value})
    except (ProfileError, EvaluationError) as error:
        return None, [" ".join(str(error).split())[:200]]
    return report, failures(report)


def failures(report: Report) -> list[str]:
    """Return what does not pass: gates at level ``error`` that fail or cannot be judged; without gates, consumers that do not fit."""
    if report.gates:
        if exit_code(Document(reports=(report,))) is ExitCode.DONE:
            return []
        bad = (Outcome.FAILED, Outcome.UNJUDGED)
        return [f"gate {gate.name}" for gate in report.gates if outcome(gate) in bad and gate.level == "error"]
    return [one.name for one in report.consumers if one.placed is not None or _short(one.fits, one.count)]


def _short(fits: int | None, count: int) -> bool:
    return fits is not None and fits < count


def _row(largest: int | None, failing: list[str]) -> dict[str, Any]:
    return {"largest": largest, "unlimited": False, "then": "; ".join(failing)}
