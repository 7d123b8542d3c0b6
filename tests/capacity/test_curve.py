"""The fill curve: its points are what reports say, and it ends where the kernel fails."""

import pytest

from planner.capacity import evaluate
from planner.capacity.bases import populate
from planner.capacity.curve import POINTS, chosen, fill_curve
from planner.capacity.evaluate import outline
from planner.capacity.filling import place
from planner.capacity.machine import boot
from planner.capacity.resolve import plans

TWO = """
[[consumer]]
kind = "raw"
name = "grown"
size = 3000
count = {count}
[[consumer]]
kind = "raw"
name = "other"
size = 500
count = 60
"""


def drawn(make, manager, count, points=None):
    profile = make(TWO.format(count=count))
    report = evaluate(profile, manager, advice=False)
    one = next(one for one in report.consumers if one.name == "grown")
    return profile, report, one, fill_curve(profile, manager, one, points)


@pytest.mark.parametrize("count", [0, 1, 100, 300])
def test_points_up_to_the_declared_count_are_those_of_reports(make, manager, count):
    profile, report, one, curve = drawn(make, manager, count)
    assert one.fits > 300
    below = [point for point in curve.points if point.instances <= count]
    assert len(below) == (1 if count == 0 else 4 if count * POINTS > one.fits and count > 1 else 2)
    for point in below:
        single = outline(profile.with_sets({"consumer.grown.count": point.instances}), manager).percpu
        assert (point.percpu_bytes, point.chunks) == (single.meminfo_bytes, single.chunks)
    assert below[-1].percpu_bytes == report.percpu.meminfo_bytes


@pytest.mark.parametrize("points", [1, 4, 12])
def test_it_ends_at_the_last_that_fits_however_many_steps_lead_there(make, manager, points):
    profile, _report, one, curve = drawn(make, manager, 100, points)
    assert curve.points[-1].instances == one.fits == curve.fails_at - 1
    machine = boot(profile, manager)
    consumers = plans(profile, manager)
    base = populate(machine, consumers)
    assert place(base.allocator, consumers[0][0].plan, one.fits - 100, machine.effort, first=False).complete
    assert curve.points[-1].percpu_bytes == base.allocator.percpu_bytes
    assert not place(base.allocator, consumers[0][0].plan, 1, machine.effort, first=False).complete
    assert [point.instances for point in curve.points] == sorted({point.instances for point in curve.points})


def test_more_than_fits_is_drawn_up_to_what_fits(make, manager):
    _profile, report, one, curve = drawn(make, manager, 50_000)
    assert chosen(report) == one
    assert one.placed is not None
    assert (curve.points[0].instances, curve.points[-1].instances) == (0, one.fits)


def test_what_takes_nothing_has_no_curve(make, manager):
    profile = make('[[consumer]]\nkind = "module"\nname = "p"\ncount = 5\n')
    one = evaluate(profile, manager, advice=False).consumers[0]
    assert not one.pieces
    assert fill_curve(profile, manager, one) is None
