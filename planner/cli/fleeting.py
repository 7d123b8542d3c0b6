"""A fleet from the command line: members, workers, one table."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from planner.capacity.batches import MissingClusterError, Workers, WorkersLostError
from planner.capacity.fleet import (
    CLUSTER_BATCH,
    COLUMNS,
    LOCAL_BATCH,
    Group,
    Groups,
    How,
    Row,
    badness,
    batches,
    overall,
    work,
)
from planner.capacity.spool import Spool
from planner.cli.failures import ToolError, UsageError, say, write_output
from planner.cli.members import explain, members, named
from planner.cli.progress import Progress, long_run
from planner.cli.rows import Output, choose
from planner.cli.sweeping import judged
from planner.report.text import clean, count_text, free_text, size_text

_PART: Final = 1000
"""Rows that are written at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """What the command line asks for."""

    arguments: tuple[str, ...]
    changes: tuple[tuple[str, str], ...] = ()
    disable: tuple[str, ...] = ()
    strict: bool = False
    fail_on: str = "error"
    jobs: int = 1
    scheduler: str | None = None
    batch: int = 0
    group_by: tuple[str, ...] = ()
    top: int = 50


def fleet(plan: FleetPlan, formats: Sequence[str] | None, *, progress: str) -> int:
    """Evaluate the fleet, write it, and return the exit code.

    :raises UsageError: an option is wrong.
    :raises ToolError: workers are lost, or an output cannot be written.
    """
    if plan.fail_on not in {"error", "warn"}:
        raise UsageError("--fail-on is error or warn")
    outputs = choose(formats, others=("table",), default="table")
    for column in plan.group_by:
        if column not in COLUMNS:
            raise UsageError(f"--group-by {column!a}: the columns are {', '.join(COLUMNS)}")
    long_run()
    names = named(plan.arguments)
    sums = [Groups(column) for column in (None, *plan.group_by)]
    codes: set[int] = set()
    with Spool(badness) as found:
        for part in _evaluated(plan, names, Progress(len(names), "profiles", when=progress)):
            _keep(found, part)
            for row in part:
                codes.add(row["exit_code"])
                for one in sums:
                    one.add(row)
        _write(found, outputs, sums, plan)
    if not codes:
        say("planner: no profile was given, so nothing was evaluated")
    return int(overall(codes))


def _evaluated(plan: FleetPlan, names: Sequence[str], progress: Progress) -> Iterator[list[Row]]:
    """Yield rows in the order of the names, a batch at a time.

    :raises ToolError: workers are lost, or Dask is not there.
    """
    workers = Workers(min(plan.jobs or os.cpu_count() or 1, max(len(names), 1)), plan.scheduler)
    how = How(
        judge=judged,
        explain=explain,
        changes=plan.changes,
        disable=plan.disable,
        strict=plan.strict,
        fail_on_warn=plan.fail_on == "warn",
    )
    size = plan.batch or (LOCAL_BATCH if plan.scheduler is None else CLUSTER_BATCH)
    try:
        for part in workers.run(work, batches(how, members(names), size)):
            yield part
            progress.advance(len(part))
    except (WorkersLostError, MissingClusterError) as error:
        raise ToolError(str(error)) from error
    finally:
        progress.close()


def _keep(found: Spool, rows: Sequence[Row]) -> None:
    try:
        found.add(rows)
    except OSError as error:
        raise ToolError(f"rows cannot be kept in temporary files ($TMPDIR): {error.strerror}") from error


def _write(found: Spool, outputs: Sequence[Output], sums: Sequence[Groups], plan: FleetPlan) -> None:
    """Write the rows, the worst first, and say what is wrong with those that were not evaluated; all in one pass."""
    files = [output for output in outputs if output.form != "table"]
    for output in files:
        output.open("", fresh=True)
    shown: list[Row] = []
    rows = iter(found)
    while part := list(islice(rows, _PART)):
        for output in files:
            output.write(part)
        shown += part[: plan.top - len(shown)] if plan.top else part
        for row in part:
            if row["error"] is not None:
                say(row["error"])
    for output in files:
        output.close(complete=True)
    for output in outputs:
        if output.form == "table":
            _write_table(output.file, table(shown, len(found), sums, plan.group_by))


def _write_table(file: str | None, text: str) -> None:
    from planner.report.write import write_atomically  # noqa: PLC0415 - most runs write none

    if file is None:
        write_output(text)
        return
    try:
        write_atomically(file, text)
    except OSError as error:
        raise ToolError(f"{clean(file)}: cannot be written: {error.strerror}") from error


def table(shown: Sequence[Row], number: int, sums: Sequence[Groups], columns: Sequence[str]) -> str:
    """Return the fleet as text: groups first, all in one and then by each of ``columns``; then the worst of ``number`` systems."""
    from tabulate import tabulate  # noqa: PLC0415 - slow to import

    def laid_out(rows: Sequence[tuple[str, ...]], headers: Sequence[str], right: Sequence[int]) -> str:
        align = ["right" if column in right else "left" for column in range(len(headers))]
        return tabulate(rows, headers, tablefmt="simple", disable_numparse=True, colalign=align if rows else None)

    headers = ("systems", "not evaluated", "gates failed", "free: 5 %", "median", "95 %", "Percpu: median", "95 %")
    parts = [
        laid_out([_group_cells(one) for one in some.found()], (column, *headers), range(1, 9))
        for column, some in zip(("", *columns), sums, strict=True)
    ]
    rows = [_cells(row) for row in shown]
    parts.append(laid_out(rows, ("profile", "kernel", "CPUs", "gates", "tightest", "free", "more", "limit"), (2, 5, 6)))
    if len(shown) < number:
        parts.append(f"{count_text(number - len(shown))} more are better off (--top 0 shows all)")
    return "\n\n".join(parts) + "\n"


def _group_cells(group: Group) -> tuple[str, ...]:
    low, middle, high = map(free_text, group.headroom)
    sizes = [("" if size is None else size_text(round(size))) for size in group.percpu_bytes[1:]]
    counts = (count_text(number) for number in (group.systems, group.not_evaluated, group.failed))
    return (group.name, *counts, low, middle, high, *sizes)


def _cells(row: Row) -> tuple[str, ...]:
    if row["error"] is not None:
        return (row["profile"], "", "", "not evaluated", "", "", "", "")
    bad = [kind for kind in ("unjudged", "failed", "warned", "waived") if row[f"gates_{kind}"]]
    verdict = f"{row[f'gates_{bad[0]}']} {bad[0]} of {row['gates']}" if bad else f"{row['gates']} pass"
    return (
        row["profile"],
        row["kernel"],
        count_text(row["cpus_possible"]),
        verdict if row["gates"] else "none",
        row["tightest"] or "nothing",
        free_text(row["headroom"]),
        _more(row),
        row["stops"] or "",
    )


def _more(row: Row) -> str:
    """Return how many more fit, or the range that it lies in."""
    if row["fits_low"] == row["fits_high"]:
        return "no limit" if row["more"] is None else count_text(row["more"])
    low, high = ("?" if row[end] is None else count_text(row[end] - row["count"]) for end in ("fits_low", "fits_high"))
    return f"{low}..{high}"
