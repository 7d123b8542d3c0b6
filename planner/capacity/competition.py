"""Consumers that grow against each other: who is refused first, when, and how sure that is.

Instances are placed in the order in which they come as far as that is short, and the last ones before the end always; what lies between
is leapt over (:mod:`planner.capacity.race`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from planner.capacity.bases import Bases
from planner.capacity.ending import Ended, of_last_chunks
from planner.capacity.filling import ENDLESS, HASTY, USUAL, Effort, place
from planner.capacity.fit import ranged
from planner.capacity.growing import Schedule
from planner.capacity.plan import NamedPlan, Plan, composite
from planner.capacity.race import FEW, Race, start
from planner.capacity.rounds import Round, in_turn, whole
from planner.profile.counts import Growth
from planner.report.model import CompetitionInfo

WALKED = 60_000
"""Requests up to which all are placed in the order in which they come, whatever is known of the machine."""
LAST = 10_000
"""Requests before the end from which on all are placed in the order in which they come."""
PATIENCE = 3 * LAST
"""Requests that are placed so before the way to the end is looked at again."""
LEAPS = 40
"""Times that the way to the end is looked at."""
LARGEST_ROUND = 10_000
"""Instances in a round of growth that repeats exactly."""
LARGEST_MIX = 20_000
"""Requests in it, likewise."""
NEAR, FAR = 0.95, 0.85
"""Part of the way to the end that is leapt at once: where the proportions stay the same, and where they change."""
SAME = 0.01
"""What two looks at the end may differ by to agree."""
FIRST_LOOKS = 6
AVERAGED = 20
"""Instances that stand for all when the range is looked for."""
SOME = 1_000
"""Instances whose proportions the first look is taken with."""


@dataclass(frozen=True, slots=True)
class _Won:
    """``race`` as it ended: consumer ``number`` is refused at ``moment``; ``spread`` is by what weight looks at the end differed."""

    race: Race
    moment: float
    number: int
    spread: float = 0.0


def compete(bases: Bases, growth: Sequence[Growth | None]) -> CompetitionInfo | None:
    """Let the consumers with declared growth grow against each other; say who is refused first, and when.

    ``None``: none grows, not even the declared counts fit, or nothing stops those that grow.
    """
    schedule = Schedule(growth, [count for _named, count in bases.consumers])
    if not schedule.numbers or not all(one.filled.complete for one in bases.of(None).placed):
        return None
    race = start(bases, schedule)
    if not race.plans or (bases.machine.first_chunk.layout.km and race.base.backing.memory.lowmem is None):
        return None
    plan, times = _one_plan(race)
    won = _run(race) if plan is None else _alike(race, plan, times)
    return None if won is None else _told(won)


# -- where all ask for the same, so that it is the same in which order they come ---------------------------------------------------


def _one_plan(race: Race) -> tuple[Plan | None, dict[int, int]]:
    """Return the one plan that all follow, and how many times each instance does; ``None`` where they differ."""
    plans = [named.plan for named in race.plans.values()]
    first = plans[0]
    once = {item.key: item for plan in plans for item in plan.once_requests}
    if all((plan.requests, plan.memory) == (first.requests, first.memory) for plan in plans):
        return replace(first, once_requests=tuple(once.values())), dict.fromkeys(race.plans, 1)
    calls = {call for plan in plans for call in plan.each}
    if len(calls) == 1 and not once and not any(plan.memory for plan in plans):
        single = Plan(requests=(replace(first.requests[0], count=1),), once_requests=(), memory=())
        return single, {number: named.plan.nr_calls for number, named in race.plans.items()}
    return None, {}


def _alike(race: Race, plan: Plan, times: dict[int, int]) -> _Won | None:
    race.base.backing.refusals.clear()
    effort = race.bases.machine.effort
    filled = place(race.base.allocator, plan, ENDLESS, effort)
    if filled.off is not None and len(race.plans) > 1 and filled.made * plan.nr_calls <= WALKED:
        race = start(race.bases, race.schedule)
        filled = place(race.base.allocator, plan, ENDLESS, Effort(2 * WALKED, effort.sample))
    if filled.complete:
        return None
    race.ended(filled)
    moment, numbers = race.schedule.when(times, filled.made), tuple(race.plans)
    if math.isinf(moment):
        return None
    race.made = race.schedule.by(moment, numbers)
    if filled.off is not None:
        each = max(weight / times[number] for number, weight in race.weights.items())
        race.off = (filled.off[0] * each, filled.off[1] * each)
    left = filled.made - sum(times[number] * count for number, count in race.made.items())
    for moment, number in race.schedule.after(race.made, numbers):
        left -= times[number]
        if left < 0:
            return _Won(race, moment, number)
        race.made[number] += 1
    return None


# -- where it is not ------------------------------------------------------------------------------------------------------------


def _run(race: Race) -> _Won | None:
    steps = race.schedule.steps(tuple(race.plans))
    shares = None if steps is None else whole(dict(zip(race.plans, steps, strict=True)), LARGEST_ROUND)
    if shares is not None and race.calls(shares) <= LARGEST_MIX:
        return _repeating(race, shares)
    return _changing(race)


def _quick(race: Race) -> Effort:
    return USUAL if race.bases.machine.effort.walked else HASTY


def _repeating(race: Race, shares: dict[int, int]) -> _Won | None:
    """Answer where who comes when repeats: whole rounds keep the order to the last instance."""
    calls, effort, part = race.calls(shares), _quick(race), NEAR
    patient = max(race.bases.machine.effort.walked, WALKED)
    room = race.room(shares)
    if room is not None and room * calls <= patient:
        effort = Effort(2 * patient, effort.sample)
    for _ in range(LEAPS):
        if room is None:
            return None
        rounds = int(room * part)
        if rounds and room * calls > LAST:
            ahead = race.after(Round(shares, rounds), effort)
            race, part = (race, part / 2) if ahead is None else (ahead, NEAR)
        else:
            won = race.walk(max(PATIENCE, 2 * calls))
            if won is not None:
                return _Won(race, *won)
        room = race.room(shares)
    return _given_up(race)


def _changing(race: Race) -> _Won | None:
    """Answer where proportions change as time goes on, or who comes when does not repeat within a round."""
    end = _first_looks(race)
    if math.isinf(end):
        return None
    if race.calls(race.until(end)) <= WALKED:
        won = race.walk(2 * WALKED)
        if won is not None:
            return _Won(race, *won)
    looks: list[float] = []
    for _ in range(LEAPS):
        new = race.until(end)
        if race.calls(new) <= LAST:
            won = race.walk(PATIENCE)
            if won is not None:
                return _Won(race, *won, spread=max((abs(one - race.weight) for one in looks), default=0.0))
        else:
            part = race.when(race.weight + FAR * race.heavy(new))
            ahead = race.at(part, _quick(race))
            if ahead is None:  # it is not so far as it looked
                end = part
                continue
            race = ahead
        looks.append(_look(race, race.until(end) or _next(race)))
        end = race.when(looks[-1])
    return _given_up(race)


def _first_looks(race: Race) -> float:
    """Return about when it ends, infinity for never: proportions at the end say how much fits, which says when the end is."""
    new = _next(race)
    end, last = 0.0, -1.0
    for _ in range(FIRST_LOOKS):
        weight = _look(race, new)
        end = race.when(weight)
        if math.isinf(end) or abs(weight - last) <= SAME * weight:
            break
        last, new = weight, race.until(end) or new
    return end


def _next(race: Race) -> dict[int, int]:
    """Return some of the instances that come next."""
    new = dict.fromkeys(race.plans, 0)
    for (_moment, number), _ in zip(race.schedule.after(race.made, tuple(race.plans)), range(SOME), strict=False):
        new[number] += 1
    return {number: count for number, count in new.items() if count}


def _look(race: Race, new: dict[int, int]) -> float:
    """Return about what weight there will be at the end if what comes is in the proportions of ``new``."""
    shares = race.round_of(new).shares
    if not shares:  # a single instance makes very many requests
        heaviest = max(new, key=lambda number: race.weights[number] * new[number])
        shares = {heaviest: 1}
    room = race.room(shares)
    return math.inf if room is None else race.weight + room * race.heavy(shares)


def _given_up(race: Race) -> _Won:
    """Answer with the instance that comes next: so near to the end nothing more was found out."""
    moment, number = next(race.schedule.after(race.made, tuple(race.plans)))
    return _Won(race, moment, number)


# -- the answer, and how sure it is ------------------------------------------------------------------------------------------------


def _told(won: _Won) -> CompetitionInfo:
    race, consumers = won.race, won.race.bases.consumers
    counts = _counts(race, race.made, won.moment, won.number)
    least, most, depends_on = _range(won)
    early = (won.moment, counts) if least == race.weight else _end(race, least)
    late = (won.moment, counts) if most == race.weight else _end(race, most)
    return CompetitionInfo(
        first=consumers[won.number][0].name,
        seconds=won.moment,
        counts=tuple((named.name, count) for (named, _declared), count in zip(consumers, counts, strict=True)),
        stops=race.stop,
        seconds_range=(early[0], late[0]) if depends_on else None,
        counts_range=tuple(
            (named.name, low, high) for (named, _declared), low, high in zip(consumers, early[1], late[1], strict=True)
        )
        if depends_on
        else (),
        depends_on=depends_on,
    )


def _range(won: _Won) -> tuple[float | None, float | None, tuple[str, ...]]:
    """Return the least and the greatest weight that may have come when it ends, and what that depends on, if anything."""
    race, machine = won.race, won.race.bases.machine
    averaged = AVERAGED if len(race.plans) > 1 else 1
    divisor = max(sum(race.made.values()) // averaged, race.calls(race.made) // FEW, 1)
    shares = {number: count // divisor for number, count in race.made.items() if count >= divisor} or {won.number: 1}
    each = race.heavy(shares)
    parts = tuple((1, race.plans[number]) for number in in_turn(shares))
    named = NamedPlan("", "", "", composite(parts))
    rounds = race.weight // each
    less, plus = (math.ceil((off + won.spread) / each) for off in race.off)
    if less or plus:
        chunk = of_last_chunks(machine, named, race.stop.limit if race.stop else "")
        less, plus = less + chunk, plus + chunk
    ended = Ended(rounds, race.stop, (less, plus))
    found = ranged(race.bases.beside(named), len(race.bases.consumers), ended)
    if found.fits_range is None:
        return race.weight, race.weight, ()
    low, high = (None if bound is None else max(race.weight + (bound - rounds) * each, 0) for bound in found.fits_range)
    return low, high, found.depends_on


def _end(race: Race, weight: float | None) -> tuple[float | None, list[int | None]]:
    """Return when it ends if so much fits, and the counts then."""
    moment = math.inf if weight is None else race.when(weight)
    if math.isinf(moment):
        return None, [None] * len(race.bases.consumers)
    made = race.schedule.by(moment, tuple(race.plans))
    moment, number = next(race.schedule.after(made, tuple(race.plans)))
    return moment, list(_counts(race, made, moment, number))


def _counts(race: Race, made: Mapping[int, int], moment: float, number: int) -> list[int]:
    """Return how many of each consumer there are when the next instance of ``number`` is refused; who takes nothing just grows."""
    counts = [count for _named, count in race.bases.consumers]
    for other in race.schedule.numbers:
        if other in made:
            counts[other] += made[other]
        else:
            come = race.schedule.come(other, moment)
            counts[other] += come - (come > 0 and other > number and race.schedule.moment(other, come) == moment)
    return counts
