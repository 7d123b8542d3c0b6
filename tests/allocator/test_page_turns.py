"""Many pages done in one step are those that walking fills: on units of many pages, after whatever came before, in every generation."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.fill import fill
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.page_turns import PageTurns
from tests.allocator.fill_state import allocator_state, differences
from tests.allocator.test_fill import PAGE, VERSIONS, Case, Step, check, layout

PAGES = (24, 48, 64, 160)
PLAIN = (0, False, False, False)
CHARGES = st.sampled_from([(), (), ((512, 1, "slab"),), ((192, 2, "slab"), (4096, 1, "pages"))])


def call(size: int, align: int) -> tuple[int, int, int, bool, bool, bool]:
    return (size, align, *PLAIN)


SIZES = st.one_of(
    st.sampled_from([8, 16, 24, 40, 64, 92, 100, 256, 520, 1000, 1024, 2048, 3000]),
    st.integers(2, 1200),
    st.integers(2, 300),
)
ALIGNS = st.sampled_from([4, 8, 8, 16, 32, 64, 256, 1024, 4096, 12])


@st.composite
def cases(draw: st.DrawFn, *, machine: bool) -> Case:
    pages = draw(st.sampled_from(PAGES))
    where = layout(pages * PAGE, static=draw(st.sampled_from([12002, 4096, 20000])))
    steps = []
    for number in range(draw(st.integers(1, 3))):
        size, align = draw(SIZES), draw(ALIGNS)
        each = max(-(-size // max(align, 8)) * max(align, 8), 24)
        calls = [call(size, align)] * (1 if number or draw(st.integers(0, 3)) else 2)
        if len(calls) > 1:
            calls[1] = call(draw(SIZES), draw(ALIGNS))
        limit = draw(st.one_of(st.just(8000), st.integers(1, 3 * where.unit_size // each + 1)))
        frees = draw(st.sampled_from([0, 0, 3, 60, 2000]))
        steps.append(
            Step(
                tuple(calls),
                min(limit, 8000 // len(calls)),
                draw(CHARGES) if machine else (),
                frees,
                draw(st.sampled_from([1, 2, 7])),
            )
        )
    chunks = draw(st.integers(1, 4))
    return Case(
        draw(st.sampled_from(VERSIONS)),
        where,
        tuple(steps),
        chunks=draw(st.sampled_from([chunks, None])),
        pages=draw(st.one_of(st.none(), st.integers(pages, 2 * chunks * pages))),
        machine=machine,
        memcg=draw(st.booleans()),
        space=(draw(st.integers(2, 5)) * (2 * pages + 8) + draw(st.integers(0, 40))) if machine else 0,
        fine=draw(st.integers(0, 9)),
    )


@settings(max_examples=50, deadline=None)
@given(cases(machine=False))
def test_turns_are_walking(case: Case) -> None:
    check(case)


@settings(max_examples=25, deadline=None)
@given(cases(machine=True))
def test_turns_are_walking_on_a_machine(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("km", [False, True])
@pytest.mark.parametrize(("size", "align"), [(24, 8), (256, 256), (92, 256), (24, 64), (48, 8), (1280, 8)])
@pytest.mark.parametrize("version", ["2.6.32.67", "3.10.105", "3.16", "4.9.80", "4.19.95", "5.9.1", "6.12.117"])
def test_most_pages_are_done_in_turns(
    monkeypatch: pytest.MonkeyPatch, version: str, size: int, align: int, *, km: bool
) -> None:
    """The short way is taken at all, in every generation, and gives the state of walking it."""
    where = layout(80 * PAGE, cpus=1 if km else 2)
    if km:
        where = replace(where, km=True)
    turns = 0
    more = PageTurns.more

    def counting(self: PageTurns, *arguments: object) -> int:
        nonlocal turns
        made = more(self, *arguments)  # type: ignore[arg-type]
        turns += made
        return made

    monkeypatch.setattr(PageTurns, "more", counting)
    states = []
    for jump in (True, False):
        allocator = Allocator(KernelVersion.parse(version), where, CountedBacking(max_chunks=2))
        filled = fill(allocator, [call(size, align)], jump=jump)
        states.append((filled, allocator_state(allocator)))
    assert states[0][0] == states[1][0]
    assert differences(states[0][1], states[1][1]) == []
    assert turns > states[0][0].made // 8


@pytest.mark.parametrize("version", VERSIONS)
def test_free_pages_that_were_in_use_remember_it(version: str) -> None:
    """A page's record keeps old values when all of it is free again: it does not become what a fresh page becomes."""
    mix = tuple(call(*one) for one in [(8, 4), (8, 4), (20000, 4), (8, 4096), (8, 4), (100, 8)])
    steps = (Step(mix, 208, frees=40), Step((call(256, 8),), 361))
    check(Case(version, layout(10 * PAGE, reserved=PAGE), steps, pages=67))
