"""Laws of the unit layout: every CPU has one unit, units are whole, waste is bounded."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.allocator import kernel_boot
from planner.allocator.architecture import NodeDistance
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.unit_layout import (
    Setup,
    Sizes,
    UnitSpace,
    build_layout,
    group_cpus,
    min_unit_size,
    unit_space,
    units_per_alloc,
)

VERSIONS = tuple(map(KernelVersion.parse, ("2.6.32", "2.6.36", "3.10", "4.9.80", "5.11", "5.12", "6.1", "6.12")))
KIB = 1024

versions = st.sampled_from(VERSIONS)
pages = st.sampled_from((4 * KIB, 16 * KIB, 64 * KIB))
cpu_sets = st.sets(st.integers(0, 300), min_size=1, max_size=60)
sizes = st.builds(
    Sizes, static=st.integers(1, 700_000), reserved=st.integers(0, 20_000), dynamic=st.integers(0, 120_000)
)


@given(versions, pages, st.integers(0, 9), cpu_sets, sizes, st.integers(1, 5))
def test_layout_laws(version, page, doublings, cpus, wanted, nodes):  # noqa: PLR0917 - one argument a drawn value
    atom = page << doublings
    setup = Setup(version=version, bits=64, page_size=page, cpus=sorted(cpus), sizes=wanted)
    layout = build_layout(setup, atom, lambda a, b: 10 if a % nodes == b % nodes else 20)

    placed = [cpu for group in layout.groups for cpu in group.cpus if cpu is not None]
    assert sorted(placed) == sorted(cpus)
    assert layout.unit_size * layout.units_per_alloc == layout.alloc_size
    assert layout.alloc_size % atom == 0
    assert layout.unit_size % page == 0
    assert layout.unit_size >= max(layout.size_sum, min_unit_size(version, page))
    assert layout.size_sum % page == 0 or (layout.dynamic == 0 and wanted.dynamic == 0)
    assert layout.dynamic >= max(wanted.dynamic, kernel_boot.DYNAMIC_EARLY.at(version) or 0)
    assert layout.size_sum - wanted.static - wanted.reserved == layout.dynamic
    assert layout.nr_units - len(cpus) <= len(cpus) // 3
    assert all(group.nr_units % layout.units_per_alloc == 0 for group in layout.groups)
    before = 0
    for group in layout.groups:
        assert group.offset == before * layout.unit_size
        before += group.nr_units


@given(st.integers(1, 64), st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_no_larger_unit_count_needs_fewer_allocations(most, groups):
    """The search prefers few allocations; among equals it takes the largest unit."""
    page = 4096
    alloc = page * 2**10
    space = UnitSpace(0, alloc // most // page * page, alloc, most)
    chosen = units_per_alloc(space, groups, page)
    total = sum(groups)

    def allocs(units: int) -> int:
        return sum(-(-count // units) for count in groups)

    def allowed(units: int) -> bool:
        return (alloc // page) % units == 0 and allocs(units) * units - total <= total // 3

    assert allowed(chosen)
    candidates = [units for units in range(1, most + 1) if allowed(units)]
    assert all(allocs(units) >= allocs(chosen) for units in candidates if units > chosen)
    smaller = [units for units in candidates if units < chosen]
    assert not smaller or allocs(max(smaller)) > allocs(chosen)


@given(cpu_sets, st.dictionaries(st.integers(0, 300), st.integers(0, 6)))
def test_both_grouping_rules_agree_where_nearness_is_transitive(cpus, nodes):
    def distance(one, other):
        return 10 if nodes.get(one, 0) == nodes.get(other, 0) else 20

    old, new = KernelVersion.parse("5.11"), KernelVersion.parse("5.12")
    assert group_cpus(old, sorted(cpus), distance) == group_cpus(new, sorted(cpus), distance)


def test_grouping_rules_differ_where_nearness_is_not_transitive():
    """CPUs 0-1 and 1-2 are near, 0-2 are far: the old rule wants all near, the new one asks the leader."""
    near = {frozenset({0, 1}), frozenset({1, 2}), frozenset({2, 3}), frozenset({3, 0}), frozenset({1, 3})}

    def distance(one, other):
        return 10 if one == other or frozenset({one, other}) in near else 20

    assert group_cpus(KernelVersion.parse("5.11"), range(4), distance) == ((0, 1, 3), (2,))
    assert group_cpus(KernelVersion.parse("5.12"), range(4), distance) == ((0, 1, 3), (2,))
    near.remove(frozenset({1, 3}))
    assert group_cpus(KernelVersion.parse("5.11"), range(4), distance) == ((0, 1), (2, 3))
    assert group_cpus(KernelVersion.parse("5.12"), range(4), distance) == ((0, 1, 3), (2,))


def test_asymmetric_distances_count_both_ways():
    def distance(one, other):
        return 15 if (one, other) == (1, 0) else 10

    for version in ("5.11", "5.12"):
        assert group_cpus(KernelVersion.parse(version), (0, 1, 2), distance) == ((0, 2), (1,))


def test_distances_below_local():
    """Nearer than local is near for the old rule, and a group of its own for the new one, which wants exactly 10."""
    assert group_cpus(KernelVersion.parse("5.11"), (0, 1), lambda *_: 9) == ((0, 1),)
    assert group_cpus(KernelVersion.parse("5.12"), (0, 1), lambda *_: 9) == ((0,), (1,))


def test_without_distance_function_there_is_one_group():
    assert group_cpus(VERSIONS[0], (1, 5, 9), None) == ((1, 5, 9),)


@pytest.mark.parametrize(
    ("version", "dynamic", "expected"),
    [("2.6.35", -1, 1096), ("2.6.35", 0, 0), ("2.6.35", 1, 1096), ("2.6.36", 0, 13384), ("6.2", 0, 21576)],
)
def test_dynamic_size_by_version(version, dynamic, expected):
    """-1 = what rounding leaves; from 2.6.36 on at least the early size."""
    space = unit_space(KernelVersion.parse(version), Sizes(static=100_000, reserved=1304, dynamic=dynamic), 4096, 4096)
    assert space.dynamic == expected


@pytest.mark.parametrize(
    ("cpus", "static", "reserved", "atom"),
    [
        ((), 1, 0, 4096),
        ((0,), -1, 0, 4096),
        ((0,), 1, -4, 4096),
        ((0,), 1, 0, 5000),
        ((0,), 1, 0, 2048),
        ((0,), 1, 0, 1 << 40),
    ],
)
def test_impossible_input_is_refused(cpus, static, reserved, atom):
    sizes = Sizes(static=static, reserved=reserved, dynamic=0)
    with pytest.raises(ValueError, match="first chunk"):
        build_layout(Setup(version=VERSIONS[0], bits=64, page_size=4096, cpus=cpus, sizes=sizes), atom)


def naive_groups(version, cpus, distance):
    """Grouping by comparing every CPU with every other, as the kernel's loops do."""
    groups = []
    if version >= KernelVersion.parse("5.12"):
        left = list(cpus)
        while left:
            leader = left[0]
            near = [cpu for cpu in left[1:] if distance(leader, cpu) == 10 and distance(cpu, leader) == 10]
            groups.append((leader, *near))
            left = [cpu for cpu in left[1:] if cpu not in near]
        return tuple(groups)
    for cpu in cpus:
        for group in groups:
            if all(distance(cpu, other) <= 10 and distance(other, cpu) <= 10 for other in group):
                group.append(cpu)
                break
        else:
            groups.append([cpu])
    return tuple(map(tuple, groups))


@given(
    st.sampled_from((KernelVersion.parse("5.11"), KernelVersion.parse("5.12"))),
    cpu_sets,
    st.dictionaries(st.integers(0, 300), st.integers(0, 4)),
    st.lists(st.lists(st.sampled_from((9, 10, 11, 20)), min_size=5, max_size=5), min_size=5, max_size=5),
)
def test_groups_equal_the_naive_ones(version, cpus, nodes, table):
    """Any distances at all: asymmetric, nearer than local, far within a node; told by node or not."""
    distance = NodeDistance(nodes, tuple(map(tuple, table)))
    order = sorted(cpus)
    expected = naive_groups(version, order, distance)
    assert group_cpus(version, order, distance) == expected
    assert group_cpus(version, order, lambda one, other: distance(one, other)) == expected  # noqa: PLW0108 - hides the nodes


@pytest.mark.parametrize("version", ["2.6.32", "6.1"])
@pytest.mark.parametrize("table", [None, tuple((20,) * 16 for _ in range(16))])
def test_many_cpus(version, table):
    """As many CPUs as a profile may name: the layout is made once a report, and by calibration a hundred times."""
    cpus = 65536 if table is None else 8192
    setup = Setup(
        version=KernelVersion.parse(version),
        bits=64,
        page_size=4096,
        cpus=range(cpus),
        sizes=Sizes(static=200_000, reserved=8192, dynamic=28672),
    )
    layout = build_layout(setup, 2 << 20, NodeDistance({cpu: cpu * 16 // cpus for cpu in range(cpus)}, table))
    expected = {cpus // 16: 16} if table is None else {1: cpus}
    assert Counter(group.nr_units for group in layout.groups) == expected
