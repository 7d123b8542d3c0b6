"""What the allocator needs to know of an architecture: one frozen record, filled by an architecture plugin."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from planner.quick import dataclass

CpuDistance = Callable[[int, int], int]
"""Distance between two CPUs as the architecture's setup code reports it (10 = local)."""


@dataclass(frozen=True, slots=True)
class NodeDistance:
    """A :data:`CpuDistance` that looks at the CPUs' nodes only, which makes grouping thousands of CPUs quick.

    ``nodes`` maps CPU to node (0 where it is missing); ``table[a][b]`` is the distance of node ``a`` to ``b``, outside of
    it 10 within a node and 20 between.
    """

    nodes: Mapping[int, int] = field(default_factory=dict)
    table: tuple[tuple[int, ...], ...] | None = None

    def node(self, cpu: int) -> int:
        """Return the CPU's node."""
        return self.nodes.get(cpu, 0)

    def between(self, one: int, other: int) -> int:
        """Return the distance of node ``one`` to node ``other``."""
        if self.table is not None and one < len(self.table) and other < len(self.table[one]):
            return self.table[one][other]
        return 10 if one == other else 20

    def __call__(self, one: int, other: int) -> int:
        """Return the distance of CPU ``one`` to CPU ``other``."""
        return self.between(self.node(one), self.node(other))


Grounds = Literal["captured", "declared", "calibrated", "modelled", "assumed"]
"""What a figure rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VmallocRange:
    """The vmalloc space: ``start`` inclusive, ``end`` as the kernel's VMALLOC_END, bytes.

    On x86-64 and powerpc64 that is the last byte, so the total is odd there. ``source`` says from what.
    """

    start: int
    end: int
    basis: Grounds
    source: str

    @property
    def total(self) -> int:
        """VMALLOC_TOTAL in bytes."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Premise:
    """One figure of the architecture record and what it rests on; ``source`` is the kernel file or the reason."""

    what: str
    value: str
    basis: Grounds
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """How one architecture, at one kernel version and configuration, sets the allocator up.

    Sizes are bytes. ``distance`` is ``None`` where the setup code passes no distance function (one group).
    ``embed`` and ``page`` say which first-chunk methods the architecture builds; ``auto`` is the method that it takes
    unless ``percpu_alloc=`` says otherwise (``own``: neither, units of ``unit_size`` bytes in a layout of its own).
    ``own_setup`` is false for the generic setup_per_cpu_areas, which accepts no word of ``percpu_alloc=``;
    ``obeys_parameter`` is false where the set-up code accepts the word and does not look at it.
    ``fallback_prefix`` is the log prefix of its "allocator failed, falling back" line, ``heading`` what the set-up code
    logs first (level and text). ``km`` marks the percpu-km backend (UP, no MMU). ``dynamic_early`` is
    PERCPU_DYNAMIC_EARLY_SIZE where the configuration changes it, else ``None``; ``large_page`` the PMD size where 2.6.31
    may remap with large pages. ``lowmem`` is the RAM in the linear mapping on 32 bits (``None``: all of it, or unknown).
    ``page_area`` is where the page method's vm area starts, where that is certain before the boot (VMALLOC_START, with
    nothing placed earlier and no randomisation).
    ``modules_in_vmalloc``: modules are loaded into the vmalloc space, not a range of their own.
    ``premises`` say of each figure what it rests on.
    """

    name: str
    bits: int
    page_size: int
    atom_size: int
    reserved: int
    dynamic: int
    vmalloc: VmallocRange
    embed: bool = True
    page: bool = False
    distance: CpuDistance | None = None
    smp: bool = True
    km: bool = False
    cache_line: int = 64
    own_setup: bool = True
    auto: Literal["embed", "page", "own"] = "embed"
    obeys_parameter: bool = True
    unit_size: int | None = None
    dynamic_early: int | None = None
    large_page: int | None = None
    lowmem: int | None = None
    page_area: int | None = None
    modules_in_vmalloc: bool = False
    fallback_prefix: str = "PERCPU: "
    heading: tuple[tuple[int, str], ...] = ()
    premises: tuple[Premise, ...] = ()

    @property
    def word(self) -> int:
        """``sizeof(long)`` in bytes."""
        return self.bits // 8
