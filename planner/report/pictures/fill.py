"""The fill curve: how Percpu and the number of chunks grow with one consumer, and where it ends."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from planner.report.model import ConsumerInfo, Report
from planner.report.pictures.svg import WIDTH, Picture, box, label, number, path
from planner.report.text import clean, count_text, plural, size_text

_LEFT: Final = 100.0
_RIGHT: Final = 900.0
_BYTES: Final = (40.0, 220.0)
_CHUNKS: Final = (260.0, 350.0)


class Point(NamedTuple):
    """With so many ``instances``: bytes that /proc/meminfo shows as Percpu, and chunks."""

    instances: int
    size: int
    chunks: int


def fill(report: Report) -> Picture | None:
    """Draw what the report and those of its what-ifs tell that change one consumer's count and nothing else; three points at least."""
    found = _curve(report)
    if found is None:
        return None
    consumer, points = found
    last = max([points[-1].instances, consumer.fits or 0, 1])
    body = [
        _panel("Percpu", _BYTES, [(point.instances, point.size) for point in points], last, size_text),
        _panel("chunks", _CHUNKS, [(point.instances, point.chunks) for point in points], last, count_text),
        label(_LEFT, 370, "0", "small muted"),
        label(_RIGHT, 370, f"{count_text(last)} of {clean(consumer.name, 40)}", "small muted right"),
    ]
    ends = "nothing of the system stops it"
    if consumer.fits is not None:
        x = _LEFT + (_RIGHT - _LEFT) * consumer.fits / last
        ends = f"number {count_text(consumer.fits + 1)} fails"
        limit = f" ({clean(consumer.stops.limit, 30)})" if consumer.stops else ""
        body.append(path("stop", f"M{number(x)} 28V{number(_CHUNKS[1])}"))
        body.append(label(min(x, WIDTH), 20, ends + limit, "bad small right" if x > WIDTH / 2 else "bad small"))
    tail = points[-1]
    said = (
        f"{plural(points[0].instances, 'instance')}: {size_text(points[0].size)} in {plural(points[0].chunks, 'chunk')}; "
        f"{plural(tail.instances, 'instance')}: {size_text(tail.size)} in {plural(tail.chunks, 'chunk')}; {ends}."
    )
    title = f"Fill curve of {clean(consumer.name, 60)}"
    return Picture(title=title, description=said, height=384, body="".join(body))


def _curve(report: Report) -> tuple[ConsumerInfo, Sequence[Point]] | None:
    best: tuple[ConsumerInfo, Sequence[Point]] | None = None
    for consumer in report.consumers:
        key = f"consumer.{consumer.name}.count"
        points = {consumer.count: _point(consumer.count, report)}
        for variant in report.variants:
            if len(variant.sets) == 1 and variant.sets[0][0] == key:
                made = next((one for one in variant.report.consumers if one.name == consumer.name), None)
                if made is not None and (made.placed is None or made.placed >= made.count):
                    points[made.count] = _point(made.count, variant.report)
        if len(points) >= 3 and (best is None or len(points) > len(best[1])):
            best = consumer, [points[count] for count in sorted(points)]
    return best


def _point(count: int, report: Report) -> Point:
    return Point(count, report.percpu.meminfo_bytes, report.percpu.chunks)


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
