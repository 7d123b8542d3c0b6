"""Consumers without parameters: a list of objects each."""

from collections.abc import Iterator

from planner.plugin import ConsumerRecord, Request, System
from planner_consumers.sizing import Object

Parts = tuple[tuple[Object, int], ...]


def simple(  # noqa: PLR0913 - the record's fields, by name
    kind: str, summary: str, *, unit: str, family: str, parts: Parts, sources: tuple[str, ...], since: str = "2.6.30"
) -> ConsumerRecord:
    """Return the record of a consumer that takes ``parts``: objects and how many of each, in kernel order."""

    def requests(_parameters: object, system: System) -> Iterator[Request]:
        for item, count in parts:
            yield from item.requests(system, count)

    return ConsumerRecord(
        kind=kind, summary=summary, requests=requests, unit=unit, family=family, since=since, sources=sources
    )
