"""Explanations as text for people and as data for programs."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

from planner.observe.explain.model import Explained, Explanation, RankedCause
from planner.report.text import clean

SCHEMA_VERSION: Final = 1
_WHOLE: Final = 20
"""Groups of lines that are explained in full in the text form."""
_INVOLVES: Final = {
    "allocator": "the per-CPU allocator",
    "cost": "per-CPU memory as a cost",
    "other": "not the per-CPU allocator",
}


def render_text(explained: Explained, width: int = 100) -> str:
    """Return the whole answer, ending in a newline."""
    blocks = ["\n".join(_block(item, width)) for item in explained.explanations[:_WHOLE]]
    if explained.explanations[_WHOLE:]:
        blocks.append("\n".join(_further(explained.explanations[_WHOLE:], width)))
    if not blocks:
        blocks = ["Nothing about per-CPU memory was recognised in this text."]
        if explained.lines > 1:
            blocks[0] += (
                " Remember: after ten failures the allocator is silent, BPF's requests never print, and kernels "
                "before 6.6 do not print atomic failures."
            )
            blocks[0] = textwrap.fill(blocks[0], width)
    cut = f"; {explained.cut}" if explained.cut else ""
    summary = f"({explained.relevant} of {explained.lines} lines are about per-CPU memory{cut})"
    if explained.lines > 1 or explained.cut:
        blocks.append(summary)
    return "\n\n".join(blocks) + "\n"


def _further(items: Sequence[Explanation], width: int) -> Iterator[str]:
    """Name what there is beyond the groups that are explained in full, in a line each."""
    yield f"{len(items)} further groups of lines (--format json has them all):"
    for item in items[:_WHOLE]:
        yield from _wrapped(f"{item.finding.count:>7} x ", item.finding.samples[0], width)
    if items[_WHOLE:]:
        yield f"          … and {len(items) - _WHOLE} more"


def _block(item: Explanation, width: int) -> Iterator[str]:
    finding, entry = item.finding, item.finding.entry
    yield entry.title
    yield "=" * min(len(entry.title), width)
    for sample in finding.samples:
        yield f"  {sample}"
    if finding.count > len(finding.samples):
        yield f"  … {finding.count} lines of this kind"
    yield ""
    yield from _labelled("Who", f"{_INVOLVES[entry.involves]}; {entry.said_by}", width)
    if finding.kernels:
        yield from _labelled("Kernels", finding.kernels, width)
    yield from _labelled("Means", entry.means, width)
    if entry.not_means:
        yield from _labelled("Not", entry.not_means, width)
    for note in item.notes:
        yield from _labelled("Here", note, width)
    for sentence in item.numbers:
        yield from _labelled("Profile", clean(sentence), width)
    if item.causes:
        yield "Causes, likeliest first:"
        for number, cause in enumerate(item.causes, 1):
            yield from _cause(number, cause, width)
    yield from _list("Look at", entry.look, width)
    yield from _list("Change", entry.change, width)


def _cause(number: int, ranked: RankedCause, width: int) -> Iterator[str]:
    why = f" ({'; '.join(clean(text) for text in ranked.because)})" if ranked.because else ""
    yield from _wrapped(f"  {number}. ", f"[{ranked.likelihood}] {ranked.cause.text}{why}", width)
    for text in ranked.cause.look:
        yield from _wrapped("     look: ", text, width)
    for text in ranked.cause.change:
        yield from _wrapped("     change: ", text, width)


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    yield from _wrapped(f"{label + ':':<9}", text, width)


def _list(label: str, items: tuple[str, ...], width: int) -> Iterator[str]:
    if items:
        yield f"{label}:"
        for text in items:
            yield from _wrapped("  - ", text, width)


def _wrapped(head: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_data(explained: Explained) -> dict[str, Any]:
    """Return the answer as plain data (``planner explain -f json``)."""
    return {
        "schema_version": SCHEMA_VERSION,
        "lines": explained.lines,
        "relevant": explained.relevant,
        "cut": explained.cut,
        "facts": dict(explained.facts),
        "explanations": [_explanation_data(item) for item in explained.explanations],
    }


def _explanation_data(item: Explanation) -> dict[str, Any]:
    finding, entry = item.finding, item.finding.entry
    return {
        "key": entry.key,
        "title": entry.title,
        "involves": entry.involves,
        "count": finding.count,
        "samples": list(finding.samples),
        "values": {key: clean(value, 200) for key, value in finding.values.items()},
        "requests": [
            {"size": size, "align": align, "count": count} for (size, align), count in finding.requests.most_common(20)
        ],
        "said_by": entry.said_by,
        "kernels": finding.kernels,
        "means": entry.means,
        "does_not_mean": entry.not_means,
        "notes": list(item.notes),
        "numbers": [clean(number) for number in item.numbers],
        "causes": [
            {
                "key": ranked.cause.key,
                "text": ranked.cause.text,
                "likelihood": ranked.likelihood,
                "because": [clean(text) for text in ranked.because],
                "look": list(ranked.cause.look),
                "change": list(ranked.cause.change),
            }
            for ranked in item.causes
        ],
        "look": list(entry.look),
        "change": list(entry.change),
        "sources": list(entry.sources),
    }
