"""The whole mix in its proportions: how many times the declared counts fit."""

import math
from collections.abc import Mapping
from fractions import Fraction

from planner.capacity.bases import Base, Bases, Consumers
from planner.capacity.ending import Ended, of_last_chunks, stop_of
from planner.capacity.filling import ENDLESS, HASTY, Effort, Filled, place
from planner.capacity.fit import ranged
from planner.capacity.machine import Machine
from planner.capacity.plan import MOST_CALLS, NamedPlan, Plan, composite
from planner.report.model import ScaleInfo

LARGEST_ROUND = 10_000
"""Instances in one round of the mix; what needs more is rounded to a common fraction."""
LARGEST_MIX = 20_000
"""Requests in one round of the mix, likewise."""
WALKED = 60_000
"""Requests up to which all are placed one by one where the profile tells what the machine holds."""
SHORT = 5_000
"""The same where it does not: there the answer is a range whatever is done."""


def scale(machine: Machine, consumers: Consumers) -> ScaleInfo | None:
    """Return how often the declared mix fits, grown in its proportions from nothing; ``None`` where nothing stops it.

    Nor is there an answer where single instances make very many requests (:data:`~planner.capacity.plan.MOST_CALLS`).
    A round holds each consumer's count divided by the counts' greatest common divisor, in the profile's order; where that is more than
    :data:`LARGEST_ROUND` instances, by as much more as makes it so few, rounded. A captured state holds the declared counts already.
    """
    declared = {number: count for number, (_named, count) in enumerate(consumers) if count}
    if not declared:
        return None
    divisor = _divisor(consumers, declared)
    parts = tuple((max(round(count / divisor), 1), consumers[number][0]) for number, count in declared.items())
    if sum(count * named.plan.nr_calls for count, named in parts) > MOST_CALLS:
        return None
    mix = NamedPlan("", "", "", composite(parts))
    if not mix.plan.each and not mix.plan.memory:
        return None
    bases = Bases(machine, ((mix, 0),))
    base, filled = _filled(bases, mix.plan)
    if filled.complete:
        return None
    stop = stop_of(machine, base, filled)
    less, plus = filled.off or (0, 0)
    if less or plus:
        chunk = of_last_chunks(machine, mix, stop.limit)
        less, plus = less + chunk, plus + chunk
    found = ranged(bases, 0, Ended(filled.made, stop, (less, plus)))
    there = 0 if machine.profile.state is None else round(divisor)
    bounds = found.fits_range
    low, high = (None if bounds is None or one is None else one + there for one in bounds or (None, None))
    return ScaleInfo(
        factor=_factor(filled.made + there, divisor),
        rounds=filled.made + there,
        round=tuple((named.name, count) for count, named in parts),
        stops=stop,
        rounds_range=None if bounds is None else (low, high),
        factor_range=None if bounds is None else (_bound(low, divisor), _bound(high, divisor)),
        depends_on=found.depends_on,
    )


def _divisor(consumers: Consumers, declared: Mapping[int, int]) -> Fraction:
    """Return by what the declared counts are divided for a round."""
    asked = sum(count * consumers[number][0].plan.nr_calls for number, count in declared.items())
    total = sum(declared.values())
    return max(
        Fraction(math.gcd(*declared.values())),
        Fraction(total, LARGEST_ROUND),
        Fraction(asked, LARGEST_MIX),
    )


def _filled(bases: Bases, plan: Plan) -> tuple[Base, Filled]:
    """Fill the machine with rounds: one by one where they are few, which a look ahead tells."""
    ahead, effort, told = bases.copy(), bases.machine.effort, bases.machine.told
    few = place(ahead.allocator, plan, ENDLESS, HASTY if told else effort)
    short = few.made * plan.nr_calls <= (WALKED if told else SHORT)
    if few.off is None or few.complete or not (told or short):
        return ahead, few
    if short:
        effort = Effort(max(effort.walked, 2 * WALKED), effort.sample)
    base = bases.copy()
    return base, place(base.allocator, plan, ENDLESS, effort)


def _factor(rounds: int, divisor: Fraction) -> float:
    return round(float(rounds / divisor), 6)


def _bound(rounds: int | None, divisor: Fraction) -> float | None:
    return None if rounds is None else _factor(rounds, divisor)
