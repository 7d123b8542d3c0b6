"""What a trace shows, as text and as data."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from planner.observe.explain.knowledge_allocator import ATOMIC, NEW_CHUNK, POPULATE, RESERVED
from planner.observe.parsers.trace import TraceReader
from planner.observe.replay.ledger import Failure, Ledger, Moment, Site
from planner.observe.replay.simulate import Divergence, Outcome
from planner.report.text import clean, count_text, size_text

SCHEMA_VERSION: Final = 1
_SHOWN: Final = 25
_SITES: Final = 3
_BARS: Final = " .:-=+*#%@"
_COLUMNS: Final = 60


def render_text(
    ledger: Ledger,
    reader: TraceReader,
    *,
    cpus: int | None,
    check: Outcome | None = None,
    variants: tuple[tuple[str, Outcome], ...] = (),
) -> str:
    """Return the whole answer, ending in a newline.

    ``cpus``: possible CPUs; ``check``: the model beside the trace; ``variants``: what-ifs by name.
    """
    lines = [*_summary(ledger, reader), "", *_consumers(ledger, cpus)]
    if ledger.moments:
        lines += ["", *_timeline(ledger.moments)]
    if ledger.failed:
        lines += ["", *_failures(ledger)]
    if check is not None:
        lines += ["", *_check(check)]
    if variants:
        lines += ["", *_variants(variants)]
    return "\n".join(lines) + "\n"


def _summary(ledger: Ledger, reader: TraceReader) -> Iterator[str]:
    span = ledger.last_time - (ledger.first_time or 0.0)
    yield (
        f"{count_text(reader.events)} events: {count_text(ledger.allocs)} allocations, "
        f"{count_text(ledger.frees)} frees, "
        f"{count_text(ledger.failed)} failures, {ledger.created} chunks made, {ledger.destroyed} destroyed, "
        f"over {span:g} (seconds, or the trace's clock)"
    )
    if reader.lost:
        yield (
            f"{count_text(reader.lost)} events were lost: what is outstanding is a guess (larger buffer: planner "
            f"record --buffer)"
        )
    if reader.broken:
        yield f"{count_text(reader.broken)} lines could not be read"
    if ledger.freed_from_before:
        yield f"{count_text(ledger.freed_from_before)} frees are of objects from before the trace"
    yield (
        f"outstanding at the end: {size_text(ledger.live_bytes)} on each CPU, at most "
        f"{size_text(ledger.peak_bytes)}, of what this trace saw allocated"
    )


def _consumers(ledger: Ledger, cpus: int | None) -> Iterator[str]:
    head = f"{'outstanding':>12} {'each CPU':>10} {'all CPUs':>10} {'allocated':>10} {'freed':>10}  who"
    yield head
    found = ledger.by_consumer()
    for total in found[:_SHOWN]:
        every = size_text(total.live_bytes * cpus) if cpus else size_text(total.charged) if total.charged else "?"
        kind = f" [{total.kind}]" if total.kind else ""
        yield (
            f"{count_text(total.live):>12} {size_text(total.live_bytes):>10} {every:>10} "
            f"{count_text(total.allocs):>10} "
            f"{count_text(total.frees):>10}  {clean(total.name, 80)}{kind}"
        )
        yield from _sites(ledger, total)
    rest = found[_SHOWN:]
    if rest:
        live, size = sum(one.live for one in rest), sum(one.live_bytes for one in rest)
        yield f"{count_text(live):>12} {size_text(size):>10} {'':>10} {'':>10} {'':>10}  [{len(rest)} others]"
    if cpus:
        yield f"all CPUs = each CPU x {cpus} possible CPUs"
    elif any(total.charged for total in found):
        yield (
            "all CPUs = bytes_alloc of the events (with the memory cgroup's vector); --cpus or --profile tell the "
            "possible CPUs"
        )
    else:
        yield "all CPUs: give --cpus or --profile"


def _sites(ledger: Ledger, total: Site) -> Iterator[str]:
    sites = sorted(
        (site for site in ledger.sites.values() if (site.what or site.name) == total.name),
        key=lambda site: -site.live_bytes,
    )
    if len(sites) > 1 or (sites and sites[0].name != total.name):
        for site in sites[:_SITES]:
            sizes = ", ".join(str(size) for size, _n in Counter(site.sizes).most_common(4))
            yield f"{'':>12} {size_text(site.live_bytes):>10} {'':>32}    {clean(site.name, 70)} ({sizes} bytes)"


def _timeline(moments: list[Moment]) -> Iterator[str]:
    step = max(1, -(-len(moments) // _COLUMNS))
    shown = moments[::step]
    highest = max(1, *(moment.live_bytes for moment in shown))
    yield f"outstanding over time (highest {size_text(highest)} on each CPU):"
    yield "  [" + "".join(_bar(moment.live_bytes, highest) for moment in shown) + "]"
    yield "share of each chunk's used stretch that lies in holes (what the trace saw; earlier objects may fill them):"
    yield "  [" + "".join(_bar(moment.holes, moment.holes + moment.live_bytes) for moment in shown) + "]"
    yield f"chunks in use: {' '.join(str(moment.chunks) for moment in shown[:: max(1, len(shown) // 12)])}"


def _bar(value: int, highest: int) -> str:
    return _BARS[min(len(_BARS) - 1, value * len(_BARS) // (highest + 1))] if highest else _BARS[0]


def _failures(ledger: Ledger) -> Iterator[str]:
    yield f"{count_text(ledger.failed)} failures:"
    groups: dict[tuple[int, int, bool, bool], list[Failure]] = {}
    for failure in ledger.failures:
        groups.setdefault((failure.size, failure.align, failure.atomic, failure.reserved), []).append(failure)
    for (size, align, atomic, reserved), found in sorted(groups.items(), key=lambda item: -len(item[1]))[:_SHOWN]:
        tasks = ", ".join(clean(task, 20) for task, _n in Counter(one.task for one in found).most_common(3))
        yield f"  {len(found)} x size={size} align={align} atomic={int(atomic)}, first at {found[0].time:g}, by {tasks}"
        yield f"    {_why(found, atomic=atomic, reserved=reserved)}"


def _why(found: list[Failure], *, atomic: bool, reserved: bool) -> str:
    if reserved:
        return f"{RESERVED.title}: {RESERVED.not_means}"
    if atomic:
        burst = max(one.burst for one in found)
        return f"{ATOMIC.title}; at most {burst} atomic requests came within the 0.1 s before. {ATOMIC.change[0]}"
    return f"{NEW_CHUNK.title}, or: {POPULATE.title.lower()}. dmesg tells which (planner explain)"


def _check(outcome: Outcome) -> Iterator[str]:
    share = outcome.exact / outcome.requests if outcome.requests else 0.0
    yield (
        f"model: {count_text(outcome.exact)} of {count_text(outcome.requests)} requests ended just where the "
        f"kernel put them ({share:.2%})"
    )
    if outcome.gone:
        yield (
            f"  {count_text(outcome.gone)} objects of the start state had gone when the trace began (the kernel reuses "
            "their places): taken out first"
        )
    if outcome.unfreed:
        yield f"  {count_text(outcome.unfreed)} objects' frees are not in the trace: the kernel reuses their places"
    if outcome.divergences:
        yield f"  first difference: {_difference(outcome.divergences[0])}"
    if outcome.divergent > 1:
        yield (
            f"  {count_text(outcome.divergent)} differ in all; after each one the model takes the kernel's place and goes "
            "on from there. The next ones:"
        )
        for one in outcome.divergences[1:5]:
            yield f"    {_difference(one)}"
    if outcome.divergent:
        yield (
            "  differences come from what no tracepoint tells: when exactly the worker ran, and the block hints of "
            "the start state"
        )


def _difference(one: Divergence) -> str:
    kernel, model = one.kernel or "failed", one.model or "fails"
    return f"event {one.event}: {one.size} bytes at {one.align}: kernel {clean(kernel, 60)}, model {model}"


def _variants(variants: tuple[tuple[str, Outcome], ...]) -> Iterator[str]:
    yield f"{'Percpu at most':>15} {'at the end':>12} {'chunks':>7} {'failed':>8}  the same events on"
    for name, outcome in variants:
        yield (
            f"{size_text(outcome.peak_bytes):>15} {size_text(outcome.end_bytes):>12} {outcome.peak_chunks:>7} "
            f"{count_text(outcome.failures):>8}  {clean(name, 100)}"
        )


def as_data(
    ledger: Ledger,
    reader: TraceReader,
    *,
    cpus: int | None,
    check: Outcome | None = None,
    variants: tuple[tuple[str, Outcome], ...] = (),
) -> dict[str, Any]:
    """Return the answer as plain data (``planner replay --json``)."""
    return {
        "schema_version": SCHEMA_VERSION,
        "events": reader.events,
        "lost": reader.lost,
        "broken": reader.broken,
        "possible_cpus": cpus,
        "allocations": ledger.allocs,
        "frees": ledger.frees,
        "failures": [asdict(failure) for failure in ledger.failures],
        "freed_from_before": ledger.freed_from_before,
        "live_bytes_per_cpu": ledger.live_bytes,
        "peak_bytes_per_cpu": ledger.peak_bytes,
        "consumers": [_site(site, cpus) for site in ledger.by_consumer()],
        "sites": [_site(site, cpus) for site in sorted(ledger.sites.values(), key=lambda site: -site.live_bytes)],
        "chunks": [asdict(chunk) for chunk in ledger.chunks.values()],
        "moments": [asdict(moment) for moment in ledger.moments],
        "check": asdict(check) if check is not None else None,
        "variants": [{"system": name, **asdict(outcome)} for name, outcome in variants],
    }


def _site(site: Site, cpus: int | None) -> dict[str, Any]:
    return {
        "name": clean(site.name, 200),
        "what": site.what,
        "kind": site.kind,
        "allocs": site.allocs,
        "frees": site.frees,
        "atomic": site.atomic,
        "live": site.live,
        "live_bytes_per_cpu": site.live_bytes,
        "live_bytes_total": site.live_bytes * cpus if cpus else None,
        "peak_bytes_per_cpu": site.peak_bytes,
        "charged_bytes": site.charged or None,
    }
