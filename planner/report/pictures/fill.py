"""The fill curve: how Percpu and the number of chunks grow with one consumer, and where it ends."""

from collections.abc import Callable, Sequence
from typing import Final

from planner.report.model import Report
from planner.report.pictures.svg import Picture, box, label, number, path
from planner.report.text import clean, count_text, plural, size_text

_LEFT: Final = 100.0
_RIGHT: Final = 900.0
_BYTES: Final = (40.0, 220.0)
_CHUNKS: Final = (260.0, 350.0)


def fill(report: Report) -> Picture | None:
    """Draw the report's first fill curve; ``None`` without one."""
    if not report.curves or not report.curves[0].points:
        return None
    curve = report.curves[0]
    points, name = curve.points, clean(curve.consumer, 40)
    last = max(points[-1].instances, 1)
    declared = next((one for one in report.consumers if one.name == curve.consumer), None)
    body = [
        _panel("Percpu", _BYTES, [(point.instances, point.percpu_bytes) for point in points], last, size_text),
        _panel("chunks", _CHUNKS, [(point.instances, point.chunks) for point in points], last, count_text),
        label(_LEFT, 370, "0", "small muted"),
        label(_RIGHT, 370, f"{count_text(last)} of {name}", "small muted right"),
    ]
    if declared is not None and declared.count <= last:
        x = _LEFT + (_RIGHT - _LEFT) * declared.count / last
        body.append(path("faint", f"M{number(x)} 40V{number(_CHUNKS[1])}"))
        body.append(label(min(x, 700), 250, f"{count_text(declared.count)} declared", "small muted"))
    ends = "nothing of the system stops it"
    if curve.fails_at is not None:
        ends = f"{'about ' if curve.followed else ''}number {count_text(curve.fails_at)} fails"
        limit = f" ({clean(declared.stops.limit, 30)})" if declared is not None and declared.stops else ""
        body.append(path("stop", f"M{number(_RIGHT)} 28V{number(_CHUNKS[1])}"))
        body.append(label(_RIGHT, 20, ends + limit, "bad small right"))
    else:
        body.append(label(_RIGHT, 20, ends, "small muted right"))
    first, tail = points[0], points[-1]
    said = (
        f"{plural(first.instances, 'instance')}: {size_text(first.percpu_bytes)} in {plural(first.chunks, 'chunk')}; "
        f"{plural(tail.instances, 'instance')}: {size_text(tail.percpu_bytes)} in {plural(tail.chunks, 'chunk')}; {ends}."
    )
    title = f"Fill curve of {clean(curve.consumer, 60)}, all others at their declared count"
    return Picture(title=title, description=said, height=384, body="".join(body))


def _panel(
    name: str,
    between: tuple[float, float],
    points: Sequence[tuple[int, int]],
    last: int,
    text: Callable[[int], str],
) -> str:
    """Draw one quantity over the number of instances, both from 0."""
    high, low = between
    top = max(1, *(value for _count, value in points))
    places = [(_LEFT + (_RIGHT - _LEFT) * count / last, low - (low - high) * value / top) for count, value in points]
    line = "".join(f"{'M' if not index else 'L'}{number(x)} {number(y)}" for index, (x, y) in enumerate(places))
    dots = "".join(box(x - 2.5, y - 2.5, 5, 5) for x, y in places)
    return (
        path("frame", box(_LEFT, high, _RIGHT - _LEFT, low - high))
        + path("curve", line)
        + path("one", dots)
        + label(_LEFT - 8, high + 10, text(top), "small right")
        + label(_LEFT - 8, low, "0", "small muted right")
        + label(_LEFT - 8, (high + low) / 2 + 4, name, "strong right")
    )
