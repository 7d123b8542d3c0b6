"""A small picture of the chunks in plain characters."""

from typing import Final

from planner.report.model import AreaView, ChunkView, Report
from planner.report.text import clean, count_text, size_text

WIDTH: Final = 44
"""Characters of a chunk's bar."""

_FIXED: Final = {"static": "#", "reserved": "=", "used": "+", "free": ".", "unpopulated": " "}
_MEANING: Final = {
    "static": "static",
    "reserved": "reserved for modules",
    "used": "the kernel itself, or not told",
    "free": "free",
    "unpopulated": "no pages yet",
}
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MANY: Final = "*"
_MAXIMUM_CHUNKS: Final = 24


def chunk_map(report: Report) -> list[str]:
    """Return a line a chunk (equal ones once) and a legend; empty where the report holds no areas.

    Each character stands for an equal share of a unit and shows what takes most of it.
    """
    chunks = [chunk for chunk in report.chunks if chunk.areas]
    if not chunks:
        return []
    marks = _marks(chunks)
    lines = [_line(chunk, marks) for chunk in chunks[:_MAXIMUM_CHUNKS]]
    if len(chunks) > _MAXIMUM_CHUNKS:
        lines.append(f"  ({count_text(len(chunks) - _MAXIMUM_CHUNKS)} more)")
    return lines + _legend(chunks, marks)


def _marks(chunks: list[ChunkView]) -> dict[str, str]:
    """Give each consumer a letter, in order of appearance."""
    marks = dict(_FIXED)
    letters = iter(_LETTERS)
    for chunk in chunks:
        for area in chunk.areas:
            if area.state not in marks:
                marks[area.state] = next(letters, _MANY)
    return marks


def _line(chunk: ChunkView, marks: dict[str, str]) -> str:
    last = chunk.index + chunk.repeats - 1
    number = str(chunk.index) if chunk.repeats == 1 else f"{chunk.index}-{last}"
    pages = f"{chunk.populated_pages}/{chunk.pages} pages"
    return f"{number:>9} [{_bar(chunk.areas, marks)}] {size_text(chunk.free_bytes)} free, {pages}"


def _bar(areas: tuple[AreaView, ...], marks: dict[str, str]) -> str:
    size = max(area.end for area in areas)
    bar = []
    for cell in range(WIDTH):
        start, end = size * cell, size * (cell + 1)  # in units of 1/WIDTH byte
        shares: dict[str, int] = {}
        for area in areas:
            overlap = min(end, area.end * WIDTH) - max(start, area.start * WIDTH)
            if overlap > 0:
                mark = marks[area.state]
                shares[mark] = shares.get(mark, 0) + overlap
        bar.append(max(shares, key=lambda mark: shares[mark]) if shares else " ")
    return "".join(bar)


def _legend(chunks: list[ChunkView], marks: dict[str, str]) -> list[str]:
    present = {area.state for chunk in chunks for area in chunk.areas}
    words = [
        f"{'blank' if mark == ' ' else mark} {_MEANING.get(state) or clean(state, 40)}"
        for state, mark in marks.items()
        if state in present and mark != _MANY
    ]
    if any(marks[state] == _MANY for state in present):
        words.append(f"{_MANY} other consumers")
    lines, line = [], " " * 9
    for word in words:
        if len(line) + len(word) + 2 > 80:
            lines.append(line)
            line = " " * 9
        line += f"  {word}"
    return [*lines, line]
