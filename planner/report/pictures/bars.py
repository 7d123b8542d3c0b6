"""Bars: what consumers cost over all units, and how much of each limit is in use."""

from typing import Final

from planner.report.model import ConsumerInfo, Limit, Report
from planner.report.pictures.style import by_cost, classes
from planner.report.pictures.svg import Picture, box, label, legend, path
from planner.report.text import clean, count_text, percent_text, plural, size_text

_SHOWN: Final = 24
_PARTS: Final = 8
"""Parts of a composite that get a bar of their own."""
_LEFT: Final = 230.0
_BAR: Final = 400.0
_TALL: Final = 18.0
_STEP: Final = 30.0


def consumers(report: Report) -> Picture | None:
    """Draw a bar a consumer, dearest first: bytes on each CPU times the units that are there for all possible CPUs."""
    ranked = by_cost(report.consumers)
    largest = max((one.bytes_total for one in ranked), default=0)
    if not largest:
        return None
    units, kinds = report.first_chunk.units, classes(one.name for one in ranked)
    body, y = [label(0, 14, f"bytes of a unit \u00d7 {plural(units, 'unit')}", "small muted")], 26.0
    for one in ranked[:_SHOWN]:
        wide = _BAR * one.bytes_total / largest
        value = f"{size_text(one.bytes_per_cpu)} \u00d7 {count_text(units)} = {size_text(one.bytes_total)}"
        body += [
            label(0, y + 14, one.name, "", 30),
            path(kinds[one.name], box(_LEFT, y, max(wide, 1), _TALL) if one.bytes_total else ""),
            path("frame", box(_LEFT, y, _BAR, _TALL)),
            label(_LEFT + _BAR + 12, y + 14, f"{value} ({percent_text(one.share)})", "small"),
        ]
        y += _STEP
        for part in _parts(one):
            wide = _BAR * part.bytes_total / largest
            body += [
                label(14, y + 4, f"+ {part.name}", "small muted", 30),
                path(kinds[one.name], box(_LEFT, y - 5, max(wide, 1), _TALL / 2)),
                label(_LEFT + _BAR + 12, y + 4, size_text(part.bytes_total), "small muted"),
            ]
            y += _STEP * 0.6
    rest = ranked[_SHOWN:]
    if rest:
        total = size_text(sum(one.bytes_total for one in rest))
        body.append(label(0, y + 14, f"and {plural(len(rest), 'consumer')} more: {total}", "muted"))
        y += _STEP
    said = "; ".join(f"{clean(one.name, 60)} {size_text(one.bytes_total)}" for one in ranked[:8])
    cpus = plural(report.system.cpus_possible, "possible CPU")
    return Picture(title=f"Consumers by cost over {cpus}", description=f"{said}.", height=y + 4, body="".join(body))


def _parts(consumer: ConsumerInfo) -> list[ConsumerInfo]:
    """Return what a composite's bytes go to, dearest first; what costs nothing is left to the table."""
    return [part for part in by_cost(consumer.parts) if part.bytes_total][:_PARTS]


def headroom(report: Report) -> Picture | None:
    """Draw how much of what fits is in use, for each consumer that something stops and each limit that is known."""
    rows = [_consumer_row(one) for one in report.consumers if one.fits is not None or _low(one) is not None]
    rows += [
        (one.what or one.name, one.used or 0, one.total, one.total, _limit_text(one))
        for one in report.limits
        if one.used is not None and one.total
    ]
    if not rows:
        return None
    body, y = (
        [
            label(_LEFT, 14, "none", "small muted"),
            label(_LEFT + _BAR, 14, "the most that may fit", "small muted right"),
        ],
        24.0,
    )
    for name, used, low, high, text in rows[:_SHOWN]:
        body.append(label(0, y + 14, name, "", 32) + _bar(used, low, high, y))
        share = used / low if low else None
        kind = "small bad" if share is None or share > 1 else "small"
        told = "none fits" if share is None else f"{percent_text(share)} used"
        body.append(label(_LEFT + _BAR + 12, y + 14, f"{told}: {text}", kind, 60))
        y += _STEP
    if len(rows) > _SHOWN:
        body.append(label(0, y + 14, f"and {count_text(len(rows) - _SHOWN)} more, in the tables", "muted"))
        y += _STEP
    kinds = [("one", "in use"), ("free", "left")]
    if any(low != high for _name, _used, low, high, _text in rows):
        kinds.append(("unpopulated", "may or may not fit"))
    if any(used > low for _name, used, low, _high, _text in rows):
        kinds.append(("over", "more than fits"))
    swatches, height = legend(kinds, y + 2)
    said = "; ".join(f"{clean(name, 60)}: {text}" for name, _used, _low, _high, text in rows[:10])
    return Picture(
        title="Headroom against each limit",
        description=f"{said}.",
        height=y + height + 2,
        body="".join([*body, swatches]),
    )


def _low(consumer: ConsumerInfo) -> int | None:
    bounds = consumer.fits_range
    return bounds[0] if bounds is not None and bounds[0] is not None else consumer.fits


def _consumer_row(consumer: ConsumerInfo) -> tuple[str, int, int, int, str]:
    low = _low(consumer) or 0
    bounds = consumer.fits_range
    high = bounds[1] if bounds is not None and bounds[1] is not None else consumer.fits
    high = max(low, high or 0)
    fits = count_text(low) if low == high else f"{count_text(low)}..{count_text(high)}"
    return consumer.name, consumer.count, low, high, f"{count_text(consumer.count)} of {fits}"


def _limit_text(limit: Limit) -> str:
    used, total = limit.used or 0, limit.total or 0
    if limit.unit == "bytes":
        return f"{size_text(used)} of {size_text(total)}"
    return f"{count_text(used)} of {count_text(total)} {clean(limit.unit, 20)}"


def _bar(used: int, low: int, high: int, y: float) -> str:
    """Draw used, left, and what is uncertain, as shares of the most that may fit."""
    if used > low:
        return path("over", box(_LEFT, y, _BAR, _TALL)) + path("frame", box(_LEFT, y, _BAR, _TALL))
    whole = max(high, 1)
    taken, sure = _BAR * used / whole, _BAR * low / whole
    return (
        path("one", box(_LEFT, y, max(taken, 1), _TALL) if used else "")
        + path("free", box(_LEFT + taken, y, sure - taken, _TALL))
        + (path("unpopulated", box(_LEFT + sure, y, _BAR - sure, _TALL)) if sure < _BAR else "")
        + path("frame", box(_LEFT, y, _BAR, _TALL))
    )
