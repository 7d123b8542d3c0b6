"""Reading a baseline: a JSON report of planner kept in the repository, never a service."""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from planner.plugin import Report
from planner.report.model import SCHEMA_VERSION

MAXIMUM_BYTES: Final = 64 << 20
"""A report with every chunk drawn stays far below this."""


class BaselineError(Exception):
    """The baseline cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a regression is measured against: figures by consumer, and which planner made them."""

    planner: str
    percpu: int | None
    fits: dict[str, int | None]
    cost: dict[str, int]


def read_baseline(path: Path, report: Report) -> Baseline:
    """Return the figures of the report in ``path`` that is of the same profile, or the only one in it.

    :raises BaselineError: no file, no report of planner, another schema, or no report of this profile.
    """
    data = _load(path)
    if not isinstance(data, dict):
        raise BaselineError("holds no report")
    if data.get("schema_version") != SCHEMA_VERSION:
        raise BaselineError(f"has no schema_version {SCHEMA_VERSION}")
    return _figures(_choose(data, report))


def _load(path: Path) -> Any:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - opened once, so that what is checked is what is read
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BaselineError("is not a file")
            text = file.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise BaselineError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(text) > MAXIMUM_BYTES:
        raise BaselineError(f"is larger than {MAXIMUM_BYTES >> 20} MiB")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineError("is not JSON") from error


def _choose(data: dict[str, Any], report: Report) -> dict[str, Any]:
    if "reports" not in data:
        return data
    reports = [one for one in _list(data["reports"]) if isinstance(one, dict)]
    for key, wanted in (("profile", report.profile), ("name", report.system.name)):
        for one in reports:
            found = one.get("profile") if key == "profile" else _table(one.get("system")).get("name")
            if found == wanted:
                return one
    raise BaselineError("holds no report of this profile")


def _figures(data: dict[str, Any]) -> Baseline:
    consumers = [
        one for one in _list(data.get("consumers")) if isinstance(one, dict) and isinstance(one.get("name"), str)
    ]
    percpu = _number(_table(data.get("percpu")).get("meminfo_bytes"))
    cost = {one["name"]: _number(one.get("bytes_total")) for one in consumers}
    if "system" not in data or "consumers" not in data:
        raise BaselineError("holds no report")
    return Baseline(
        planner=str(_table(data.get("planner")).get("version", "?")),
        percpu=percpu,
        fits={one["name"]: _low(one) for one in consumers if "fits" in one},
        cost={name: size for name, size in cost.items() if size is not None},
    )


def _low(consumer: dict[str, Any]) -> int | None:
    """Return the number that fits, at the low end of a range; ``None`` where nothing stops the consumer."""
    bounds = consumer.get("fits_range")
    if isinstance(bounds, list) and bounds and _number(bounds[0]) is not None:
        return _number(bounds[0])
    return _number(consumer["fits"])


def _number(value: object) -> int | None:
    return value if type(value) is int else None


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
