"""A comparison as text: long words one below the other, figures in columns, then the facts that tell the kernels apart."""

import textwrap
from collections.abc import Sequence
from typing import Final, TypeGuard

from tabulate import tabulate

from planner.capacity.compare import Bounds, Comparison, Row, Value
from planner.report.text import clean, count_text, duration_text, exact_size_text, size_text, times_text

WIDTH: Final = 80


def told(found: Comparison, rows: Sequence[Row]) -> str:
    """Return the text."""
    lines = [
        f"{side:5}  {clean(report.profile)}: {clean(report.system.name)}, Linux {clean(report.system.kernel)}"
        for side, report in (("one", found.one), ("other", found.other))
    ]
    lines.append("")
    long = [row for row in rows if _is_long(row)]
    for row in long:
        one, other = _sides(row)
        lines += [clean(row.what), f"  one    {one}", f"  other  {other}", ""]
    short = [(clean(row.what), *_sides(row), _change(row)) for row in rows if not _is_long(row)]
    if short:
        headers, align = ("", "one", "other", "change"), ("left", "right", "right", "right")
        lines.append(tabulate(short, headers, tablefmt="simple", colalign=align, disable_numparse=True))
    elif not long:
        lines.append("nothing differs")
    if found.facts:
        lines += ["", "What the kernels do differently"]
        for fact in found.facts:
            lines += _wrapped(f"{fact.name}: {fact.before} -> {fact.after} ({fact.meaning})", "  ")
            lines += _wrapped(fact.source, "      ")
    return "\n".join(lines) + "\n"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _is_long(row: Row) -> bool:
    """Return whether a row's words (a boot line) would push the columns of figures apart."""
    return any(isinstance(value, str) and len(value) > 24 for value in (row.one, row.other))


def _sides(row: Row) -> tuple[str, str]:
    """Return both figures as text; sizes in full only where they would read alike."""
    values = ((row.one, row.one_range, row.present[0]), (row.other, row.other_range, row.present[1]))
    one, other = (_value(value, row.unit, bounds) if present else "-" for value, bounds, present in values)
    if one == other and row.differs and type(row.one) is type(row.other) is int:
        return exact_size_text(row.one), exact_size_text(row.other)
    return one, other


def _value(value: Value, unit: str, bounds: Bounds = None) -> str:
    if bounds is not None:
        low, high = ("?" if bound is None else _figure(bound, unit) for bound in bounds)
        return f"{low}..{high}"
    if value is None:
        return "no limit" if unit == "instances" else "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _figure(value, unit) if isinstance(value, int | float) else clean(value)


def _figure(value: float, unit: str) -> str:
    if unit == "times":
        return times_text(value)
    if unit == "seconds":
        return duration_text(value)
    return size_text(int(value)) if unit == "bytes" else count_text(int(value))


def _change(row: Row) -> str:
    """Return by how much the figure changes; of ranges, how each of the two ends does."""
    if row.one_range is None and row.other_range is None:
        return _percent(row.one, row.other)
    one, other = (
        bounds if bounds is not None else (value, value)
        for value, bounds in ((row.one, row.one_range), (row.other, row.other_range))
    )
    low, high = (_percent(before, after).removesuffix(" %") or "?" for before, after in zip(one, other, strict=True))
    return f"{low if low == high else f'{low}..{high}'} %"


def _percent(before: Value, after: Value) -> str:
    if not _is_figure(before) or not _is_figure(after) or before == 0:
        return ""
    return f"{(after - before) / before * 100:+.1f} %"


def _is_figure(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
