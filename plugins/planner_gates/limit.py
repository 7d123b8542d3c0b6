"""``[gate.limit]``: use of a limit of the system (vmalloc space, memory, the reserved chunk …)."""

from collections.abc import Iterable
from fractions import Fraction

from planner.plugin import Finding, GateRecord, Report, hookimpl, parameter
from planner.quick import dataclass
from planner.report.model import Limit
from planner.report.text import clean, count_text, exact_size_text, percent_text
from planner_gates.quantity import parse_quantity
from planner_gates.selection import worst


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """Parameters."""

    max: int | str = parameter("90%", 'the most that may be used: a share ("90%"), or an amount (1000, "100MiB")')
    limit: str = parameter("", "the limit's name as the report lists it; every one that has a use without it")

    def __post_init__(self) -> None:
        parse_quantity(self.max, "max")


def judge_limit(parameters: LimitUse, report: Report) -> Finding:
    """Pass where at most ``max`` of the limit is used; without a name, of every limit whose use is known."""
    bound = parse_quantity(parameters.max)
    shown = count_text(bound.amount) if bound.share is None else f"{float(bound.share * 100):g} %"
    expected = f"at most {shown} of {clean(parameters.limit) or 'each limit'}"
    chosen = [one for one in report.limits if one.name == parameters.limit]
    if not parameters.limit:
        chosen = [one for one in report.limits if one.used is not None and one.total is not None]
    if not chosen:
        return Finding(passed=None, expected=expected, found="the report has no such limit")
    return worst(_one(parameters, one) for one in sorted(chosen, key=_free))


def _free(limit: Limit) -> Fraction:
    if limit.used is None or not limit.total:
        return Fraction(0)
    return 1 - Fraction(limit.used, limit.total)


def _one(parameters: LimitUse, limit: Limit) -> Finding:
    bound = parse_quantity(parameters.max)
    shown = f"{float(bound.share * 100):g} %" if bound.share is not None else _quantity(bound.amount, limit)
    expected = f"at most {shown} of {clean(limit.name)}"
    if limit.used is None or (bound.share is not None and limit.total is None):
        return Finding(passed=None, expected=expected, found=f"the use of {clean(limit.name)} is unknown")
    total = limit.total or 0
    used = _quantity(limit.used, limit)
    found = f"{used} of {_quantity(total, limit)}" if limit.total is not None else used
    left = bound.of(total) - limit.used
    if bound.share is None:
        margin = f"{'+' if left >= 0 else '-'}{_quantity(abs(int(left)), limit)}"
    else:
        margin = f"{float(left / total * 100):+.1f} %" if total else ""
        found = f"{percent_text(limit.used / total)}: {found}" if total else found
    return Finding(passed=left >= 0, expected=expected, found=found, margin=margin)


def _quantity(number: int, limit: Limit) -> str:
    return exact_size_text(number) if limit.unit == "bytes" else f"{count_text(number)} {clean(limit.unit)}"


@hookimpl
def planner_gates() -> Iterable[GateRecord]:
    """Announce ``limit``."""
    yield GateRecord(kind="limit", summary="use of a limit of the system", judge=judge_limit, parameters=LimitUse)
