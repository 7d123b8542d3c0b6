"""Comma-separated values: a row a consumer, for spreadsheets and data frames."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from planner.plugin import Document, FormatRecord, Report, hookimpl
from planner.report.model import ConsumerInfo
from planner.report.text import clean

COLUMNS: Final = (
    "profile",
    "system",
    "arch",
    "bits",
    "kernel",
    "cpus_possible",
    "consumer",
    "kind",
    "count",
    "fits",
    "fits_low",
    "fits_high",
    "more",
    "bytes_per_cpu",
    "bytes_total",
    "share",
    "rounding_bytes",
    "stops_limit",
    "stops_reason",
    "kernel_log",
    "basis",
    "problem",
)
"""Columns may be added at the end, never moved."""

_FORMULA: Final = ("=", "+", "-", "@")


def render_csv(document: Document) -> str:
    """Return a header, a row for each consumer, and a row for each profile that could not be evaluated."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for report in document.reports:
        writer.writerows(_row(report, consumer) for consumer in report.consumers)
    for problem in document.problems:
        writer.writerow({"profile": _cell(problem.profile), "problem": _cell(problem.message)})
    return stream.getvalue()


def _row(report: Report, consumer: ConsumerInfo) -> dict[str, object]:
    system, stops = report.system, consumer.stops
    low, high = consumer.fits_range or (consumer.fits, consumer.fits)
    return {
        "profile": _cell(report.profile),
        "system": _cell(system.name),
        "arch": _cell(system.arch),
        "bits": system.bits,
        "kernel": _cell(system.kernel),
        "cpus_possible": system.cpus_possible,
        "consumer": _cell(consumer.name),
        "kind": _cell(consumer.kind),
        "count": consumer.count,
        "fits": consumer.fits,
        "fits_low": low,
        "fits_high": high,
        "more": consumer.more,
        "bytes_per_cpu": consumer.bytes_per_cpu,
        "bytes_total": consumer.bytes_total,
        "share": f"{consumer.share:.6f}",
        "rounding_bytes": consumer.rounding_bytes,
        "stops_limit": _cell(stops.limit) if stops else "",
        "stops_reason": _cell(stops.reason) if stops else "",
        "kernel_log": _cell(" | ".join(stops.kernel_log)) if stops else "",
        "basis": consumer.basis,
    }


def _cell(text: str) -> str:
    """Make a user's words safe for a spreadsheet: a leading quote keeps it from running them as a formula."""
    shown = clean(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``csv``."""
    yield FormatRecord(name="csv", summary="a row a consumer, for spreadsheets", render=render_csv, suffix=".csv")
