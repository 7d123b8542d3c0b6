"""The jump gives what walking gives: result, statistics and the whole final state, in every generation."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.address_space import AddressSpace, SpaceRules
from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.estimate import Effort
from planner.allocator.fill import ENDLESS, Call, Filled, fill
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.machine import MachineBacking
from planner.allocator.memory import Memory
from tests.allocator.fill_state import allocator_state, differences

VERSIONS = (
    "2.6.32.67",
    "3.2.7",
    "3.10.105",
    "3.16",
    "3.18.20",
    "4.4.11",
    "4.9.80",
    "4.13.9",
    "4.14.5",
    "4.19.95",
    "5.4.286",
    "5.9.1",
    "5.10.44",
    "5.15.135",
    "6.1.192",
    "6.12.117",
    "6.18.35",
)
PAGE = 4096


def layout(unit: int, *, reserved: int = 0, bits: int = 64, cpus: int = 2, static: int = 12002) -> Layout:
    rest = -(static + reserved) % PAGE
    return Layout(
        bits=bits,
        page_size=PAGE,
        static=static,
        reserved=reserved,
        dynamic=rest + 2 * PAGE,
        unit_size=unit,
        atom_size=PAGE,
        alloc_size=unit,
        nr_cpus=cpus,
        groups=(Group(0, tuple(range(cpus))),),
    )


def km_layout(unit: int, *, bits: int) -> Layout:
    """A machine without SMP: nothing but dynamic space, chunks of plain pages."""
    plain = layout(unit, bits=bits, cpus=1, static=0)
    return replace(plain, dynamic=unit, km=True)


LAYOUTS = (
    layout(32768),
    layout(40960, reserved=4096),
    layout(65536, bits=32, static=8192),
    layout(131072, cpus=1),
    km_layout(32768, bits=32),
    km_layout(65536, bits=64),
)


@dataclass(frozen=True)
class Step:
    """A filling, and then so many areas freed, every so many."""

    calls: tuple[Call, ...]
    limit: int
    charges: tuple[tuple[int, int, str], ...] = ()
    frees: int = 0
    stride: int = 1


@dataclass(frozen=True)
class Case:
    version: str
    layout: Layout
    steps: tuple[Step, ...]
    chunks: int | None = None
    pages: int | None = None
    machine: bool = False
    memcg: bool = False
    space: int = 0
    fine: int = field(default=0)


def make(case: Case) -> Allocator:
    version = KernelVersion.parse(case.version)
    if not case.machine:
        backing = CountedBacking(max_chunks=case.chunks, max_pages=case.pages)
        return Allocator(version, case.layout, backing, memcg=case.memcg)
    rules = SpaceRules.of(version, page_size=PAGE, online_cpus=2)
    end = 0xFEFFE000
    used = [(end - case.space * PAGE + 17 * PAGE, 3 * PAGE)] if case.fine % 2 else []
    space = AddressSpace(end - case.space * PAGE, end, rules, used)
    memory = Memory(lowmem=case.pages, highmem=case.fine % 5 * 100 if case.layout.bits == 32 else 0, nr_cpus=2)
    return Allocator(version, case.layout, MachineBacking(version, case.layout, space, memory), memcg=case.memcg)


def follow(case: Case, *, jump: bool) -> tuple[Allocator, list[Filled]]:
    allocator = make(case)
    found = []
    for step in case.steps:
        found.append(fill(allocator, step.calls, step.limit, charges=step.charges, jump=jump))
        if step.frees:
            pointers = sorted(
                allocator.pointer(chunk.index, offset)
                for chunk in allocator.chunks
                for offset, _length in chunk.areas()
            )
            for pointer in pointers[:: step.stride][: step.frees]:
                allocator.free(pointer)
            allocator.run_pending()
    return allocator, found


def check(case: Case) -> None:
    jumped, found = follow(case, jump=True)
    walked, expected = follow(case, jump=False)
    assert found == expected
    assert differences(allocator_state(jumped), allocator_state(walked)) == []


ALIGNS = st.sampled_from([4, 8, 8, 8, 16, 64, 256, 4096])
SIZES = st.one_of(
    st.sampled_from([8, 16, 24, 40, 64, 100, 104, 256, 520, 1024, 2048, 4096, 8192, 20000, 32768]),
    st.integers(4, 600),
)


@st.composite
def calls(draw: st.DrawFn, *, most: int = 6, least_sum: int = 8) -> tuple[Call, ...]:
    gfp = draw(st.sampled_from([0, 0, 0, 0, 1]))
    accounted = draw(st.booleans())
    reserved = draw(st.sampled_from([False, False, False, True]))
    mixed = draw(st.booleans())
    made = []
    for _ in range(draw(st.sampled_from([1, 1, 2, most]))):
        one = (
            draw(SIZES),
            draw(ALIGNS),
            draw(st.sampled_from([gfp, gfp, 0])) if mixed else gfp,
            reserved,
            draw(st.booleans()) if mixed else accounted,
            False,
        )
        made.append(one)
    if sum(call[0] for call in made) < least_sum:
        made.append((64, 8, 0, False, False, False))
    return tuple(made)


CHARGES = st.sampled_from(
    [(), (), ((512, 1, "slab"),), ((192, 2, "slab"), (4096, 1, "pages")), ((8192, 1, "vmalloc"),)]
)


@st.composite
def cases(draw: st.DrawFn, *, machine: bool) -> Case:
    where = draw(st.sampled_from(LAYOUTS))
    chunks = draw(st.integers(3, 14))
    steps = []
    for _ in range(draw(st.integers(1, 3))):
        wanted = draw(calls())
        each = max(sum(size for size, *_ in wanted), 64)
        full = chunks * where.unit_size // each + 200
        limit = draw(st.one_of(st.just(full + 10_000), st.integers(1, full)))
        steps.append(
            Step(
                wanted,
                min(limit, 12_000 // len(wanted)),
                draw(CHARGES) if machine else (),
                draw(st.sampled_from([0, 0, 1, 5, 40, 1000])),
                draw(st.sampled_from([1, 1, 3, 50])),
            )
        )
    pages_each = where.unit_pages * where.nr_cpus
    return Case(
        draw(st.sampled_from(VERSIONS)),
        where,
        tuple(steps),
        chunks=draw(st.sampled_from([chunks, chunks, None])),
        pages=draw(st.sampled_from([None, chunks * pages_each, chunks * pages_each // 2 + draw(st.integers(0, 50))])),
        machine=machine,
        memcg=draw(st.booleans()),
        space=draw(st.integers(2, 14)) * (pages_each + 8) + draw(st.integers(0, 40)) if machine else 0,
        fine=draw(st.integers(0, 9)),
    )


@settings(max_examples=80, deadline=None)
@given(cases(machine=False))
def test_jumping_is_walking(case: Case) -> None:
    check(case)


@settings(max_examples=40, deadline=None)
@given(cases(machine=True))
def test_jumping_is_walking_on_a_machine(case: Case) -> None:
    check(case)


MIX = tuple(
    (size, align, 0, False, False, False)
    for size, align in [(4, 4), (8, 4), (256, 256), (792, 8), (112, 8), (40, 8), (4, 4)]
)


@pytest.mark.parametrize("version", ["3.10.105", "4.9.80", "4.19.95", "6.1.192", "6.12.117"])
def test_what_is_extrapolated_says_how_far_it_may_be_off(version: str) -> None:
    """A mix that does not repeat: the count is not that of walking, but the range holds that, and the state adds up."""
    found = []
    for effort in (None, Effort(walked=2000, sample=2000)):
        backing = CountedBacking(max_chunks=160)
        allocator = Allocator(KernelVersion.parse(version), layout(65536), backing)
        found.append(fill(allocator, MIX, effort=effort))
        assert allocator.stats.nr_chunks == len(allocator.chunks) == 161
        assert allocator.stats.nr_cur_alloc == sum(chunk.nr_alloc for chunk in allocator.chunks)
        assert backing.pages_out == 2 * sum(chunk.nr_populated for chunk in allocator.chunks[:] if chunk.index)
    walked, estimated = found
    assert walked.off is None
    assert estimated.off is not None
    assert estimated.made - estimated.off[0] <= walked.made <= estimated.made + estimated.off[1]
    assert abs(estimated.made / walked.made - 1) < 0.05


GROUPS = (
    ((256, 256),) * 3,
    ((8192, 8),) * 3,
    ((2048, 8), (4096, 8)),
    ((20000, 8), (8192, 8)),
    ((4096, 8), (8192, 8), (1024, 8)),
    ((12288, 64),) * 5,
)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: "+".join(str(size) for size, _align in group))
def test_groups_that_repeat_and_fail_in_the_middle_of_an_instance(
    version: str, group: tuple[tuple[int, int], ...]
) -> None:
    step = Step(tuple((size, align, 0, False, False, False) for size, align in group), ENDLESS, frees=30, stride=7)
    for where in LAYOUTS[:2]:
        for chunks in (23, 24, 25):
            check(Case(version, where, (step, step), chunks=chunks))


@pytest.mark.parametrize("version", ["2.6.32.67", "3.10.105", "4.14.5", "5.10.44", "6.1.192", "6.12.117"])
@pytest.mark.parametrize("size", [64, 1000, 8192])
def test_chunks_of_plain_pages_whose_metadata_lies_in_the_address_space(version: str, size: int) -> None:
    """percpu-km on 32 bits: bitmaps and vectors come from vmalloc, and address space or memory ends it, whichever is first."""
    step = Step(((size, min(size & -size, 256), 0, False, False, False),), 20_000, ((512, 1, "slab"),))
    for space, pages in ((300, None), (3000, 500), (900, 400)):
        check(Case(version, km_layout(32768, bits=32), (step,), pages=pages, machine=True, space=space, memcg=True))
