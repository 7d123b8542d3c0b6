"""Many points of one profile: each point sets some keys and gives a row.

A point varies the profile's frozen data (:meth:`planner.profile.model.Profile.with_sets`); no TOML is read again. A row equals what a
single report of the same keys says. What a fit depends on is remembered, so that points which differ in one count alone
ask for that consumer's fit once.
"""

import functools
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.__about__ import __version__
from planner.capacity.bases import Bases
from planner.capacity.evaluate import FitOf, outline
from planner.capacity.fit import FOLLOWED, Fit, fit
from planner.capacity.machine import EvaluationError
from planner.capacity.plan import Plan
from planner.capacity.sweep_axes import Point
from planner.plugin.manager import PluginManager
from planner.profile.errors import ProfileError
from planner.profile.load import load_text
from planner.profile.model import Profile
from planner.report.model import Report
from planner.report.outcome import headroom, outcome
from planner.report.text import clean

Row = dict[str, Any]
"""One point's figures by column, in the order of the columns; a figure that is not known or not limited is ``None``."""
Judge = Callable[[Profile, Report, PluginManager], Report]
"""Puts the profile's gates to a report. Importable by name, since it goes to workers."""

REMEMBERED = 2_000
"""Fits that one process remembers, the latest ones: some megabytes."""
_COUNT = re.compile(r"consumer\..+\.count[+*]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """The profile that is varied, as plain data for workers: its ``text``, what messages call it, the folder of its paths.

    ``changes`` are set before any point's keys; ``of`` names the consumers to ask about (all without it; gates are then not judged).
    ``find`` is the key whose largest passing value is wanted, with the bounds of the search.
    """

    text: str
    label: str
    folder: Path | None = None
    changes: tuple[tuple[str, str], ...] = ()
    of: tuple[str, ...] = ()
    find: tuple[str, int, int | None] | None = None
    judge: Judge | None = None
    disable: tuple[str, ...] = ()
    strict: bool = False

    def digest(self, *more: object) -> str:
        """Return what tells this study with ``more`` from any other, in twelve characters."""
        told = (__version__, self.text, self.label, self.changes, self.of, self.find, self.disable, more)
        return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:12]


class FitMemo:
    """Remembers fits by all that bears on them: the machine, all counts; the own count is left out where it certainly bears on nothing.

    That is so while it fits, since instances are placed behind all others, one by one; but not where a captured state holds the count
    already, nor where a fill may have been estimated, from a point that depends on where it began.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Fit] = {}

    def of(self, machine_key: tuple[Any, ...], wanted: frozenset[str]) -> FitOf:
        """Return a stand-in for :func:`planner.capacity.fit.fit` on the machine that ``machine_key`` tells from others."""

        def remembered(bases: Bases, number: int) -> Fit:
            machine, consumers = bases.machine, bases.consumers
            if wanted and consumers[number][0].name not in wanted:
                return Fit(None, None)
            counts = tuple(count for _named, count in consumers)
            own = counts[number]
            exact_key = (machine_key, number, counts)
            any_key = (machine_key, number, counts[:number], bool(own), counts[number + 1 :])
            for key in (exact_key, any_key):
                known = self._known.get(key)
                if known is not None and (key is exact_key or _covers(known, own)):
                    return known
            found = fit(bases, number)
            if len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            plan, walked = consumers[number][0].plan, machine.effort.walked
            certain = _covers(found, own) and machine.profile.state is None and _whole(found, plan, walked)
            self._known[any_key if certain else exact_key] = found
            return found

        return remembered


def _covers(found: Fit, count: int) -> bool:
    """Return whether ``count`` instances fit by ``found``, so that it holds for any such count."""
    most = found.fits if found.fits is not None or found.fits_range is None else found.fits_range[1]
    return most is None or count <= most


def _whole(found: Fit, plan: Plan, walked: int) -> bool:
    """Return whether no way to cut the fill in two is long enough to be estimated (``walked`` calls), so that all give the same."""
    if FOLLOWED in found.depends_on or not walked:
        return False
    most = found.fits if found.fits is not None or found.fits_range is None else found.fits_range[1]
    same = len(set(plan.each)) == 1 and not plan.memory  # equal requests repeat soon
    return most is None or same or most * max(len(plan.each), 1) <= walked


@dataclass(frozen=True, slots=True)
class Opened:
    """A study in a process: the profile, its plugins, the fits remembered."""

    study: Study
    profile: Profile
    manager: PluginManager
    memo: FitMemo

    def report(self, point: Point) -> Report:
        """Return the report of one point without pictures.

        :raises ProfileError: a key or value is wrong.
        :raises EvaluationError: no such machine can be modelled.
        """
        profile = self.profile.with_sets(point) if point else self.profile
        machine_key = tuple((key, repr(value)) for key, value in point.items() if not _COUNT.fullmatch(key))
        wanted = frozenset(self.study.of)
        report = outline(profile, self.manager, fit_of=self.memo.of(machine_key, wanted))
        if self.study.judge is None or wanted or not profile.gates:
            return report
        return self.study.judge(profile, report, self.manager)


@functools.lru_cache(maxsize=4)
def opened(study: Study) -> Opened:
    """Return the study ready for points; each process reads it once.

    :raises ProfileError: the profile or a key that is set is wrong.
    :raises PluginError: a plugin is broken and the run strict.
    """
    manager = PluginManager(disable=study.disable, strict=study.strict)
    profile = load_text(study.text, manager, label=study.label, folder=study.folder)
    if study.changes:
        profile = profile.with_sets(dict(study.changes))
    return Opened(study, profile, manager, FitMemo())


def row(study: Study, point: Point) -> Row:
    """Return one point's row; a point that cannot be evaluated (no such machine boots, say) has the reason under ``error``."""
    ready = opened(study)
    shown = {f"set:{key}": _scalar(value) for key, value in point.items()}
    try:
        if study.find is not None:
            from planner.capacity.sweep_find import frontier  # noqa: PLC0415 - it builds on this module

            found, report = frontier(ready, point)
            return shown | found | figures(ready.profile, report, study.of)
        report = ready.report(point)
    except (ProfileError, EvaluationError) as error:
        empty: Row = {"largest": None, "unlimited": None, "then": None} if study.find is not None else {}
        return (
            shown | empty | figures(ready.profile, None, study.of) | {"error": clean(" ".join(str(error).split()), 500)}
        )
    return shown | figures(ready.profile, report, study.of)


def figures(profile: Profile, report: Report | None, of: Sequence[str] = ()) -> Row:
    """Return what a row says of a report; every row of a sweep has the same columns, empty ones without a report."""
    found: Row = {"error": None}
    gates = {gate.name: gate for gate in report.gates} if report is not None else {}
    found["boots"] = report is not None
    found["cpus"] = report.system.cpus_possible if report else None
    found["unit_size"] = report.first_chunk.unit_size if report else None
    found["percpu_bytes"] = report.percpu.meminfo_bytes if report else None
    found["chunks"] = report.percpu.chunks if report else None
    found["breaks_first"] = report.verdict.breaks_first if report else None
    consumers = {one.name: one for one in report.consumers} if report else {}
    for spec in profile.consumers:
        if of and spec.name not in of:
            continue
        one = consumers.get(spec.name)
        low, high = (one.fits_range or (one.fits, one.fits)) if one is not None else (None, None)
        share = headroom(one) if one is not None else None
        found[f"{spec.name}.count"] = one.count if one else None
        found[f"{spec.name}.fits"] = one.fits if one else None
        found[f"{spec.name}.fits_low"] = low
        found[f"{spec.name}.fits_high"] = high
        found[f"{spec.name}.headroom"] = None if share is None else float(share)
        found[f"{spec.name}.stops"] = one.stops.limit if one and one.stops else None
    if not of:
        for gate in profile.gates:
            found[f"gate:{gate.name}"] = outcome(gates[gate.name]).value if gate.name in gates else None
    return found


def _scalar(value: Any) -> Any:
    if isinstance(value, int | float | None):
        return value
    return clean(value if isinstance(value, str) else repr(value))


@dataclass(frozen=True, slots=True)
class Batch:
    """Points ``start``, ``start`` + 1 … of a sweep."""

    study: Study
    name: str
    start: int
    points: tuple[Mapping[str, Any], ...]


def work(batch: Batch) -> list[Row]:
    """Return the rows of a batch, in order."""
    return [
        {"sweep": batch.name, "point": batch.start + index} | row(batch.study, dict(point))
        for index, point in enumerate(batch.points)
    ]


def batches(study: Study, points: Any, *, name: str, start: int, size: int) -> Iterator[Batch]:
    """Cut the points from number ``start`` on into batches of ``size``; ``points`` has a length and ``at(index)``."""
    for first in range(start, len(points), size):
        last = min(first + size, len(points))
        yield Batch(study, name, first, tuple(points.at(index) for index in range(first, last)))
