"""What a report comes to: the outcome of each gate, the exit code, and which report is worst.

Formats, gates and the command line ask here, so that a table, a JUnit file and the exit code never disagree.
"""

from collections import Counter
from collections.abc import Iterable
from enum import Enum, IntEnum
from fractions import Fraction

from planner.report.model import ConsumerInfo, Document, GateInfo, Report

__all__ = ["ExitCode", "Outcome", "exit_code", "headroom", "outcome", "tally", "tightest", "worst_first"]


class ExitCode(IntEnum):
    """One scale for every command."""

    DONE = 0
    GATE_FAILED = 1
    USAGE = 2
    TOOL = 3
    NOTHING = 4


class Outcome(Enum):
    """What became of a gate, worst first. ``WARNED`` is a failure at level ``warn``."""

    UNJUDGED = "not judged"
    FAILED = "failed"
    WARNED = "warned"
    WAIVED = "waived"
    PASSED = "passed"
    OFF = "off"


def outcome(gate: GateInfo) -> Outcome:
    """Return what became of ``gate``. One that could not be judged never passes, waived or not."""
    if gate.level == "off":
        return Outcome.OFF
    if gate.passed is None:
        return Outcome.UNJUDGED
    if gate.passed:
        return Outcome.PASSED
    if gate.waived is not None:
        return Outcome.WAIVED
    return Outcome.WARNED if gate.level == "warn" else Outcome.FAILED


def tally(gates: Iterable[GateInfo]) -> dict[Outcome, int]:
    """Count the outcomes of ``gates``, in the order of :class:`Outcome`."""
    counts = Counter(outcome(gate) for gate in gates)
    return {kind: counts[kind] for kind in Outcome if counts[kind]}


def exit_code(document: Document, *, fail_on_warn: bool = False) -> ExitCode:
    """Return the exit code of a run.

    A tool error outranks a gate's failure; a gate of level ``error`` that could not be judged is one. A profile that is
    wrong is bad usage, which outranks a failed gate too, since the run says less than was asked. A gate of level ``warn`` counts
    only with ``fail_on_warn``. A check without a single gate has evaluated nothing; gates turned ``off`` were turned off by someone.
    """
    codes = {ExitCode(problem.exit_code) for problem in document.problems}
    for report in document.reports:
        codes.update(_gate_code(gate, fail_on_warn=fail_on_warn) for gate in report.gates)
    asked = document.reports if document.command == "report" else [one for one in document.reports if one.gates]
    if not asked and not document.problems:
        return ExitCode.NOTHING
    for code in (ExitCode.TOOL, ExitCode.USAGE, ExitCode.GATE_FAILED, ExitCode.NOTHING):
        if code in codes:
            return code
    return ExitCode.DONE


def _gate_code(gate: GateInfo, *, fail_on_warn: bool) -> ExitCode:
    match outcome(gate):
        case Outcome.UNJUDGED if gate.level == "error" or fail_on_warn:
            return ExitCode.TOOL
        case Outcome.FAILED:
            return ExitCode.GATE_FAILED
        case Outcome.WARNED if fail_on_warn:
            return ExitCode.GATE_FAILED
        case _:
            return ExitCode.DONE


def headroom(consumer: ConsumerInfo) -> Fraction | None:
    """Return how much of what fits is still free, as a share of 1 (negative when more is declared than fits).

    ``None`` where nothing of the system stops the consumer. An uncertain count is taken at its low end.
    """
    fits = consumer.fits
    if consumer.fits_range is not None and consumer.fits_range[0] is not None:
        fits = consumer.fits_range[0]
    if fits is None:
        return None
    if fits <= 0:
        return Fraction(-1 if consumer.count else 0)
    return Fraction(fits - consumer.count, fits)


def tightest(report: Report) -> ConsumerInfo | None:
    """Return the consumer with the least headroom, ``None`` where nothing stops any."""
    bound = [(share, index) for index, one in enumerate(report.consumers) if (share := headroom(one)) is not None]
    return report.consumers[min(bound)[1]] if bound else None


def worst_first(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Sort reports: gates not judged, failed, warned and waived first, then by the least headroom, then by name."""
    return tuple(sorted(reports, key=_badness))


def _badness(report: Report) -> tuple[tuple[int, ...], Fraction, str]:
    counts = tally(report.gates)
    bad = (Outcome.UNJUDGED, Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED)
    consumer = tightest(report)
    left = headroom(consumer) if consumer is not None else None
    return tuple(-counts.get(kind, 0) for kind in bad), Fraction(2) if left is None else left, report.profile
