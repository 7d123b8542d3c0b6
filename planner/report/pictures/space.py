"""The map of the vmalloc space: ordinary areas from below, per-CPU areas from above."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.report.model import Report, SpaceView
from planner.report.pictures.svg import WIDTH, Picture, box, label, legend, number, path
from planner.report.text import clean, percent_text, size_text

_CELLS: Final = 480
_TOP: Final = 46.0
_TALL: Final = 40.0
_BREAK: Final = 0.5
"""The share of the picture that a free stretch gets which would else leave no room for all that is in use."""

_OURS: Final = "per-CPU areas"
_GROUPS: Final = ("one", "two", "four")
"""Classes of groups in turn: neighbours can be told from each other, however many there are."""
_WORDS: Final = {"three": "chunk metadata", "five": "other areas", "free": "free"}


class _Scale(NamedTuple):
    """Addresses to places. The free stretch ``gap`` takes the share ``shown`` of the width."""

    start: int
    end: int
    gap: tuple[int, int]
    shown: float

    def x(self, address: int) -> float:
        low, high = self.gap
        used = max(self.end - self.start - (high - low), 1)
        if address <= low:
            share = (address - self.start) / used * (1 - self.shown)
        elif address < high:
            share = (low - self.start) / used * (1 - self.shown) + (address - low) / (high - low) * self.shown
        else:
            share = 1 - (self.end - address) / used * (1 - self.shown)
        return WIDTH * share


def space(report: Report) -> Picture | None:
    """Draw the stretch from the lowest to the highest address in use; a large free stretch is cut short and says so."""
    taken = sorted(
        (one for one in report.space if one.what != "free" and one.end > one.start), key=lambda one: one.start
    )
    if not taken:
        return None
    start, end, told = _bounds(report, taken)
    gap = _largest_gap(taken, start, end)
    size = end - start
    cut = gap[1] - gap[0] > 0.7 * size
    scale = _Scale(start, end, gap, _BREAK if cut else (gap[1] - gap[0]) / size)
    body = [path("free", box(0, _TOP, WIDTH, _TALL)), *_areas(taken, scale)]
    body.append(path("frame", box(0.5, _TOP, WIDTH - 1, _TALL)))
    body.append(_gap_label(scale, cut=cut))
    body.append(_ends(*told))
    used = {_kind(one.what) for one in taken}
    entries = _groups(taken) + [(kind, text) for kind, text in _WORDS.items() if kind in used or kind == "free"]
    swatches, height = legend(entries, _TOP + _TALL + 34)
    return Picture(
        title="Map of the vmalloc address space",
        description=_told(report, taken, gap),
        height=_TOP + _TALL + 34 + height,
        body="".join([*body, swatches]),
    )


def _bounds(report: Report, taken: Sequence[SpaceView]) -> tuple[int, int, tuple[str, str]]:
    """Return the addresses between which the map runs, and words for both.

    The report tells how large the space is and not where it begins: where all that is in use lies at one end, the other one follows
    from the size, but for the alignment of the areas.
    """
    start = min(one.start for one in report.space)
    end = max(one.end for one in report.space)
    low, high = f"{start:#x}", f"{end:#x}"
    total = next((one.total for one in report.limits if one.name == "vmalloc" and one.unit == "bytes"), None)
    if total is not None and total > end - start:
        ends = {one.what.startswith(_OURS) for one in taken}
        if ends == {True} and end > total:
            start = end - total
            low = f"about {start:#x}"
        elif ends == {False}:
            end = start + total
            high = f"about {end:#x}"
    return start, end, (low, high)


def _kind(what: str) -> str:
    if what == "chunk metadata":
        return "three"
    if not what.startswith(_OURS):
        return "five"
    return _GROUPS[(_group(what) or 0) % len(_GROUPS)]


def _group(what: str) -> int | None:
    """Return the group that a stretch of per-CPU areas belongs to, where there are several."""
    number = what.rpartition(" ")[2]
    return int(number) if what.startswith(_OURS) and number.isdecimal() else None


def _groups(taken: Sequence[SpaceView]) -> list[tuple[str, str]]:
    """Return the legend of per-CPU areas: a class and the groups that it stands for."""
    numbers = sorted({number for one in taken if (number := _group(one.what)) is not None})
    if not numbers:
        return [("one", _OURS)] if any(one.what.startswith(_OURS) for one in taken) else []
    found = []
    for place, kind in enumerate(_GROUPS):
        mine = [str(number) for number in numbers if number % len(_GROUPS) == place]
        if mine:
            shown = ", ".join(mine[:6]) + (" …" if len(mine) > 6 else "")
            found.append((kind, f"{_OURS}, {'group' if len(mine) == 1 else 'groups'} {shown}"))
    return found


def _largest_gap(taken: Sequence[SpaceView], start: int, end: int) -> tuple[int, int]:
    best, last = (start, start), start
    for one in taken:
        if one.start - last > best[1] - best[0]:
            best = (last, one.start)
        last = max(last, one.end)
    return (last, end) if end - last > best[1] - best[0] else best


def _areas(taken: Sequence[SpaceView], scale: _Scale) -> list[str]:
    """Draw areas on a grid of columns, so that any number of them takes bounded room; none is too small to be seen."""
    cells: dict[str, set[int]] = {}
    for one in taken:
        low = int(scale.x(one.start) * _CELLS / WIDTH)
        high = max(int(scale.x(one.end) * _CELLS / WIDTH), low + 1)
        cells.setdefault(_kind(one.what), set()).update(range(min(low, _CELLS - 1), min(high, _CELLS)))
    drawn = []
    for kind in ("five", "three", *_GROUPS):
        runs, inside = "", cells.get(kind, set())
        for cell in sorted(inside):
            if cell - 1 not in inside:
                wide = 1
                while cell + wide in inside:
                    wide += 1
                runs += box(cell * WIDTH / _CELLS, _TOP, wide * WIDTH / _CELLS, _TALL)
        drawn.append(path(kind, runs))
    return drawn


def _gap_label(scale: _Scale, *, cut: bool) -> str:
    low, high = scale.gap
    left, right = scale.x(low), scale.x(high)
    if high <= low or right - left < 130:
        return ""
    middle = (left + right) / 2
    text = f"{size_text(high - low)} free"
    marks = ""
    if cut:
        slants = (
            f"M{number(x - 6)} {number(_TOP + _TALL + 5)}l10-{number(_TALL + 10)}" for x in (left + 14, left + 22)
        )
        marks = path("rule", "".join(slants))
        text += " (cut short)"
    return marks + label(middle, _TOP + _TALL / 2 + 5, text, "middle")


def _ends(start: str, end: str) -> str:
    below = _TOP + _TALL + 18
    return (
        label(0, 16, "lowest address")
        + label(0, 34, "ordinary areas are taken from here upwards \u2192", "small muted")
        + label(WIDTH, 16, "highest address", "right")
        + label(WIDTH, 34, "\u2190 per-CPU areas are taken from here downwards", "small muted right")
        + label(0, below, start, "small muted")
        + label(WIDTH, below, end, "small muted right")
    )


def _told(report: Report, taken: Sequence[SpaceView], gap: tuple[int, int]) -> str:
    sizes: dict[str, int] = {}
    for one in taken:
        sizes[one.what] = sizes.get(one.what, 0) + one.end - one.start
    shown = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    said = [f"{clean(what, 60)}: {size_text(size)}" for what, size in shown[:8]]
    said.append(f"largest free stretch between them: {size_text(gap[1] - gap[0])}")
    said += [
        f"in all {size_text(one.used)} of {size_text(one.total)} in use ({percent_text(one.used / one.total)})"
        for one in report.limits
        if one.name == "vmalloc" and one.used is not None and one.total
    ]
    return "; ".join(said) + "."
