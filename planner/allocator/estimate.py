"""Going on in proportion where walking every request would take too long: an estimate, and marked as one.

A sample (:mod:`planner.allocator.pace`) tells how densely the requests fill chunks; stand-ins (:mod:`planner.allocator.stand_ins`)
take the place of as many instances as the backing certainly grants. The last instances before the end are walked.
"""

import math
from collections.abc import Sequence
from typing import Any

from planner.allocator.allocator import Allocator
from planner.allocator.pace import Call, Pace, pace_of
from planner.allocator.stand_ins import Charge, grow
from planner.quick import dataclass

MOST_TRIES = 16
"""Times that a fill is gone on with in proportion: what is left is walked."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is walked: ``walked`` calls of a fill before it goes on in proportion, ``sample`` calls to see at which pace."""

    walked: int
    sample: int


class Estimator:
    """Goes on with a fill in proportion once ``effort`` is spent; ``off`` is by how much the count may be too high and too low."""

    def __init__(
        self, allocator: Allocator, calls: Sequence[Call], charges: Sequence[Charge], effort: Effort, backing: Any
    ) -> None:
        """``backing`` is the allocator's own, whatever stands before it during the fill."""
        self.allocator = allocator
        self.backing = backing
        self.charges = charges
        self.off = (0, 0)
        self.tries = 0
        self.due: float = effort.walked
        self._effort = effort
        self._calls = tuple(calls)
        # without a reserved chunk such requests are like any others
        reserving = allocator.reserved_chunk is not None and any(call[3] for call in calls)
        if reserving or any(where == "vmalloc" for _size, _count, where in charges):
            self.due = math.inf

    def more(self, walked: int, left: int) -> int:
        """Return how many of the ``left`` instances were put in place in proportion; ``walked`` calls were made so far."""
        self.tries += 1
        self.due = walked + self._effort.sample // MOST_TRIES
        pace = pace_of(self.allocator, self._calls, self._effort.sample)
        made = 0 if pace is None else self._grow(pace, left)
        if pace is None or not made or self.tries >= MOST_TRIES:
            self.due = math.inf
        less, plus = pace.off(made) if pace is not None and made else (0, 0)
        self.off = (self.off[0] + less, self.off[1] + plus)
        return made

    def _grow(self, pace: Pace, left: int) -> int:
        """Put stand-ins in place until no more of them are certain: what was taken ahead in whole parts is left for the next turn."""
        made = 0
        while made < left and (more := grow(self.allocator, self.backing, pace, self.charges, left - made)):
            made += more
        return made
