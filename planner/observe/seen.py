"""Writing observations down in little room."""

from typing import Any

from planner.plugin import Observation


def seen(key: str, value: Any, source: str) -> Observation:
    """Return the observation that ``key`` is ``value``, read at ``source``."""
    return Observation(key=key, value=value, source=source)


def consumer(kind: str, name: str, count: int, source: str, **parameters: Any) -> Observation:
    """Return the observation that ``count`` instances of a consumer exist."""
    return Observation(key="consumer", value={"kind": kind, "name": name, "count": count, **parameters}, source=source)
