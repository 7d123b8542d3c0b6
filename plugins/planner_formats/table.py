"""The report as text: the verdict first, 80 columns wide, plain characters only.

The command line adds colour where a terminal wants it; what a kernel prints is never wrapped or cut, so that it can be
searched for in a log.
"""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from tabulate import tabulate

from planner.plugin import Document, FormatRecord, Report, hookimpl
from planner.report.model import ConsumerInfo, Problem
from planner.report.outcome import outcome, worst_first
from planner.report.text import clean, count_text, percent_text, plural, size_text
from planner_formats import words
from planner_formats.picture import chunk_map

WIDTH: Final = 80
_INDENT: Final = "  "
FULL_REPORTS: Final = 3
"""Up to this many profiles are shown in full below their common table."""


def render_table(document: Document) -> str:
    """Return the text: one report in full; several as a table, worst first, and in full below it while they are few."""
    reports = worst_first(document.reports)
    if len(reports) + len(document.problems) == 1 and reports:
        return "\n".join(_whole(reports[0], document.command)) + "\n"
    lines = _summary(reports, document.problems)
    if document.command == "check":
        for report in reports:
            lines += ["", clean(report.profile), *_gates(report)]
    elif len(reports) <= FULL_REPORTS:
        for report in reports:
            lines += ["", "=" * WIDTH, *_whole(report, document.command)]
    else:
        lines += ["", "planner report PROFILE shows one in full; -f json, -f csv and -f markdown show all."]
    return "\n".join(lines) + "\n"


def _whole(report: Report, command: str) -> list[str]:
    if command == "check":
        return [*_verdict(report), "", *_gates(report)]
    sections = [
        _verdict(report),
        _variants(report),
        _fit(report),
        _dynamics(report),
        _boot(report),
        _cost(report),
        _memory(report),
        _chunks(report),
        _limits(report),
        _advice(report),
        _gates(report) if report.gates else [],
        _assumptions(report),
    ]
    return [line for section in sections if section for line in (*section, "")][:-1]


def _verdict(report: Report) -> list[str]:
    verdict = report.verdict
    lines = [*_wrapped(clean(report.system.name)), *_wrapped(words.system_text(report)), ""]
    lines += _wrapped(clean(verdict.headline))
    if verdict.breaks_first is not None:
        lines += _labelled("breaks first", f"{clean(verdict.breaks_first)}: {clean(verdict.reason)}")
        lines += [f"{_INDENT}kernel says   {clean(line)}" for line in verdict.kernel_log]
    if verdict.best_change:
        lines += _labelled("best change", clean(verdict.best_change))
    for warning in report.warnings:
        lines += _labelled("warning", clean(warning))
    return lines


def _dynamics(report: Report) -> list[str]:
    lines = [line for sentence in words.dynamics(report) for line in _wrapped(sentence, _INDENT)]
    return ["What happens together and over time (modelled)", *lines] if lines else []


def _boot(report: Report) -> list[str]:
    lines = [f"Boot line, to compare with dmesg ({report.first_chunk.basis})"]
    lines += [_INDENT + clean(line) for line in report.first_chunk.boot_log]
    return lines + _wrapped(words.first_chunk_text(report), _INDENT)


def _fit(report: Report) -> list[str]:
    if not report.consumers:
        return []
    rows = []
    for consumer in report.consumers:
        limit = words.stop_text(consumer)
        cells = (count_text(consumer.count), words.fits_text(consumer), words.more_text(consumer))
        rows.append((words.consumer_text(consumer), *cells, limit))
    bases = words.one_basis(consumer.basis for consumer in report.consumers)
    headers = ("consumer", "count", "fits in all", "more", "ends at")
    table = _grid(headers, rows, right=(1, 2, 3))
    return [f"How many fit, all others at their count ({bases})", *table, *_fit_notes(report)]


def _fit_notes(report: Report) -> list[str]:
    """Say what ranges depend on, and the kernel's lines that the verdict does not show."""
    said = {clean(line) for line in report.verdict.kernel_log}
    lines = []
    for names, what, text in words.fit_notes(report):
        if what != words.KERNEL_SAYS:
            lines += _wrapped(f"{names}: {what} {text}", _INDENT)
        elif text not in said:
            lines.append(f"{_INDENT}{names}: {text}")
    return lines


def _cost(report: Report) -> list[str]:
    if not report.consumers:
        return []
    rows = []
    for consumer in words.by_cost(report.consumers):
        rows.append(_cost_row(consumer, words.consumer_text(consumer)))
        rows.extend(_cost_row(part, f"+ {clean(part.name)}") for part in words.by_cost(consumer.parts))
    headers = ("consumer", "count", "per CPU", "in all", "share", "rounding")
    bases = words.one_basis(consumer.basis for consumer in report.consumers)
    return [f"Consumers by cost ({bases})", *_grid(headers, rows, right=(1, 2, 3, 4, 5))]


def _cost_row(consumer: ConsumerInfo, name: str) -> tuple[str, ...]:
    return (
        name,
        count_text(consumer.count),
        size_text(consumer.bytes_per_cpu),
        size_text(consumer.bytes_total),
        percent_text(consumer.share),
        size_text(consumer.rounding_bytes),
    )


def _memory(report: Report) -> list[str]:
    rows = words.memory_rows(report)
    return [f"Memory with every consumer at its count ({report.percpu.basis})", *_grid((), rows)]


def _chunks(report: Report) -> list[str]:
    lines = chunk_map(report)
    return ["Chunks, one unit each", *lines] if lines else []


def _limits(report: Report) -> list[str]:
    if not report.limits:
        return []
    rows = [(clean(limit.what or limit.name), *words.limit_cells(limit), limit.basis) for limit in report.limits]
    return ["Limits", *_grid(("limit", "used", "of", "share", "rests on"), rows, right=(1, 2, 3))]


def _advice(report: Report) -> list[str]:
    if not report.advice:
        return []
    lines = ["What could be changed, each tried on the model (modelled)"]
    for advice in report.advice:
        who = f" of {clean(advice.consumer)}" if advice.consumer else ""
        lines += _wrapped(f"{clean(advice.change)}: {words.advice_gain(advice)}{who}", _INDENT)
        if advice.paste:
            lines.append(f"{_INDENT * 3}{clean(advice.paste)}")
    return lines + _wrapped(words.advice_note(report), _INDENT)


def _gates(report: Report) -> list[str]:
    lines = [f"Gates: {words.tally_text(report.gates)}"]
    for gate in words.gates_by_outcome(report.gates):
        place = words.gate_place(gate)
        lines.append(f"{_INDENT}{words.MARKS[outcome(gate)]:6} {words.gate_text(gate)}{f'  {place}' if place else ''}")
        note = words.gate_note(gate)
        if note:
            lines += _wrapped(note, " " * 9)
    return lines


def _assumptions(report: Report) -> list[str]:
    if not report.assumptions:
        return []
    lines = ["What the answer rests on"]
    for one in report.assumptions:
        source = f", {clean(one.source)}" if one.source else ""
        lines += _wrapped(f"{clean(one.what)}: {clean(one.value)} ({one.basis}{source})", _INDENT)
    return lines


def _variants(report: Report) -> list[str]:
    """Show what-ifs beside the base: a column each."""
    if not report.variants:
        return []
    all_reports = [report, *(variant.report for variant in report.variants)]
    lines = ["What if"]
    for number, variant in enumerate(report.variants, 1):
        sets = ", ".join(f"{clean(key)} = {clean(value)}" for key, value in variant.sets)
        lines += _wrapped(f"[{number}] {sets}", _INDENT)
    rows = [
        ("Percpu in /proc/meminfo", *(size_text(one.percpu.meminfo_bytes) for one in all_reports)),
        ("unit", *(size_text(one.first_chunk.unit_size) for one in all_reports)),
    ]
    for name in dict.fromkeys(consumer.name for one in all_reports for consumer in one.consumers):
        found = [next((c for c in one.consumers if c.name == name), None) for one in all_reports]
        rows.append((f"{clean(name)}: fits", *(words.fits_text(c) if c else "-" for c in found)))
        rows.append((f"{clean(name)}: more", *(words.more_text(c) if c else "-" for c in found)))
    headers = ("", "base", *(f"[{number}]" for number in range(1, len(all_reports))))
    return lines + _grid(headers, rows, right=tuple(range(1, len(headers))))


def _summary(reports: Iterable[Report], problems: Sequence[Problem]) -> list[str]:
    rows = [(_cut_start(profile, 60), *more) for profile, *more in map(words.summary_row, reports)]
    lines = [f"{plural(len(rows), 'profile')}, worst first" if rows else "nothing was evaluated"]
    if rows:
        lines += _grid(words.SUMMARY_HEADERS, rows, right=(3, 4), least=60)
    for problem in problems:
        lines += _labelled("not evaluated", f"{clean(problem.profile)}: {clean(problem.message)}")
    return lines


def _grid(
    headers: Sequence[str], rows: Sequence[Sequence[str]], right: tuple[int, ...] = (), least: int = 20
) -> list[str]:
    """Lay out cells in columns; the first one is cut to what 80 columns leave it, but never below ``least``."""
    head = [tuple(headers)] if headers else []
    widths = [max(map(len, column)) for column in zip(*head, *rows, strict=True)]
    widths[0] = min(widths[0], max(WIDTH - len(_INDENT) - sum(width + 2 for width in widths[1:]), least))
    rule = [tuple("-" * width for width in widths)] if headers else []
    table = [*head, *rule, *((_cut(row[0], widths[0]), *row[1:]) for row in rows)]
    align = tuple("right" if index in right else "left" for index in range(len(widths)))
    text = tabulate(table, tablefmt="plain", colalign=align, disable_numparse=True)
    return [f"{_INDENT}{line}".rstrip() for line in text.splitlines()]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 2] + ".."


def _cut_start(text: str, width: int) -> str:
    """Keep the end of a path, which tells files apart."""
    return text if len(text) <= width else ".." + text[2 - width :]


def _labelled(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{_INDENT}{label:13} ",
        subsequent_indent=" " * 16,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}{_INDENT}" if indent else "",
        break_on_hyphens=False,
        break_long_words=False,
    )


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``table``."""
    yield FormatRecord(name="table", summary="text for people, 80 columns", render=render_table)
