"""Predicted beside measured: what the model says of a system, and what the system says of itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from planner.profile.model import Profile
from planner.report.model import FirstChunkInfo, Report
from planner.report.text import clean, count_text, size_text

Verdict = Literal["equal", "close", "differs", "uncertain", "not measured"]
"""``uncertain``: it differs, and without a captured state it may: what the kernel itself allocates while it boots is not known."""

CLOSE: Final = 0.02
"""Share by which Percpu may differ and still be close: which page of a chunk is populated depends on the order of events."""
_SIZES: Final = ("unit_size", "static_size", "reserved_size", "dyn_size", "atom_size", "alloc_size")
_ADDRESS: Final = "@"
SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One figure or line: texts with units, the verdict, and what explains a difference (empty: unexplained, or none needed)."""

    what: str
    predicted: str
    measured: str
    verdict: Verdict
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a system says of itself: boot lines, figures by name (``meminfo.Percpu``, ``percpu_stats.nr_chunks``).

    ``allocated`` are the bytes of each CPU that live allocations take.
    """

    boot_log: tuple[str, ...] = ()
    figures: Mapping[str, int]
    allocated: int | None = None
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All checks. ``explained`` is the share of allocated bytes that the counted consumers account for, ``None`` where not measured."""

    checks: tuple[Check, ...]
    explained: float | None = None
    unexplained_bytes: int | None = None

    @property
    def measured(self) -> int:
        """Checks that could be made."""
        return sum(check.verdict != "not measured" for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """Checks that differ."""
        return tuple(check for check in self.checks if check.verdict == "differs")


def measured_of(profile: Profile) -> Measured:
    """Return what a captured profile carries of the real system."""
    stats: dict[str, int] = dict(profile.measured)
    state = profile.state
    if state is not None:
        for name, value in state.stats.items():
            stats.setdefault(f"percpu_stats.{name}", value)
    return Measured(
        boot_log=profile.percpu.boot_log,
        figures=stats,
        allocated=_allocated(profile, stats),
        counts={spec.name: spec.count for spec in profile.consumers},
    )


def _allocated(profile: Profile, figures: Mapping[str, int]) -> int | None:
    """Return the bytes of each CPU that live allocations take: what each chunk can serve less what it has free."""
    state = profile.state
    if state is None or not state.chunks:
        return None
    total = 0
    for chunk in state.chunks:
        key = {"first": "dyn_size", "reserved": "reserved_size"}.get(chunk.kind, "unit_size")
        size = figures.get(f"percpu_stats.{key}")
        free = chunk.stats.get("free_bytes", chunk.stats.get("free_size"))
        if size is None or free is None:
            return None
        total += size - free
    return total


def compare(
    report: Report, measured: Measured, *, accounted: int | None = None, from_state: bool = True
) -> Verification:
    """Hold a report against what was measured.

    ``accounted``: bytes of each CPU that the profile's consumers ask for, rounded as the allocator rounds. ``from_state``: the
    report starts from a captured state, so Percpu and chunks must agree.
    """
    checks = (
        *_boot_lines(report.first_chunk, measured.boot_log),
        *_sizes(report.first_chunk, measured.figures),
        _percpu(report, measured.figures, from_state=from_state),
        _chunks(report, measured.figures, from_state=from_state),
    )
    explained = None
    left = None
    if accounted is not None and measured.allocated:
        explained = min(accounted, measured.allocated) / measured.allocated
        left = measured.allocated - accounted
    return Verification(checks=checks, explained=explained, unexplained_bytes=left)


def _boot_lines(first: FirstChunkInfo, lines: Sequence[str]) -> Iterator[Check]:
    """Match each line that the kernel logged with the predicted one of its kind, character for character."""
    for line in first.boot_log:
        same = [other for other in lines if _alike(line, other)]
        found = next((other for other in same if other == line), None)
        if found is None:
            found = next((other for other in same if _without_address(other) == _without_address(line)), None)
        verdict: Verdict = "equal" if found is not None else "differs" if same else "not measured"
        shown = found if found is not None else same[0] if same else ""
        explanation = ""
        if found is not None and found != line:
            explanation = "but for the address, which depends on the boot allocator"
        elif verdict == "not measured":
            explanation = "the boot log does not hold it (debug lines stay out of a console's log)"
        yield Check(
            what="boot line", predicted=line, measured=clean(shown, 500), verdict=verdict, explanation=explanation
        )


def _alike(line: str, other: str) -> bool:
    """Return whether two lines are of the same kind: what stands before the first figure is equal."""
    return _kind(line) == _kind(other)


def _kind(line: str) -> str:
    words = line.split()
    if words[:1] == ["pcpu-alloc:"]:
        return "map" if words[1:2] and words[1].startswith("[") else "sizes"
    if "pages/cpu" in words:
        return "pages"
    return line.split(":", 2)[0]


def _without_address(line: str) -> str:
    return " ".join(word for word in line.split() if not word.startswith(_ADDRESS))


def _sizes(first: FirstChunkInfo, figures: Mapping[str, int]) -> Iterator[Check]:
    predicted = dict(zip(_SIZES, _first_sizes(first), strict=True))
    for name, value in predicted.items():
        found = figures.get(f"percpu_stats.{name}")
        if found is not None:
            yield Check(
                what=f"percpu_stats {name}",
                predicted=count_text(value),
                measured=count_text(found),
                verdict="equal" if found == value else "differs",
            )


def _first_sizes(first: FirstChunkInfo) -> tuple[int, ...]:
    return (first.unit_size, first.static, first.reserved, first.dynamic, first.atom_size, first.alloc_size)


def _percpu(report: Report, figures: Mapping[str, int], *, from_state: bool) -> Check:
    predicted, found = report.percpu.meminfo_bytes, figures.get("meminfo.Percpu")
    what = "Percpu of /proc/meminfo"
    shown = size_text(predicted)
    if found is None:
        reason = "kernels before 4.19 do not show it"
        return Check(what=what, predicted=shown, measured="", verdict="not measured", explanation=reason)
    off = (predicted - found) / found if found else 1.0
    verdict: Verdict = "equal" if predicted == found else "close" if abs(off) <= CLOSE else "differs"
    explanation = ""
    if verdict == "differs":
        verdict = "differs" if from_state else "uncertain"
        more = "objects that nobody counted, and pages that fragmentation and churn keep populated"
        fewer = "counted objects that do not exist in this form, or pages given back since"
        explanation = f"off by {off:+.1%}: {more if off < 0 else fewer}"
    return Check(what=what, predicted=shown, measured=size_text(found), verdict=verdict, explanation=explanation)


def _chunks(report: Report, figures: Mapping[str, int], *, from_state: bool) -> Check:
    predicted, found = str(report.percpu.chunks), figures.get("percpu_stats.nr_chunks")
    if found is None:
        reason = "percpu_stats was not readable"
        return Check(what="chunks", predicted=predicted, measured="", verdict="not measured", explanation=reason)
    verdict: Verdict = "equal" if predicted == str(found) else "differs" if from_state else "uncertain"
    reason = (
        ""
        if verdict == "equal"
        else "the counted objects need fewer or more chunks than exist: see the share explained"
    )
    return Check(what="chunks", predicted=predicted, measured=str(found), verdict=verdict, explanation=reason)


def count_checks(declared: Mapping[str, int], found: Mapping[str, int]) -> Iterator[Check]:
    """Hold a profile's counts of consumers against those of the running system."""
    for name in [*declared, *(name for name in found if name not in declared)]:
        left, right = declared.get(name), found.get(name)
        verdict: Verdict = "equal" if left == right else "differs"
        if left is None or right is None:
            verdict = "not measured"
        yield Check(
            what=f"count of {name}",
            predicted="" if left is None else str(left),
            measured="" if right is None else str(right),
            verdict=verdict,
            explanation=""
            if left == right
            else "only one of the two has it"
            if verdict == "not measured"
            else "changed since the profile was made",
        )


def as_data(result: Verification) -> dict[str, Any]:
    """Return the verification as plain data (``planner verify --json``)."""
    return {
        "schema_version": SCHEMA_VERSION,
        "checks": [
            {
                "what": one.what,
                "predicted": one.predicted,
                "measured": one.measured,
                "verdict": one.verdict,
                "explanation": one.explanation,
            }
            for one in result.checks
        ],
        "explained_share": result.explained,
        "unexplained_bytes_per_cpu": result.unexplained_bytes,
    }


def render_text(result: Verification) -> str:
    """Return the verification as a table for people, ending in a newline."""
    marks = {"equal": "=", "close": "~", "differs": "!", "uncertain": "?", "not measured": " "}
    lines = []
    for one in result.checks:
        if one.what == "boot line":
            lines.append(f"{marks[one.verdict]} predicted  {one.predicted}")
            lines.append(f"  measured   {one.measured or '(not in the log)'}")
        else:
            lines.append(
                f"{marks[one.verdict]} {one.what}: predicted {one.predicted or '-'}, measured {one.measured or '-'}"
            )
        if one.explanation:
            lines.append(f"  {one.verdict}: {one.explanation}")
    if result.explained is not None:
        lines.append(f"explained: {result.explained:.1%} of the allocated bytes by the consumers that were counted")
        if result.unexplained_bytes is not None and result.unexplained_bytes > 0:
            rest = size_text(result.unexplained_bytes)
            lines.append(f"  unexplained: {rest} on each CPU (made at boot, or by what cannot be counted from outside)")
    differing = f"{len(result.failed)} differ" if result.failed else "none differs"
    lines.append(f"{result.measured} of {len(result.checks)} checks could be made; {differing}")
    return "\n".join(lines) + "\n"
