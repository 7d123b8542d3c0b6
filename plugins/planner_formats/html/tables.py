"""The tables of a page: headers, rows, and which columns are figures. All words are made printable here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from planner.plugin import Report
from planner.report.model import ConsumerInfo, SpreadInfo
from planner.report.outcome import Outcome, headroom, outcome, tally, tightest
from planner.report.text import clean, count_text, percent_text, plural, size_text
from planner_formats import words

_MAXIMUM_COLUMNS: Final = 8
"""Consumers beside each other in the table of what-ifs."""


@dataclass(frozen=True, slots=True)
class Table:
    """``right`` holds the columns of figures; ``marks`` a class for each row, if any. The first column heads its row."""

    caption: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: tuple[int, ...] = ()
    marks: tuple[str, ...] = ()


_CLASSES: Final = {
    Outcome.UNJUDGED: "bad",
    Outcome.FAILED: "bad",
    Outcome.WARNED: "warn",
    Outcome.WAIVED: "warn",
    Outcome.PASSED: "good",
    Outcome.OFF: "off",
}


def badges(report: Report) -> list[tuple[str, str]]:
    """Return (class, words) of what the gates came to; without gates there is none."""
    return [(_CLASSES[kind], plural(number, "gate") + f" {kind.value}") for kind, number in tally(report.gates).items()]


def tiles(report: Report) -> list[tuple[str, str, str]]:
    """Return the figures that stand beside the verdict: (what, figure, note)."""
    percpu, first = report.percpu, report.first_chunk
    found = []
    consumer = tightest(report)
    share = headroom(consumer) if consumer is not None else None
    if consumer is not None and share is not None:
        found.append(("Least headroom", percent_text(float(share)), f"{clean(consumer.name, 40)}, {consumer.basis}"))
    found += [
        ("Percpu in /proc/meminfo", size_text(percpu.meminfo_bytes), percpu.basis),
        ("Chunks", count_text(percpu.chunks), percpu.basis),
        ("One unit", size_text(first.unit_size), f"{clean(first.mode, 20)}, {first.basis}"),
        ("Units", count_text(first.units), f"{plural(report.system.cpus_possible, 'possible CPU')}"),
    ]
    return found


def summary(reports: Sequence[Report]) -> Table:
    """Return a row a profile."""
    return Table("Profiles, worst first", words.SUMMARY_HEADERS, [words.summary_row(one) for one in reports], (3, 4))


def gates(report: Report) -> Table | None:
    """Return what became of each gate, worst first."""
    ranked = words.gates_by_outcome(report.gates)
    rows = [
        (
            clean(one.name),
            outcome(one).value,
            clean(one.expected),
            clean(one.found),
            clean(one.margin),
            words.gate_note(one),
            words.gate_place(one),
        )
        for one in ranked
    ]
    marks = tuple(_CLASSES[outcome(one)] for one in ranked)
    headers = ("gate", "outcome", "expected", "found", "margin", "what to do", "place")
    return _table(f"Gates: {words.tally_text(report.gates)}", headers, rows, (), marks)


def fit(report: Report) -> Table | None:
    """Return how many of each consumer fit, and what ends it."""
    rows = [
        (
            words.consumer_text(one),
            count_text(one.count),
            words.fits_text(one),
            words.more_text(one),
            words.stop_text(one),
            one.basis,
        )
        for one in report.consumers
    ]
    headers = ("consumer", "count", "fits in all", "more", "ends at", "rests on")
    return _table("How many fit, all others at their declared count", headers, rows, (1, 2, 3))


def uncertainty(report: Report) -> Table | None:
    """Return what the draws of uncertain numbers say of each consumer."""
    told = report.uncertainty
    if told is None:
        return None
    rooms = {one.consumer: one for one in told.headroom}
    rows = []
    for fits in told.fits:
        room = rooms.get(fits.consumer)
        moved = [one for one in told.effects if one.consumer == fits.consumer][:3]
        rows.append(
            (
                clean(fits.consumer),
                *(words.quantile(one) for one in (fits.p5, fits.p50, fits.p95)),
                *(words.quantile(one, share=True) if room else "" for one in _three(room)),
                ", ".join(f"{clean(one.key)} ({one.rank_correlation:+.2f})" for one in moved),
            )
        )
    headers = ("consumer", "fits: 5 %", "50 %", "95 %", "free: 5 %", "50 %", "95 %", "moved most by (rank correlation)")
    samples = f"Percentiles of {plural(told.samples, 'sample')}, seed {told.seed} (modelled)"
    return _table(samples, headers, rows, tuple(range(1, 7)))


def _three(spread: SpreadInfo | None) -> tuple[float | None, float | None, float | None]:
    return (spread.p5, spread.p50, spread.p95) if spread is not None else (None, None, None)


def chunks(report: Report) -> Table | None:
    """Return who holds how much of each chunk that the map shows."""
    rows = []
    for one in report.chunks:
        held = "; ".join(
            f"{'the kernel itself, or not told' if name == 'used' else clean(name, 60)} {size_text(size)}"
            for name, size in one.held
        )
        populated = f"{count_text(one.populated_pages)} of {count_text(one.pages)}"
        rows.append((clean(one.label) or f"chunk {one.index}", populated, size_text(one.free_bytes), held))
    return _table("What is in the chunks: bytes of a unit", ("chunk", "pages there", "free", "in use by"), rows, (1, 2))


def cost(report: Report) -> Table | None:
    """Return consumers by what they cost in all, parts of a composite below it."""
    rows = []
    for consumer in words.by_cost(report.consumers):
        rows.append(_cost_row(consumer, words.consumer_text(consumer)))
        rows.extend(_cost_row(part, f"+ {clean(part.name)}") for part in words.by_cost(consumer.parts))
    headers = ("consumer", "count", "bytes a CPU", "in all", "share", "rounding a CPU", "kernel memory", "rests on")
    return _table("Consumers by cost", headers, rows, (1, 2, 3, 4, 5, 6))


def _cost_row(consumer: ConsumerInfo, name: str) -> tuple[str, ...]:
    return (
        name,
        count_text(consumer.count),
        size_text(consumer.bytes_per_cpu),
        size_text(consumer.bytes_total),
        percent_text(consumer.share),
        size_text(consumer.rounding_bytes),
        size_text(consumer.kernel_memory_bytes),
        consumer.basis,
    )


def memory(report: Report) -> Table | None:
    """Return what the allocator takes."""
    rows = [(what, text) for what, text in words.memory_rows(report)]
    return _table(f"Memory with every consumer at its count ({report.percpu.basis})", ("what", "size"), rows)


def limits(report: Report) -> Table | None:
    """Return the limits of the system and their sources."""
    rows = [
        (clean(one.what or one.name), *words.limit_cells(one), one.basis, clean(one.source)) for one in report.limits
    ]
    return _table("Limits", ("limit", "used", "of", "share", "rests on", "source"), rows, (1, 2, 3))


def advice(report: Report) -> Table | None:
    """Return changes and what each buys."""
    rows = [(clean(one.change), clean(one.consumer), words.advice_gain(one), clean(one.paste)) for one in report.advice]
    return _table("Changes, each tried on the model", ("change", "consumer", "fits", "to paste"), rows)


def assumptions(report: Report) -> Table | None:
    """Return what the answer rests on."""
    rows = [(clean(one.what), clean(one.value), one.basis, clean(one.source)) for one in report.assumptions]
    return _table("Figures that the answer rests on", ("what", "value", "rests on", "source"), rows)


def variants(report: Report) -> Table | None:
    """Return what-ifs below the base: how many of each consumer fit in all."""
    if not report.variants:
        return None
    shown = report.consumers[:_MAXIMUM_COLUMNS]
    rows = [_variant_row("as it stands", report, shown)]
    for one in report.variants:
        label = ", ".join(f"{clean(key)} = {clean(value)}" for key, value in one.sets)
        rows.append(_variant_row(label, one.report, shown))
    headers = ("change", *(f"{clean(one.name)}: fits" for one in shown), "Percpu", "chunks")
    return _table("What if (how many fit in all)", headers, rows, tuple(range(1, len(headers))))


def _variant_row(label: str, report: Report, shown: Iterable[ConsumerInfo]) -> tuple[str, ...]:
    fits = {one.name: words.fits_text(one) for one in report.consumers}
    percpu = report.percpu
    found = (fits.get(one.name, "-") for one in shown)
    return label, *found, size_text(percpu.meminfo_bytes), count_text(percpu.chunks)


def _table(
    caption: str,
    headers: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    right: tuple[int, ...] = (),
    marks: tuple[str, ...] = (),
) -> Table | None:
    """Return a table without the columns in which no row says anything; none without rows."""
    if not rows:
        return None
    kept = [index for index in range(len(headers)) if index == 0 or any(row[index] for row in rows)]
    return Table(
        caption,
        tuple(headers[index] for index in kept),
        [tuple(row[index] for index in kept) for row in rows],
        tuple(place for place, index in enumerate(kept) if index in right),
        marks,
    )
