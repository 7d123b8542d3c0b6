"""Predicted beside measured: what the model says of a system, and what the system says of itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from planner.profile.model import Profile
from planner.report.model import FirstChunkInfo, Report
from planner.report.text import clean, count_text, size_text

Verdict = Literal["equal", "close", "differs", "changed", "uncertain", "not predicted", "not measured"]
"""``changed``: it was so when the profile was captured, and is no more. ``uncertain``: it differs, and without a captured state it may:
what the kernel itself allocates while it boots is not known. ``not predicted``: history since boot, which no state tells."""

CLOSE: Final = 0.02
"""Share by which Percpu may differ and still be close: which page of a chunk is populated depends on the order of events."""
_SIZES: Final = ("unit_size", "static_size", "reserved_size", "dyn_size", "atom_size", "alloc_size")
_ADDRESS: Final = "@"
_HISTORY: Final = ("nr_alloc", "nr_dealloc", "nr_max_alloc", "nr_max_chunks", "min_alloc_size", "max_alloc_size")
_AREAS: Final = "vmallocinfo.pcpu_get_vm_areas"


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

    ``allocated`` are the bytes of each CPU that live allocations take, ``free_bytes`` those that are free in the chunks.
    """

    boot_log: tuple[str, ...] = ()
    figures: Mapping[str, int]
    allocated: int | None = None
    free_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All checks.

    ``explained`` is the share of allocated bytes that the counted consumers account for, at most 1, ``None`` where not measured;
    ``explained_of`` says of what: without percpu_stats it is a lower bound, of what the populated pages hold at most.
    ``unexplained_bytes`` (of one CPU) below 0: more was counted than there is.
    """

    checks: tuple[Check, ...]
    explained: float | None = None
    explained_of: Literal["allocated", "populated"] | None = None
    unexplained_bytes: int | None = None

    @property
    def measured(self) -> int:
        """Checks that could be made."""
        return sum(check.verdict not in {"not measured", "not predicted"} for check in self.checks)

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
        free_bytes=_free(profile),
    )


def _free(profile: Profile) -> int | None:
    """Return the free bytes of all chunks but the reserved one, which is no list's."""
    chunks = [chunk.stats for chunk in (profile.state.chunks if profile.state else ()) if chunk.kind != "reserved"]
    if not chunks or any("free_bytes" not in stats for stats in chunks):
        return None
    return sum(stats["free_bytes"] for stats in chunks)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounted:
    """What the profile's consumers ask for: bytes of each CPU, rounded as the allocator rounds, and the number of live objects."""

    size: int
    objects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """What the model's allocator holds. ``captured``: it starts from a captured state, so it must agree with what was measured."""

    captured: bool
    empty_pop_pages: int
    free_bytes: int


def compare(report: Report, measured: Measured, *, accounted: Accounted, state: ModelState) -> Verification:
    """Hold a report and the model's state against what was measured."""
    checks = (
        *_boot_lines(report.first_chunk, measured.boot_log),
        *_sizes(report.first_chunk, measured.figures),
        _percpu(report, measured.figures, from_state=state.captured),
        _chunks(report, measured.figures, from_state=state.captured),
        *_statistics(measured, accounted, state),
    )
    total, of = measured.allocated, "allocated"
    if total is None:
        total, of = _populated(report.first_chunk, measured.figures), "populated"
    if not total:
        return Verification(checks=checks)
    return Verification(
        checks=checks,
        explained=min(accounted.size, total) / total,
        explained_of="allocated" if of == "allocated" else "populated",
        unexplained_bytes=total - accounted.size,
    )


def _populated(first: FirstChunkInfo, figures: Mapping[str, int]) -> int | None:
    """Return what can be allocated at most on each CPU: the populated pages without the static section."""
    found = figures.get("meminfo.Percpu")
    return None if found is None or not first.units else max(0, found // first.units - first.static)


def _statistics(measured: Measured, accounted: Accounted, state: ModelState) -> Iterator[Check]:
    """Compare the other figures of percpu_stats; those that only count what has been since boot stand beside nothing."""
    figures = {name.removeprefix("percpu_stats."): value for name, value in measured.figures.items()}
    unsure: Verdict = "differs" if state.captured else "uncertain"
    if "empty_pop_pages" in figures:
        yield _number("percpu_stats empty_pop_pages", state.empty_pop_pages, figures["empty_pop_pages"], unsure)
    if measured.free_bytes is not None:
        yield _number(
            "percpu_stats free_bytes of all chunks",
            state.free_bytes,
            measured.free_bytes,
            unsure,
            "holes that the captured figures do not place are taken as used" if state.captured else "",
        )
    if "nr_cur_alloc" in figures:
        reason = "objects of counted consumers beside all objects: see the share explained"
        yield _number("percpu_stats nr_cur_alloc", accounted.objects, figures["nr_cur_alloc"], "uncertain", reason)
    for name in _HISTORY:
        if name in figures:
            yield Check(
                what=f"percpu_stats {name}",
                predicted="",
                measured=count_text(figures[name]),
                verdict="not predicted",
                explanation="counts what has been since boot",
            )


def _number(what: str, predicted: int, found: int, otherwise: Verdict, reason: str = "") -> Check:
    """Compare two numbers; within :data:`CLOSE` they are close."""
    close = found and abs(predicted - found) <= CLOSE * found
    verdict: Verdict = "equal" if predicted == found else "close" if close else otherwise
    return Check(
        what=what,
        predicted=count_text(predicted),
        measured=count_text(found),
        verdict=verdict,
        explanation="" if verdict == "equal" else reason,
    )


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
    predicted, found = report.percpu.chunks, figures.get("percpu_stats.nr_chunks")
    source = ""
    if found is None and _AREAS in figures and report.first_chunk.groups:
        found = 1 + figures[_AREAS] // report.first_chunk.groups
        source = "counted by the areas in /proc/vmallocinfo, one for each group of CPUs, and the first chunk"
    if found is None:
        reason = "neither percpu_stats nor /proc/vmallocinfo was readable"
        return Check(what="chunks", predicted=str(predicted), measured="", verdict="not measured", explanation=reason)
    verdict: Verdict = "equal" if predicted == found else "differs" if from_state else "uncertain"
    reason = "the counted objects need fewer or more chunks than exist: see the share explained"
    texts = [source] if verdict == "equal" else [source, reason]
    return Check(
        what="chunks",
        predicted=str(predicted),
        measured=str(found),
        verdict=verdict,
        explanation="; ".join(text for text in texts if text),
    )


def since_then(then: Verification, now: Verification) -> Verification:
    """Return ``now``, where what differs but was right when the profile was captured has *changed* and proves nothing wrong."""
    right = {one.what for one in then.checks if one.verdict in {"equal", "close"}}
    reason = "was as predicted when the profile was captured"
    checks = tuple(
        replace(one, verdict="changed", explanation=reason)
        if one.verdict == "differs" and one.what != "boot line" and one.what in right
        else one
        for one in now.checks
    )
    return replace(now, checks=checks)


def count_checks(profile: Profile, now: Profile) -> Iterator[Check]:
    """Hold a profile's counts of consumers against those of the running system; a count that was captured may have changed since."""
    declared = {one.name: one for one in profile.consumers}
    found = {one.name: one.count for one in now.consumers}
    captured = profile.basis_of("consumer") == "captured"
    for name in [*declared, *(name for name in found if name not in declared)]:
        spec = declared.get(name)
        yield _count(
            name, spec.count if spec else None, found.get(name), captured=spec.basis == "captured" if spec else captured
        )


def _count(name: str, before: int | None, now: int | None, *, captured: bool) -> Check:
    verdict: Verdict = "equal" if before == now else "changed" if captured else "differs"
    explanation = ""
    if not captured and None in {before, now}:
        verdict, explanation = "not measured", "only one of the two has it: capture does not see all kinds"
    elif verdict != "equal":
        explanation = f"{(now or 0) - (before or 0):+} since the profile was made"
    return Check(
        what=f"count of {name}",
        predicted="" if before is None else str(before),
        measured="" if now is None else str(now),
        verdict=verdict,
        explanation=explanation,
    )
