import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.profile.counts import MAXIMUM_COUNT, Growth, parse_count, parse_duration, parse_growth

DAY = 86400.0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (0, 0),
        (7, 7),
        (100.0, 100),
        ("100k", 100_000),
        ("1.5M", 1_500_000),
        ("2 G", 2 * 10**9),
        ("1T", 10**12),
        ("100_000", 100_000),
        ("1e6", 10**6),
        ("0", 0),
    ],
)
def test_counts(text: object, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (-1, "negative"),
        ("-5", "negative"),
        (1.5, "not a whole number"),
        ("1.0001k", "not a whole number"),
        (math.inf, "not a whole number"),
        (math.nan, "not a whole number"),
        (10**16, "more than 10"),
        ("1e99", "more than 10"),
        ("many", '"many" is not a count'),
        ("1KiB", "not a count"),
        (True, "true or false, not a count"),
        (None, "not a count"),
    ],
)
def test_what_is_no_count(text: object, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse_count(text)


@pytest.mark.parametrize(
    ("text", "growth"),
    [
        ("10/h", Growth(10, 3600, percent=False, text="10/h")),
        ("3/day", Growth(3, DAY, percent=False, text="3/day")),
        ("1.5k per week", Growth(1500, 7 * DAY, percent=False, text="1.5k per week")),
        ("5 %/month", Growth(5, 365.2425 * DAY / 12, percent=True, text="5 %/month")),
        ("-2/days", Growth(-2, DAY, percent=False, text="-2/days")),
        ("+4 / s", Growth(4, 1, percent=False, text="+4 / s")),
    ],
)
def test_growth(text: str, growth: Growth) -> None:
    assert parse_growth(text) == growth


@pytest.mark.parametrize(
    "text", ["", "10", "10/", "/h", "10/fortnight", "ten/h", "1.2.3/h", "--1/h", "-100%/day", 5, None]
)
def test_what_is_no_growth(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_growth(text)


def test_growth_over_time() -> None:
    assert parse_growth("10/h").after(100, 7200) == 120
    assert parse_growth("10/h").per_second(1) == pytest.approx(10 / 3600)
    assert parse_growth("10 %/day").after(100, 2 * DAY) == pytest.approx(121)
    assert parse_growth("10 %/day").per_second(1000) == pytest.approx(100 / DAY)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1ms", 1e-3), ("10s", 10), ("5 min", 300), ("2h", 7200), ("1.5 days", 1.5 * DAY), ("3us", 3e-6)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "1", "s", "-1s", "1 parsec", 1, 1.5, None])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_duration(text)


_anything = st.text() | st.integers() | st.floats() | st.booleans() | st.none()


@given(_anything)
def test_anything_is_read_or_a_value_error(value: object) -> None:
    for parse in (parse_count, parse_growth, parse_duration):
        try:
            parse(value)
        except ValueError as error:
            assert str(error).isprintable()  # noqa: PT017 - both outcomes are right


@given(st.integers(0, MAXIMUM_COUNT))
def test_whole_numbers_are_themselves(count: int) -> None:
    assert parse_count(count) == parse_count(str(count)) == count
