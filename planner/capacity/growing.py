"""Growth in closed form: when each consumer gets its next instance, and how many have come by a time."""

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from planner.profile.counts import MAXIMUM_COUNT, Growth

MOST = MAXIMUM_COUNT
"""Instances that a consumer grows to at most: as many as a profile can declare."""
_EXACTLY = 10**9
"""Largest denominator of a rate in seconds: what people write (``1ms``) is a fraction, not the double next to it."""


class Schedule:
    """Who of several consumers comes when. Times are seconds from the declared counts on; numbers are the profile's order.

    Of instances that come at the same moment the first consumer's in the profile comes first.
    """

    def __init__(self, growth: Sequence[Growth | None], counts: Sequence[int]) -> None:
        """Take the declared ``counts``; who shrinks, or grows by a percentage of none, stays as it is."""
        self._lines = {
            number: _Compound(rate, count) if rate.percent else _Steady(rate, count)
            for number, (rate, count) in enumerate(zip(growth, counts, strict=True))
            if rate is not None and rate.amount > 0 and count < MOST and (count or not rate.percent)
        }

    @property
    def numbers(self) -> tuple[int, ...]:
        """The consumers that grow."""
        return tuple(self._lines)

    def steps(self, numbers: Sequence[int]) -> tuple[Fraction, ...] | None:
        """Return the seconds between two instances of each of ``numbers``, exactly; ``None`` where the growth of one compounds."""
        lines = [self._lines[number] for number in numbers]
        steady = tuple(line.step for line in lines if isinstance(line, _Steady))
        return steady if len(steady) == len(lines) else None

    def moment(self, number: int, new: int) -> float:
        """Return when the consumer's instance number ``new`` (from 1) beside the declared ones comes."""
        return self._lines[number].moment(new)

    def come(self, number: int, seconds: float) -> int:
        """Return how many instances of the consumer have come by then."""
        line = self._lines[number]
        most = MOST - line.count
        low, step = min(max(line.about(seconds), 0), most), 1
        while low and line.moment(low) > seconds:
            low, step = max(low - step, 0), step * 2
        high, step = low + 1, 1
        while high <= most and line.moment(high) <= seconds:
            low, high, step = high, high + step, step * 2
        high = min(high, most + 1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if line.moment(middle) <= seconds else (low, middle)
        return low

    def by(self, seconds: float, numbers: Sequence[int]) -> dict[int, int]:
        """Return how many instances of each of ``numbers`` have come by then."""
        return {number: self.come(number, seconds) for number in numbers}

    def after(self, made: Mapping[int, int], numbers: Sequence[int]) -> Iterator[tuple[float, int]]:
        """Yield (seconds, consumer) of every further instance of ``numbers``, ``made`` having come, without end."""
        now = {number: made.get(number, 0) + 1 for number in numbers}
        queue = [(self.moment(number, now[number]), number) for number in numbers]
        heapq.heapify(queue)
        while queue:
            moment, number = queue[0]
            yield moment, number
            now[number] += 1
            heapq.heapreplace(queue, (self.moment(number, now[number]), number))

    def when(self, weights: Mapping[int, int], most: float) -> float:
        """Return the last moment up to which the instances that came weigh no more than ``most``; weights are above zero.

        That is infinity where even :data:`MOST` of each weigh no more.
        """
        if most < min(weights.values()):
            return 0.0
        if self._weight(weights, math.inf) <= most:
            return math.inf
        high = max(self.moment(number, 1) for number in weights)
        while self._weight(weights, high) <= most:
            high *= 2
        low = 0.0
        for _ in range(2000):
            middle = (low + high) / 2
            if not low < middle < high:
                break
            low, high = (middle, high) if self._weight(weights, middle) <= most else (low, middle)
        return low

    def _weight(self, weights: Mapping[int, int], seconds: float) -> int:
        return sum(weight * self.come(number, seconds) for number, weight in weights.items())


class _Steady:
    """So many instances in so much time."""

    def __init__(self, rate: Growth, count: int) -> None:
        self.count = count
        self.step = Fraction(rate.seconds).limit_denominator(_EXACTLY) / Fraction(repr(rate.amount))

    def moment(self, new: int) -> float:
        return float(self.step * new)

    def about(self, seconds: float) -> int:
        return int(min(seconds / float(self.step), MOST))


class _Compound:
    """A percentage of what there is in so much time."""

    def __init__(self, rate: Growth, count: int) -> None:
        self.count = count
        self._seconds = rate.seconds / math.log1p(rate.amount / 100)

    def moment(self, new: int) -> float:
        return self._seconds * math.log1p(new / self.count)

    def about(self, seconds: float) -> int:
        return int(math.expm1(min(seconds / self._seconds, 34.5)) * self.count)
