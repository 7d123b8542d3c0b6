"""Rounds: so many instances of each of several consumers, again and again."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

MOST_INSTANCES = 1_000
"""Instances in one round of a stretch of growth; what needs more is rounded down, and the rest comes after."""
MOST_CALLS = 2_000
"""Requests in such a round, likewise."""

FEWEST_INSTANCES = 20
"""Instances that a round has at least, where there are so many."""
USUAL_COUNT = 200
"""Rounds that what comes is divided into, where it is enough for that."""


@dataclass(frozen=True, slots=True)
class Round:
    """``count`` rounds of ``shares`` instances of each consumer."""

    shares: dict[int, int]
    count: int


def whole(steps: Mapping[int, Fraction], most: int) -> dict[int, int] | None:
    """Return how many of each come until all come together again, each after so many seconds; ``None`` if more than ``most`` in all."""
    rates = {number: 1 / step for number, step in steps.items()}
    slowest = min(rates.values())
    ratios = {number: rate / slowest for number, rate in rates.items()}
    times = math.lcm(*(ratio.denominator for ratio in ratios.values()))
    shares = {number: int(ratio * times) for number, ratio in ratios.items()}
    return shares if sum(shares.values()) <= most else None


def of_most(new: Mapping[int, int], calls: Mapping[int, int]) -> Round:
    """Return rounds that make most of ``new`` instances, ``calls`` being the requests of one; who is too rare for a round is in none."""
    asked = sum(calls[number] * count for number, count in new.items())
    divisor = math.gcd(*new.values())
    total = sum(new.values())
    least = max(-(-total // MOST_INSTANCES), -(-asked // MOST_CALLS), min(total // FEWEST_INSTANCES, USUAL_COUNT), 1)
    count = max(divisor, least)
    return Round({number: one // count for number, one in new.items() if one >= count}, count)


def in_turn(shares: Mapping[int, int]) -> tuple[int, ...]:
    """Return who comes when in a round, each evenly spread; at the same moment the first in the profile comes first."""
    steps = [(step / count, number) for number, count in shares.items() for step in range(1, count + 1)]
    return tuple(number for _when, number in sorted(steps))
