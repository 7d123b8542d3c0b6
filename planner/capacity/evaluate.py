"""A profile in, a report out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from planner.capacity import describe
from planner.capacity.advice import advise
from planner.capacity.bases import Base, Bases, Consumers
from planner.capacity.ending import end_of
from planner.capacity.estimates import estimates
from planner.capacity.fit import Fit, fit
from planner.capacity.grown import grown
from planner.capacity.machine import Machine, boot
from planner.capacity.owners import Owners
from planner.capacity.resolve import plans, question
from planner.capacity.verdict import breaks_first, verdict
from planner.plugin.manager import PluginManager
from planner.profile.model import Profile
from planner.report.model import Assumption, BurstInfo, ChurnInfo, CompetitionInfo, Report, ScaleInfo, Variant

MOST_DRAWN = 20_000
"""Chunks that pictures are made of: each is looked at, and so are its areas in the vmalloc space."""

FitOf = Callable[[Bases, int], Fit]
""":func:`planner.capacity.fit.fit`, or something that remembers what it gave."""


def evaluate(
    profile: Profile, manager: PluginManager, *, what_ifs: Sequence[Mapping[str, Any]] = (), advice: bool = True
) -> Report:
    """Return the report of ``profile``; ``what_ifs`` are sets of keys, each shown beside the base.

    :raises EvaluationError: no such machine can be modelled.
    :raises ProfileError: a what-if sets a key that is wrong.
    """
    report = _report(profile, manager)
    if advice:
        report = advised(profile, manager, report)
    variants = []
    for sets in what_ifs:
        changed = profile.with_sets(sets)
        shown = tuple((key, str(value)) for key, value in sets.items())
        variants.append(Variant(sets=shown, report=_report(changed, manager)))
    return replace(report, variants=tuple(variants))


def advised(profile: Profile, manager: PluginManager, report: Report) -> Report:
    """Return the ``report`` of ``profile`` with advice for what breaks first."""
    first = breaks_first(profile, report.consumers)
    if first is None:
        return report
    found = advise(profile, manager, report, first.name)
    return replace(report, advice=found, verdict=verdict(profile, report.consumers, found))


def fits_of(profile: Profile, manager: PluginManager, consumer: str) -> int | None:
    """Return how many of one consumer fit, ``None`` where nothing stops it; nothing else is computed.

    :raises EvaluationError: no such machine can be modelled.
    :raises KeyError: the profile has no such consumer.
    """
    return end_of(*question(profile, manager, consumer)).made


def fit_alone(profile: Profile, manager: PluginManager, consumer: str) -> Fit:
    """Return how many of one consumer fit, with range and reason; nothing else is computed.

    :raises EvaluationError: no such machine can be modelled.
    :raises KeyError: the profile has no such consumer.
    """
    return fit(*question(profile, manager, consumer))


def outline(profile: Profile, manager: PluginManager, *, fit_of: FitOf = fit) -> Report:
    """Return the report without pictures, churn, the mix and advice: what gates and tables of many points need.

    Every field that it fills equals that of :func:`evaluate`.

    :raises EvaluationError: no such machine can be modelled.
    """
    return _report(profile, manager, fit_of=fit_of, whole=False)


def _bursts(machine: Machine, resolved: Consumers, profile: Profile) -> tuple[BurstInfo, ...]:
    wanted = [(number, spec.burst) for number, spec in enumerate(profile.consumers) if spec.burst is not None]
    if not wanted:
        return ()
    from planner.capacity.burst import burst  # noqa: PLC0415 - most profiles declare none

    return tuple(burst(machine, resolved, number, spec) for number, spec in wanted)


def _churns(machine: Machine, resolved: Consumers, profile: Profile) -> tuple[ChurnInfo, ...]:
    wanted = [(number, spec.churn) for number, spec in enumerate(profile.consumers) if spec.churn is not None]
    if not wanted:
        return ()
    from planner.capacity.churn import churn  # noqa: PLC0415 - most profiles declare none

    return tuple(churn(machine, resolved, number, spec) for number, spec in wanted)


def _together(bases: Bases, profile: Profile) -> tuple[ScaleInfo | None, CompetitionInfo | None]:
    rates = [spec.growth for spec in profile.consumers]
    whole, competition = None, None
    if len(profile.consumers) > 1:
        from planner.capacity.mix import scale  # noqa: PLC0415 - one consumer needs none

        whole = scale(bases.machine, bases.consumers)
    if any(rates):
        from planner.capacity.competition import compete  # noqa: PLC0415 - nor does what does not grow

        competition = compete(bases, rates)
    return whole, competition


def _report(profile: Profile, manager: PluginManager, *, fit_of: FitOf = fit, whole: bool = True) -> Report:
    machine = boot(profile, manager)
    resolved = plans(profile, manager)
    holders = Owners(MOST_DRAWN)
    bases = Bases(machine, resolved, note=holders.note if whole else None)
    base = bases.of(None)
    total = sum(one.named.plan.bytes_per_instance * one.placed for one in base.placed)
    granule = base.allocator.rules.granule
    consumers = tuple(
        describe.consumer_info(machine, spec, base.placed[number], fit_of(bases, number), total=total, granule=granule)
        for number, spec in enumerate(profile.consumers)
    )
    report = Report(
        system=describe.system_info(machine),
        first_chunk=describe.first_chunk_info(machine),
        percpu=describe.percpu_info(machine, base),
        consumers=consumers,
        limits=describe.limits(machine, base),
        assumptions=(
            *_declared(profile),
            *machine.assumptions,
            *estimates(profile, resolved),
            *grown(profile, manager),
            *_estimated(base),
        ),
        verdict=verdict(profile, consumers, ()),
        bursts=_bursts(machine, resolved, profile),
        warnings=profile.warnings,
        profile=profile.source,
    )
    if not whole:
        return report
    whole_mix, competition = _together(bases, profile)
    drawn = base.backing.chunks <= MOST_DRAWN
    return replace(
        report,
        assumptions=(*report.assumptions, *(() if drawn else _undrawn(base))),
        chunks=describe.chunk_views(base.allocator, holders) if drawn else (),
        space=describe.space_views(machine, base.backing) if drawn else (),
        scale=whole_mix,
        competition=competition,
        churns=_churns(machine, resolved, profile),
    )


def _undrawn(base: Base) -> Iterator[Assumption]:
    """Say that there are no pictures, and why."""
    yield Assumption(
        what="pictures of chunks and of the vmalloc space",
        value=f"left out: {base.backing.chunks} chunks are more than are drawn ({MOST_DRAWN})",
        basis="modelled",
    )


def _estimated(base: Base) -> tuple[Assumption, ...]:
    """Say which declared counts are so large that they were not placed call by call."""
    return tuple(
        Assumption(
            what=f"memory of the {one.placed} declared {one.named.name}",
            value=f"estimated in proportion: up to {one.filled.off[0]} fewer or {one.filled.off[1]} more of them in the same chunks",
            basis="modelled",
        )
        for one in base.placed
        if one.filled.off is not None
    )


def _declared(profile: Profile) -> tuple[Assumption, ...]:
    """List what the whole answer rests on, whatever the machine."""
    found = []
    if profile.system.static is not None:
        found.append(
            Assumption(
                what="static per-CPU data",
                value=f"{profile.system.static} bytes",
                basis=profile.basis_of("percpu.static")
                if profile.has("percpu.static")
                else profile.basis_of("percpu.boot_log"),
            )
        )
    if not profile.system.config.options:
        found.append(
            Assumption(
                what="kernel configuration",
                value="what distributions ship (MEMCG on, PERCPU_STATS off)",
                basis="assumed",
            )
        )
    if profile.state is None:
        in_use = profile.percpu.in_use
        found.append(
            Assumption(
                what="per-CPU memory that the kernel itself uses after boot",
                value="not told, taken as none" if in_use is None else f"{in_use} bytes a CPU",
                basis=profile.basis_of("percpu.in_use"),
            )
        )
    return tuple(found)
