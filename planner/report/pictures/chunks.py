"""The chunk map: each chunk's unit as columns of pages, filled from below by what is in use."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.report.model import ChunkView, FirstChunkInfo, Report
from planner.report.pictures.style import CONSUMERS, by_cost, classes
from planner.report.pictures.svg import WIDTH, Picture, box, label, legend, number, path
from planner.report.text import clean, count_text, plural, size_text

_CELLS: Final = 96
"""Columns of a chunk at most; with fewer pages, a column a page."""

_SHOWN: Final = 20
_LEFT: Final = 130.0
_BAR: Final = 610.0
_TALL: Final = 28.0
_STEP: Final = 42.0

_WORDS: Final = {
    "static": "static (the kernel's own)",
    "reserved": "reserved for modules",
    "used": "the kernel itself, or not told",
    "free": "free, page present",
    "unpopulated": "no page yet",
}
_FIXED: Final = {"static": "static", "reserved": "reserved", "used": "kernel"}


class _Axis(NamedTuple):
    """Bytes of a unit to columns: ``size`` bytes over ``cells`` columns."""

    size: int
    cells: int

    def x(self, cell: float) -> float:
        return _LEFT + _BAR * cell / self.cells


def chunks(report: Report) -> Picture | None:
    """Draw the first chunk with its parts, and below it all others that the report shows."""
    shown = report.chunks[:_SHOWN]
    if not shown:
        return None
    first = report.first_chunk
    size = max([first.unit_size, *(area.end for chunk in shown for area in chunk.areas)])
    axis = _Axis(max(size, 1), _columns(first, size))
    kinds = _kinds(report, shown)
    body = [label(_LEFT, 14, f"one unit: {size_text(size)}", "small muted")]
    body.append(label(_LEFT + _BAR + 14, 14, "in each of its units", "small muted"))
    y = 24.0
    for chunk in shown:
        body.append(_row(chunk, first, axis, kinds, y))
        y += _STEP
        if chunk.index == 0:
            body.append(_parts(first, axis, y - _STEP + _TALL))
            y += 14
    if len(report.chunks) > _SHOWN:
        body.append(label(_LEFT, y + 6, f"and {plural(len(report.chunks) - _SHOWN, 'line')} more", "muted"))
        y += 24
    entries = [(kind, _WORDS.get(state) or clean(state, 30)) for state, kind in kinds.items()]
    if sum(kind == CONSUMERS[-1] for kind in kinds.values()) > 1:
        entries = [entry for entry in entries if entry[0] != CONSUMERS[-1]] + [(CONSUMERS[-1], "other consumers")]
    swatches, height = legend(entries, y + 4)
    title = f"Chunk map of {plural(report.percpu.chunks, 'chunk')}"
    said = " ".join(f"{_name(chunk)}: {_told(chunk)}." for chunk in shown[:6])
    return Picture(title=title, description=said, height=y + height + 6, body="".join([*body, swatches]))


def _page(first: FirstChunkInfo) -> int:
    used = first.static + first.reserved + first.dynamic
    page = used // first.pages_per_cpu if first.pages_per_cpu > 0 else 0
    return 4096 if page < 1024 or page & (page - 1) else page


def _columns(first: FirstChunkInfo, size: int) -> int:
    return max(1, min(_CELLS, -(-size // _page(first))))


def _kinds(report: Report, shown: Sequence[ChunkView]) -> dict[str, str]:
    """Give each state a class: consumers the one that they have in every picture, dearest first; what is no consumer its own."""
    present = {area.state for chunk in shown for area in chunk.areas} | {"free", "unpopulated"}
    present |= {holder for chunk in shown for holder, _bytes in chunk.held}
    named = [one.name for one in by_cost(report.consumers) if one.name not in _WORDS]
    others = sorted(present - {*named, *_WORDS})
    kinds = {**_FIXED, **classes([*named, *others]), "free": "free", "unpopulated": "unpopulated"}
    return {state: kind for state, kind in kinds.items() if state in present}


def _row(chunk: ChunkView, first: FirstChunkInfo, axis: _Axis, kinds: dict[str, str], y: float) -> str:
    drawn = (
        _columns_drawn(chunk, first, axis, kinds, y)
        if chunk.areas or chunk.repeats == 1
        else _average(chunk, first, kinds, y)
    )
    told = _told(chunk)
    return label(0, y + 18, _name(chunk), "strong", 24) + drawn + label(_LEFT + _BAR + 14, y + 18, told, "small")


def _name(chunk: ChunkView) -> str:
    if chunk.repeats == 1 or not chunk.areas:
        return chunk.label or f"chunk {chunk.index}"
    return f"chunks {count_text(chunk.index)} to {count_text(chunk.index + chunk.repeats - 1)}"


def _told(chunk: ChunkView) -> str:
    return f"{size_text(chunk.free_bytes)} free, {count_text(chunk.populated_pages)}/{plural(chunk.pages, 'page')}"


def _extent(chunk: ChunkView, first: FirstChunkInfo, axis: _Axis) -> tuple[int, int]:
    """Return which bytes of the unit a chunk governs."""
    if chunk.index < 0:
        return first.static, min(first.static + first.reserved, axis.size)
    if chunk.index > 0:
        return 0, axis.size
    ends = [area.end for area in chunk.areas]
    return 0, min(max([first.static + first.reserved + first.dynamic, *ends]), axis.size)


def _columns_drawn(chunk: ChunkView, first: FirstChunkInfo, axis: _Axis, kinds: dict[str, str], y: float) -> str:
    """Draw each column as a stack of shares; equal neighbours are one rectangle."""
    extent = _extent(chunk, first, axis)
    stacks = _stacks(chunk, extent, axis, kinds)
    parts: dict[str, list[str]] = {}
    start = 0
    for cell in range(1, axis.cells + 1):
        if cell < axis.cells and stacks[cell] == stacks[start]:
            continue
        base = y + _TALL
        for kind, share in stacks[start]:
            tall = _TALL * share / 100
            base -= tall
            parts.setdefault(kind, []).append(box(axis.x(start), base, axis.x(cell) - axis.x(start), tall))
        start = cell
    left, right = (axis.x(axis.cells * edge / axis.size) for edge in extent)
    pages = "".join(f"M{number(axis.x(cell))} {number(y)}v{number(_TALL)}" for cell in range(1, axis.cells))
    return (
        "".join(path(kind, "".join(boxes)) for kind, boxes in parts.items())
        + (path("grid", pages) if axis.cells < _CELLS else "")
        + (path("faint", box(_LEFT, y, _BAR, _TALL)) if right - left < _BAR else "")
        + path("frame", box(left, y, right - left, _TALL))
    )


def _stacks(
    chunk: ChunkView, extent: tuple[int, int], axis: _Axis, kinds: dict[str, str]
) -> list[tuple[tuple[str, int], ...]]:
    """Return for each column what it holds, as (class, percent of the column), lowest first."""
    low, high = extent
    found: list[dict[str, int]] = [{} for _ in range(axis.cells)]
    for area in chunk.areas:
        if area.state != "free":
            _spread(found, axis, max(area.start, low), min(area.end, high), kinds[area.state])
    inside: list[dict[str, int]] = [{} for _ in range(axis.cells)]
    _spread(inside, axis, low, high, "inside")
    order = [*dict.fromkeys(kinds.values())]
    stacks = []
    for shares, whole in zip(found, inside, strict=True):
        room = whole.get("inside", 0)
        shares["free"] = max(room - sum(shares.values()), 0)
        marks = [0]
        for kind in order:
            marks.append(marks[-1] + shares.get(kind, 0))
        percents = [mark * 100 // axis.size for mark in marks]  # marks are in 1/cells of a byte; a full column is size
        stacks.append(
            tuple(
                (kind, after - mark)
                for kind, mark, after in zip(order, percents, percents[1:], strict=False)
                if after > mark
            )
        )
    return stacks


def _spread(found: list[dict[str, int]], axis: _Axis, start: int, end: int, kind: str) -> None:
    """Add the bytes ``start`` to ``end`` to the columns that they fall into, in 1/``cells`` of a byte."""
    if end <= start:
        return
    cell = start * axis.cells // axis.size
    low, high = start * axis.cells, end * axis.cells
    while cell < axis.cells and cell * axis.size < high:
        part = min(high, (cell + 1) * axis.size) - max(low, cell * axis.size)
        found[cell][kind] = found[cell].get(kind, 0) + part
        cell += 1


def _average(chunk: ChunkView, first: FirstChunkInfo, kinds: dict[str, str], y: float) -> str:
    """Draw many chunks as one bar: the shares of all their bytes, who holds them, free ones, and those without a page."""
    absent = (chunk.pages - chunk.populated_pages) * _page(first)
    shares = dict.fromkeys(kinds.values(), 0)
    for holder, size in chunk.held:
        shares[kinds[holder]] += size
    held = sum(shares.values())
    shares["free"] = max(chunk.free_bytes - absent, 0)
    shares["unpopulated"] = absent
    if not held:  # nobody told who holds what
        shares["kernel"] = max(chunk.pages * _page(first) - chunk.free_bytes, 0)
    whole, x, drawn = max(sum(shares.values()), 1), _LEFT, ""
    for kind, size in shares.items():
        wide = _BAR * size / whole
        drawn += path(kind, box(x, y + 8, wide, _TALL - 16)) if wide >= 0.05 else ""
        x += wide
    return drawn + path("frame", box(_LEFT, y + 8, _BAR, _TALL - 16))


def _parts(first: FirstChunkInfo, axis: _Axis, y: float) -> str:
    """Draw the dimension lines of the first chunk's parts; a word stands where its part is wide enough."""
    marks = [0, first.static, first.static + first.reserved, first.static + first.reserved + first.dynamic]
    names = (
        f"static {size_text(first.static)}",
        f"reserved {size_text(first.reserved)}",
        f"dynamic {size_text(first.dynamic)}",
    )
    lines, texts = "", ""
    places: list[float] = []
    for name, start, end in zip(names, marks, marks[1:], strict=False):
        left, right = (axis.x(axis.cells * min(mark, axis.size) / axis.size) for mark in (start, end))
        if right <= left:
            continue
        lines += f"M{number(left)} {number(y + 3)}v4H{number(right)}v-4"
        wide = 6.6 * len(name)
        x = min(max(left, places[-1] if places else 0.0), WIDTH - wide)
        texts += label(x, y + 19, name, "small muted")
        places.append(x + wide + 10)
    return path("rule", lines) + texts
