"""Values drawn from uncertain numbers: stratified, so that few samples cover the whole range, and the same for the same seed.

A range ``{ low, mid, high }`` is taken as a triangle with its peak at ``mid``; ``{ p10, p50, p90 }`` as two halves of normal distributions
that meet in the median and have these percentiles, cut off at nothing and at three and a half deviations.
"""

import math
import random
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, Final

from planner.profile.model import Spread

_P90: Final = NormalDist().inv_cdf(0.9)
_CUT: Final = 3.5
"""Deviations beyond which nothing is drawn: one in 4,000."""


def value_at(spread: Spread, share: float) -> float:
    """Return the value that ``share`` (above 0, below 1) of all draws lie below."""
    low, mid, high = float(spread.low), float(spread.mid), float(spread.high)
    if spread.kind == "percentiles":
        deviations = max(min(NormalDist().inv_cdf(share), _CUT), -_CUT) / _P90
        return max(mid + deviations * (high - mid if deviations > 0 else mid - low), 0.0)
    if high <= low:
        return mid
    peak = (mid - low) / (high - low)
    if share < peak:
        return low + math.sqrt(share * (high - low) * (mid - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mid))


class Samples:
    """``number`` points, each with a value for every uncertain key.

    Each key's range is cut into ``number`` stretches of equal probability; each point takes one of them, in an order of the key's own.
    """

    def __init__(self, uncertain: Mapping[str, Spread], number: int, seed: int) -> None:
        self._spreads = dict(uncertain)
        self._number = number
        self._seed = seed
        self._order: dict[str, list[int]] = {}
        for key in self._spreads:
            order = list(range(number))
            random.Random(f"{seed}/{key}").shuffle(order)  # noqa: S311 - no secret
            self._order[key] = order

    def __len__(self) -> int:
        """Count the points."""
        return self._number

    def at(self, index: int) -> dict[str, Any]:
        """Return the keys and values of point ``index``; where low, mid and high are whole numbers, so is the value."""
        return {key: self._draw(key, spread, index) for key, spread in self._spreads.items()}

    def _draw(self, key: str, spread: Spread, index: int) -> float:
        within = random.Random(f"{self._seed}/{key}/{index}").random()  # noqa: S311 - no secret
        share = (self._order[key][index] + within) / self._number
        value = value_at(spread, min(max(share, 1e-12), 1 - 1e-12))
        bounds = (spread.low, spread.mid, spread.high)
        if not all(float(bound).is_integer() for bound in bounds):
            return value
        return max(round(value), 1 if spread.low >= 1 else 0)
