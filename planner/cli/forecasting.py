"""A forecast from the command line: which day each file is of, and what comes out in words."""

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planner.capacity.evaluate import outline
from planner.capacity.forecast import Forecast, Hit, declared, fitted, since
from planner.cli.failures import UsageError, write_output
from planner.cli.listing import write_json
from planner.cli.session import PluginChoice, warn
from planner.gates.judge import today
from planner.plugin.manager import PluginManager
from planner.profile.counts import parse_duration
from planner.profile.load import load
from planner.profile.model import Profile
from planner.profile.read import read_file
from planner.report.json_form import MAXIMUM_BYTES, loads
from planner.report.model import Report
from planner.report.outcome import ExitCode
from planner.report.text import clean, count_text, size_text

_NAMED = re.compile(
    r"(?<![0-9])(20[0-9]{2})-?([01][0-9])-?([0-3][0-9])(?:[T_-]?([0-2][0-9])[:.-]?([0-5][0-9]))?(?![0-9])"
)
"""A day, and a time of the day, in a file's name: 2026-05-31, 20260531T0630."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPlan:
    """What the command line asks for."""

    sources: tuple[str, ...]
    changes: tuple[tuple[str, str], ...] = ()
    plugins: PluginChoice = field(default_factory=PluginChoice)
    start: str | None = None
    within: str | None = None


def run(plan: ForecastPlan, *, as_json: bool) -> int:
    """Make the forecast, write it, and return the exit code.

    :raises UsageError: an option or a file's day is wrong.
    :raises ProfileError: a profile is wrong.
    """
    manager = plan.plugins.load()
    horizon = _duration(plan.within)
    now = _moment(plan.start) if plan.start is not None else _today()
    if len(plan.sources) == 1 and not _dated(plan.sources[0])[0].endswith(".json"):
        found = since(declared(_profile(plan.sources[0], plan, manager), manager), now)
    else:
        if plan.start is not None:
            raise UsageError("--start belongs to declared growth: reports have their own days")
        found, now = _from_reports(plan, manager)
    warn(manager.problems)
    if as_json:
        write_json(form(found))
    else:
        write_output(told(found))
    if horizon is not None and any(hit.when is not None and hit.when <= now + horizon for hit in found.hits):
        return int(ExitCode.GATE_FAILED)
    return int(ExitCode.DONE)


def _duration(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--within {error}") from error


def _today() -> float:
    day = today()
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text[:40]!a} is not a day such as 2026-05-31") from None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _dated(source: str) -> tuple[str, float | None]:
    """Return a source's file and the day behind its ``@``."""
    file, at, day = source.rpartition("@")
    if not at or not re.match(r"[0-9]{4}-", day):
        return source, None
    return file, _moment(day)


def _profile(source: str, plan: ForecastPlan, manager: PluginManager) -> Profile:
    profile = load(source, manager)
    return profile.with_sets(dict(plan.changes)) if plan.changes else profile


def _from_reports(plan: ForecastPlan, manager: PluginManager) -> tuple[Forecast, float]:
    """Return the forecast from files of several days, and the last of these days."""
    dated, guessed = [], []
    for source in plan.sources:
        file, when = _dated(source)
        if when is None:
            when = _in_name(file)
        if when is None:
            try:
                when = Path(file).stat().st_mtime
            except OSError:
                raise UsageError(f"{clean(file)}: of which day is it? write FILE@2026-05-31") from None
            guessed.append(clean(file))
        dated.append((when, _report(file, plan, manager)))
    found = fitted(dated)
    if guessed:
        note = f"taken to be as old as the file is (assumed): {', '.join(guessed[:5])}"
        found = Forecast(found.hits, relative=False, notes=(*found.notes, note))
    return found, max(when for when, _report in dated)


def _in_name(file: str) -> float | None:
    match = _NAMED.search(Path(file).name)
    if match is None:
        return None
    year, month, day, hour, minute = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _report(file: str, plan: ForecastPlan, manager: PluginManager) -> Report:
    if not file.endswith(".json"):
        return outline(_profile(file, plan, manager), manager)
    if plan.changes:
        raise UsageError("--set changes a profile, not a saved report")
    reports = loads(read_file(Path(file), file, MAXIMUM_BYTES))
    if len(reports) != 1:
        raise UsageError(f"{clean(file)} holds {len(reports)} reports; one is needed")
    return reports[0]


def form(found: Forecast) -> dict[str, Any]:
    """Return the forecast as JSON data; moments as ISO 8601."""
    hits = []
    for hit in found.hits:
        entry = asdict(hit)
        hits.append(entry | {name: _iso(entry[name]) for name in ("when", "early", "late")})
    first = found.first
    return {"first": first.name if first is not None else None, "hits": hits, "notes": list(found.notes)}


def _iso(when: float | None) -> str | None:
    moment = _datetime(when)
    return None if moment is None else moment.isoformat(timespec="seconds")


def _datetime(when: float | None) -> datetime | None:
    """Return a moment; ``None`` where it lies beyond the calendar."""
    try:
        return None if when is None else datetime.fromtimestamp(round(when), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def told(found: Forecast) -> str:
    """Return the forecast in words and a table."""
    from tabulate import tabulate  # noqa: PLC0415 - not for --json

    first = found.first
    headline = (
        "No consumer is known to run out." if first is None else f"{clean(first.name)} runs out first: {_day(first)}."
    )
    parts = [headline]
    if found.hits:
        headers = ("", "left", "growth a day", "runs out", "not before", "not after")
        align = ("left", "right", "right", "left", "left", "left")
        rows = [_cells(hit) for hit in found.hits]
        parts.append(tabulate(rows, headers, tablefmt="simple", disable_numparse=True, colalign=align))
    unsupported = [f"{clean(hit.name)}: {hit.why}" for hit in found.hits if hit.why]
    if unsupported:
        parts.append("No date, because\n" + "\n".join(f"  {line}" for line in unsupported))
    parts += [f"note: {note}" for note in found.notes]
    return "\n\n".join(parts) + "\n"


def _day(hit: Hit) -> str:
    moment = _datetime(hit.when)
    return f"{moment:%Y-%m-%d}" if moment is not None else ""


def _cells(hit: Hit) -> tuple[str, ...]:
    early, late = _datetime(hit.early), _datetime(hit.late)
    rate = "" if hit.rate is None else _amount(hit.rate, hit.unit)
    left = "" if hit.left is None else _amount(hit.left, hit.unit)
    return (
        clean(hit.name),
        left,
        rate,
        _day(hit) or "-",
        f"{early:%Y-%m-%d}" if early else "open",
        f"{late:%Y-%m-%d}" if late else "open",
    )


def _amount(value: float, unit: str) -> str:
    if unit == "bytes":
        return size_text(round(value))
    return count_text(round(value)) if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
