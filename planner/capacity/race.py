"""A machine on which several consumers grow: instances placed as they come, or stretches of their growth leapt over.

A leap places rounds of instances in the proportions of its stretch: where such rounds repeat, or are so many that a sample stands for
them, they cost no time each (:mod:`planner.allocator.fill`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from planner.allocator.copying import copied
from planner.allocator.fill import Call, Charge, fill
from planner.capacity.bases import Base, Bases
from planner.capacity.ending import stop_of
from planner.capacity.filling import ENDLESS, Effort, Filled, charges_of, place
from planner.capacity.growing import Schedule
from planner.capacity.plan import NamedPlan, Plan, composite
from planner.capacity.rounds import Round, in_turn, of_most
from planner.report.model import Stop

PROBE = Effort(walked=0, sample=2_000)
"""To see how far it is to the end."""
FEW = 4_000
"""Requests that are placed one by one wherever they come up."""


@dataclass(slots=True)
class Race:
    """The machine after ``made`` instances beside the declared ones; ``off`` is by what weight that may be too many and too few.

    ``plans`` and ``weights`` (bytes of the machine that an instance asks for) are those of the consumers that grow and take anything.
    ``stop`` says what ended it.
    """

    bases: Bases
    schedule: Schedule
    base: Base
    plans: dict[int, NamedPlan]
    weights: dict[int, int]
    made: dict[int, int]
    off: tuple[float, float] = (0.0, 0.0)
    stop: Stop | None = None
    _ready: dict[int, tuple[tuple[Call, ...], tuple[Charge, ...]]] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """Bytes of the machine that what came asks for."""
        return self.heavy(self.made)

    def heavy(self, new: Mapping[int, int]) -> int:
        """Return the bytes of the machine that so many instances ask for."""
        return sum(self.weights[number] * count for number, count in new.items())

    def calls(self, new: Mapping[int, int]) -> int:
        """Return the requests that so many instances make."""
        return sum(self.plans[number].plan.nr_calls * count for number, count in new.items())

    def until(self, seconds: float) -> dict[int, int]:
        """Return the instances that are still to come by then."""
        by = self.schedule.by(seconds, tuple(self.plans))
        return {number: count - self.made[number] for number, count in by.items() if count > self.made[number]}

    def when(self, weight: float) -> float:
        """Return the last moment up to which what came asks for no more than so many bytes."""
        return self.schedule.when(self.weights, weight)

    def round_of(self, new: Mapping[int, int]) -> Round:
        """Return rounds that make most of so many instances."""
        return of_most(new, {number: named.plan.nr_calls for number, named in self.plans.items()})

    def room(self, shares: Mapping[int, int]) -> int | None:
        """Return about how many rounds of ``shares`` there is room for from here on, without going there; ``None``: nothing stops them."""
        ahead = self._copy()
        filled = ahead.add(Round(dict(shares), ENDLESS), PROBE)
        if filled.complete:
            return None
        ahead.ended(filled)
        self.stop = ahead.stop
        return filled.made

    def after(self, round_: Round, effort: Effort) -> "Race | None":
        """Return the race after so many rounds more, ``None`` where they do not all fit."""
        ahead = self._copy()
        return ahead if ahead.add(round_, effort).complete else None

    def at(self, seconds: float, effort: Effort) -> "Race | None":
        """Return the race at that time, what came until then evenly mixed; ``None`` where it does not all fit."""
        ahead = self._copy()
        return ahead if ahead.mix(self.until(seconds), effort) else None

    def walk(self, most: float) -> tuple[float, int] | None:
        """Place instances in the order in which they come until one is refused, and say when that is and whose.

        ``None`` after ``most`` requests.
        """
        self.base.backing.refusals.clear()
        calls = 0
        for moment, number in self.schedule.after(self.made, tuple(self.plans)):
            calls += max(self.plans[number].plan.nr_calls, 1)
            if calls > most:
                return None
            filled = self._one(number)
            if not filled.complete:
                self.ended(filled)
                return moment, number
        return None

    def ended(self, filled: Filled) -> None:
        """Remember what ended the race."""
        self.stop = stop_of(self.bases.machine, self.base, filled)

    def add(self, round_: Round, effort: Effort) -> Filled:
        """Place rounds one after the other, in each of which the consumers' instances are evenly spread."""
        plan = composite(tuple((1, self.plans[number]) for number in in_turn(round_.shares)))
        self.base.backing.refusals.clear()
        filled = self._placed(plan, round_.count, effort)
        self._came({number: share * filled.made for number, share in round_.shares.items()})
        if filled.off is not None:
            weight = self.heavy(round_.shares)
            self.off = (self.off[0] + filled.off[0] * weight, self.off[1] + filled.off[1] * weight)
        return filled

    def _copy(self) -> "Race":
        backing = self.base.backing.copy()
        base = Base(copied(self.base.allocator, backing), backing, self.base.placed)
        return replace(self, base=base, plans=dict(self.plans), made=dict(self.made), _ready={})

    def _placed(self, plan: Plan, count: int, effort: Effort) -> Filled:
        allocator = self.base.allocator
        if count >= ENDLESS or not count:
            return place(allocator, plan, count, effort)
        opening = place(allocator, plan, 1, effort)  # with what the first asks for once
        if not opening.complete or count == 1:
            return opening
        rest = fill(allocator, plan.each, count - 1, charges=charges_of(allocator, plan), effort=effort)
        return replace(rest, made=rest.made + 1)

    def _one(self, number: int) -> Filled:
        plan = self.plans[number].plan
        if plan.once_requests:
            filled = place(self.base.allocator, plan, 1, PROBE)
        else:
            if number not in self._ready:
                self._ready[number] = plan.each, charges_of(self.base.allocator, plan)
            calls, charges = self._ready[number]
            filled = fill(self.base.allocator, calls, 1, charges=charges, jump=False)
        if filled.complete:
            self._came({number: 1})
        return filled

    def mix(self, new: Mapping[int, int], effort: Effort) -> bool:
        """Place instances, evenly mixed; return whether they all fit."""
        if self.calls(new) <= FEW:
            return all(self._one(number).complete for number in in_turn(new))
        round_ = self.round_of(new)
        if not round_.shares:  # single instances make so many requests that no round is short
            return all(self.add(Round({number: 1}, count), effort).complete for number, count in new.items())
        rest = {number: count - round_.count * round_.shares.get(number, 0) for number, count in new.items()}
        return self.add(round_, effort).complete and self.mix(
            {key: count for key, count in rest.items() if count}, effort
        )

    def _came(self, new: Mapping[int, int]) -> None:
        """Enter instances that came; what the first of a kind asks for once is not asked for again."""
        for number, count in new.items():
            self.made[number] += count
        paid = {item.key for number, count in new.items() if count for item in self.plans[number].plan.once_requests}
        if paid:
            self.plans = {number: without(named, paid) for number, named in self.plans.items()}


def start(bases: Bases, schedule: Schedule) -> Race:
    """Return the race at the declared counts."""
    plans = {}
    for number in schedule.numbers:
        named, count = bases.consumers[number]
        if named.plan.each or named.plan.memory:
            plans[number] = without(named, {item.key for item in named.plan.once_requests}) if count else named
    units = bases.machine.first_chunk.layout.nr_units
    weights = {
        number: max(named.plan.bytes_per_instance * units + named.plan.memory_bytes, 1)
        for number, named in plans.items()
    }
    return Race(bases, schedule, bases.copy(), plans, weights, dict.fromkeys(plans, 0))


def without(named: NamedPlan, paid: set[str]) -> NamedPlan:
    """Return a consumer that no longer asks for one-time requests that are ``paid``."""
    left = tuple(item for item in named.plan.once_requests if item.key not in paid)
    return named if left == named.plan.once_requests else replace(named, plan=replace(named.plan, once_requests=left))
