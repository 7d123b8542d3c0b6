"""How many instances of a consumer fit with every other one at its declared count, and the range that this lies in."""

import math
from collections.abc import Iterator
from dataclasses import replace

from planner.capacity.bases import Bases
from planner.capacity.ending import Ended, end_of
from planner.capacity.machine import Scenario
from planner.capacity.plan import NamedPlan
from planner.quick import dataclass
from planner.report.model import Stop

FOLLOWED = (
    "how mixed requests of different sizes fall together: a sample of them placed, the rest in proportion (modelled)"
)


@dataclass(frozen=True, slots=True)
class Fit:
    """``fits`` instances can exist in all, ``None`` where nothing stops it; ``stop`` says what ends it."""

    fits: int | None
    stop: Stop | None
    fits_range: tuple[int | None, int | None] | None = None
    depends_on: tuple[str, ...] = ()


def fit(bases: Bases, number: int) -> Fit:
    """Return how many instances of consumer ``number`` can exist with all others at their declared counts.

    Where something unknown bears on the limit, the range between its least and its most favourable value comes with it.
    """
    return ranged(bases, number, end_of(bases, number))


def ranged(bases: Bases, number: int, ended: Ended) -> Fit:
    """Return where the fill of consumer ``number`` ``ended``, with the range that it lies in and what that depends on."""
    found, machine = _of_limit(bases, number, ended), bases.machine
    both = machine.architecture.bits == 32 and machine.space is not None and not machine.first_chunk.layout.km
    if not both or found.fits is None or found.stop is None or bases.of(None).backing.memory.lowmem is None:
        return found
    if found.stop.limit == "vmalloc":
        return _memory_first(bases, number, found)
    return _space_first(bases, number, found) if found.stop.limit == "ram" else found


def _of_limit(bases: Bases, number: int, ended: Ended) -> Fit:
    """Return the range that the limit gives which ended it."""
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
        low = end_of(bases, number, Scenario(1))
    lows = [one.made - one.off[0] for one in (ended, low) if one.made is not None]
    highs = [one.made + one.off[1] for one in (ended, high) if one.made is not None]
    return Fit(made, stop, (max(min(lows), 0), None if high.made is None else max(highs)), unknown)


ROUGH = 0.25
"""How far estimated kernel memory may be off: of a network namespace 300 kB were posted for 4.8, 240 for 4.16, 224 measured on 6.18."""


def _rough(bases: Bases, number: int) -> Iterator[str]:
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


def _roughly(bases: Bases, number: int, ends: tuple[int, int]) -> tuple[int, int]:
    """Return a range as wide as the estimates make it: of its own kernel memory, and of what the others hold."""
    plan, whole = bases.consumers[number][0].plan, _bytes_of_one(bases, number)
    share = ROUGH * plan.estimated_bytes / whole
    placed = enumerate(bases.of(None).placed)
    held = sum(one.named.plan.estimated_bytes * one.placed for other, one in placed if other != number)
    others = math.ceil(ROUGH * held / whole)
    low, high = ends
    return max(math.floor(low / (1 + share)) - others, 0), math.ceil(high / (1 - share)) + others


def _bytes_of_one(bases: Bases, number: int) -> int:
    """Return the bytes of memory that one instance takes, at least one."""
    plan = bases.consumers[number][0].plan
    return max(plan.bytes_per_instance * bases.machine.first_chunk.layout.nr_units + plan.memory_bytes, 1)


AMPLE = 4
"""Times the uncertain memory that must be free for what is still made of it to tell what an instance costs."""


def _in_proportion(bases: Bases, number: int, ended: Ended) -> tuple[int, int]:
    """Return the range of a count that ends at RAM: what is free may be more or less by the memory's uncertainty.

    How many of the instances are declared does not matter: none of them is surer than another.
    """
    named, count = bases.consumers[number]
    memory, made = bases.of(None).backing.memory, ended.made or 0
    room = max((memory.lowmem or 0) + memory.highmem, 1)
    each = named.plan.bytes_per_instance
    layout, profile = bases.machine.first_chunk.layout, bases.machine.profile
    told = profile.state is not None or profile.percpu.in_use is not None
    own = 0 if told or not each else -(-layout.dynamic // each)
    alone = memory.uncertain_pages * memory.page_size / _bytes_of_one(bases, number)
    in_chunk = layout.unit_size // each if each else 0
    unsure = alone + in_chunk
    if made > count and room >= AMPLE * memory.uncertain_pages:
        share = (made - count) * memory.uncertain_pages / room
        # the last chunk may be paid for already: then a page more or less is worth nothing but objects
        unsure = max(share, min(alone, share + in_chunk))
    less, plus = ended.off
    return max(made - math.ceil(unsure) - own - less, 0), made + math.ceil(unsure) + plus


# -- the other limit of a 32-bit machine -----------------------------------------------------------------------------------------


LOST = 0.01
"""Part of the memory that is lost between objects in slabs and chunks, where a count is worked out from sizes alone."""


def _memory_first(bases: Bases, number: int, found: Fit) -> Fit:
    """Widen the range of a count that ends at address space by what it is if memory, known less well, ends before."""
    count, made = bases.consumers[number][1], found.fits or 0
    memory = bases.of(None).backing.memory
    room = int(((memory.lowmem or 0) + memory.highmem) * memory.page_size * (1 - LOST) / _bytes_of_one(bases, number))
    ends = _in_proportion(bases, number, Ended(max(count + room, made), found.stop))
    rough = tuple(_rough(bases, number))
    least = (_roughly(bases, number, ends) if rough else ends)[0]
    low, high = found.fits_range or (made, made)
    if low is None or least >= low:
        return found
    told = dict.fromkeys((*found.depends_on, *bases.machine.unknown("ram"), *rough))
    return Fit(made, found.stop, (least, high), tuple(told))


def _space_first(bases: Bases, number: int, found: Fit) -> Fit:
    """Cut the range of a count that ends at memory at what address space holds, which others may take a part of."""
    machine, made = bases.machine, found.fits or 0
    low, high = found.fits_range or (made, made)
    room = _room_in_space(bases, number, 1.0)
    if high is not None and made <= room < high:
        high = room
    untold = machine.unknown("vmalloc")[:1] if machine.profile.vmalloc.used is None else ()
    if machine.profile.vmalloc.areas or not untold or low is None:
        return found if high == (found.fits_range or (made, made))[1] else replace(found, fits_range=(low, high))
    if _room_in_space(bases, number, SURE) < made:
        worst = end_of(bases, number, Scenario(1))
        if worst.made is not None and worst.stop is not None and worst.stop.limit == "vmalloc":
            least = max(worst.made - worst.off[0], 0)
            if least < low:
                return Fit(made, found.stop, (least, high), tuple(dict.fromkeys((*found.depends_on, *untold))))
    return replace(found, fits_range=(low, high))


SURE = 0.5
"""Part of the free address space that instances find whatever others take of it, and however badly they lie in chunks."""


def _room_in_space(bases: Bases, number: int, part: float) -> int:
    """Return how many instances there would be if ``part`` of the free address space were chunks full of them, and a chunk more."""
    named, count = bases.consumers[number]
    base, layout = bases.of(None), bases.machine.first_chunk.layout
    space = base.backing.space
    if space is None or not named.plan.bytes_per_instance:
        return 1 << 62
    chunk = sum(group.nr_units for group in layout.groups) * layout.unit_size + base.backing.metadata_bytes()[1]
    chunks = int(space.free_bytes * part) // chunk + 2  # the one that is begun, and the first one
    return count + chunks * layout.unit_size // named.plan.bytes_per_instance
