"""``[gate.budget]``: bytes of the whole Percpu, of one consumer, or of a module's static data."""

from collections.abc import Iterable

from planner.plugin import Finding, GateRecord, Report, hookimpl, parameter
from planner.quick import dataclass
from planner.report.model import ConsumerInfo
from planner.report.text import clean, exact_size_text

_FIGURES = {
    "total": "over all units",
    "cpu": "on each CPU",
    "instance": "by one instance on each CPU",
    "static": "of static data on each CPU",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Parameters."""

    max: int = parameter(help="the most that may be used", size=True)
    consumer: str = parameter("", "the consumer's name; the whole of Percpu without it")
    figure: str = parameter(
        "total",
        "what is counted: total (all units), cpu (each CPU), instance (one instance on each CPU), static (a module's "
        "static data on each CPU)",
        choices=tuple(_FIGURES),
    )

    def __post_init__(self) -> None:
        if not self.consumer and self.figure in {"instance", "static"}:
            raise ValueError(f"figure = {self.figure!r} needs a consumer")


def judge_budget(parameters: Budget, report: Report) -> Finding:
    """Pass where the figure is at most ``max``."""
    who = clean(parameters.consumer) or "Percpu"
    expected = f"at most {exact_size_text(parameters.max)} {_FIGURES[parameters.figure]} for {who}"
    chosen = [consumer for consumer in report.consumers if consumer.name == parameters.consumer]
    if parameters.consumer and not chosen:
        return Finding(passed=None, expected=expected, found=f"the profile has no consumer {who}")
    used = _of_consumer(parameters.figure, chosen[0]) if chosen else _of_all(parameters.figure, report)
    if used is None:
        return Finding(passed=None, expected=expected, found="the report does not tell it")
    left = parameters.max - used
    margin = f"{'+' if left >= 0 else '-'}{exact_size_text(abs(left))}"
    return Finding(passed=used <= parameters.max, expected=expected, found=exact_size_text(used), margin=margin)


def _of_all(figure: str, report: Report) -> int | None:
    total = report.percpu.meminfo_bytes
    if figure == "total":
        return total
    return total // report.first_chunk.units if report.first_chunk.units else None


def _of_consumer(figure: str, consumer: ConsumerInfo) -> int | None:
    if figure == "total":
        return consumer.bytes_total
    if figure == "cpu":
        return consumer.bytes_per_cpu
    pieces = [piece for piece in consumer.pieces if figure == "instance" or piece.reserved]
    if not consumer.pieces:
        return 0 if consumer.bytes_per_cpu == 0 and consumer.count else None
    return sum(piece.size * piece.count for piece in pieces)


@hookimpl
def planner_gates() -> Iterable[GateRecord]:
    """Announce ``budget``."""
    yield GateRecord(
        kind="budget",
        summary="bytes of Percpu, of one consumer, or of a module's static data",
        judge=judge_budget,
        parameters=Budget,
    )
