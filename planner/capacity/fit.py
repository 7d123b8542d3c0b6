"""How many instances of a consumer can exist with every other one at its declared count, and what ends it."""

import math
from collections.abc import Iterator, Sequence

from planner.allocator.allocator import Allocator
from planner.allocator.copying import copied
from planner.allocator.machine import MachineBacking
from planner.allocator.messages import failure_lines
from planner.allocator.request import Failure
from planner.capacity.filling import ENDLESS, Filled, place
from planner.capacity.machine import Machine, Scenario
from planner.capacity.plan import NamedPlan
from planner.quick import dataclass
from planner.report.model import Stop

FOLLOWED = (
    "how mixed requests of different sizes fall together: a sample of them placed, the rest in proportion (modelled)"
)


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


@dataclass(frozen=True, slots=True)
class Fit:
    """``fits`` instances can exist in all, ``None`` where nothing stops it; ``stop`` says what ends it."""

    fits: int | None
    stop: Stop | None
    fits_range: tuple[int | None, int | None] | None = None
    depends_on: tuple[str, ...] = ()


Consumers = Sequence[tuple[NamedPlan, int]]
"""Plans with declared counts, in the profile's order."""


def populate(
    machine: Machine, consumers: Consumers, *, last: int | None = None, scenario: Scenario | None = None
) -> Base:
    """Place every consumer at its declared count in order; consumer number ``last``, if given, comes after all others."""
    allocator, backing = machine.start(scenario)
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
    return Base(allocator, backing, tuple(placed[number] for number in range(len(consumers))))


def fit(bases: "Bases", number: int) -> Fit:
    """Return how many instances of consumer ``number`` can exist with all others at their declared counts.

    Where something unknown bears on the limit, the range between its least and its most favourable value comes with it.
    """
    return ranged(bases, number, _most(bases, number))


def ranged(bases: "Bases", number: int, ended: "Ended") -> Fit:
    """Return where the fill of consumer ``number`` ``ended``, with the range that it lies in and what that depends on."""
    machine = bases.machine
    made, stop = ended.made, ended.stop
    if made is None or stop is None:
        untold = machine.first_chunk.layout.km and machine.profile.memory.ram is None
        return Fit(None, None, depends_on=("RAM (memory.ram): not declared",) if untold else ())
    if stop.limit == "vmalloc" and machine.profile.memory.ram is None and machine.architecture.bits == 64:
        # address space for terabytes: memory ends long before, and nobody said how much there is
        return Fit(
            None,
            stop,
            (None, made),
            ("RAM (memory.ram): not declared; address space alone would end at the upper figure",),
        )
    unknown = machine.unknown(stop.limit)
    if ended.off != (0, 0):
        unknown = (*unknown, FOLLOWED)
    rough = tuple(_rough(bases, number)) if stop.limit == "ram" else ()
    if not unknown and not rough:
        return Fit(made, stop)
    if stop.limit == "ram":
        ends = _in_proportion(bases, number, ended) if unknown else (made, made)
        return Fit(made, stop, _roughly(bases, number, ends) if rough else ends, (*unknown, *rough))
    low, high = ended, ended
    if len(unknown) > (ended.off != (0, 0)):
        low = _most(bases, number, Scenario(1))
    lows = [one.made - one.off[0] for one in (ended, low) if one.made is not None]
    highs = [one.made + one.off[1] for one in (ended, high) if one.made is not None]
    return Fit(made, stop, (max(min(lows), 0), None if high.made is None else max(highs)), unknown)


ROUGH = 0.25
"""How far estimated kernel memory may be off: of a network namespace 300 kB were posted for 4.8, 240 for 4.16, 224 measured on 6.18."""


def _rough(bases: "Bases", number: int) -> Iterator[str]:
    """Say whose kernel memory is an estimate, where that bears on consumer ``number``."""
    held = [one.named for place, one in enumerate(bases.of(None).placed) if one.placed or place == number]
    names = list(dict.fromkeys(name for named in held for name in _estimated(named)))
    if names:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield f"kernel memory of {shown}, an estimate: give or take {ROUGH:.0%}"


def _estimated(named: NamedPlan) -> Iterator[str]:
    """Yield whose kernel memory is estimated: what has no name of its own (the mix, what grows) is its parts."""
    if not named.name:
        for _count, part in named.plan.parts:
            yield from _estimated(part)
    elif named.plan.estimated_bytes:
        yield named.name


def _roughly(bases: "Bases", number: int, ends: tuple[int, int]) -> tuple[int, int]:
    """Return a range as wide as the estimates make it: of its own kernel memory, and of what the others hold."""
    named, count = bases.consumers[number]
    units = bases.machine.first_chunk.layout.nr_units
    whole = max(named.plan.bytes_per_instance * units + named.plan.memory_bytes, 1)
    share = ROUGH * named.plan.estimated_bytes / whole
    held = sum(one.named.plan.estimated_bytes * one.placed for one in bases.of(None).placed)
    own = math.ceil(ROUGH * held / whole)
    low, high = ends
    least = count + math.floor((low - count) / (1 + share)) - own if low > count else low
    return max(least, min(count, low)), count + math.ceil((high - count) / (1 - share)) + own if high > count else high


def _in_proportion(bases: "Bases", number: int, ended: "Ended") -> tuple[int, int]:
    """Return the range of a count that ends at RAM: what is free may be more or less by the memory's uncertainty."""
    named, count = bases.consumers[number]
    base, made = bases.of(None), ended.made or 0
    memory = base.backing.memory
    room = max((memory.lowmem or 0) + memory.highmem, 1)
    share = memory.uncertain_pages / room
    more = max(made - count, 0)
    each = named.plan.bytes_per_instance
    layout, profile = bases.machine.first_chunk.layout, bases.machine.profile
    told = profile.state is not None or profile.percpu.in_use is not None
    own = 0 if told or not each else -(-layout.dynamic // each)
    # the last chunk may be paid for already: then a page more or less is worth nothing but objects
    alone = memory.uncertain_pages * memory.page_size / max(each * layout.nr_cpus + named.plan.memory_bytes, 1)
    in_chunk = layout.unit_size // each if each else 0
    unsure = math.ceil(max(more * share, min(alone, more * share + in_chunk)))
    low = made - min(unsure, more) - min(own, more) - ended.off[0]
    return max(low, min(count, made)), made + unsure + ended.off[1]


def most(machine: Machine, consumers: Consumers, number: int, scenario: Scenario | None = None) -> int | None:
    """Return the instances of consumer ``number`` alone, without range or reason; ``None`` where nothing stops it."""
    return _most(Bases(machine, consumers), number, scenario).made


@dataclass(frozen=True, slots=True)
class Ended:
    """``made`` instances exist when ``stop`` ends it; where a mix was extrapolated, too many or too few by up to ``off``."""

    made: int | None = None
    stop: Stop | None = None
    off: tuple[int, int] = (0, 0)


class Bases:
    """The machine with every consumer at its declared count, made once for each scenario and copied for each question."""

    def __init__(self, machine: Machine, consumers: Consumers, fewer: "Bases | None" = None) -> None:
        """``fewer``: the same without the last consumer, of which there is none."""
        self.machine = machine
        self.consumers = consumers
        self._fewer = fewer
        self._made: dict[Scenario | None, Base] = {}

    def of(self, scenario: Scenario | None) -> Base:
        """Return the machine with all declared counts, to look at."""
        if scenario not in self._made and self._fewer is not None:
            base = self._fewer.of(scenario)
            none = Placed(self.consumers[-1][0], 0, Filled(0))
            self._made[scenario] = Base(base.allocator, base.backing, (*base.placed, none))
        elif scenario not in self._made:
            self._made[scenario] = populate(self.machine, self.consumers, scenario=scenario)
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


def _most(bases: Bases, number: int, scenario: Scenario | None = None) -> Ended:
    machine = bases.machine
    named, count = bases.consumers[number]
    base = bases.at(number, scenario)
    at_count = base.placed[number].filled
    if not at_count.complete:
        return Ended(at_count.made, stop_of(machine, base, at_count), _off(base, named))
    if not named.plan.each and not named.plan.memory:
        return Ended()
    if machine.first_chunk.layout.km and base.backing.memory.lowmem is None:
        return Ended()  # chunks are plain pages here, and nobody said how many there are
    base.backing.refusals.clear()
    more = place(base.allocator, named.plan, ENDLESS, machine.effort, first=count == 0)
    if more.complete:
        return Ended()
    stop = stop_of(machine, base, more)
    less, plus = _off(base, named, more)
    if less or plus:
        chunk = of_a_chunk(machine, named, stop.limit)
        less, plus = less + chunk, plus + chunk
    return Ended(count + more.made, stop, (less, plus))


def of_a_chunk(machine: Machine, named: NamedPlan, limit: str) -> int:
    """Return the instances that a chunk's worth of what ended a fill is: by one chunk an estimate may miss the end."""
    layout, plan = machine.first_chunk.layout, named.plan
    if limit == "vmalloc":
        return -(-layout.unit_size // max(plan.bytes_per_instance, 1))
    return -(-layout.unit_size * layout.nr_cpus // max(plan.bytes_per_instance * layout.nr_cpus + plan.memory_bytes, 1))


def _off(base: Base, named: NamedPlan, more: Filled | None = None) -> tuple[int, int]:
    """Return by how many instances of ``named`` the figures may be off, as far as mixes of requests were extrapolated."""
    less, plus = (more.off or (0, 0)) if more is not None else (0, 0)
    each = named.plan.bytes_per_instance or 1
    for one in base.placed:
        if one.filled.off is not None:
            share = one.named.plan.bytes_per_instance / each
            less += math.ceil(one.filled.off[0] * share)
            plus += math.ceil(one.filled.off[1] * share)
    return less, plus


def stop_of(machine: Machine, base: Base, filled: Filled) -> Stop:
    """Say what ended a filling, with the lines that this kernel logs about it."""
    version = machine.profile.system.kernel
    refusal = base.backing.refusals[-1] if base.backing.refusals else None
    lines = refusal.lines if refusal is not None else ()
    if filled.failure is None:
        what = refusal.what if refusal else "kernel memory"
        return Stop(limit=refusal.limit if refusal else "ram", reason=f"no memory for {what}", kernel_log=lines)
    if refusal is not None and refusal.killer:
        return Stop(limit=refusal.limit, reason="out of memory", kernel_log=lines)
    warning = base.allocator.warnings[-1] if base.allocator.warnings else None
    if warning is not None and warning.reason is not Failure.ILLEGAL:
        lines += failure_lines(
            version, size=warning.size, align=warning.align, reason=warning.reason.value, atomic=warning.atomic
        )
    return Stop(limit=_limit(filled.failure, refusal), reason=filled.failure.value, kernel_log=lines)


def _limit(failure: Failure, refusal: object) -> str:
    """Name the limit that a failure stands for."""
    named = {
        Failure.RESERVED: "reserved",
        Failure.EXTEND_RESERVED: "reserved",
        Failure.ILLEGAL: "size",
        Failure.ATOMIC: "atomic",
    }
    return named.get(failure) or str(getattr(refusal, "limit", "vmalloc"))
