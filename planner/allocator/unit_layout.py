"""How possible CPUs become groups of units: mm/percpu.c:pcpu_build_alloc_info, from 2.6.32 on."""

import functools
from collections import Counter
from collections.abc import Callable, Sequence

from planner.allocator import kernel_boot
from planner.allocator.architecture import CpuDistance, NodeDistance
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout, Mode
from planner.quick import dataclass

LARGEST_ATOM = 1 << 30
"""Far above any kernel's (LoongArch with 64 KiB pages: 512 MiB); keeps the search for units short."""

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


Groups = tuple[tuple[int, ...], ...]


def group_cpus(version: KernelVersion, cpus: Sequence[int], distance: CpuDistance | None) -> Groups:
    """Split ``cpus`` (ascending) into groups that are near each other; no distance function means one group."""
    if distance is None:
        return (tuple(cpus),) if cpus else ()
    by_leader = kernel_boot.GROUPING.at(version) == "leader"
    place = distance.node if isinstance(distance, NodeDistance) else int
    between = functools.cache(distance.between if isinstance(distance, NodeDistance) else distance)

    def near(one: int, other: int) -> bool:
        """Whether two places (nodes, or CPUs where the function tells no nodes) are local to each other both ways."""
        there, back = between(one, other), between(other, one)
        if by_leader:
            return there == back == LOCAL_DISTANCE
        return there <= LOCAL_DISTANCE and back <= LOCAL_DISTANCE

    return (_group_by_leader if by_leader else _group_pairwise)(cpus, place, near)


def _group_by_leader(cpus: Sequence[int], place: Callable[[int], int], near: Callable[[int, int], bool]) -> Groups:
    """Take the lowest CPU left as leader; all that are near to it join."""
    left: dict[int, list[int]] = {}
    for cpu in cpus:
        left.setdefault(place(cpu), []).append(cpu)
    taken: set[int] = set()
    groups: list[tuple[int, ...]] = []
    for leader in cpus:
        if leader in taken:
            continue
        home = place(leader)
        left[home].remove(leader)
        members = [leader]
        for there in [there for there in left if near(home, there)]:
            members += left.pop(there)
        if not left.get(home, True):
            del left[home]
        groups.append(tuple(sorted(members)))
        taken.update(members)
    return tuple(groups)


def _group_pairwise(cpus: Sequence[int], place: Callable[[int], int], near: Callable[[int, int], bool]) -> Groups:
    """Put each CPU into the lowest group in which it is near to all lower CPUs.

    A group never becomes nearer to a place, so the search for a place's next CPU starts where the last one went.
    """
    groups: list[list[int]] = []
    places: list[set[int]] = []
    start: dict[int, int] = {}
    for cpu in cpus:
        home = place(cpu)
        index = start.get(home, 0)
        while index < len(groups) and not all(near(home, there) for there in places[index]):
            index += 1
        if index == len(groups):
            groups.append([])
            places.append(set())
        groups[index].append(cpu)
        places[index].add(home)
        start[home] = index
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

    :raises ValueError: there is no CPU, or a size is negative, or the atom is no multiple of the page, or above 1 GiB.
    """
    version, sizes, page_size = setup.version, setup.sizes, setup.page_size
    possible = sorted(set(setup.cpus))
    if not possible or min(sizes.static, sizes.reserved) < 0:
        raise ValueError("first chunk: needs a possible CPU and sizes of at least 0")
    if not page_size <= atom_size <= LARGEST_ATOM or atom_size % page_size:
        raise ValueError(f"first chunk: the atom is {atom_size} bytes, not whole pages up to 1 GiB")
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
