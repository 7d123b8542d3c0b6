"""``[gate.headroom]``: so much of what fits must still be free."""

import math
from collections.abc import Iterable

from planner.plugin import Finding, GateRecord, Report, hookimpl, parameter
from planner.quick import dataclass
from planner.report.model import ConsumerInfo
from planner.report.outcome import headroom
from planner.report.text import clean, count_text, percent_text
from planner_gates import selection
from planner_gates.quantity import Quantity, parse_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """Parameters."""

    min: int | str = parameter("20%", 'what must be free: a share of what fits ("20%"), or instances (1000)')
    consumer: str = parameter("", "the consumer's name; every one without it")

    def __post_init__(self) -> None:
        share = parse_quantity(self.min, "min").share
        if share is not None and share > 1:
            raise ValueError("min is more than 100 %")


def judge_headroom(parameters: Headroom, report: Report) -> Finding:
    """Pass where at least ``min`` of what fits is free; the low end of an uncertain count must do."""
    of = f" for {clean(parameters.consumer)}" if parameters.consumer not in selection.EVERY else " for each consumer"

    def judge(consumer: ConsumerInfo) -> Finding:
        return _one(parameters, report, consumer)

    return selection.judge_each(report, parameters.consumer, judge, f"at least {_shown(parameters)} free{of}")


def _shown(parameters: Headroom) -> str:
    limit = parse_quantity(parameters.min)
    return count_text(limit.amount) if limit.share is None else f"{float(limit.share * 100):g} %"


def _one(parameters: Headroom, report: Report, consumer: ConsumerInfo) -> Finding:
    limit = parse_quantity(parameters.min)

    def enough(number: int) -> bool:
        if number <= 0:  # a share of nothing is nothing, and would do
            return number - consumer.count >= limit.amount and not limit.share
        return number - consumer.count >= limit.of(number)

    passed = selection.holds(consumer, enough)
    found, margin = _told(consumer, limit)
    remedy = ""
    if passed is None:
        remedy = selection.unknown_words(consumer)
    elif not passed:
        remedy = selection.remedy_words(report, consumer)
    return Finding(
        passed=passed,
        expected=f"at least {_shown(parameters)} free for {clean(consumer.name)}",
        found=found,
        margin=margin,
        remedy=remedy,
    )


def _told(consumer: ConsumerInfo, limit: Quantity) -> tuple[str, str]:
    """Return what is free, at the low end of a range, in words, and by how much that is more or less than the limit."""
    found = selection.fits_words(consumer)
    low, high = selection.bounds(consumer)
    if low is None:
        return found, ""
    free = low - consumer.count
    instances = free - limit.amount if limit.share is None else math.floor(low * (1 - limit.share)) - consumer.count
    share = headroom(consumer)
    if free < 0:
        return f"short by {_short(consumer.count, low, high)}: {found} fit", f"{instances:+,}"
    if limit.share is None or share is None:
        return f"{count_text(free)} free, {found}", f"{instances:+,}"
    over = (share - limit.share) * 100
    digits = next((digits for digits in range(1, 10) if abs(over) * 10**digits >= 1), 1)  # enough to tell the two apart
    shown = (
        percent_text(float(share))
        if digits == 1
        else f"{math.floor(share * 100 * 10**digits) / 10**digits:.{digits}f} %"
    )
    return f"{shown} free, {found}", f"{float(over):+.{digits}f} %"


def _short(count: int, low: int, high: int | None) -> str:
    """Return how many of the declared instances do not fit."""
    if high is None or high >= count:
        return f"up to {count_text(count - low)}"
    return count_text(count - low) if low == high else f"{count_text(count - high)} to {count_text(count - low)}"


@hookimpl
def planner_gates() -> Iterable[GateRecord]:
    """Announce ``headroom``."""
    yield GateRecord(
        kind="headroom", summary="so much of what fits must be free", judge=judge_headroom, parameters=Headroom
    )
