"""Two reports side by side: first chunk, cost by consumer, fits, gates, and the version facts between them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from planner.allocator.kernel_version import KernelVersion
from planner.capacity.facts import FactChange, changes
from planner.report.model import Report, told

Value = int | float | str | bool | None


Bounds = tuple[float | None, float | None] | None
"""The least and the greatest a figure can be (``None`` = not known); ``None`` where the figure is exact."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both reports; ``unit`` is bytes, instances, times, seconds, or empty for words.

    ``present`` says which sides have what is compared at all; on one that does ``None`` is "nothing stops it" for what fits, else
    "not told".
    ``one_range`` and ``other_range`` are the honest widths where a figure depends on something unknown.
    """

    what: str
    one: Value
    other: Value
    unit: str = ""
    one_range: Bounds = None
    other_range: Bounds = None
    present: tuple[bool, bool] = (True, True)

    @property
    def differs(self) -> bool:
        """Whether the two sides say different things."""
        return self.present[0] != self.present[1] or (self.one, self.one_range) != (self.other, self.other_range)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows, equal ones included, and the version facts that differ."""

    one: Report
    other: Report
    rows: tuple[Row, ...]
    facts: tuple[FactChange, ...]

    @property
    def differing(self) -> tuple[Row, ...]:
        """The rows that differ."""
        return tuple(row for row in self.rows if row.differs)


def compare(one: Report, other: Report) -> Comparison:
    """Compare two reports, made now or read from saved JSON."""
    rows = (
        *_planner(one, other),
        *_system(one, other),
        *_first_chunk(one, other),
        *_footprint(one, other),
        *_consumers(one, other),
        *_together(one, other),
        *_gates(one, other),
    )
    facts = changes(KernelVersion.parse(one.system.kernel), KernelVersion.parse(other.system.kernel))
    return Comparison(one, other, rows, facts)


def _pair(what: str, sides: tuple[Any, Any], key: str, unit: str = "") -> Row:
    """Make a row of one attribute of two records, either of which may be missing."""
    one, other = (None if side is None else getattr(side, key) for side in sides)
    return Row(what, one, other, unit, present=(sides[0] is not None, sides[1] is not None))


def _planner(one: Report, other: Report) -> Iterator[Row]:
    for key in ("version", "model_data"):
        yield _pair(f"planner {key}", (told(one.planner), told(other.planner)), key)


def _system(one: Report, other: Report) -> Iterator[Row]:
    for key in ("arch", "bits", "kernel", "cpus_possible", "nodes"):
        yield _pair(f"system {key}", (one.system, other.system), key)


def _first_chunk(one: Report, other: Report) -> Iterator[Row]:
    first, second = one.first_chunk, other.first_chunk
    yield Row("boot line", next(iter(first.boot_log), None), next(iter(second.boot_log), None))
    for key in ("mode", "units", "groups"):
        yield _pair(f"first chunk {key}", (first, second), key)
    for key in ("static", "reserved", "dynamic", "unit_size", "atom_size", "alloc_size"):
        yield _pair(f"first chunk {key}", (first, second), key, "bytes")


def _footprint(one: Report, other: Report) -> Iterator[Row]:
    sides = (one.percpu, other.percpu)
    yield _pair("Percpu of /proc/meminfo", sides, "meminfo_bytes", "bytes")
    yield _pair("chunks", sides, "chunks")
    yield _pair("chunk metadata", sides, "metadata_bytes", "bytes")
    yield _pair("address space of chunks", sides, "address_bytes", "bytes")


def _consumers(one: Report, other: Report) -> Iterator[Row]:
    first, second = ({consumer.name: consumer for consumer in report.consumers} for report in (one, other))
    for name in dict.fromkeys((*first, *second)):
        sides = (first.get(name), second.get(name))
        yield _pair(f"{name}: count", sides, "count", "instances")
        yield _pair(f"{name}: bytes a CPU", sides, "bytes_per_cpu", "bytes")
        one_range, other_range = (None if side is None else side.fits_range for side in sides)
        fits = _pair(f"{name}: fits", sides, "fits", "instances")
        yield replace(fits, one_range=one_range, other_range=other_range)
        yield _pair(f"{name}: ends at", (sides[0] and sides[0].stops, sides[1] and sides[1].stops), "limit")


def _together(one: Report, other: Report) -> Iterator[Row]:
    mixes, races = (one.scale, other.scale), (one.competition, other.competition)
    if any(mixes):
        bounds = [None if mix is None else mix.factor_range for mix in mixes]
        yield replace(_pair("the mix: fits", mixes, "factor", "times"), one_range=bounds[0], other_range=bounds[1])
    if any(races):
        yield _pair("growth: first to fail", races, "first")
        bounds = [None if race is None else race.seconds_range for race in races]
        yield replace(
            _pair("growth: ends after", races, "seconds", "seconds"), one_range=bounds[0], other_range=bounds[1]
        )


def _gates(one: Report, other: Report) -> Iterator[Row]:
    first, second = ({gate.name: gate for gate in report.gates} for report in (one, other))
    for name in dict.fromkeys((*first, *second)):
        yield _pair(f"gate {name}: passed", (first.get(name), second.get(name)), "passed")
