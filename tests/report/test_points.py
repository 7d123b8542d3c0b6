"""Pictures of many points: every figure at its place, in its step of the ramp, and what fails is crossed out."""

import math
import re

import pytest
from lxml import etree

from planner.report.pictures import standalone
from planner.report.pictures.frontier import frontier
from planner.report.pictures.heat import heat
from planner.report.pictures.points import DISTINCT, STRETCHES, Axis, Points, amount, axis_of, shown
from planner.report.pictures.style import RAMP
from tests.report.test_pictures import boxes


def grid(what="r.headroom", values=lambda x, y: x * y, **changes):
    found = Points(what=what, x=Axis("cpus.possible", (1, 2, 4)), y=Axis("consumer.r.count", (10, 20)), **changes)
    for x in found.x.values:
        for y in found.y.values:
            figure = values(x, y)
            found.add(x, y, figure, failing=figure is not None and figure < 0, broken=False)
    return found


def at(picture, kind):
    """Return (column, row from below) of each cell of a class; the legend's swatches are smaller."""
    places = [(x, y, wide, tall) for x, y, wide, tall in boxes(picture, kind) if tall > 20]
    return {(round((x - 170) / wide), round((116 - y) / tall) - 1) for x, y, wide, tall in places}


def test_each_figure_has_its_place_and_step():
    picture = heat(grid(values=lambda x, y: (x + y / 10) / 10))  # 0.2 to 0.6 in seven values
    found = {cell: step for step in range(len(RAMP)) for cell in at(picture, f"heat{step}")}
    wanted = {}
    for column, x in enumerate((1, 2, 4)):
        for row, y in enumerate((10, 20)):
            wanted[column, row] = min(int(((x + y / 10) / 10 - 0.2) / 0.4 * len(RAMP) + 1e-9), len(RAMP) - 1)
    assert found == wanted
    for text in ("20.0 %", "60.0 %", "cpus.possible", "consumer.r.count"):
        assert f">{text}<" in picture.body


def test_what_fails_is_crossed_out_and_below_nothing_is_one_step():
    picture = heat(grid(values=lambda x, y: -9.0 if x == 4 else 0.5 if y == 10 else 1.0))
    crosses = re.search(r'class="cross" d="([^"]*)"', picture.body)[1]
    assert crosses.count("M") == 2 * 2
    assert at(picture, "heat0") == {(2, 0), (2, 1)}
    assert "2 fail a gate" in picture.description
    assert ">to 0.0 %<" in picture.body


def test_where_points_lie_together_the_least_is_shown():
    points = grid(values=lambda _x, _y: 0.5)
    points.add(1, 10, 0.25, failing=False, broken=False)
    points.add(1, 10, 0.75, failing=False, broken=False)
    assert points.cells[0, 0].least == 0.25
    assert "the least where points lie together" in heat(points).body
    assert "lie together" not in heat(grid()).body


def test_no_limit_and_no_machine_are_told_apart():
    points = grid(values=lambda x, _y: None if x == 1 else 0.5)
    points.cells[2, 1].known = 0
    points.cells[2, 1].broken = 1
    picture = heat(points)
    assert at(picture, "free") == {(0, 0), (0, 1)}
    assert at(picture, "unpopulated") == {(2, 1)}
    assert ">nothing stops it<" in picture.body
    assert ">no such machine<" in picture.body


def test_numbers_too_many_for_places_lie_in_stretches():
    axis = axis_of("n", tuple(range(1, DISTINCT + 2)), 1, 100_000)
    assert (axis.logarithmic, len(axis)) == (True, STRETCHES)
    assert axis.place(1) == 0
    assert axis.place(100_000) == STRETCHES - 1
    assert axis.place(round(math.sqrt(100_000))) in {STRETCHES // 2 - 1, STRETCHES // 2}
    assert axis.place(0) is None
    assert axis.place("word") is None
    linear = axis_of("n", tuple(range(DISTINCT + 1)), 0, 480)
    assert [linear.place(value) for value in (0, 9.99, 10, 480)] == [0, 0, 1, STRETCHES - 1]
    assert axis_of("n", ("b", "a"), math.inf, -math.inf).values == ("b", "a")
    assert axis_of("n", (3, 1, 2), 1, 3).values == (1, 2, 3)


def test_the_frontier_goes_through_every_figure():
    picture = frontier(grid(what="largest", values=lambda x, y: 1000 // x + y))
    dots = [boxes(picture, kind) for kind in ("one", "two")]
    assert [len([one for one in found if one[1] < 400]) for found in dots] == [3, 3]
    high = [y + 3 for _x, y, _wide, _tall in dots[1][:3]]
    top, bottom = 44, 360
    for y, value in zip(high, (1020, 520, 270), strict=True):
        assert (bottom - y) / (bottom - top) == pytest.approx(value / 1020, abs=0.005)
    assert "consumer.r.count = 20" in picture.body
    assert "cpus.possible 1: 1,020, 2: 520, 4: 270" in picture.description


def test_a_line_breaks_where_nothing_is_known():
    picture = frontier(grid(what="largest", values=lambda x, _y: None if x == 2 else 10 * x))
    line = re.search(r'class="trace-one" d="([^"]*)"', picture.body)[1]
    assert line.count("M") == 2
    assert frontier(grid(values=lambda _x, _y: None)) is None


def test_many_lines_are_told_not_drawn():
    points = Points(what="largest", x=Axis("x", (1, 2)), y=Axis("y", tuple(range(12))))
    for x in (1, 2):
        for y in range(12):
            points.add(x, y, x + y, failing=False, broken=False)
    picture = frontier(points)
    assert "7 values between these are not drawn" in picture.body
    assert shown(12, 5)[0] == 0
    assert shown(12, 5)[-1] == 11


@pytest.mark.parametrize("draw", [heat, frontier])
def test_pictures_are_whole_the_same_twice_and_words_stay_words(draw):
    evil = "<script>\x1b[31m&\u202e"
    points = Points(what=evil, x=Axis(evil, (evil, "b")), y=Axis(evil + "2", (1, 2)), others=(evil,))
    for x in points.x.values:
        for y in (1, 2):
            points.add(x, y, 5.0 * y, failing=True, broken=False)
    text = standalone(draw(points))
    assert text == standalone(draw(points))
    assert "<script" not in text
    assert "\x1b" not in text
    assert etree.fromstring(text) is not None


def test_figures_read_as_what_they_are():
    assert amount("veth.headroom", 0.5) == "50.0 %"
    assert amount("percpu_bytes", 4096) == "4 KiB"
    assert amount("consumer.veth.count", 1234567) == "1,234,567"
    assert amount("cpus.possible", "0-3") == "0-3"
    assert amount("x", 0.12345) == "0.123"
