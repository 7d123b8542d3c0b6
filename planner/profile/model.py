"""A checked profile: frozen, typed, free of TOML and pydantic.

Sizes and addresses are bytes. Every key of the file has a *basis* (:data:`planner.plugin.Basis`), told by one table::

    [basis]
    default = "captured"            # what the whole profile rests on; without it: declared
    "vmalloc.used" = "calibrated"   # a key, or a table ("vmalloc") with everything in it; the longest match counts
    "consumer.veth" = "assumed"     # one consumer by its name

A key that the file does not hold rests on nothing better than ``assumed``.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from planner.allocator.boot_log import BootLog
from planner.plugin import Basis, System
from planner.profile.counts import Growth
from planner.quick import dataclass
from planner.report.model import Level

if TYPE_CHECKING:
    from planner.profile.origin import Origin


@dataclass(frozen=True, slots=True)
class Spread:
    """An uncertain number: ``{ low, mid, high }`` (``kind`` = ``range``) or ``{ p10, p50, p90 }`` (``percentiles``).

    Sizes are bytes. The profile itself is built from ``mid``; :meth:`Profile.with_sets` takes any value between.
    """

    kind: Literal["range", "percentiles"]
    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """Instances come and go: ``cycles`` times the count rises to ``peak`` and falls back to the consumer's ``count``.

    ``order`` says which instances go: ``random`` (seeded), ``oldest`` or ``newest``. ``seeds`` runs are made, from ``seed`` on.
    """

    peak: int
    cycles: int = 1
    order: Literal["random", "oldest", "newest"] = "random"
    seed: int = 0
    seeds: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """``count`` instances at once, ``within`` seconds; ``atomic``: their requests may not sleep."""

    count: int
    atomic: bool = True
    within: float = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Part of a composite: ``count`` instances of ``kind`` (a consumer kind or another composite) in each."""

    kind: str
    name: str
    count: int
    parameters: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeSpec:
    """``[consumer_type.NAME]``: a consumer made of others. ``unit`` is the noun for one."""

    name: str
    parts: tuple[Part, ...]
    unit: str = ""
    summary: str = ""
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSpec:
    """``[[consumer]]``. ``parameters`` is an instance of the consumer record's parameters dataclass (of
    :class:`planner.plugin.NoParameters` for a composite). ``basis`` is that of ``count``.
    """  # noqa: D205 - the type's name does not fit the first line

    kind: str
    name: str
    count: int
    parameters: Any
    growth: Growth | None = None
    churn: Churn | None = None
    burst: Burst | None = None
    basis: Basis = "declared"
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSpec:
    """``[gate.NAME]``. ``expires`` and ``reason`` belong to a waiver. ``preset``: it comes from ``[gate] preset``."""

    name: str
    kind: str
    level: Level
    parameters: Any
    expires: date | None = None
    reason: str = ""
    preset: bool = False
    file: str = ""
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class VmallocArea:
    """An ordinary vmalloc area from ``start`` up to ``end``, its guard page included, as ``/proc/vmallocinfo`` prints it."""

    start: int
    end: int
    caller: str = ""

    @property
    def size(self) -> int:
        """Bytes of address space."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Vmalloc:
    """What else lives in the vmalloc space: ``used`` bytes in all, or the very ``areas``; neither = unknown.

    Start, end and size of the space itself stand in ``system.declared``.
    """

    used: int | None = None
    used_basis: Basis = "assumed"
    areas: tuple[VmallocArea, ...] = ()
    areas_basis: Basis = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """RAM in bytes: all of it, what others use, and lowmem where it was captured; ``None`` = unknown."""

    ram: int | None = None
    used: int | None = None
    low: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PercpuFacts:
    """The boot lines as the profile gives them, and the first chunk's address where they or the profile tell it.

    ``in_use``: bytes of each CPU's dynamic space that the kernel itself uses before any consumer; ``None`` = unknown.
    """

    boot_log: tuple[str, ...] = ()
    boot: BootLog = field(default_factory=BootLog)
    first_chunk_base: int | None = None
    in_use: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkState:
    """One chunk as captured. Sizes and offsets are bytes, except the hints: they are kept in the kernel's own unit.

    ``areas`` are the live allocations (offset, size) from the chunk's base; ``None`` where only sums are known
    (debugfs percpu_stats), which stand in ``stats`` under the kernel's names. ``populated`` lists page indexes, ``None`` = unknown.
    ``hints`` holds ``contig_hint``, ``scan_hint`` … of ``struct pcpu_block_md`` under the kernel's names.
    """

    kind: Literal["first", "reserved", "dynamic"]
    base: int | None = None
    slot: int | None = None
    position: int | None = None
    pages: int | None = None
    start_offset: int = 0
    end_offset: int = 0
    isolated: bool = False
    populated: tuple[int, ...] | None = None
    areas: tuple[tuple[int, int], ...] | None = None
    hints: Mapping[str, int] = field(default_factory=dict)
    stats: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The allocator's state captured from a real kernel; ``stats`` are percpu_stats' global figures under the kernel's names."""

    chunks: tuple[ChunkState, ...] = ()
    empty_populated_pages: int | None = None
    populated_pages: int | None = None
    stats: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One system and what is to live on it.

    ``source`` is the file's name for messages; ``btf`` the file that structures' sizes were read from. ``measured`` are figures read off
    the real machine, for ``planner verify`` (bytes or counts by name). ``consumer_types`` maps composites by name. ``uncertain`` maps
    keys to their spread. ``basis`` is the flattened ``[basis]`` table. ``warnings`` are sentences for the report.
    """

    name: str
    source: str
    system: System
    consumers: tuple[ConsumerSpec, ...] = ()
    consumer_types: Mapping[str, CompositeSpec] = field(default_factory=dict)
    gates: tuple[GateSpec, ...] = ()
    preset: str | None = None
    vmalloc: Vmalloc = field(default_factory=Vmalloc)
    memory: Memory = field(default_factory=Memory)
    percpu: PercpuFacts = field(default_factory=PercpuFacts)
    state: State | None = None
    measured: Mapping[str, int] = field(default_factory=dict)
    btf: str | None = None
    uncertain: Mapping[str, Spread] = field(default_factory=dict)
    basis: Mapping[str, Basis] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    origin: "Origin | None" = field(default=None, compare=False, repr=False)

    def has(self, key: str) -> bool:
        """Return whether the file holds ``key`` (``vmalloc.used``, ``consumer.NAME.count``)."""
        return self.origin is not None and self.origin.has(key)

    def basis_of(self, key: str) -> Basis:
        """Return what the value of ``key`` rests on: the longest match in ``[basis]``, its default, else ``declared``.

        A key that the file does not hold is ``assumed``, unless ``[basis]`` names it.
        """
        parts = key.split(".")
        for length in range(len(parts), 0, -1):
            named = self.basis.get(".".join(parts[:length]))
            if named is not None:
                return named
        return self.basis.get("default", "declared") if self.has(key) else "assumed"

    def position_of(self, key: str) -> tuple[int, int] | None:
        """Return line and column of ``key`` in the file, or of the nearest table around it."""
        return self.origin.position_of(key) if self.origin is not None else None

    def consumer(self, name: str) -> ConsumerSpec:
        """Return the consumer of that name.

        :raises KeyError: there is none.
        """
        for spec in self.consumers:
            if spec.name == name:
                return spec
        raise KeyError(name)

    def leaves(self, kind: str) -> tuple[Part, ...]:
        """Return what one ``kind`` consists of: consumer kinds with their counts multiplied through all composites.

        Equal parts are kept apart, in order. A plain kind gives nothing: it is no composite.
        """
        found: list[Part] = []
        composite = self.consumer_types.get(kind)
        for part in composite.parts if composite is not None else ():
            inner = self.leaves(part.kind) if part.kind in self.consumer_types else (replace(part, count=1),)
            found.extend(replace(leaf, count=leaf.count * part.count) for leaf in inner)
        return tuple(found)

    def with_sets(self, sets: Mapping[str, Any]) -> "Profile":
        """Return the profile with keys set: ``{"cpus.possible": "4", "consumer.veth.count": "200"}``.

        Text is read as TOML where it is a whole number, ``true``/``false``, a quoted string, a list or a table, else taken as it
        stands. A key that ends in ``+`` appends to text and lists and adds to numbers, one that ends in ``*`` multiplies a number.
        ``None`` removes a key. Only the tables touched are checked again, so this is cheap enough for sweeps.

        :raises ProfileError: a key or value is wrong.
        :raises TypeError: the profile was not made from TOML.
        """
        from planner.profile.whatif import with_sets  # noqa: PLC0415 - the model does not know how it is made

        return with_sets(self, sets)


def replace_key(profile: Profile, key: str, value: Any) -> Profile:
    """Return ``profile`` with one key set: :meth:`Profile.with_sets` for a single key."""
    return profile.with_sets({key: value})
