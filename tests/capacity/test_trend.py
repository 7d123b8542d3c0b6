import math
import random

import pytest

from planner.capacity.draws import Samples, value_at
from planner.capacity.forecast import first_below
from planner.capacity.samples import correlation, ranks
from planner.capacity.trend import crossing, student_95
from planner.profile.model import Spread

DAY = 86400.0


def test_an_exact_line_hits_on_its_day():
    found = crossing([DAY * n for n in range(5)], [100 - 10 * n for n in range(5)], 0)
    assert found.when == pytest.approx(10 * DAY)
    assert found.early == pytest.approx(10 * DAY)
    assert found.late == pytest.approx(10 * DAY)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([100, 90], "at least 3"),
        ([100, 100, 100], "no growth"),
        ([90, 95, 100], "no growth"),
        ([100, 20, 99, 21, 98], "scatter"),
        ([100000, 99990, 99980], "span"),
    ],
)
def test_what_the_figures_do_not_support(values, why):
    found = crossing([DAY * n for n in range(len(values))], values, 0)
    assert found.when is None
    assert why in found.why


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """95 % of intervals for a line with known noise hold the day on which the line itself meets the limit; they may be wider."""
    chance = random.Random(7)  # noqa: S311 - no secret
    held = asked = 0
    for _ in range(400):
        times = [DAY * n for n in range(8)]
        values = [1000 - 50 * n + chance.gauss(0, 20) for n in range(8)]
        found = crossing(times, values, 0)
        if found.when is not None:
            asked += 1
            held += found.early <= 20 * DAY and (found.late is None or found.late >= 20 * DAY)
    assert asked > 350
    assert held / asked > 0.93


def test_students_quantile_goes_on_smoothly():
    assert student_95(16) == pytest.approx(2.120, abs=2e-3)
    assert student_95(30) == pytest.approx(2.042, abs=2e-3)
    assert student_95(10**6) == pytest.approx(1.96, abs=1e-3)


@pytest.mark.parametrize("guess", [None, DAY, 400 * DAY])
def test_the_first_moment_below_nothing(guess):
    found = first_below(lambda t: 1000 - (t / DAY) ** 1.3, 10000 * DAY, guess)
    assert found == pytest.approx(1000 ** (1 / 1.3) * DAY, rel=1e-2)
    assert first_below(lambda _t: 1.0, 1000 * DAY) is None
    assert first_below(lambda _t: -1.0, 1000 * DAY) == 0


@pytest.mark.parametrize("spread", [Spread("range", 10, 20, 70), Spread("percentiles", 10, 20, 70)])
def test_draws_have_the_declared_shape(spread):
    points = Samples({"x": spread}, 2000, 1)
    values = sorted(points.at(n)["x"] for n in range(2000))
    if spread.kind == "percentiles":
        for share, wanted in ((0.1, 10), (0.5, 20), (0.9, 70)):
            assert values[int(share * 2000)] == pytest.approx(wanted, abs=1)
        assert values[0] >= 1
    else:
        assert 10 <= values[0] <= values[-1] <= 70
        assert sum(values) / 2000 == pytest.approx((10 + 20 + 70) / 3, abs=0.5)
    assert value_at(spread, 0.25) < value_at(spread, 0.75)


def test_rank_correlation():
    assert ranks([5.0, 1.0, 5.0]) == [1.5, 0.0, 1.5]
    assert correlation(ranks([1, 2, 3, 4]), ranks([1, 8, 27, 64])) == pytest.approx(1)
    assert correlation(ranks([1, 2, 3]), ranks([math.inf, 5, 1])) == pytest.approx(-1)
    assert correlation([1, 1], [1, 2]) is None
