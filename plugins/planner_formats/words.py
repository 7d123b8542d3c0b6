"""Words that the text and Markdown reports share, so that both say the same."""

from collections.abc import Iterable

from planner.report.model import (
    AdviceInfo,
    BurstInfo,
    ChurnInfo,
    CompetitionInfo,
    ConsumerInfo,
    GateInfo,
    Limit,
    Report,
    ScaleInfo,
)
from planner.report.outcome import Outcome, headroom, outcome, tally, tightest
from planner.report.text import (
    clean,
    count_text,
    duration_text,
    free_text,
    percent_text,
    plural,
    size_text,
    times_text,
)

MARKS = {
    Outcome.UNJUDGED: "????",
    Outcome.FAILED: "FAIL",
    Outcome.WARNED: "WARN",
    Outcome.WAIVED: "WAIVED",
    Outcome.PASSED: "PASS",
    Outcome.OFF: "OFF",
}


def range_text(exact: int | None, bounds: tuple[int | None, int | None] | None) -> str:
    """Return a count, or the range it lies in; ``no limit`` where nothing stops it."""
    if bounds is None or bounds[0] == bounds[1] == exact:
        return "no limit" if exact is None else count_text(exact)
    low, high = bounds
    if low is None:
        return f"up to {count_text(high)}" if high is not None else "unknown"
    return f"{count_text(low)}+" if high is None else f"{count_text(low)}..{count_text(high)}"


def fits_text(consumer: ConsumerInfo) -> str:
    """Return how many can exist in all."""
    return range_text(consumer.fits, consumer.fits_range)


def more_text(consumer: ConsumerInfo) -> str:
    """Return how many more fit."""
    bounds = consumer.fits_range
    if bounds is not None:
        low, high = bounds
        bounds = (None if low is None else low - consumer.count, None if high is None else high - consumer.count)
    return range_text(consumer.more, bounds)


def stop_text(consumer: ConsumerInfo) -> str:
    """Return the limit that ends a consumer."""
    return clean(consumer.stops.limit) if consumer.stops else "-"


def consumer_text(consumer: ConsumerInfo) -> str:
    """Return a consumer's name, with its kind where that says more."""
    name, kind = clean(consumer.name), clean(consumer.kind)
    return name if name == kind or not kind else f"{name} ({kind})"


def by_cost(consumers: Iterable[ConsumerInfo]) -> list[ConsumerInfo]:
    """Sort consumers by what they cost in all, dearest first; equal ones stay in the profile's order."""
    return sorted(consumers, key=lambda one: -one.bytes_total)


KERNEL_SAYS = "then the kernel says"


def fit_notes(report: Report) -> list[tuple[str, str, str]]:
    """Return the kernel's lines and what ranges depend on as (whose, what, text), each once for all that share it.

    These are consumers, the mix of them and their growth.
    """
    names = [clean(one.name, 60) for one in report.consumers]
    lines: dict[str, list[str]] = {}
    for name, one in zip(names, report.consumers, strict=True):
        for line in one.stops.kernel_log if one.stops else ():
            lines.setdefault(clean(line), []).append(name)
    ranged = [(name, one.depends_on) for name, one in zip(names, report.consumers, strict=True)]
    ranged += [("the mix", report.scale.depends_on)] if report.scale is not None else []
    ranged += [("growth", report.competition.depends_on)] if report.competition is not None else []
    shared: dict[str, list[str]] = {}
    for name, depends_on in ranged:
        for what in depends_on:
            shared.setdefault(clean(what), []).append(name)
    found = [(_names(whose, len(names)), KERNEL_SAYS, line) for line, whose in lines.items()]
    return found + [(_names(whose, len(ranged)), "the range depends on", what) for what, whose in shared.items()]


def _names(names: list[str], every: int) -> str:
    if len(names) == every > 1:
        return "all"
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def system_text(report: Report) -> str:
    """Return the system in one line."""
    system = report.system
    words = [f"{clean(system.arch)} {system.bits}-bit", f"Linux {clean(system.kernel)}"]
    possible = f"{plural(system.cpus_possible, 'CPU')} possible"
    words.append(possible if system.cpus_online is None else f"{possible}, {count_text(system.cpus_online)} online")
    words.append(plural(system.nodes, "node"))
    if system.ram is not None:
        words.append(f"{size_text(system.ram)} RAM")
    return ", ".join(words)


def first_chunk_text(report: Report) -> str:
    """Return the first chunk in one sentence."""
    first = report.first_chunk
    return (
        f"{clean(first.mode)}: {plural(first.units, 'unit')} of {size_text(first.unit_size)} in "
        f"{plural(first.groups, 'group')}; static {size_text(first.static)}, reserved {size_text(first.reserved)}, "
        f"dynamic {size_text(first.dynamic)}; atom {size_text(first.atom_size)}, "
        f"allocated {size_text(first.alloc_size)} a group"
    )


def memory_rows(report: Report) -> list[tuple[str, str]]:
    """Return what the allocator takes with every consumer at its count; losses only where there are any."""
    percpu = report.percpu
    rows = [
        (
            "Percpu in /proc/meminfo",
            f"{size_text(percpu.meminfo_bytes)} ({count_text(percpu.meminfo_bytes // 1024)} kB)",
        ),
        ("chunks", f"{count_text(percpu.chunks)}, {plural(percpu.populated_pages, 'page')} populated in each unit"),
        ("address space of chunks", size_text(percpu.address_bytes)),
        ("chunks' own bookkeeping", size_text(percpu.metadata_bytes)),
    ]
    lost = [
        ("page tables", percpu.page_table_bytes),
        ("units that no CPU uses", percpu.wasted_units_bytes),
        ("CPUs possible but not online", percpu.offline_bytes or 0),
    ]
    rows.extend((what, size_text(size)) for what, size in lost if size)
    free = f"{size_text(percpu.free_populated_bytes)} a CPU, {plural(percpu.empty_populated_pages, 'page')} of it empty"
    rows.append(("free in populated pages", free))
    if len(percpu.per_node) > 1:
        rows.extend((f"on node {node}", size_text(size)) for node, size in percpu.per_node)
    return rows


def limit_cells(limit: Limit) -> tuple[str, str, str]:
    """Return use, total and share of a limit."""
    share = percent_text(limit.used / limit.total) if limit.used is not None and limit.total else ""
    return _quantity(limit.used, limit.unit), _quantity(limit.total, limit.unit), share


def _quantity(number: int | None, unit: str) -> str:
    if number is None:
        return "?"
    return size_text(number) if unit == "bytes" else f"{count_text(number)} {clean(unit)}"


def advice_gain(advice: AdviceInfo) -> str:
    """Return what a change buys: ``198,634 -> 471,848 (+273,214)``, or from which range to which."""
    after = range_text(advice.fits_after, advice.fits_after_range)
    if advice.fits_before is None:
        return after
    ranged = advice.fits_before_range is not None or advice.fits_after_range is not None
    gain = "" if ranged or advice.fits_after is None else f" ({advice.fits_after - advice.fits_before:+,})"
    return f"{range_text(advice.fits_before, advice.fits_before_range)} -> {after}{gain}"


def advice_note(report: Report) -> str:
    """Say what the counts beside a range mean; empty where all are exact."""
    ranged = any(one.fits_before_range is not None or one.fits_after_range is not None for one in report.advice)
    return (
        "Counts without a range take what is not known as assumed below." if ranged and len(report.advice) > 1 else ""
    )


def dynamics(report: Report) -> list[str]:
    """Return all sentences on consumers together and in motion, and on how sure the answers are."""
    return together(report) + uncertainty(report)


def together(report: Report) -> list[str]:
    """Return a sentence for each question about many consumers at once, or about a consumer in motion, that was answered."""
    found = []
    if report.scale is not None:
        found.append(_scale(report.scale))
    if report.competition is not None:
        found.append(_competition(report.competition))
    found += map(_burst, report.bursts)
    found += map(_churn, report.churns)
    return found


def _scale(scale: ScaleInfo) -> str:
    told = f"The declared mix fits {times_text(scale.factor)} times in its proportions"
    if scale.factor_range is None:
        return f"{told}."
    return f"{told} ({_between(*(None if bound is None else times_text(bound) for bound in scale.factor_range))})."


def _competition(growth: CompetitionInfo) -> str:
    ends = {name: (low, high) for name, low, high in growth.counts_range}
    counts = ", ".join(f"{_counted(number, ends.get(name))} of {clean(name)}" for name, number in growth.counts)
    when = duration_text(growth.seconds)
    if growth.seconds_range is not None:
        when += f" ({_between(*(None if bound is None else duration_text(bound) for bound in growth.seconds_range))})"
    return f"Growing as declared, {clean(growth.first)} is the first to fail, after {when}, with {counts}."


def _counted(number: int, bounds: tuple[int | None, int | None] | None) -> str:
    if bounds is None or bounds == (number, number):
        return count_text(number)
    return f"{count_text(number)} ({_between(*(None if bound is None else count_text(bound) for bound in bounds))})"


def _between(low: str | None, high: str | None) -> str:
    """Return a range in words, either end of which may be open; ends that read alike are one."""
    if low == high is not None:
        return f"about {high}"
    if low is None:
        return "unknown" if high is None else f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def uncertainty(report: Report) -> list[str]:
    """Return what the draws of uncertain numbers say: percentiles of what fits, risks of gates, the inputs that move most."""
    told = report.uncertainty
    if told is None:
        return []
    if not told.samples:
        return ["No number of the profile is uncertain: write { low, mid, high } or { p10, p50, p90 } for one."]
    found = []
    rooms = {spread.consumer: spread for spread in told.headroom}
    for spread in told.fits:
        figures = [quantile(value) for value in (spread.p5, spread.p50, spread.p95)]
        room = rooms.get(spread.consumer)
        free = (
            f", {' / '.join(quantile(one, share=True) for one in (room.p5, room.p50, room.p95))} free" if room else ""
        )
        moved = [effect for effect in told.effects if effect.consumer == spread.consumer][:3]
        by = ", ".join(f"{clean(one.key)} ({one.rank_correlation:+.2f})" for one in moved)
        found.append(
            f"{clean(spread.consumer)}: {' / '.join(figures)} fit{free} (percentiles 5 / 50 / 95 of {plural(told.samples, 'sample')}, "
            f"seed {told.seed}){f'; moved by {by}' if by else ''}."
        )
    return found + risks(report)


def risks(report: Report) -> list[str]:
    """Return in how many of the draws gates fail, and how many draws gave nothing."""
    told = report.uncertainty
    if told is None:
        return []
    found = [f"Gate {clean(risk.gate)} fails in {percent_text(risk.fails)} of the samples." for risk in told.gates]
    if told.failed:
        found.append(f"{plural(told.failed, 'sample')} more could not be evaluated.")
    return found


def quantile(value: float | None, *, share: bool = False) -> str:
    """Return a percentile of instances, or of a ``share`` of what fits."""
    if value is None:
        return "no limit"
    return percent_text(value) if share else count_text(round(value))


def _burst(burst: BurstInfo) -> str:
    kind = "atomic requests" if burst.atomic else "requests that may sleep"
    told = f"{clean(burst.consumer)}: {count_text(burst.count)} at once within {burst.within:g} s ({kind})"
    if burst.stops is None:
        return f"{told} survive; the largest burst that does is {count_text(burst.largest)}."
    line = f" ({clean(burst.stops.kernel_log[0])})" if burst.stops.kernel_log else ""
    return f"{told}: only {count_text(burst.made)} are made{line}. {' '.join(clean(f'{one}.') for one in burst.raises)}".rstrip()


def _churn(churn: ChurnInfo) -> str:
    peak, after = (" / ".join(map(size_text, sizes)) for sizes in (churn.peak_bytes, churn.after_bytes))
    free = " / ".join(map(percent_text, churn.fragmentation))
    return (
        f"{clean(churn.consumer)}: {plural(churn.cycles, 'rise')} to {count_text(churn.peak)} and back leave Percpu at {after} "
        f"(least / median / most of {plural(churn.seeds, 'run')}) after a peak of {peak}; {free} of that is free."
    )


def gate_text(gate: GateInfo) -> str:
    """Return a gate's verdict in one line, the mark left out."""
    margin = f" (margin {clean(gate.margin)})" if gate.margin else ""
    return f"{clean(gate.name)}: expected {clean(gate.expected)}, found {clean(gate.found)}{margin}"


def gate_place(gate: GateInfo) -> str:
    """Return ``file:line`` of the limit."""
    return clean(gate.file) if gate.line is None else f"{clean(gate.file)}:{gate.line}"


def gate_note(gate: GateInfo) -> str:
    """Return what to do about a gate that did not pass, or why that is excused."""
    result = outcome(gate)
    if result is Outcome.WAIVED:
        return f"waived: {clean(gate.waived or '')}"
    return clean(gate.remedy) if result in {Outcome.FAILED, Outcome.WARNED, Outcome.UNJUDGED} else ""


def tally_text(gates: Iterable[GateInfo]) -> str:
    """Return ``3 passed, 1 failed``."""
    return ", ".join(f"{count_text(number)} {kind.value}" for kind, number in tally(gates).items()) or "none"


def gates_by_outcome(gates: Iterable[GateInfo]) -> list[GateInfo]:
    """Sort gates: what did not pass first, in the order of :class:`Outcome`."""
    order = list(Outcome)
    return sorted(gates, key=lambda gate: order.index(outcome(gate)))


def one_basis(bases: Iterable[str]) -> str:
    """Return what a group of figures rests on, in one word where it is one."""
    return ", ".join(dict.fromkeys(bases)) or "modelled"


def summary_row(report: Report) -> tuple[str, str, str, str, str, str]:
    """Return a report as a row of the table of many: profile, gates, what breaks first, free share, more, limit."""
    consumer = tightest(report)
    share = headroom(consumer) if consumer is not None else None
    return (
        clean(report.profile),
        _worst_text(report.gates),
        clean(consumer.name) if consumer else "nothing",
        free_text(None if share is None else float(share)),
        more_text(consumer) if consumer else "no limit",
        stop_text(consumer) if consumer else "",
    )


def _worst_text(gates: Iterable[GateInfo]) -> str:
    """Return what is worst among gates: ``1 failed of 6``."""
    counts = tally(gates)
    if not counts:
        return "none"
    worst = min(counts, key=list(Outcome).index)
    return f"{counts[worst]} {worst.value} of {sum(counts.values())}"


SUMMARY_HEADERS = ("profile", "gates", "tightest", "free", "more", "limit")
