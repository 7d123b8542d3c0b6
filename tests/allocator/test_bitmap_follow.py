"""Equal requests of a few granules that fill a page's block in one step: as walking, wherever the fill stops."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.allocator import Allocator
from planner.allocator.fill import fill
from planner.allocator.kernel_version import KernelVersion
from tests.allocator.test_fill import PAGE, Case, Step, check, layout

PLAIN = (0, False, False, False)
VERSIONS = ("4.14.336", "4.19.95", "5.2", "5.4.286", "5.10.44", "5.14", "6.1.192", "6.12.117")
SIZES = st.sampled_from([4, 4, 4, 8, 8, 12, 16, 24, 40, 64, 100])
ALIGNS = st.sampled_from([4, 4, 8, 8, 16, 32])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        limit = draw(st.one_of(st.integers(1, 60), st.integers(200, 2600)))
        frees = draw(st.sampled_from([0, 0, 0, 1, 5, 40]))
        call = (draw(SIZES), draw(ALIGNS), *PLAIN)
        steps.append(Step((call,), limit, (), frees, draw(st.sampled_from([1, 1, 3, 17]))))
    return Case(
        draw(st.sampled_from(VERSIONS)),
        layout(draw(st.sampled_from([8, 24])) * PAGE, static=draw(st.sampled_from([12002, 4096]))),
        tuple(steps),
        chunks=draw(st.sampled_from([1, 2, None])),
        pages=None,
        machine=False,
        memcg=False,
        space=0,
        fine=draw(st.integers(0, 9)),
    )


@settings(max_examples=200, deadline=None)
@given(cases())
def test_following_is_walking(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_others_place_in_between_is_not_taken_for_the_run(version: str) -> None:
    """A page like an earlier one, but for an area that another fill put into that, becomes what walking makes of it."""
    equal, other = (40, 16, *PLAIN), (4, 16, *PLAIN)
    steps = (Step((equal,), 8, (), 0, 1), Step((other,), 1, (), 0, 1), Step((equal,), 212, (), 0, 1))
    check(Case(version, layout(8 * PAGE, static=12002), steps, chunks=1))


@pytest.mark.parametrize("version", VERSIONS[2:])
@pytest.mark.parametrize("limit", [700, 1500])
def test_a_block_is_not_walked(version: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    allocator, walked = Allocator(KernelVersion.parse(version), layout(24 * PAGE, static=4096)), []
    alloc = Allocator.alloc
    monkeypatch.setattr(Allocator, "alloc", lambda self, *call: (walked.append(call), alloc(self, *call))[1])
    assert fill(allocator, [(4, 4, *PLAIN)], limit).made == limit
    assert len(walked) < limit / 20
