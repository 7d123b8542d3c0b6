"""From text to explanations."""

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from planner.allocator.kernel_version import KernelVersion
from planner.observe.explain.context import Facts
from planner.observe.explain.model import Explained, Explanation, Finding, Numbers
from planner.observe.explain.rank import evidence, rank_causes, requester
from planner.observe.explain.recognise import Recogniser
from planner.observe.text import Lines

MAXIMUM_BYTES: Final = 64 << 20
"""Bytes of a log that are read unless told otherwise; a kernel's ring buffer has at most a few MiB."""
_WEIGHT: Final = {"allocator": 0, "cost": 1, "other": 2}
_LIMIT: Final = 10


def explain_text(text: str, *, kernel: KernelVersion | None = None, numbers: Numbers | None = None) -> Explained:
    """Explain a text of any number of lines."""
    return explain_stream(io.BytesIO(text.encode("utf-8", "surrogatepass")), kernel=kernel, numbers=numbers)


def explain_stream(
    stream: BinaryIO,
    *,
    kernel: KernelVersion | None = None,
    numbers: Numbers | None = None,
    maximum_bytes: int = MAXIMUM_BYTES,
) -> Explained:
    """Explain a log read from a binary stream; no more than ``maximum_bytes`` are read and :attr:`Explained.cut` says so.

    ``kernel`` is the version where the user names it; otherwise the log's own. ``numbers`` adds a profile's figures to each finding.
    """
    lines = Lines(stream, maximum_bytes=maximum_bytes)
    return explain_lines(lines, kernel=kernel, numbers=numbers, source=lines)


def explain_lines(
    lines: Iterable[str],
    *,
    kernel: KernelVersion | None = None,
    numbers: Numbers | None = None,
    source: Lines | None = None,
) -> Explained:
    """Explain lines; see :func:`explain_stream`."""
    recogniser = Recogniser(facts=Facts(kernel=kernel))
    recogniser.read(lines)
    kept = _kept(recogniser.findings, recogniser.facts)
    explanations = tuple(
        Explanation(
            finding=finding,
            causes=rank_causes(finding, recogniser.facts),
            notes=tuple(_notes(finding, recogniser)),
            numbers=tuple(numbers(finding)) if numbers is not None else (),
        )
        for finding in kept
    )
    return Explained(
        explanations=explanations,
        facts=recogniser.facts.as_data(),
        lines=recogniser.lines,
        relevant=recogniser.relevant,
        cut=source.cut if source is not None else "",
    )


def _kept(findings: list[Finding], facts: Facts) -> list[Finding]:
    """Leave out what needs a clue and has none, and good news where there is bad; failures of the allocator first."""
    held = [
        finding
        for finding in findings
        if finding.entry.requires is None or any(True for _ in evidence(finding.entry.requires, finding, facts))
    ]
    loud = [finding for finding in held if not finding.entry.quiet]
    return sorted(loud or held, key=lambda finding: (_WEIGHT[finding.entry.involves], finding.order))


def _notes(finding: Finding, recogniser: Recogniser) -> Iterator[str]:
    who = requester(finding)
    if who:
        yield f"asked for by: {who}"
    silent = any(other.entry.key == "limit-reached" for other in recogniser.findings)
    if finding.entry.message == "allocation-failed":
        total = sum(other.count for other in recogniser.findings if other.entry.message == "allocation-failed")
        if silent or total >= _LIMIT:
            yield (
                f"{total} failures are in this text, and the kernel prints ten at most until reboot: silence after "
                f"them proves nothing"
            )
    if finding.first_seconds is not None and finding.last_seconds is not None and finding.count > 1:
        span = finding.last_seconds - finding.first_seconds
        yield f"{finding.count} lines within {span:.3f} s" + (
            ": a burst" if 0 <= span < 1 and finding.values.get("atomic") == "1" else ""
        )
    facts = recogniser.facts
    if finding.entry.involves == "allocator" and facts.hotplug:
        yield (
            f"{facts.possible} CPUs are possible and {facts.online} online: every object is paid for on all "
            f"{facts.possible}"
        )
    yield from _arithmetic(finding, facts)


def _arithmetic(finding: Finding, facts: Facts) -> Iterator[str]:
    """Turn figures of the line into what they mean on this machine."""
    if finding.entry.key == "vmallocinfo-chunks" and "size" in finding.values:
        size = int(finding.values["size"])
        yield f"{finding.count} areas of {size} bytes: {finding.count * size} bytes of address space"
        if facts.unit_size:
            yield (
                f"{size // facts.unit_size} units of {facts.unit_size} bytes each: so many CPUs are possible, "
                f"rounded up to whole allocations"
            )
    if finding.entry.key == "illegal-size" and finding.requests:
        size = max(size for size, _align in finding.requests)
        if size > 32768:
            yield f"{size} is {size - 32768} bytes above 32768"
    if finding.entry.key == "bpf-map-list" and {"value", "entries"} <= finding.values.keys():
        each = -(-int(finding.values["value"]) // 8) * 8 * int(finding.values["entries"])
        yield f"{each} bytes on each CPU" + (
            f", {each * facts.possible} on {facts.possible} possible CPUs" if facts.possible else ""
        )
