"""The one data structure of a result; every format renders it, every gate judges it.

All sizes are bytes unless a name says pages or units. ``None`` means unknown or not limited, as each field says; nothing is
guessed. The JSON form (:mod:`planner.report.json_form`) is a versioned contract: names may be added, not changed.
"""

from dataclasses import field, replace
from typing import Literal

from planner.__about__ import __version__
from planner.quick import dataclass
from planner.report.fingerprint import model_data

SCHEMA_VERSION = 1

Basis = Literal["captured", "declared", "calibrated", "modelled", "assumed"]
"""What a figure rests on."""

Level = Literal["off", "warn", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerInfo:
    """Which planner made the report.

    ``model_data`` is the fingerprint of the model that ``planner --version`` shows; empty in reports of planners that did not tell it,
    :data:`UNTAKEN` as long as nobody asked for it (:func:`told`).
    """

    version: str = __version__
    model_data: str = ""


UNTAKEN = "this planner's"
"""Stands for the running planner's own fingerprint: reading all of its source takes longer than a small report."""


def this_planner() -> PlannerInfo:
    """Return what this planner writes into its reports about itself."""
    return PlannerInfo(model_data=UNTAKEN)


def told(planner: PlannerInfo) -> PlannerInfo:
    """Return which planner it is with its fingerprint, for output."""
    return replace(planner, model_data=model_data()) if planner.model_data == UNTAKEN else planner


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInfo:
    """The system in short. ``cpus_possible`` and ``nodes`` are counts; ``cpus_online`` is ``None`` when not told."""

    name: str
    arch: str
    bits: int
    kernel: str
    cpus_possible: int
    nodes: int
    cpus_online: int | None = None
    ram: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstChunkInfo:
    """The first chunk. ``boot_log`` holds the lines as this kernel prints them, without time stamps.

    ``units`` counts units over all groups; ``groups`` the CPUs of each group; ``unit_map`` the CPU of each unit in order, ``None`` for a
    unit that no CPU uses.
    """

    mode: str
    boot_log: tuple[str, ...]
    pages_per_cpu: int
    static: int
    reserved: int
    dynamic: int
    unit_size: int
    units: int
    groups: int
    alloc_size: int
    atom_size: int
    unit_map: tuple[int | None, ...]
    basis: Basis = "modelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PercpuInfo:
    """The allocator with every consumer at its declared count.

    ``meminfo_bytes`` is what ``/proc/meminfo`` shows as Percpu (populated pages x units); ``chunks`` counts the first chunk as one;
    ``metadata_bytes`` is the chunks' own bookkeeping, ``address_bytes`` the vmalloc space that chunks take (metadata included);
    ``wasted_units_bytes`` the share of units that no CPU uses; ``offline_bytes`` that of possible CPUs that are not online;
    ``free_populated_bytes`` is free space in populated pages of one CPU, ``fragmentation`` the share of it outside the largest run.
    """

    meminfo_bytes: int
    chunks: int
    populated_pages: int
    metadata_bytes: int
    address_bytes: int = 0
    page_table_bytes: int = 0
    wasted_units_bytes: int = 0
    offline_bytes: int | None = None
    free_populated_bytes: int = 0
    empty_populated_pages: int = 0
    per_node: tuple[tuple[int, int], ...] = ()
    basis: Basis = "modelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What ends a consumer: ``limit`` (vmalloc, ram, reserved, size, atomic …), the kernel's reason, and the lines that it logs."""

    limit: str
    reason: str
    kernel_log: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One allocation of one instance: ``count`` areas of ``size`` bytes at ``align``; ``area`` bytes are really used up."""

    what: str
    size: int
    align: int
    count: int
    area: int
    gfp: str
    reserved: bool
    accounted: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerInfo:
    """One consumer.

    ``fits``: instances that can exist in all with every other consumer at its declared count (instance ``fits`` + 1 fails), ``None``
    where nothing of the system stops it. ``fits_range`` is the honest width ``(low, high)`` where something is unknown (a bound is
    ``None`` when open), and ``depends_on`` says what; both empty when exact. ``more`` = ``fits`` - ``count``.
    ``bytes_per_cpu`` is what ``count`` instances ask for on each CPU, ``bytes_total`` that over all units, ``rounding_bytes`` (each CPU)
    what size and alignment rounding adds. ``stops`` is ``None`` where nothing stops it. ``parts`` breaks a composite down.
    ``placed`` is set where not even ``count`` instances could be placed. ``parameters`` are the profile's own keys, as text.
    """

    name: str
    kind: str
    count: int
    fits: int | None
    more: int | None
    bytes_per_cpu: int
    bytes_total: int
    stops: Stop | None
    fits_range: tuple[int | None, int | None] | None = None
    depends_on: tuple[str, ...] = ()
    basis: Basis = "modelled"
    unit: str = ""
    share: float = 0.0
    rounding_bytes: int = 0
    kernel_memory_bytes: int = 0
    parameters: tuple[tuple[str, str], ...] = ()
    pieces: tuple[Piece, ...] = ()
    parts: tuple["ConsumerInfo", ...] = ()
    placed: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of the system with every consumer at its declared count.

    ``used`` of ``total`` in ``unit`` (bytes, pages, chunks, instances).
    """

    name: str
    what: str
    used: int | None
    total: int | None
    unit: str
    basis: Basis
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaView:
    """A run inside a chunk, for pictures: bytes ``start`` to ``end`` of a unit.

    ``state`` is static, reserved, free, unpopulated or the name of the consumer that holds it; used where the holder is none of these: the
    kernel itself, or not told.
    """

    start: int
    end: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkView:
    """A chunk as laid out with every consumer at its declared count; ``repeats`` chunks are shown as one.

    ``held``: bytes of a unit in use by holder (as :class:`AreaView` names it) in all of them together, most first.
    """

    index: int
    label: str
    free_bytes: int
    populated_pages: int
    pages: int
    areas: tuple[AreaView, ...] = ()
    repeats: int = 1
    address: int | None = None
    held: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FillPoint:
    """With so many ``instances``: what ``/proc/meminfo`` shows as Percpu, and chunks, the first one included."""

    instances: int
    percpu_bytes: int
    chunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FillCurve:
    """How the allocator grows with one consumer, all others at their declared counts, up to the last that fits.

    It begins at none, or at the count that a captured state holds. Instance ``fails_at`` fails; ``None`` where nothing stops it.
    ``followed``: the end is in proportion, as ``depends_on`` of the consumer says.
    """

    consumer: str
    points: tuple[FillPoint, ...]
    fails_at: int | None = None
    followed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceView:
    """A stretch of the vmalloc space, for pictures; addresses in bytes."""

    start: int
    end: int
    what: str
    repeats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceInfo:
    """A change and what it buys, found by running the model again. ``consumer`` is the one whose ``fits`` is compared.

    The ranges are those of the best change that leaves a limit, ``(low, high)`` as :class:`ConsumerInfo` has them; ``None`` where a
    count is exact or was not asked.
    """

    change: str
    fits_after: int | None
    consumer: str = ""
    fits_before: int | None = None
    paste: str = ""
    advisor: str = ""
    fits_before_range: tuple[int | None, int | None] | None = None
    fits_after_range: tuple[int | None, int | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInfo:
    """A gate's verdict. ``passed`` is ``None`` where it could not be judged. ``waived`` holds the reason of a waiver in force."""

    name: str
    level: Level
    passed: bool | None
    expected: str
    found: str
    kind: str = ""
    margin: str = ""
    remedy: str = ""
    waived: str | None = None
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A figure that the answer rests on, and what it rests on in turn."""

    what: str
    value: str
    basis: Basis
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleInfo:
    """The whole mix in its proportions: ``rounds`` rounds fit, each of ``round`` (name, instances).

    ``factor`` is how many times the declared counts that makes. ``rounds_range`` is the honest width ``(low, high)`` of ``rounds`` where
    something is unknown (a bound is ``None`` when open), and ``depends_on`` says what; both empty when exact.
    """

    factor: float
    rounds: int
    round: tuple[tuple[str, int], ...]
    stops: Stop | None
    rounds_range: tuple[int | None, int | None] | None = None
    factor_range: tuple[float | None, float | None] | None = None
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionInfo:
    """Consumers growing at their declared rates: ``first`` is refused after ``seconds``, with ``counts`` (name, instances) then.

    Of what something unknown bears on there is a range: ``seconds_range`` from the earliest to the latest end (``None``: open), with
    ``counts_range`` (name, instances at the earliest, at the latest); ``depends_on`` says on what. All three are empty when exact.
    ``first`` is who is refused at ``seconds``; at another end it may be another.
    """

    first: str
    seconds: float
    counts: tuple[tuple[str, int], ...]
    stops: Stop | None
    seconds_range: tuple[float | None, float | None] | None = None
    counts_range: tuple[tuple[str, int | None, int | None], ...] = ()
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstInfo:
    """``count`` instances of ``consumer`` at once: ``made`` could be; ``largest`` is the largest burst that survives.

    ``within`` seconds; the worker that populates pages ran ``worker_runs`` times meanwhile. ``limit_kind`` is what ends the largest.
    """

    consumer: str
    count: int
    atomic: bool
    within: float
    made: int
    largest: int
    worker_runs: int
    empty_pages: int
    stops: Stop | None
    raises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChurnInfo:
    """Instances come and go over ``seeds`` runs: Percpu bytes at the peak and after the last fall as (min, median, max).

    ``fragmentation`` is the share of populated space that is free after the last fall, likewise.
    """

    consumer: str
    peak: int
    cycles: int
    seeds: int
    peak_bytes: tuple[int, int, int]
    after_bytes: tuple[int, int, int]
    fragmentation: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainInput:
    """An uncertain number of the profile: ``low``, ``mid``, ``high``, or the percentiles 10, 50, 90 as ``kind`` says."""

    key: str
    kind: Literal["range", "percentiles"]
    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadInfo:
    """The percentiles 5, 50 and 95 of a consumer's figure over all samples; ``None`` where nothing stops it there."""

    consumer: str
    p5: float | None
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRisk:
    """The share of samples in which a gate fails (waived or not), and in which it cannot be judged."""

    gate: str
    fails: float
    unjudged: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InputEffect:
    """How an uncertain number moves what fits: Spearman's rank correlation, -1 to 1."""

    consumer: str
    key: str
    rank_correlation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertaintyInfo:
    """What ``samples`` draws of the profile's uncertain numbers give, with ``seed``; ``failed`` more could not be evaluated.

    ``fits`` counts instances, ``headroom`` is a share of 1. ``effects``: of each consumer the strongest first.
    """

    samples: int
    seed: int
    failed: int = 0
    inputs: tuple[UncertainInput, ...] = ()
    fits: tuple[SpreadInfo, ...] = ()
    headroom: tuple[SpreadInfo, ...] = ()
    gates: tuple[GateRisk, ...] = ()
    effects: tuple[InputEffect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer in short: ``headline`` in one sentence, the consumer that breaks first, and the change that buys most."""

    headline: str
    breaks_first: str | None = None
    reason: str = ""
    kernel_log: tuple[str, ...] = ()
    best_change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A what-if beside the base: the keys that were set, and the report that they give."""

    sets: tuple[tuple[str, str], ...]
    report: "Report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that planner says about one profile; ``curves`` are made for formats that draw them (``html``) and are empty otherwise."""

    system: SystemInfo
    first_chunk: FirstChunkInfo
    percpu: PercpuInfo
    consumers: tuple[ConsumerInfo, ...]
    limits: tuple[Limit, ...] = ()
    advice: tuple[AdviceInfo, ...] = ()
    gates: tuple[GateInfo, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    verdict: Verdict = field(default_factory=lambda: Verdict(headline=""))
    chunks: tuple[ChunkView, ...] = ()
    space: tuple[SpaceView, ...] = ()
    warnings: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    scale: ScaleInfo | None = None
    competition: CompetitionInfo | None = None
    bursts: tuple[BurstInfo, ...] = ()
    churns: tuple[ChurnInfo, ...] = ()
    uncertainty: UncertaintyInfo | None = None
    curves: tuple[FillCurve, ...] = ()
    profile: str = ""
    schema_version: int = SCHEMA_VERSION
    planner: PlannerInfo = field(default_factory=this_planner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A profile that could not be evaluated: one line for a table, with the exit code that it asks for."""

    profile: str
    message: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a format renders: the reports of one run, in order, and the profiles that gave none.

    ``command`` is ``report`` or ``check``; a check shows gates first.
    """

    reports: tuple[Report, ...]
    problems: tuple[Problem, ...] = ()
    command: Literal["report", "check"] = "report"
