"""Stand-ins for instances that are not walked: whole chunks in one step, the rest as areas of the largest size.

They take address space, pages and kernel memory from the backing as the instances would, so what runs out, and when, stays
the backing's business.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.allocator.allocator import Allocator
from planner.allocator.backing import BulkBacking, MemoryBacking
from planner.allocator.copying import image_of
from planner.allocator.crowd import Crowd
from planner.allocator.pace import Pace, plain_allocator, plain_rules
from planner.allocator.request import Failure
from planner.allocator.rules import Rules

if TYPE_CHECKING:
    from planner.allocator.chunk import Chunk

Charge = tuple[int, int, str]
"""Kernel memory beside the allocator: size in bytes, count, and where: slab, pages or vmalloc."""


def grow(allocator: Allocator, backing: Any, pace: Pace, charges: Sequence[Charge], wanted: int) -> int:
    """Put stand-ins in the place of up to ``wanted`` instances, as the backing certainly grants them; return of how many."""
    page, unit = allocator.rules.page_size, allocator.rules.unit_size
    bulk, memory = isinstance(backing, BulkBacking), backing if isinstance(backing, MemoryBacking) else None
    growth = _Growth(allocator, backing, memory, pace, charges, wanted * pace.space)
    while growth.left >= page:
        # what is certain is granted in parts; between them a chunk is filled area by area
        if bulk:
            _whole_chunks(growth)
        if not _areas(growth, unit):
            break
    made = wanted if growth.left < page else int(growth.done / pace.space)
    due = made - growth.paid if charges else 0.0
    if due > 0 and not _pay(backing, charges, due):
        made = int(growth.paid)
        due = made - growth.paid
    if due < 0:
        backing.return_charges([(size, int(-due * count), where) for size, count, where in charges], 1)
    return made


@dataclass(slots=True)
class _Growth:
    """How far stand-ins have come: ``done`` of the ``goal`` bytes of a unit; kernel memory of ``paid`` instances was taken.

    ``memory`` is the backing if it has any that ends.
    """

    allocator: Allocator
    backing: Any
    memory: MemoryBacking | None
    pace: Pace
    charges: Sequence[Charge]
    goal: float
    done: float = 0.0
    paid: float = 0.0

    @property
    def left(self) -> float:
        """Bytes of a unit that are still to be taken."""
        return self.goal - self.done


def _whole_chunks(growth: _Growth) -> None:
    """Add whole chunks of stand-ins."""
    allocator, backing, pace, charges = growth.allocator, growth.backing, growth.pace, growth.charges
    unit = allocator.rules.unit_size
    maps = _maps(allocator, pace)
    if maps and maps[-1][0] > allocator.rules.page_size and allocator.layout.bits == 32:
        return  # where such a map lies is not certain, and address space is short
    count = min(int(growth.left / unit), 1 << 40)
    kinds = [(bool(kind), weight) for kind, weight in enumerate(pace.kinds) if weight]
    if len(kinds) > 1 and count > 0:
        # what several types of chunks take adds up in proportion, so does what is left for them
        alone = [
            len(_create(allocator, backing.copy(), pace, charges, count, accounted=kind)) for kind, _weight in kinds
        ]
        if not all(alone):
            return
        count = min(count, int(1 / sum(weight / most for (_kind, weight), most in zip(kinds, alone, strict=True))))
    for kind, weight in kinds:
        bases = _create(allocator, backing, pace, charges, int(count * weight), accounted=kind)
        _enter(allocator, bases, accounted=kind)
        growth.done += len(bases) * unit
        growth.paid += len(bases) * _ahead(unit / pace.space) / _PARTS


_PARTS = 1 << 20
"""Kernel memory of a chunk's instances is taken in so many parts of an instance: an instance may be a round that fills many chunks."""


def _ahead(each: float) -> int:
    """Return the parts of an instance whose kernel memory comes with a chunk of ``each`` instances."""
    return math.ceil(each * _PARTS)


def _create(  # noqa: PLR0913 - what each of the chunks takes
    allocator: Allocator, backing: Any, pace: Pace, charges: Sequence[Charge], count: int, *, accounted: bool
) -> Sequence[int]:
    """Let the backing make up to ``count`` chunks full of instances, with the instances' kernel memory; return their bases."""
    if count < 1:
        return ()
    rules = allocator.rules
    each = rules.unit_size / pace.space
    parts = _ahead(each)
    pages = rules.km_pages if rules.km else rules.unit_pages * rules.nr_cpus
    slabs = [(size, number * parts / _PARTS) for size, number, where in charges if where == "slab"]
    low: float = sum(-(-size // rules.page_size) * number for size, number, where in charges if where == "pages")
    maps = _maps(allocator, pace)
    # where there is address space in plenty, an area map in it is its pages
    while maps and maps[-1][allocator.layout.bits == 64] > rules.page_size:
        old, new = maps.pop()
        low += (new - old) // rules.page_size / (parts / _PARTS)
    made: Sequence[int] = backing.create_chunks(
        count, accounted=accounted, pages=pages, maps=maps, slabs=slabs, low_pages=low * parts / _PARTS
    )
    return made


def _maps(allocator: Allocator, pace: Pace) -> list[tuple[int, int]]:
    """Return the extensions, as (old, new) bytes, of the area map of a chunk full of instances (kernels up to 4.13)."""
    found: list[tuple[int, int]] = []
    if hasattr(_full_chunk(allocator), "map_alloc"):
        needed, size = (allocator.rules.unit_size / pace.space * pace.calls + 2) * 4, 64
        while size < needed:
            found.append((size, size * 2))
            size *= 2
    return found


def _extend(allocator: Allocator, backing: Any, pace: Pace) -> bool:
    """Give the newest chunk the area map that instances in the place of the stand-ins would need; tell whether the backing did."""
    chunk: Any = allocator.chunk(allocator.created)
    for old, new in _maps(allocator, pace):
        if old < chunk.map_alloc * 4:
            continue
        if not backing.extend_map(old, new, chunk.base):
            return False
        chunk.map_alloc = new // 4
    return True


def _enter(allocator: Allocator, bases: Sequence[int], *, accounted: bool) -> None:
    """Enter chunks full of stand-ins, on the list of full chunks."""
    if not bases:
        return
    template = image_of(_full_chunk(allocator), allocator)
    template.accounted = accounted
    first = allocator.created + 1
    allocator.lists[accounted][0].push_back(template)
    allocator.crowds.append(Crowd(template, range(first, first + len(bases)), bases))
    allocator.created += len(bases)
    allocator.nr_populated += len(bases) * (
        allocator.rules.km_populated if allocator.rules.km else template.nr_populated
    )
    stats = allocator.stats
    stats.nr_alloc += len(bases) * template.nr_alloc
    stats.nr_max_alloc = max(stats.nr_max_alloc, stats.nr_cur_alloc)
    stats.nr_chunks += len(bases)
    stats.nr_max_chunks = max(stats.nr_max_chunks, stats.nr_chunks)


def _full_chunk(allocator: Allocator) -> "Chunk":
    rules = plain_rules(allocator)
    if rules not in _FULL:
        if len(_FULL) >= _MOST_FULL:
            _FULL.clear()
        _FULL[rules] = _filled(plain_allocator(allocator))
    return _FULL[rules]


_FULL: dict[Rules, "Chunk"] = {}
_MOST_FULL = 64


def _filled(allocator: Allocator) -> "Chunk":
    """Return a chunk full of areas of the largest size."""
    unit_size, page_size = allocator.rules.unit_size, allocator.rules.page_size
    size = min(allocator.rules.maximum, unit_size)
    for _ in range(unit_size // size):
        allocator.alloc(size, page_size)
        allocator.run_pending()
    while unit_size % size >= page_size and allocator.chunk(1).free_bytes >= page_size:
        allocator.alloc(page_size, page_size)
    return next(chunk for chunk in allocator.chunks if chunk.index == 1)


def _areas(growth: _Growth, most: int) -> int:
    """Place areas of the largest size, then of a page, up to ``most`` bytes as long as nothing refuses; return the bytes."""
    allocator, backing, pace, charges = growth.allocator, growth.backing, growth.pace, growth.charges
    placed, accounted, created = 0, 0.0, allocator.created
    for size in (min(allocator.rules.maximum, allocator.rules.unit_size), allocator.rules.page_size):
        while placed < most and growth.left >= size:
            ahead = int((growth.done + size) / pace.space) - int(growth.paid) if charges else 0
            if not _has_room(allocator, growth.memory, size) or (ahead > 0 and not _pay(backing, charges, ahead)):
                break
            growth.paid += max(ahead, 0)
            kind = accounted < pace.kinds[1] and bool(pace.kinds[1])
            if not _quietly(allocator, growth.memory, size, accounted=kind):
                break
            if allocator.created > created:
                created = allocator.created
                _extend(allocator, backing, pace)
            accounted += pace.kinds[1] - kind
            growth.done += size
            placed += size
    allocator.run_pending()
    return placed


def _quietly(allocator: Allocator, memory: MemoryBacking | None, size: int, *, accounted: bool) -> bool:
    """Place one stand-in; tell whether there was room, and leave no trace in the records if there was not."""
    warnings, limit = len(allocator.warnings), allocator.warn_limit
    refusals = 0 if memory is None else len(memory.refusals)
    if not isinstance(allocator.alloc(size, accounted=accounted), Failure):
        return True
    del allocator.warnings[warnings:]
    allocator.warn_limit = limit
    if memory is not None:
        del memory.refusals[refusals:]
    return False


def _has_room(allocator: Allocator, memory: MemoryBacking | None, size: int) -> bool:
    """Tell whether memory for an area and a chunk's metadata is certainly there, so that nothing is refused half-way."""
    room = None if memory is None else memory.room
    return room is None or room >= size // allocator.rules.page_size * allocator.rules.nr_cpus + SLACK


SLACK = 64
"""Pages beside an area's own: metadata of a chunk, page tables."""


def _pay(backing: Any, charges: Sequence[Charge], instances: float) -> bool:
    """Take the kernel memory of so many instances, if it is certainly there; of a part of an instance its part of each charge."""
    if instances and backing.certain_charges(charges, margin=False) < instances:
        return False
    for size, count, where in charges:
        backing.take_memory(size, math.ceil(count * instances), where)
    return True
