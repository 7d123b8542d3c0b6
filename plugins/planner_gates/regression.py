"""``[gate.regression]``: no worse than a baseline, by so much at most."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from planner.plugin import Finding, GateRecord, Report, hookimpl, parameter
from planner.quick import dataclass
from planner.report.text import clean, count_text, exact_size_text
from planner_gates import selection
from planner_gates.baseline import BaselineError, read_baseline
from planner_gates.quantity import Quantity, parse_quantity

FITS: Final = "fits"
PERCPU: Final = "percpu"
COST: Final = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """Parameters. ``worse = 0``, the default, is a ratchet: what the baseline already breaks does not fail again."""

    baseline: str = parameter(help="a report that planner wrote with -f json, relative to the profile")
    metric: str = parameter(
        FITS,
        "what is compared: fits (instances), percpu (bytes of Percpu), cost (bytes of a consumer)",
        choices=(FITS, PERCPU, COST),
    )
    worse: int | str = parameter(0, 'how much worse is allowed: a number, a size, or a share of the baseline ("5%")')
    consumer: str = parameter("", "the consumer's name; every one that the baseline knows without it")

    def __post_init__(self) -> None:
        parse_quantity(self.worse, "worse")


@dataclass(frozen=True, slots=True)
class _Pair:
    """A figure of the baseline and of now; ``None`` = nothing limits it. More is better only where ``rising`` is."""

    what: str
    before: int | None
    now: int | None
    rising: bool

    def loss(self) -> int | None:
        """Return how much worse it has become (negative = better), ``None`` where a limit has appeared."""
        if self.now is None:
            return 0
        if self.before is None:
            return None
        return self.before - self.now if self.rising else self.now - self.before


def judge_regression(parameters: Regression, report: Report) -> Finding:
    """Pass where nothing chosen is worse than in the baseline by more than ``worse``."""
    limit = parse_quantity(parameters.worse)
    expected = f"{clean(parameters.metric)} {_allowed(limit, parameters.metric)} than in {clean(parameters.baseline)}"
    try:
        base = read_baseline(Path(report.profile).parent / parameters.baseline, report)
    except BaselineError as error:
        found = f"the baseline {clean(str(error))}"
        return Finding(passed=None, expected=expected, found=found, remedy="write it with planner report -f json=FILE")
    pairs = list(_pairs(parameters, report, base))
    if not pairs:
        who = clean(parameters.consumer) or "any consumer of this profile"
        return Finding(passed=None, expected=expected, found=f"the baseline does not know {who}")
    return selection.worst(_judge(pair, limit, expected, base) for pair in pairs)


def _allowed(limit: Quantity, metric: str) -> str:
    if limit.share is not None:
        return f"at most {float(limit.share * 100):g} % worse" if limit.share else "no worse"
    if not limit.amount:
        return "no worse"
    return f"at most {count_text(limit.amount) if metric == FITS else exact_size_text(limit.amount)} worse"


def _pairs(parameters: Regression, report: Report, base: Report) -> Iterator[_Pair]:
    if parameters.metric == PERCPU:
        yield _Pair("Percpu", base.percpu.meminfo_bytes, report.percpu.meminfo_bytes, rising=False)
        return
    known = {consumer.name: consumer for consumer in base.consumers}
    for consumer in report.consumers:
        if parameters.consumer not in {*selection.EVERY, consumer.name} or consumer.name not in known:
            continue
        before = known[consumer.name]
        if parameters.metric == FITS:
            yield _Pair(clean(consumer.name), selection.least(before), selection.least(consumer), rising=True)
        else:
            yield _Pair(clean(consumer.name), before.bytes_total, consumer.bytes_total, rising=False)


def _judge(pair: _Pair, limit: Quantity, expected: str, base: Report) -> Finding:
    def shown(number: int | None) -> str:
        if number is None:
            return "no limit"
        return count_text(number) if pair.rising else exact_size_text(number)

    found = f"{pair.what}: {shown(pair.now)}, baseline {shown(pair.before)} (planner {clean(base.planner.version)})"
    loss = pair.loss()
    if loss is None:
        return Finding(passed=False, expected=expected, found=found)
    left = limit.of(pair.before or 0) - loss
    return Finding(
        passed=left >= 0, expected=expected, found=found, margin=f"{int(left // 1):+,}{'' if pair.rising else ' B'}"
    )


@hookimpl
def planner_gates() -> Iterable[GateRecord]:
    """Announce ``regression``."""
    yield GateRecord(
        kind="regression",
        summary="no worse than a baseline report",
        judge=judge_regression,
        parameters=Regression,
    )
