"""Version facts: what changed when, each with the source that says so.

One fact a line, newest first. Add a fact here, never an ``if version`` elsewhere: a mechanism asks
``FACT.at(version)`` and the table answers. Stable series that carry a back-port stand in ``backports``; they
count from the named sublevel to the end of that series.
"""

from dataclasses import field
from functools import cache
from typing import Generic, TypeVar

from planner.allocator.kernel_vendors import release_like
from planner.allocator.kernel_version import KernelVersion
from planner.quick import dataclass

__all__ = ["Fact", "KernelVersion", "Since"]

T = TypeVar("T")


@cache
def _parsed(version: str) -> KernelVersion:
    """Parse a table's version once."""
    return KernelVersion.parse(version)


@dataclass(frozen=True, slots=True)
class Since(Generic[T]):
    """From ``version`` on the fact has ``value``; ``source`` is the kernel file and function, commit or tree."""

    version: str
    value: T
    source: str

    @property
    def first(self) -> KernelVersion:
        """The version parsed."""
        return _parsed(self.version)


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """What one property of the kernel is, by version.

    ``history`` runs newest first and ends with the oldest version that planner models.
    """

    name: str
    meaning: str
    history: tuple[Since[T], ...]
    backports: tuple[Since[T], ...] = ()
    _known: dict[tuple[KernelVersion, str], T] = field(default_factory=dict, init=False, repr=False, compare=False)

    def entry(self, version: KernelVersion) -> Since[T]:
        """Return the line of the table that holds for ``version``.

        A release candidate has what its release has: the merge window, which brings the changes, is before the first one.
        Distribution kernels that carry a later mm/percpu.c (``kernel_vendors``) have the facts of that release.

        :raises LookupError: the version is older than the oldest line.
        """
        asked, version = version, version.settled
        release = release_like(version.text, self.name, self.history[0].source) if version.text else None
        if release is not None:
            version = _parsed(release)
        for line in self.backports:
            first = line.first
            if first.release == version.release and first <= version:
                return line
        for line in self.history:
            if line.first <= version:
                return line
        oldest = self.history[-1].version
        raise LookupError(f"{self.name}: known from {oldest} on, not for {asked}")

    def at(self, version: KernelVersion) -> T:
        """Return the value that holds for ``version``.

        :raises LookupError: the version is older than the oldest line.
        """
        try:
            return self._known[version, version.text]
        except KeyError:
            value = self._known[version, version.text] = self.entry(version).value
            return value


# Facts of the allocator itself: requests, placement, chunk life cycle, accounting. The first chunk's and the messages' facts
# stand in kernel_boot.py. A source names the function of mm/percpu.c (or the file) in the trees on both sides of the change.

ENGINE: Fact[str] = Fact(
    "engine",
    "how a place inside a chunk is found: signed area map, offset area map, bitmap with block hints, the same with scan hints",
    (
        Since(
            "5.2",
            "scan hints",
            "mm/percpu.c:pcpu_block_update, pcpu_block_update_scan (absent in 5.0.1, present in 5.2.1)",
        ),
        Since("4.14", "bitmap", "mm/percpu.c:pcpu_find_block_fit (absent in 4.13.9)"),
        Since(
            "3.15", "offset map", "mm/percpu.c:pcpu_alloc_area: map holds offsets, bit 0 = in use (absent in 3.14.4)"
        ),
        Since("2.6.30", "signed map", "mm/percpu.c:pcpu_alloc_area: map holds signed sizes"),
    ),
)

GRANULE: Fact[int] = Fact(
    "granule",
    "bytes that sizes are rounded up to and alignment is at least (1: taken as given)",
    (
        Since("4.14", 4, "include/linux/percpu.h:PCPU_MIN_ALLOC_SIZE"),
        Since("3.15", 2, "mm/percpu.c:pcpu_alloc: size even, align at least 2"),
        Since("2.6.30", 1, "mm/percpu.c:pcpu_alloc"),
    ),
)

ALIGN_CHECKED: Fact[bool] = Fact(
    "align checked",
    "a request whose alignment is no power of two is refused",
    (
        Since("4.10", True, "mm/percpu.c:pcpu_alloc: is_power_of_2(align) (absent in 4.9.337)"),
        Since("2.6.30", False, "mm/percpu.c:pcpu_alloc"),
    ),
)

ATOMIC: Fact[str] = Fact(
    "atomic",
    "which requests are atomic: none, all but full GFP_KERNEL ones, or those that may not block",
    (
        Since(
            "6.15",
            "may not block",
            "mm/percpu.c:pcpu_alloc_noprof: gfpflags_allow_blocking (commit 9a5b183941b5; absent in 6.14, present in 6.17)",
        ),
        Since("3.18", "not GFP_KERNEL", "mm/percpu.c:pcpu_alloc: (gfp & GFP_KERNEL) != GFP_KERNEL"),
        Since("2.6.30", "none", "mm/percpu.c:pcpu_alloc takes no flags"),
    ),
    backports=(
        Since(
            "6.12.59", "may not block", "stable review of 6.12.59-rc1, 21 Nov 2025; Debian 6.12.117 has it, 6.12.0 not"
        ),
        Since(
            "6.6.117",
            "may not block",
            "stable review of 6.6.117-rc1, 21 Nov 2025: diffstat of mm/percpu.c; 6.6.42 has it not",
        ),
        Since("6.1.159", "may not block", "stable queue 6.1 of Dec 2025 (6.1.159); Debian 6.1.192 has it, 6.1.158 not"),
    ),
)

CREATE_RULE: Fact[str] = Fact(
    "create rule",
    "when a sleeping request that found no place makes a chunk",
    (
        Since("3.18", "no free chunk", "mm/percpu.c:pcpu_alloc: list_empty(&pcpu_slot[pcpu_nr_slots - 1])"),
        Since("2.6.30", "always", "mm/percpu.c:pcpu_alloc"),
    ),
)

WORKER: Fact[str] = Fact(
    "worker",
    "what the deferred work does: only frees surplus chunks, also populates, also depopulates",
    (
        Since("5.14", "depopulate", "mm/percpu.c:pcpu_reclaim_populated (absent in 5.12.9)"),
        Since("3.18", "populate", "mm/percpu.c:pcpu_balance_workfn"),
        Since("2.6.30", "reclaim", "mm/percpu.c:pcpu_reclaim"),
    ),
)

LOW_PAGES_TEST: Fact[str] = Fact(
    "low pages test",
    "where a successful request compares the empty populated pages with the low mark",
    (
        Since("6.13", "before population", "mm/percpu.c:pcpu_alloc_noprof (6.12.0 tests after, 6.13.7 before)"),
        Since("3.18", "after population", "mm/percpu.c:pcpu_alloc"),
        Since("2.6.30", "never", "mm/percpu.c:pcpu_alloc keeps no stock of empty pages"),
    ),
)

POPULATION: Fact[str] = Fact(
    "population",
    "how a request populates its missing pages: each run by itself (what succeeded stays after a failure) or all runs or none",
    (
        Since("3.18", "each run", "mm/percpu.c:pcpu_alloc: pcpu_for_each_unpop_region"),
        Since("2.6.30", "all or none", "mm/percpu-vm.c:pcpu_populate_chunk"),
    ),
)

CHUNK_TYPES: Fact[int] = Fact(
    "chunk types",
    "sets of slot lists with CONFIG_MEMCG_KMEM: accounted objects live in chunks of their own",
    (
        Since("5.14", 1, "mm/percpu.c: pcpu_chunk_lists (one set)"),
        Since("5.9", 2, "mm/percpu-internal.h:enum pcpu_chunk_type"),
        Since("2.6.30", 1, "mm/percpu.c:pcpu_slot"),
    ),
)

EMPTY_COUNTERS: Fact[str] = Fact(
    "empty counters",
    "pcpu_nr_empty_pop_pages: one for all chunks or one per chunk type",
    (
        Since("5.14", "one", "mm/percpu.c:pcpu_nr_empty_pop_pages"),
        Since("5.12", "per type", "mm/percpu.c:pcpu_update_empty_pages (5.12.9; absent in 5.11.5)"),
        Since("2.6.30", "one", "mm/percpu.c:pcpu_nr_empty_pop_pages"),
    ),
    backports=(
        Since(
            "5.11.14", "per type", "stable review of 5.11.14-rc1, 12 Apr 2021 (commit 0760fa3d8f7f); absent in 5.11.5"
        ),
        Since("5.10.30", "per type", "stable queue 5.10 of 12 Apr 2021 (5.10.30); 5.10.44 mm/percpu.c has it"),
    ),
)

NOWARN_HONOURED: Fact[bool] = Fact(
    "nowarn honoured",
    "__GFP_NOWARN silences the allocator's own warnings",
    (
        Since("4.14", True, "mm/percpu.c:pcpu_alloc: do_warn"),
        Since("2.6.30", False, "mm/percpu.c:pcpu_alloc"),
    ),
)

WARNED_FAILURES: Fact[str] = Fact(
    "warned failures",
    "which failures print and count against the limit of ten",
    (
        Since("6.6", "all", "mm/percpu.c:pcpu_alloc: do_warn without is_atomic (6.6.42; absent in 6.5)"),
        Since("3.18", "sleeping", "mm/percpu.c:pcpu_alloc: !is_atomic && warn_limit"),
        Since("2.6.32", "all", "mm/percpu.c:pcpu_alloc: warn_limit (read in 2.6.32.67)"),
        Since("2.6.30", "none", "mm/percpu.c:__alloc_percpu"),
    ),
)

KM_POPULATED: Fact[str] = Fact(
    "km populated",
    "pages that a percpu-km chunk adds to the populated count: those of the whole group or of one unit",
    (Since("2.6.30", "group", "mm/percpu-km.c:pcpu_create_chunk (2.6.37; 6.18.35, 6.19.0 still so)"),),
    backports=(
        Since("6.12.117", "unit", "Debian 6.12.117 mm/percpu-km.c"),
        Since("6.1.192", "unit", "Debian 6.1.192 mm/percpu-km.c"),
    ),
)

MAP_MARGIN: Fact[int] = Fact(
    "map margin",
    "map entries that must be free before a sleeping request tries an area map",
    (
        Since("3.18", 64, "mm/percpu.c:pcpu_need_to_extend: PCPU_ATOMIC_MAP_MARGIN_HIGH (atomic requests: 3)"),
        Since("3.15", 3, "mm/percpu.c:pcpu_need_to_extend"),
        Since("2.6.30", 2, "mm/percpu.c:pcpu_need_to_extend"),
    ),
)

STALE_PAGES: Fact[bool] = Fact(
    "stale pages",
    "a page allocation that fails half-way also frees pages that earlier requests put at the same page indexes",
    (
        Since("3.17", value=False, source="mm/percpu-vm.c:pcpu_alloc_pages (commit f0d279654dea)"),
        Since(
            "2.6.32",
            value=True,
            source="mm/percpu-vm.c:pcpu_alloc_pages, pcpu_free_pages (golden data of 3.2.7, 3.16.0)",
        ),
        Since("2.6.30", value=False, source="mm/percpu.c:pcpu_populate_chunk (no shared array)"),
    ),
    backports=(
        Since("3.10.105", value=False, source="golden data of 3.10.105; lower sublevels were not read"),
        Since("2.6.32.67", value=False, source="golden data of 2.6.32.67; lower sublevels were not read"),
    ),
)

FIRST_MAP_ENTRIES: Fact[int] = Fact(
    "first map entries",
    "entries of the first chunk's area maps at boot",
    (
        Since("2.6.36", 128, "include/linux/percpu.h:PERCPU_DYNAMIC_EARLY_SLOTS"),
        Since("2.6.30", 2, "mm/percpu.c:pcpu_setup_first_chunk: smap[2], dmap[2]"),
    ),
)

MAP_EXTENSION: Fact[str] = Fact(
    "map extension",
    "who extends an area map that atomic requests have nearly filled: its own work item or the balance worker",
    (
        Since("4.7", "balance worker", "mm/percpu.c:pcpu_balance_workfn, pcpu_map_extend_chunks"),
        Since("3.18", "own work item", "mm/percpu.c:pcpu_map_extend_workfn"),
        Since("2.6.30", "none", "mm/percpu.c:pcpu_extend_area_map, by the request itself"),
    ),
    backports=(Since("4.4.155", "balance worker", "4.4.155 mm/percpu.c has it, 4.4.11 not"),),
)

MAP_RESTART: Fact[bool] = Fact(
    "map restart",
    "after an area map was extended the walk over the slots starts again",
    (
        Since("2.6.32", True, "mm/percpu.c:pcpu_alloc: goto restart"),
        Since("2.6.30", False, "mm/percpu.c:pcpu_realloc"),
    ),
)

MEMINFO_PERCPU: Fact[bool] = Fact(
    "meminfo Percpu",
    "/proc/meminfo has a Percpu line",
    (
        Since("4.19", True, "fs/proc/meminfo.c, mm/percpu.c:pcpu_nr_pages"),
        Since("2.6.30", False, "fs/proc/meminfo.c"),
    ),
)

STACKLESS_ATOMIC: Fact[bool] = Fact(
    "stackless atomic",
    "an atomic failure that prints does not dump the stack",
    (
        Since("6.6", True, "mm/percpu.c:pcpu_alloc: dump_stack only if not atomic (6.6.42; absent in 6.5)"),
        Since("2.6.30", False, "mm/percpu.c:pcpu_alloc"),
    ),
)
