"""OpenMetrics: gauges for the textfile collector of node_exporter, or any scraper.

Only gauges are written, which the older Prometheus text format reads as well (to it ``# UNIT`` and ``# EOF`` are comments).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from planner.plugin import Document, FormatRecord, Report, hookimpl
from planner.report.model import Limit
from planner.report.outcome import headroom
from planner.report.text import clean

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Family:
    """One metric: its samples in order, each set of (escaped) labels once."""

    name: str
    help: str
    unit: str = ""
    samples: dict[Labels, float] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        yield f"# TYPE {self.name} gauge"
        if self.unit:
            yield f"# UNIT {self.name} {self.unit}"
        yield f"# HELP {self.name} {self.help}"
        for labels, value in self.samples.items():
            shown = ",".join(f'{key}="{text}"' for key, text in labels)
            yield f"{self.name}{{{shown}}} {value}"


def render_openmetrics(document: Document) -> str:
    """Return the exposition; what is unknown or not limited has no sample rather than a made-up one."""
    families = _families()
    for report, profile in _named(document.reports):
        _sample(families, report, ("profile", profile))
    for problem in document.problems:
        families["planner_profile_evaluated"].samples[_labels(("profile", problem.profile))] = 0
    lines = [line for family in families.values() if family.samples for line in family.lines()]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _named(reports: Iterable[Report]) -> Iterator[tuple[Report, str]]:
    """Pair each report with its profile's name; a profile given twice is told apart, since a label set may stand only once."""
    seen: dict[str, int] = {}
    for report in reports:
        seen[report.profile] = seen.get(report.profile, 0) + 1
        again = seen[report.profile]
        yield report, report.profile if again == 1 else f"{report.profile}#{again}"


def _families() -> dict[str, _Family]:
    return {
        family.name: family
        for family in (
            _Family("planner_profile_evaluated", "Whether the profile gave a report."),
            _Family("planner_system", "The system that a profile describes; always 1."),
            _Family("planner_percpu_bytes", "Percpu of /proc/meminfo with every consumer at its count.", "bytes"),
            _Family("planner_percpu_metadata_bytes", "The chunks' own bookkeeping.", "bytes"),
            _Family("planner_percpu_chunks", "Chunks, the first one included."),
            _Family("planner_consumer_count", "Declared instances of a consumer."),
            _Family(
                "planner_consumer_fits", "Instances that can exist in all; absent where nothing stops the consumer."
            ),
            _Family("planner_consumer_fits_low", "The least that may fit, where what fits is a range."),
            _Family(
                "planner_consumer_fits_high", "The most that may fit, where what fits is a range and that is known."
            ),
            _Family("planner_consumer_more", "Instances that still fit; absent where nothing stops the consumer."),
            _Family("planner_consumer_headroom_ratio", "Free share of what fits, at the low end of a range.", "ratio"),
            _Family("planner_consumer_bytes", "Per-CPU memory of a consumer over all units.", "bytes"),
            _Family("planner_limit_used", "Use of a limit, in the limit's unit."),
            _Family("planner_limit_total", "A limit of the system, in its unit."),
            _Family("planner_headroom_bytes", "What a limit counted in bytes leaves.", "bytes"),
            _Family("planner_gate_passed", "Whether a gate passed; 0 too where it could not be judged."),
            _Family("planner_gate_judged", "Whether a gate could be judged."),
            _Family("planner_gate_waived", "Whether a waiver excuses a gate."),
        )
    }


def _sample(families: dict[str, _Family], report: Report, profile: tuple[str, str]) -> None:
    def put(name: str, value: float | None, *labels: tuple[str, str]) -> None:
        if value is not None:
            families[f"planner_{name}"].samples[_labels(profile, *labels)] = value

    system = report.system
    put("profile_evaluated", 1)
    put("system", 1, ("system", system.name), ("arch", system.arch), ("kernel", system.kernel))
    put("percpu_bytes", report.percpu.meminfo_bytes)
    put("percpu_metadata_bytes", report.percpu.metadata_bytes)
    put("percpu_chunks", report.percpu.chunks)
    for consumer in report.consumers:
        labels = (("consumer", consumer.name), ("kind", consumer.kind))
        share = headroom(consumer)
        put("consumer_count", consumer.count, *labels)
        put("consumer_fits", consumer.fits, *labels)
        low, high = consumer.fits_range or (None, None)
        put("consumer_fits_low", low, *labels)
        put("consumer_fits_high", high, *labels)
        put("consumer_more", consumer.more, *labels)
        put("consumer_headroom_ratio", None if share is None else round(float(share), 6), *labels)
        put("consumer_bytes", consumer.bytes_total, *labels)
    for limit in report.limits:
        put("limit_used", limit.used, ("limit", limit.name), ("unit", limit.unit))
        put("limit_total", limit.total, ("limit", limit.name), ("unit", limit.unit))
        put("headroom_bytes", _left(limit), ("resource", limit.name))
    for gate in report.gates:
        if gate.level == "off":
            continue
        labels = (("gate", gate.name), ("kind", gate.kind))
        put("gate_passed", int(gate.passed is True), *labels)
        put("gate_judged", int(gate.passed is not None), *labels)
        put("gate_waived", int(gate.waived is not None), *labels)


def _left(limit: Limit) -> int | None:
    if limit.unit != "bytes" or limit.used is None or limit.total is None:
        return None
    return limit.total - limit.used


def _labels(*pairs: tuple[str, str]) -> Labels:
    return tuple((key, clean(text).replace("\\", "\\\\").replace('"', '\\"')) for key, text in pairs)


@hookimpl
def planner_formats() -> Iterable[FormatRecord]:
    """Announce ``openmetrics``."""
    yield FormatRecord(
        name="openmetrics",
        summary="gauges for node_exporter's textfile collector",
        render=render_openmetrics,
        suffix=".prom",
    )
