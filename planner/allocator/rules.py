"""The version facts of one boot, looked up once: what the mechanism asks instead of asking for versions."""

from planner.allocator import kernel, kernel_boot
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Layout
from planner.quick import dataclass

SLOT_BASE_SHIFT = 5
"""PCPU_SLOT_BASE_SHIFT of mm/percpu-internal.h, the same in all versions."""
EMPTY_POP_PAGES_LOW = 2
EMPTY_POP_PAGES_HIGH = 4
SLOT_FAIL_THRESHOLD = 3
WARN_LIMIT = 10


def raw_slot(size: int) -> int:
    """Return the slot for ``size`` bytes (mm/percpu.c:__pcpu_size_to_slot): one slot for each power of two from 16 up."""
    bits = size.bit_length()
    return bits - SLOT_BASE_SHIFT + 2 if bits >= SLOT_BASE_SHIFT else 1


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything about the kernel and the layout that decides an outcome. Sizes in bytes; see kernel.py for the meaning of each fact."""

    engine: str
    granule: int
    maximum: int
    align_checked: bool
    page_size: int
    unit_size: int
    unit_pages: int
    nr_cpus: int
    nr_slots: int
    free_slot: int
    sidelined_slot: int
    depopulate_slot: int
    atomic_gfp: tuple[bool, bool, bool, bool]
    create_when_free: bool
    worker: str
    low_test_early: bool
    keeps_stock: bool
    populate_together: bool
    stale_pages: bool
    types: int
    counters: int
    nowarn: bool
    warned: str
    stackless_atomic: bool
    map_margin: int
    first_map: int
    map_extension: str
    km: bool
    km_pages: int
    km_populated: int

    @classmethod
    def of(cls, version: KernelVersion, layout: Layout, *, memcg: bool) -> "Rules":
        """Look all facts up for ``version``; ``memcg`` is CONFIG_MEMCG_KMEM, which matters for 5.9 to 5.13 only.

        :raises LookupError: the version is older than what planner models.
        """
        depopulating = kernel.WORKER.at(version) == "depopulate"
        top = raw_slot(layout.unit_size)
        types = kernel.CHUNK_TYPES.at(version) if memcg else 1
        per_type = kernel.EMPTY_COUNTERS.at(version) == "per type"
        group_pages = layout.nr_units * layout.unit_pages
        km_populated = layout.unit_pages if kernel.KM_POPULATED.at(version) == "unit" else group_pages
        minimum = kernel_boot.MIN_UNIT.at(version)
        return cls(
            engine=kernel.ENGINE.at(version),
            granule=kernel.GRANULE.at(version),
            maximum=-(-minimum // layout.page_size) * layout.page_size,
            align_checked=kernel.ALIGN_CHECKED.at(version),
            page_size=layout.page_size,
            unit_size=layout.unit_size,
            unit_pages=layout.unit_pages,
            nr_cpus=layout.nr_cpus,
            nr_slots=top + (4 if depopulating else 2),
            free_slot=top + (2 if depopulating else 1),
            sidelined_slot=top + 1 if depopulating else -1,
            depopulate_slot=top + 3 if depopulating else -1,
            atomic_gfp={
                "none": (False, False, False, False),
                "not GFP_KERNEL": (False, True, True, True),
                "may not block": (False, True, False, False),
            }[kernel.ATOMIC.at(version)],
            create_when_free=kernel.CREATE_RULE.at(version) == "always",
            worker=kernel.WORKER.at(version),
            low_test_early=kernel.LOW_PAGES_TEST.at(version) == "before population",
            keeps_stock=kernel.LOW_PAGES_TEST.at(version) != "never",
            stale_pages=kernel.STALE_PAGES.at(version),
            populate_together=kernel.POPULATION.at(version) == "all or none",
            types=types,
            counters=types if per_type else 1,
            nowarn=kernel.NOWARN_HONOURED.at(version),
            warned=kernel.WARNED_FAILURES.at(version),
            stackless_atomic=kernel.STACKLESS_ATOMIC.at(version),
            map_margin=kernel.MAP_MARGIN.at(version),
            first_map=kernel.FIRST_MAP_ENTRIES.at(version),
            map_extension=kernel.MAP_EXTENSION.at(version),
            km=layout.km,
            km_pages=1 << (group_pages - 1).bit_length(),
            km_populated=km_populated,
        )
