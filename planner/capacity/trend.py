"""A straight line through figures over time: where it meets a limit, how wide that answer is, and whether the figures support it.

Ordinary least squares; the interval is Fieller's (inverse prediction), which is honest where the slope is hardly known: it is open then.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST: Final = 3
"""Points below which nothing can be said of how far they scatter."""
FARTHEST: Final = 10.0
"""Times the observed span up to which a line is followed; farther is a guess about the future, not about the figures."""

STUDENT_95: Final = (
    12.706,
    4.303,
    3.182,
    2.776,
    2.571,
    2.447,
    2.365,
    2.306,
    2.262,
    2.228,
    2.201,
    2.179,
    2.160,
    2.145,
    2.131,
)
"""Two-sided 95 % quantiles of Student's t for 1 to 15 degrees of freedom; from any table of statistics."""
NORMAL_95: Final = 1.959964


def student_95(freedom: int) -> float:
    """Return the two-sided 95 % quantile of Student's t, beyond the table by Cornish and Fisher's expansion."""
    if freedom <= len(STUDENT_95):
        return STUDENT_95[freedom - 1]
    z = NORMAL_95
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


@dataclass(frozen=True, slots=True)
class Line:
    """``value = at_middle + slope * (time - middle)``; ``scatter`` is the residuals' variance, ``width`` the times' sum of squares."""

    number: int
    first: float
    last: float
    middle: float
    at_middle: float
    slope: float
    scatter: float
    width: float

    def at(self, time: float) -> float:
        """Return the line's value."""
        return self.at_middle + self.slope * (time - self.middle)


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a limit is met: ``when``, between ``early`` and ``late`` (95 %; ``None`` = never or unknown); ``why`` not, where unsupported."""

    when: float | None = None
    early: float | None = None
    late: float | None = None
    why: str = ""


def line_through(times: Sequence[float], values: Sequence[float]) -> Line | None:
    """Return the line, ``None`` where all figures are of one moment."""
    number = len(times)
    middle = math.fsum(times) / number
    mean = math.fsum(values) / number
    width = math.fsum((time - middle) ** 2 for time in times)
    if width <= 0:
        return None
    slope = math.fsum((t - middle) * (v - mean) for t, v in zip(times, values, strict=True)) / width
    left = math.fsum((v - mean - slope * (t - middle)) ** 2 for t, v in zip(times, values, strict=True))
    scatter = left / (number - 2) if number > 2 else math.inf
    return Line(number, min(times), max(times), middle, mean, slope, scatter, width)


def crossing(times: Sequence[float], values: Sequence[float], target: float) -> Crossing:
    """Return when figures that rise come to ``target``, or those that fall come down to it.

    Times are seconds. What lies before the last figure, or farther ahead than :data:`FARTHEST` spans, is not supported.
    """
    moments = len(set(times))
    if moments < LEAST:
        return Crossing(why=f"{moments} points in time; at least {LEAST} are needed to know how far figures scatter")
    line = line_through(times, values)
    assert line is not None  # noqa: S101 - there are several moments
    above = values[max(range(len(times)), key=times.__getitem__)] < target
    if line.slope == 0 or (line.slope > 0) != above:
        return Crossing(why="no growth towards it")
    quantile = student_95(line.number - 2)
    unsure = quantile**2 * line.scatter / (line.slope**2 * line.width)
    if unsure >= 1:
        return Crossing(why="figures scatter more than they grow: a slope of nothing is as likely")
    ahead = (target - line.at_middle) / line.slope
    half = (
        quantile
        / abs(line.slope)
        * math.sqrt(line.scatter * ((1 - unsure) * (1 + 1 / line.number) + ahead**2 / line.width))
    )
    when = line.middle + ahead
    early = line.middle + (ahead - half) / (1 - unsure)
    late = line.middle + (ahead + half) / (1 - unsure)
    span = line.last - line.first
    if when > line.last + FARTHEST * span:
        return Crossing(
            early=max(early, line.last),
            why=f"it lies more than {FARTHEST:g} times the observed span ahead",
        )
    if when < line.last:
        return Crossing(why="by the line it was due before the last figure: growth is not that steady")
    return Crossing(when, max(early, line.last), late)
