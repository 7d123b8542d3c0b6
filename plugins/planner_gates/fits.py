"""``[gate.fits]``: so many instances must fit."""

from collections.abc import Iterable

from planner.plugin import Finding, GateRecord, Report, hookimpl, parameter
from planner.quick import dataclass
from planner.report.model import ConsumerInfo
from planner.report.text import clean, count_text
from planner_gates import selection

DECLARED = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """Parameters."""

    min: int | str = parameter(
        DECLARED, 'instances that must fit in all: a number, or "declared" for the declared count'
    )
    consumer: str = parameter("", "the consumer's name; every one without it")

    def __post_init__(self) -> None:
        if isinstance(self.min, str) and self.min != DECLARED:
            raise ValueError(f'min is neither a whole number nor "{DECLARED}"')
        if isinstance(self.min, int) and self.min < 0:
            raise ValueError("min is negative")


def judge_fits(parameters: Fits, report: Report) -> Finding:
    """Pass where at least ``min`` instances can exist with all other consumers at their count."""
    wanted = "the declared count" if parameters.min == DECLARED else count_text(int(parameters.min))
    of = f" of {clean(parameters.consumer)}" if parameters.consumer not in selection.EVERY else " of each consumer"

    def judge(consumer: ConsumerInfo) -> Finding:
        return _one(parameters, report, consumer)

    return selection.judge_each(report, parameters.consumer, judge, f"at least {wanted}{of}")


def _one(parameters: Fits, report: Report, consumer: ConsumerInfo) -> Finding:
    needed = consumer.count if parameters.min == DECLARED else int(parameters.min)
    low, _high = selection.bounds(consumer)
    passed = selection.holds(consumer, lambda number: number >= needed)
    return Finding(
        passed=passed,
        expected=f"at least {count_text(needed)} of {clean(consumer.name)}",
        found=selection.fits_words(consumer),
        margin="" if low is None else f"{low - needed:+,}",
        remedy=_remedy(passed, report, consumer),
    )


def _remedy(passed: bool | None, report: Report, consumer: ConsumerInfo) -> str:  # noqa: FBT001 - three-valued
    if passed is None:
        return selection.unknown_words(consumer)
    return "" if passed else selection.remedy_words(report, consumer)


@hookimpl
def planner_gates() -> Iterable[GateRecord]:
    """Announce ``fits``."""
    yield GateRecord(kind="fits", summary="so many instances must fit", judge=judge_fits, parameters=Fits)
