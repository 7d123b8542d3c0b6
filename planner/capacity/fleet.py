"""Many systems, a row each: evaluated in batches anywhere, summed up in groups, worst first."""

import functools
import math
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from planner.capacity.evaluate import outline
from planner.plugin.manager import PluginManager
from planner.profile.load import load_text
from planner.profile.model import Profile
from planner.report.json_form import loads
from planner.report.model import Document, Report
from planner.report.outcome import ExitCode, Outcome, exit_code, headroom, tally, tightest
from planner.report.text import clean

Row = dict[str, Any]
Judge = Callable[[Profile, Report, PluginManager], Report]
Explain = Callable[[Exception, str], tuple[int, str]]
"""Turns an error over a profile of that name into its exit code and one line; importable by name."""

CLUSTER_BATCH: Final = 1000
"""Profiles a task on a cluster: a task costs the scheduler about a millisecond, and a light profile's evaluation some tens."""
LARGEST_TASK: Final = 8 << 20
"""Characters after which a batch ends: Dask advises against tasks of more than ten megabytes, and workers hold several."""
LOCAL_BATCH: Final = 8
_BAD: Final = (Outcome.UNJUDGED, Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED)
_WORST: Final = (ExitCode.TOOL, ExitCode.USAGE, ExitCode.GATE_FAILED, ExitCode.NOTHING)


@dataclass(frozen=True, slots=True)
class Member:
    """One profile, or report that planner saved (``.json``), as text; or the ``error`` (exit code, line) that kept it from being read."""

    label: str
    text: str = ""
    folder: Path | None = None
    error: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How members are evaluated: plain data for workers."""

    judge: Judge
    explain: Explain
    changes: tuple[tuple[str, str], ...] = ()
    disable: tuple[str, ...] = ()
    strict: bool = False
    fail_on_warn: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Some members, in order."""

    how: How
    members: tuple[Member, ...]


def batches(how: How, members: Iterable[Member], size: int) -> Iterator[Batch]:
    """Cut members into batches of ``size``, or fewer where they are no light ones; they are read only as they are asked for."""
    part: list[Member] = []
    letters = 0
    for member in members:
        part.append(member)
        letters += len(member.text)
        if len(part) >= size or letters >= LARGEST_TASK:
            yield Batch(how, tuple(part))
            part, letters = [], 0
    if part:
        yield Batch(how, tuple(part))


@functools.lru_cache(maxsize=4)
def _manager(disable: tuple[str, ...], strict: bool) -> PluginManager:  # noqa: FBT001 - the cache's key
    return PluginManager(disable=disable, strict=strict)


def work(batch: Batch) -> list[Row]:
    """Return the rows of a batch, in order; whatever is wrong with one member stands in its row."""
    manager = _manager(batch.how.disable, batch.how.strict)
    return [row for member in batch.members for row in rows(member, batch.how, manager)]


def rows(member: Member, how: How, manager: PluginManager) -> list[Row]:
    """Return the rows of one member: one, but for a saved document of several reports."""
    if member.error is not None:
        return [_row(member.label, None, *member.error)]
    try:
        reports = loads(member.text) if member.label.endswith(".json") else (_evaluated(member, how, manager),)
    except Exception as error:  # noqa: BLE001 - one broken member must not take a thousand others along
        return [_row(member.label, None, *how.explain(error, member.label))]
    return [
        _row(member.label, report, int(exit_code(Document(reports=(report,)), fail_on_warn=how.fail_on_warn)), None)
        for report in reports
    ]


def _evaluated(member: Member, how: How, manager: PluginManager) -> Report:
    profile = load_text(member.text, manager, label=member.label, folder=member.folder)
    if how.changes:
        profile = profile.with_sets(dict(how.changes))
    return how.judge(profile, outline(profile, manager), manager)


def _row(label: str, report: Report | None, code: int, error: str | None) -> Row:
    """Return a row; each has the same columns."""
    found: Row = {"profile": clean(label), "exit_code": code, "error": error}
    tight = tightest(report) if report is not None else None
    share = headroom(tight) if tight is not None else None
    counts = tally(report.gates) if report is not None else {}
    found["name"] = clean(report.system.name) if report else None
    for name in ("arch", "bits", "kernel", "cpus_possible", "nodes", "ram"):
        value = getattr(report.system, name) if report else None
        found[name] = clean(value) if isinstance(value, str) else value
    found["unit_size"] = report.first_chunk.unit_size if report else None
    found["percpu_bytes"] = report.percpu.meminfo_bytes if report else None
    found["chunks"] = report.percpu.chunks if report else None
    found["tightest"] = clean(tight.name) if tight else None
    found["count"] = tight.count if tight else None
    found["fits"] = tight.fits if tight else None
    found["more"] = tight.more if tight else None
    found["headroom"] = None if share is None else float(share)
    found["stops"] = tight.stops.limit if tight and tight.stops else None
    found["gates"] = len(report.gates) if report else None
    for kind in _BAD:
        found[f"gates_{kind.name.lower()}"] = counts.get(kind, 0) if report else None
    ends = (tight.fits_range or (tight.fits, tight.fits)) if tight else (None, None)
    found["fits_low"], found["fits_high"] = ends
    return found


def badness(row: Row) -> tuple[Any, ...]:
    """Sort by this for the worst first: not evaluated, gates not judged, failed, warned, waived; then the least headroom, then by name."""
    counts = tuple(-(row[f"gates_{kind.name.lower()}"] or 0) for kind in _BAD)
    left = math.inf if row["headroom"] is None else row["headroom"]
    return (row["error"] is None, counts, left, row["profile"], row["name"] or "")


def overall(codes: Iterable[int]) -> ExitCode:
    """Return the one exit code of a fleet."""
    seen = set(codes)
    if not seen:
        return ExitCode.NOTHING
    return next((code for code in _WORST if code in seen), ExitCode.DONE)


COLUMNS: Final = tuple(_row("", None, 0, None))
"""The columns of every row."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of rows: how many, how many in trouble, and percentiles 5, 50 and 95 of headroom (shares of 1) and Percpu bytes."""

    name: str
    systems: int
    not_evaluated: int
    failed: int
    headroom: tuple[float | None, float | None, float | None]
    percpu_bytes: tuple[float | None, float | None, float | None]


class Groups:
    """Rows summed up as they come by the values of ``column``, all in one without it; two figures of each row are kept."""

    def __init__(self, column: str | None) -> None:
        self._column = column
        self._parts: dict[str, _Part] = {}

    def add(self, row: Row) -> None:
        """Count one row."""
        value = row[self._column] if self._column is not None else "all"
        self._parts.setdefault("unknown" if value is None else str(value), _Part()).add(row)

    def found(self) -> list[Group]:
        """Return the groups in the order of their names."""
        return [self._parts[name].group(name) for name in sorted(self._parts, key=_natural)]


class _Part:
    """What is kept of a group's rows."""

    __slots__ = ("bytes", "failed", "not_evaluated", "rooms", "systems")

    def __init__(self) -> None:
        self.systems = self.not_evaluated = self.failed = 0
        self.rooms, self.bytes = array("d"), array("d")

    def add(self, row: Row) -> None:
        self.systems += 1
        self.not_evaluated += row["error"] is not None
        self.failed += bool(row["gates_failed"])
        if row["headroom"] is not None:
            self.rooms.append(row["headroom"])
        if row["percpu_bytes"] is not None:
            self.bytes.append(row["percpu_bytes"])

    def group(self, name: str) -> Group:
        return Group(
            name, self.systems, self.not_evaluated, self.failed, _percentiles(self.rooms), _percentiles(self.bytes)
        )


def _natural(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isdecimal() else (1, 0, name)


def _percentiles(values: Iterable[float]) -> tuple[float | None, float | None, float | None]:
    """Return percentiles by nearest rank."""
    ordered = sorted(values)
    if not ordered:
        return (None, None, None)
    low, middle, high = (ordered[max(math.ceil(share * len(ordered) / 100) - 1, 0)] for share in (5, 50, 95))
    return (low, middle, high)
