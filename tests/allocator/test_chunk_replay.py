"""A chunk filled like an earlier one is put into its state in one step: the state of walking it, whatever the stock of pages does."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.fill import fill
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.page_stock import Stock
from planner.allocator.request import Failure
from tests.allocator.fill_state import allocator_state, differences
from tests.allocator.test_fill import PAGE, layout

VERSIONS = (
    "2.6.32.67",
    "3.10.105",
    "3.16",
    "3.18.20",
    "4.9.80",
    "4.19.95",
    "5.4.286",
    "5.10.44",
    "6.1.192",
    "6.12.117",
    "6.18.35",
)
BITMAPS = VERSIONS[5:]


class Counted(Allocator):
    """Counts the requests that are really made."""

    asked = 0

    def alloc(self, *arguments: Any, **more: Any) -> int | Failure:
        self.asked += 1
        return super().alloc(*arguments, **more)


def filled(
    version: str,
    pages: int,
    call: tuple[int, int],
    limit: int,
    *,
    jump: bool,
    chunks: int | None = None,
    accounted: bool | None = None,
) -> Counted:
    """``accounted``: of a kernel that has chunks of their own for such requests; ``None``: of any other."""
    backing = CountedBacking(max_chunks=chunks)
    allocator = Counted(KernelVersion.parse(version), layout(pages * PAGE), backing, memcg=accounted is not None)
    made = fill(allocator, [(*call, 0, False, bool(accounted), False)], limit, jump=jump).made
    assert made == limit or chunks is not None
    return allocator


@settings(max_examples=40, deadline=None)
@given(
    version=st.sampled_from(VERSIONS),
    pages=st.sampled_from([24, 61, 100]),
    size=st.one_of(st.integers(100, 2600), st.integers(8, 400), st.integers(2000, 20000)),
    align=st.sampled_from([4, 8, 8, 64, 256, 1024, 4096]),
    units=st.floats(1.5, 6),
    chunks=st.one_of(st.none(), st.integers(1, 4)),
    accounted=st.sampled_from([None, False, True]),
)
def test_chunks_alike_are_those_of_walking(  # noqa: PLR0917 - what is drawn
    version: str,
    pages: int,
    size: int,
    align: int,
    units: float,
    chunks: int | None,
    accounted: bool | None,  # noqa: FBT001 - drawn
) -> None:
    each = max(-(-size // align) * align, 32)
    limit = min(int(units * pages * PAGE / each), 9000)
    one, other = (
        filled(version, pages, (size, align), limit, jump=jump, chunks=chunks, accounted=accounted)
        for jump in (True, False)
    )
    assert differences(allocator_state(one), allocator_state(other)) == []


@pytest.mark.parametrize(
    ("size", "align"), [(2288, 8), (1000, 8), (100, 8), (520, 16), (81, 4096), (4096, 8), (5000, 8)]
)
@pytest.mark.parametrize("version", BITMAPS)
def test_later_chunks_are_hardly_walked(version: str, size: int, align: int) -> None:
    """Three chunks more cost some requests at their ends, where the worker turns to the next chunk, and those of the last pages."""
    pages = 96
    per_chunk = pages * PAGE // (-(-size // align) * align)
    few, many = (filled(version, pages, (size, align), int(per_chunk * units), jump=True) for units in (2, 5))
    assert many.asked - few.asked < per_chunk // 2 + 180


@pytest.mark.parametrize(("size", "align"), [(2288, 8), (8, 8), (8, 16), (100, 64)])
@pytest.mark.parametrize("version", VERSIONS[:5])
def test_area_maps_are_hardly_walked_at_all(version: str, size: int, align: int) -> None:
    """A chunk costs a few requests for each time that its map is extended, and some at its end."""
    pages = 96
    allocator = filled(version, pages, (size, align), 3 * pages * PAGE // (-(-size // align) * align), jump=True)
    assert allocator.asked < 300


def stock(**more: Any) -> Stock:
    given = {
        "page": 0,
        "pages": 20,
        "populated": 5,
        "empty": 4,
        "own": 4,
        "scheduled": 0,
        "early": False,
        "keeps": True,
        "served": True,
    }
    return Stock(**{**given, **more})


def test_the_stock_comes_round() -> None:
    """Four empty pages, used up to one; then the worker makes it four again."""
    here = stock()
    assert [(here.enter([here.page + 1]), here.empty, here.populated, here.scheduled) for _ in range(7)] == [
        (1, 3, 5, 0),
        (2, 2, 5, 0),
        (3, 4, 8, 1),
        (4, 3, 8, 1),
        (5, 2, 8, 1),
        (6, 4, 11, 2),
        (7, 3, 11, 2),
    ]


@pytest.mark.parametrize(
    ("what", "pages"),
    [
        ({"served": False}, 2),  # the third page would wake a worker that populates elsewhere
        ({"pages": 7}, 2),  # or that finds two pages left here for three
        ({"pages": 8}, 5),
        ({"keeps": False}, 19),
        (
            {"empty": 2, "own": 0, "populated": 1},
            19,
        ),  # pages populated by the requests themselves leave the stock as it is
        ({"empty": 2, "own": 0, "populated": 1, "early": True, "served": False}, 0),  # 6.13: looked at before that
    ],
)
def test_where_the_stock_is_not_certain(what: dict[str, Any], pages: int) -> None:
    here = stock(**what)
    assert here.enter(range(1, 100)) == pages
    assert here.page == pages
    assert stock(**what).turns(2, 50)[0] == pages // 2


@pytest.mark.parametrize("accounted", [False, True])
@pytest.mark.parametrize("version", ["5.9.1", "5.10.44", "5.13"])
def test_chunks_of_two_types(version: str, *, accounted: bool) -> None:
    """Both types' stocks stand in one counter, or each in its own (5.10.44, 5.12 on)."""
    one, other = (filled(version, 48, (1000, 8), 600, jump=jump, accounted=accounted) for jump in (True, False))
    assert differences(allocator_state(one), allocator_state(other)) == []
    assert one.asked < other.asked
