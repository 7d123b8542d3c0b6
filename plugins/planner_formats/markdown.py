"""Markdown for a pull-request comment: what failed first, details folded, cut to what GitHub takes.

The hidden tag in the first line lets a workflow find its earlier comment and replace it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from planner.plugin import Document, FormatRecord, Report, hookimpl
from planner.report.outcome import Outcome, outcome, worst_first
from planner.report.text import clean, count_text, percent_text, plural, size_text
from planner_formats import words
from planner_formats.picture import chunk_map

TAG: Final = "<!-- planner-report -->"
LIMIT: Final = 65_000
"""Characters; GitHub refuses a comment above 65,536."""

_ESCAPES: Final = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_[]#|~"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}  # "@" too: a profile from a fork must not call people
)

_FOLD: Final = "<details>"
_FOLD_END: Final = "</details>"
_FENCE: Final = "~~~"
_TAIL: Final = 200
"""Characters kept for closing what is open and for telling the cut."""


def render_markdown(document: Document) -> str:
    """Return the comment: a table of many profiles, worst first, then each one's verdict, gates and folded details."""
    reports = worst_first(document.reports)
    blocks = [TAG]
    if len(reports) + len(document.problems) != 1:
        blocks.append(_summary(reports))
    blocks.extend(f"**Not evaluated:** {_text(one.profile)}: {_text(one.message)}" for one in document.problems)
    for report in reports:
        blocks.extend(_report(report, document.command))
    return _cut(blocks)


def _report(report: Report, command: str) -> list[str]:
    verdict = report.verdict
    blocks = [f"### {_text(report.system.name)}", f"{_text(report.profile)}: {_text(words.system_text(report))}"]
    blocks.append(f"**{_text(verdict.headline)}**")
    if verdict.breaks_first is not None:
        blocks.append(f"Breaks first: **{_text(verdict.breaks_first)}**, {_text(verdict.reason)}")
        blocks += _code(verdict.kernel_log)
    if verdict.best_change:
        blocks.append(f"Best change: {_text(verdict.best_change)}")
    blocks.extend(f"> **Warning:** {_text(warning)}" for warning in report.warnings)
    if report.gates or command == "check":
        blocks.append(_gates(report))
    blocks += _variants(report)
    if command == "report":
        blocks += _details(report)
    return blocks


def _gates(report: Report) -> str:
    rows = []
    for gate in words.gates_by_outcome(report.gates):
        result = outcome(gate)
        mark = words.MARKS[result] if result in {Outcome.PASSED, Outcome.OFF} else f"**{words.MARKS[result]}**"
        found = " ".join(filter(None, (gate.found, f"(margin {gate.margin})" if gate.margin else "")))
        rows.append(
            (mark, *map(_text, (gate.name, gate.expected, found, words.gate_place(gate), words.gate_note(gate))))
        )
    head = f"Gates: {words.tally_text(report.gates)}"
    return f"{head}\n\n{_table(('', 'gate', 'expected', 'found', 'at', 'note'), rows)}" if rows else head


def _details(report: Report) -> list[str]:
    return [
        *_fold("How many fit, and what it costs", [_consumers(report), *_notes(report)] if report.consumers else []),
        *_fold("Together and over time", [_text(sentence) for sentence in words.dynamics(report)]),
        *_fold("First chunk", [*_code(report.first_chunk.boot_log), _text(words.first_chunk_text(report))]),
        *_fold("Memory", [_table(("what", "how much"), words.memory_rows(report))]),
        *_fold("Chunks", _code(chunk_map(report))),
        *_fold("Limits", [_limits(report)] if report.limits else []),
        *_fold("What could be changed", [_advice(report)] if report.advice else []),
        *_fold("What the answer rests on", [_assumptions(report)] if report.assumptions else []),
    ]


def _consumers(report: Report) -> str:
    headers = ("consumer", "count", "fits in all", "more", "ends at", "per CPU", "in all", "share", "rests on")
    rows = [
        (
            _text(words.consumer_text(one)),
            count_text(one.count),
            words.fits_text(one),
            words.more_text(one),
            _text(words.stop_text(one)),
            size_text(one.bytes_per_cpu),
            size_text(one.bytes_total),
            percent_text(one.share),
            one.basis,
        )
        for one in words.by_cost(report.consumers)
    ]
    return _table(headers, rows, right=(1, 2, 3, 5, 6, 7))


def _notes(report: Report) -> list[str]:
    """Return the kernel's lines and what ranges depend on, as a list."""
    notes = [f"- {_text(whose)}: {what} {_text(text)}" for whose, what, text in words.fit_notes(report)]
    return ["\n".join(notes)] if notes else []


def _limits(report: Report) -> str:
    rows = [(_text(one.what or one.name), *map(_text, words.limit_cells(one)), one.basis) for one in report.limits]
    return _table(("limit", "used", "of", "share", "rests on"), rows, right=(1, 2, 3))


def _advice(report: Report) -> str:
    rows = [
        (_text(one.change), _text(one.consumer), _text(words.advice_gain(one)), _inline(one.paste))
        for one in report.advice
    ]
    note = words.advice_note(report)
    return _table(("change", "consumer", "fits", "to paste"), rows) + (f"\n\n{note}" if note else "")


def _assumptions(report: Report) -> str:
    rows = [(_text(one.what), _text(one.value), one.basis, _text(one.source)) for one in report.assumptions]
    return _table(("what", "value", "rests on", "source"), rows)


def _variants(report: Report) -> list[str]:
    if not report.variants:
        return []
    headers = ("", *(_text(one.name) for one in report.consumers), "Percpu")
    rows = [_variant_row("base", report, report)]
    for variant in report.variants:
        label = ", ".join(f"{key} = {value}" for key, value in variant.sets)
        rows.append(_variant_row(_text(label), variant.report, report))
    return [f"What if (how many fit in all)\n\n{_table(headers, rows, right=tuple(range(1, len(headers))))}"]


def _variant_row(label: str, report: Report, base: Report) -> tuple[str, ...]:
    fits = {one.name: words.fits_text(one) for one in report.consumers}
    return label, *(fits.get(one.name, "-") for one in base.consumers), size_text(report.percpu.meminfo_bytes)


def _summary(reports: Sequence[Report]) -> str:
    if not reports:
        return "Nothing was evaluated."
    rows = [tuple(map(_text, words.summary_row(report))) for report in reports]
    return f"{plural(len(rows), 'profile')}, worst first\n\n{_table(words.SUMMARY_HEADERS, rows, right=(3, 4))}"


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]], right: tuple[int, ...] = ()) -> str:
    rule = ("---:" if index in right else "---" for index in range(len(headers)))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headers, tuple(rule), *rows))


def _fold(title: str, blocks: Sequence[str]) -> list[str]:
    return [f"{_FOLD}<summary>{title}</summary>", *blocks, _FOLD_END] if blocks else []


def _code(lines: Sequence[str]) -> list[str]:
    """Return lines as they stand in a fence, which none of them can close: those that could are indented by four spaces."""
    if not lines:
        return []
    shown = (f"    {clean(line)}" if line.lstrip().startswith(_FENCE) else clean(line) for line in lines)
    return ["\n".join([_FENCE, *shown, _FENCE])]


def _inline(text: str) -> str:
    return f"<code>{_text(text)}</code>" if text else ""


def _text(text: str) -> str:
    """Return words that Markdown and HTML show and do not act upon."""
    return clean(text).translate(_ESCAPES)


def _cut(blocks: Sequence[str]) -> str:
    """Join blocks up to the limit; what is open where they are cut is closed, and the cut is told."""
    text = "\n\n".join(blocks) + "\n"
    if len(text) <= LIMIT:
        return text
    lines = text.splitlines()
    kept: list[str] = []
    size, fenced, folded = 0, False, False
    for line in lines:
        size += len(line) + 1
        if size > LIMIT - _TAIL:
            break
        kept.append(line)
        fenced ^= line == _FENCE
        folded = line.startswith(_FOLD) or (folded and line != _FOLD_END)
    left = plural(len(lines) - len(kept), "line")
    kept += ([_FENCE] if fenced else []) + (["", _FOLD_END] if folded else [])
    return (
        "\n".join([*kept, "", f"_Cut at {count_text(LIMIT)} characters: {left} left out; `-f json` has all._"]) + "\n"
    )


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``markdown``."""
    yield FormatRecord(
        name="markdown",
        summary="a pull-request comment, at most 65,000 characters",
        render=render_markdown,
        suffix=".md",
    )
