"""The machine with every consumer at its declared count, from which every question goes on."""

from collections.abc import Callable, Sequence

from planner.allocator.allocator import Allocator
from planner.allocator.copying import copied
from planner.allocator.machine import MachineBacking
from planner.capacity.filling import Filled, place
from planner.capacity.machine import Machine, Scenario
from planner.capacity.plan import NamedPlan
from planner.quick import dataclass


@dataclass(frozen=True, slots=True)
class Placed:
    """A consumer at its declared ``count``: ``placed`` instances of it could be made."""

    named: NamedPlan
    count: int
    filled: Filled

    @property
    def placed(self) -> int:
        """Instances that exist."""
        return self.filled.made


@dataclass(frozen=True, slots=True)
class Base:
    """The machine with every consumer at its declared count, as far as they fit, placed in the profile's order."""

    allocator: Allocator
    backing: MachineBacking
    placed: tuple[Placed, ...]


Consumers = Sequence[tuple[NamedPlan, int]]
"""Plans with declared counts, in the profile's order."""


Note = Callable[[Allocator, NamedPlan | None], None]
"""Looks at the allocator after a consumer was placed; ``None``: before any was."""


def populate(
    machine: Machine,
    consumers: Consumers,
    *,
    last: int | None = None,
    scenario: Scenario | None = None,
    note: Note | None = None,
) -> Base:
    """Place every consumer at its declared count in order; consumer number ``last``, if given, comes after all others."""
    allocator, backing = machine.start(scenario)
    if note is not None:
        note(allocator, None)
    order = list(range(len(consumers)))
    if last is not None:
        order.remove(last)
        order.append(last)
    placed: dict[int, Placed] = {}
    for number in order:
        named, count = consumers[number]
        # a captured state holds what the profile declares already: the counts were taken from the same machine
        there = machine.profile.state is not None
        placed[number] = Placed(
            named, count, Filled(count) if there else place(allocator, named.plan, count, machine.effort)
        )
        if note is not None and not there:  # a captured state does not say which is whose
            note(allocator, named)
    return Base(allocator, backing, tuple(placed[number] for number in range(len(consumers))))


class Bases:
    """The machine with every consumer at its declared count, made once for each scenario and copied for each question."""

    def __init__(
        self, machine: Machine, consumers: Consumers, fewer: "Bases | None" = None, *, note: Note | None = None
    ) -> None:
        """``fewer``: the same without the last consumer, of which there is none. ``note`` looks on as the declared counts are placed."""
        self.machine = machine
        self.consumers = consumers
        self._fewer = fewer
        self._note = note
        self._made: dict[Scenario | None, Base] = {}

    def of(self, scenario: Scenario | None) -> Base:
        """Return the machine with all declared counts, to look at."""
        if scenario not in self._made and self._fewer is not None:
            base = self._fewer.of(scenario)
            none = Placed(self.consumers[-1][0], 0, Filled(0))
            self._made[scenario] = Base(base.allocator, base.backing, (*base.placed, none))
        elif scenario not in self._made:
            note = self._note if scenario is None else None
            self._made[scenario] = populate(self.machine, self.consumers, scenario=scenario, note=note)
        return self._made[scenario]

    def copy(self, scenario: Scenario | None = None) -> Base:
        """Return the machine with all declared counts, to go on from."""
        base = self.of(scenario)
        backing = base.backing.copy()
        return Base(copied(base.allocator, backing), backing, base.placed)

    def beside(self, named: NamedPlan) -> "Bases":
        """Return the same machine with one consumer more, the last, of which there is none yet."""
        return Bases(self.machine, (*self.consumers, (named, 0)), self)

    def at(self, number: int, scenario: Scenario | None) -> Base:
        """Return a state to go on from with consumer ``number``, which comes last where the others would not leave it its room."""
        if all(one.filled.complete for one in self.of(scenario).placed):
            return self.copy(scenario)
        return populate(self.machine, self.consumers, last=number, scenario=scenario)
