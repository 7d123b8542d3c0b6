"""Growth in closed form against counting."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.capacity.growing import MOST, Schedule
from planner.profile.counts import parse_growth

RATES = st.sampled_from(["1/h", "7/h", "0.3/min", "1000/ms", "1/month", "2 %/day", "300 %/h", "0.001 %/s"])
LINES = st.lists(st.tuples(RATES, st.integers(1, 1000)), min_size=1, max_size=4)


def schedule(lines):
    return Schedule([parse_growth(rate) for rate, _count in lines], [count for _rate, count in lines])


@given(LINES, st.integers(0, 300))
def test_counts_by_a_moment_are_those_of_the_events(lines, after):
    told = schedule(lines)
    events = list(itertools.islice(told.after({}, told.numbers), after + 1))
    assert events == sorted(events)
    moment = events[-1][0]
    counted = {number: sum(1 for when, who in events if who == number and when <= moment) for number in told.numbers}
    by = told.by(moment, told.numbers)
    # what comes at the same moment after the last of these is not among them
    assert all(by[number] >= counted[number] for number in told.numbers)
    for number in told.numbers:
        assert by[number] == 0 or told.moment(number, by[number]) <= moment
        assert told.moment(number, by[number] + 1) > moment


@given(LINES, st.lists(st.integers(1, 5000), min_size=4, max_size=4), st.integers(0, 10**9))
def test_the_last_moment_of_a_weight_is_the_last(lines, weights, most):
    told = schedule(lines)
    each = dict(zip(told.numbers, weights, strict=False))
    moment = told.when(each, most)

    def weight(made):
        return sum(each[number] * count for number, count in made.items())

    made = told.by(moment, told.numbers)
    assert weight(made) <= most
    after = next(told.after(made, told.numbers))[0]
    assert weight(told.by(math.nextafter(after, math.inf), told.numbers)) > most


def test_who_shrinks_or_grows_by_a_percentage_of_none_stays():
    rates = [parse_growth("-1/h"), parse_growth("5 %/h"), None, parse_growth("5 %/h"), parse_growth("1/h")]
    assert Schedule(rates, [5, 0, 5, 1, 0]).numbers == (3, 4)


def test_nobody_grows_beyond_what_a_profile_can_declare():
    told = Schedule([parse_growth("100 %/s")], [1])
    assert told.come(0, 1e300) == MOST - 1
    assert told.when({0: 1}, MOST) == math.inf
    assert told.by(math.inf, (0,)) == {0: MOST - 1}


@pytest.mark.parametrize(
    ("rates", "steps"),
    [(("1/h", "3/day"), (3600, 28800)), (("0.0001/h", "1/ms"), (36_000_000, 0.001)), (("1/h", "1 %/h"), None)],
)
def test_steady_growth_has_exact_steps(rates, steps):
    told = Schedule([parse_growth(rate) for rate in rates], [1] * len(rates))
    found = told.steps(told.numbers)
    assert (None if found is None else tuple(map(float, found))) == steps
