"""How possible CPUs become groups of units: mm/percpu.c:pcpu_build_alloc_info, from 2.6.32 on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from planner.allocator import kernel_boot
from planner.allocator.architecture import CpuDistance
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout, Mode

LOCAL_DISTANCE = 10
"""NUMA distance of a node to itself (include/linux/topology.h)."""


def align_up(number: int, multiple: int) -> int:
    """Round ``number`` up to a multiple of ``multiple``."""
    return -(-number // multiple) * multiple


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the first chunk is asked to hold, bytes.

    ``dynamic`` as the set-up code passes it: -1 means "what rounding leaves" (up to 2.6.35), 0 the early minimum.
    ``early`` is PERCPU_DYNAMIC_EARLY_SIZE where a configuration changes it; ``None`` = the version's own.
    """

    static: int
    reserved: int
    dynamic: int
    early: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What every first-chunk method is given: the kernel, word and page size (bits, bytes), possible CPUs, sizes.

    ``km``: the backend takes chunks as contiguous pages (no MMU).
    """

    version: KernelVersion
    bits: int
    page_size: int
    cpus: Sequence[int]
    sizes: Sizes
    km: bool = False


@dataclass(frozen=True, slots=True)
class UnitSpace:
    """Bytes of a unit in use and of one boot allocation, and how many units the latter may hold at most."""

    dynamic: int
    size_sum: int
    alloc_size: int
    max_units: int


def min_unit_size(version: KernelVersion, page_size: int) -> int:
    """Return PCPU_MIN_UNIT_SIZE in bytes."""
    return align_up(kernel_boot.MIN_UNIT.at(version), page_size)


def unit_space(version: KernelVersion, sizes: Sizes, page_size: int, atom_size: int) -> UnitSpace:
    """Round the parts of the first chunk to pages and the unit to the atom (bytes)."""
    early = kernel_boot.DYNAMIC_EARLY.at(version)
    if early is None:
        size_sum = align_up(sizes.static + sizes.reserved + max(sizes.dynamic, 0), page_size)
        dynamic = size_sum - sizes.static - sizes.reserved if sizes.dynamic else 0
    else:
        wanted = max(sizes.dynamic, early if sizes.early is None else sizes.early)
        size_sum = align_up(sizes.static + sizes.reserved + wanted, page_size)
        dynamic = size_sum - sizes.static - sizes.reserved
    unit = max(size_sum, min_unit_size(version, page_size))
    alloc_size = align_up(unit, atom_size)
    units = alloc_size // unit
    while not _divides(alloc_size, units, page_size):
        units -= 1
    return UnitSpace(dynamic, size_sum, alloc_size, units)


def _divides(alloc_size: int, units: int, page_size: int) -> bool:
    return alloc_size % units == 0 and alloc_size // units % page_size == 0


def group_cpus(
    version: KernelVersion, cpus: Sequence[int], distance: CpuDistance | None
) -> tuple[tuple[int, ...], ...]:
    """Split ``cpus`` (ascending) into groups that are near each other; no distance function means one group."""
    if distance is None:
        return (tuple(cpus),) if cpus else ()
    if kernel_boot.GROUPING.at(version) == "leader":
        return _group_by_leader(cpus, distance)
    return _group_pairwise(cpus, distance)


def _group_by_leader(cpus: Sequence[int], distance: CpuDistance) -> tuple[tuple[int, ...], ...]:
    left, groups = list(cpus), []
    while left:
        leader = left[0]
        near = [
            cpu
            for cpu in left[1:]
            if distance(leader, cpu) == LOCAL_DISTANCE and distance(cpu, leader) == LOCAL_DISTANCE
        ]
        groups.append((leader, *near))
        members = set(groups[-1])
        left = [cpu for cpu in left if cpu not in members]
    return tuple(groups)


def _group_pairwise(cpus: Sequence[int], distance: CpuDistance) -> tuple[tuple[int, ...], ...]:
    groups: list[list[int]] = []
    for cpu in cpus:
        for group in groups:
            if all(
                distance(cpu, other) <= LOCAL_DISTANCE and distance(other, cpu) <= LOCAL_DISTANCE for other in group
            ):
                group.append(cpu)
                break
        else:
            groups.append([cpu])
    return tuple(map(tuple, groups))


def units_per_alloc(space: UnitSpace, group_sizes: Sequence[int], page_size: int) -> int:
    """Search the number of units in one boot allocation: fewest allocations, at most a third of the units wasted."""
    total = sum(group_sizes)
    by_size = Counter(group_sizes)
    best, best_allocs = 1, None
    for units in range(space.max_units, 0, -1):
        if not _divides(space.alloc_size, units, page_size):
            continue
        allocs = sum(-(-count // units) * times for count, times in by_size.items())
        if allocs * units - total > total // 3:
            continue
        if best_allocs is not None and allocs > best_allocs:
            break
        best, best_allocs = units, allocs
    return best


def build_layout(setup: Setup, atom_size: int, distance: CpuDistance | None = None, mode: Mode = "embed") -> Layout:
    """Lay out the units of the possible CPUs; group offsets are provisional: the size of the units before the group.

    :raises ValueError: there is no CPU, or a size is negative, or the atom is no multiple of the page.
    """
    version, sizes, page_size = setup.version, setup.sizes, setup.page_size
    possible = sorted(set(setup.cpus))
    if not possible or min(sizes.static, sizes.reserved) < 0 or atom_size < page_size or atom_size % page_size:
        raise ValueError("first chunk: needs a possible CPU, sizes of at least 0 and an atom of whole pages")
    space = unit_space(version, sizes, page_size, atom_size)
    members = group_cpus(version, possible, distance)
    units = units_per_alloc(space, [len(group) for group in members], page_size)
    unit_size = space.alloc_size // units
    groups, before = [], 0
    for group in members:
        padding = align_up(len(group), units) - len(group)
        groups.append(Group(before * unit_size, (*group, *(None,) * padding)))
        before += len(group) + padding
    return Layout(
        bits=setup.bits,
        page_size=page_size,
        static=sizes.static,
        reserved=sizes.reserved,
        dynamic=space.dynamic,
        unit_size=unit_size,
        atom_size=atom_size,
        alloc_size=space.alloc_size,
        nr_cpus=len(possible),
        groups=tuple(groups),
        mode=mode,
        km=setup.km,
    )
