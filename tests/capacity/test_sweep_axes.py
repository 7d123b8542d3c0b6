import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.capacity.sweep_axes import Axis, AxisError, Points, parse_axis, parse_bounds


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("cpus.possible=2,4,..,512", (2, 4, 8, 16, 32, 64, 128, 256, 512)),
        ("cpus.possible=10,20,..,50", (10, 20, 30, 40, 50)),
        ("cpus.possible=1,2,..,10", tuple(range(1, 11))),
        ("cpus.possible=1,3,9,..,81", (1, 3, 9, 27, 81)),
        ("cpus.possible=1,..,4", (1, 2, 3, 4)),
        ("cpus.possible=1..4", (1, 2, 3, 4)),
        ("cpus.possible=0..64:step32", (0, 32, 64)),
        ("consumer.veth.count=1k..100k:log3", (1000, 10000, 100000)),
        ("consumer.veth.count=0..100:lin5", (0, 25, 50, 75, 100)),
        ("memory.ram=1G..4G:lin4", tuple(n << 30 for n in (1, 2, 3, 4))),
        ("system.arch=x86,arm64", ("x86", "arm64")),
        ("consumer.x.count*=0.5,1,2", ("0.5", 1, 2)),
        ('boot.cmdline=["a,b", "c"]', ("a,b", "c")),
    ],
)
def test_values(text, values):
    assert parse_axis(text).values == values


@pytest.mark.parametrize(
    "text", ["x", "=1", "x=", "x=5..1", "x=0..9:log3", "x=1,2,4,5,..,9", "x=4,2,..,1", "x=..,4", "x=1..4:0", "x=[1"]
)
def test_refused(text):
    with pytest.raises(AxisError):
        parse_axis(text)


def test_bounds():
    assert parse_bounds("consumer.x.count") == ("consumer.x.count", 0, None)
    assert parse_bounds("consumer.x.count=1..1M") == ("consumer.x.count", 1, 10**6)
    with pytest.raises(AxisError):
        parse_bounds("consumer.x.count=1..9:log3")


def test_grid_varies_the_last_axis_fastest():
    points = Points((Axis("a", (1, 2)), Axis("b", (3, 4, 5))))
    assert [tuple(points.at(n).values()) for n in range(len(points))] == [
        (1, 3),
        (1, 4),
        (1, 5),
        (2, 3),
        (2, 4),
        (2, 5),
    ]
    assert list(points.at(0)) == ["a", "b"]


def test_a_list_goes_in_step():
    points = Points((Axis("a", (1, 2)), Axis("b", (3, 4))), "list")
    assert [points.at(n) for n in range(len(points))] == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]
    with pytest.raises(AxisError, match="equally long"):
        Points((Axis("a", (1, 2)), Axis("b", (3,))), "list")


def test_a_key_twice_is_refused():
    with pytest.raises(AxisError, match="twice"):
        Points((Axis("a", (1,)), Axis("a*", (2,))))


@given(st.integers(0, 2**32), st.integers(0, 10**6), st.integers(1, 10**9), st.integers(0, 10**9), st.booleans())
def test_random_points_stand_still_and_stay_inside(seed, index, low, more, logarithmic):
    points = Points((Axis("a", (), (low, low + more, logarithmic)), Axis("b", ("x", "y"))), "random", 10**7, seed)
    point = points.at(index)
    assert point == points.at(index)
    assert low <= point["a"] <= low + more
    assert point["b"] in {"x", "y"}


@given(st.integers(1, 10**6), st.integers(0, 10**9), st.integers(1, 50))
def test_logarithmic_ranges_hold_their_ends(low, more, number):
    values = parse_axis(f"x={low}..{low + more}:log{number}").values
    assert values[0] == low
    assert values == tuple(sorted(set(values)))
    if number > 1:
        assert values[-1] == low + more
