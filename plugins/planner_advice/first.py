"""What breaks first, which is what changes are proposed for."""

from planner.plugin import Report


def limit_of_first(report: Report) -> str | None:
    """Return the limit that stops the consumer that breaks first: vmalloc, ram …; ``None`` where nothing stops any."""
    first = report.verdict.breaks_first
    stops = next((consumer.stops for consumer in report.consumers if consumer.name == first), None)
    return None if stops is None else stops.limit
