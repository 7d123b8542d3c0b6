"""Rounds that stand for many instances."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.capacity.rounds import MOST_CALLS, MOST_INSTANCES, in_turn, of_most, whole

NEW = st.dictionaries(st.integers(0, 5), st.integers(1, 10**12), min_size=1)


@given(NEW, st.lists(st.integers(0, 50), min_size=6, max_size=6))
def test_rounds_are_short_and_make_most_of_what_comes(new, calls):
    found = of_most(new, dict(enumerate(calls)))
    assert all(found.count * found.shares.get(number, 0) <= count for number, count in new.items())
    assert all(count - found.count * found.shares.get(number, 0) < found.count for number, count in new.items())
    assert sum(found.shares.values()) <= MOST_INSTANCES
    assert sum(calls[number] * share for number, share in found.shares.items()) <= MOST_CALLS


@given(st.dictionaries(st.integers(0, 3), st.integers(1, 30), min_size=1))
def test_a_round_holds_everybody_evenly(shares):
    order = in_turn(shares)
    assert {number: order.count(number) for number in shares} == shares
    for number, share in shares.items():
        for place, who in enumerate(order, 1):
            if who == number:
                # by then every other one has come as often as its share of the time asks for, give or take one
                done = Fraction(order[:place].count(number), share)
                assert all(abs(order[:place].count(other) - done * most) <= 1 for other, most in shares.items())


@pytest.mark.parametrize(
    ("steps", "most", "shares"),
    [
        ((3600, 1200), 10, {0: 1, 1: 3}),
        ((Fraction(3600, 7), Fraction(3600, 10)), 17, {0: 7, 1: 10}),
        ((Fraction(3600, 7), Fraction(3600, 10)), 16, None),
        ((86400, 2629746), 10_000, None),
        ((5,), 1, {0: 1}),
    ],
)
def test_who_comes_how_often_until_all_come_together(steps, most, shares):
    assert whole({number: Fraction(step) for number, step in enumerate(steps)}, most) == shares
