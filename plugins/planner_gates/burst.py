"""``[gate.burst]``: a burst of instances must survive, atomic requests and all."""

from collections.abc import Iterable

from planner.plugin import Finding, GateRecord, Report, hookimpl, parameter
from planner.quick import dataclass
from planner.report.model import BurstInfo
from planner.report.text import clean, count_text
from planner_gates import selection

DECLARED = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstSurvival:
    """Parameters. The burst itself stands at the consumer: ``burst = { count, atomic, within }``."""

    min: int | str = parameter(
        DECLARED, 'instances that must survive at once: a number, or "declared" for the burst declared'
    )
    consumer: str = parameter("", "the consumer's name; every one with a burst without it")

    def __post_init__(self) -> None:
        if isinstance(self.min, str) and self.min != DECLARED:
            raise ValueError(f'min is neither a whole number nor "{DECLARED}"')
        if isinstance(self.min, int) and self.min < 0:
            raise ValueError("min is negative")


def judge_burst(parameters: BurstSurvival, report: Report) -> Finding:
    """Pass where the largest burst that survives is at least ``min``."""
    every = parameters.consumer in selection.EVERY
    chosen = [one for one in report.bursts if every or one.consumer == parameters.consumer]
    if not chosen:
        who = "no consumer of this profile" if every else clean(parameters.consumer)
        wanted = "the declared burst" if parameters.min == DECLARED else f"a burst of {count_text(int(parameters.min))}"
        found = f"{who} declares a burst" if every else f"{who} declares none"
        return Finding(
            passed=None, expected=f"{wanted} survives", found=found, remedy="burst = { count = ... } at the consumer"
        )
    return selection.worst(_one(parameters, one) for one in chosen)


def _one(parameters: BurstSurvival, burst: BurstInfo) -> Finding:
    needed = burst.count if parameters.min == DECLARED else int(parameters.min)
    kind = "atomic " if burst.atomic else ""
    return Finding(
        passed=burst.largest >= needed,
        expected=f"{count_text(needed)} {kind}at once of {clean(burst.consumer)} within {burst.within:g} s",
        found=f"{count_text(burst.largest)} survive",
        margin=f"{burst.largest - needed:+,}",
        remedy="" if burst.largest >= needed else "; ".join(map(clean, burst.raises[:1])),
    )


@hookimpl
def planner_gates() -> Iterable[GateRecord]:
    """Announce ``burst``."""
    yield GateRecord(
        kind="burst", summary="a burst of instances must survive", judge=judge_burst, parameters=BurstSurvival
    )
