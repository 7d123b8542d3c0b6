"""Going on in proportion where walking every request would take too long: an estimate, and marked as one.

A sample of the requests is placed on an allocator of the same rules with nothing else on it: :class:`Pace` says how densely they fill
chunks. Then stand-ins take the place of so many instances: whole chunks in one step, the rest as areas of the largest size. They take
address space, pages and kernel memory from the backing as the instances would, so what runs out, and when, stays the
backing's business. The last instances before the end are walked.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from planner.allocator.allocator import Allocator
from planner.allocator.copying import image_of
from planner.allocator.crowd import Crowd
from planner.allocator.layout import Group, Layout
from planner.allocator.request import Failure

if TYPE_CHECKING:
    from planner.allocator.chunk import Chunk
    from planner.allocator.kernel_version import KernelVersion

WINDOWS = 4
"""Parts of a sample that are compared: how much they differ says how far the estimate may be off."""
WIDENED = 2
"""The spread between the parts, times this, is what the estimate may be off."""
MOST_TRIES = 16
"""Times that a fill is gone on with in proportion: what is left is walked."""

Charge = tuple[int, int, str]
Call = tuple[int, int, int, bool, bool, bool]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is walked: ``walked`` calls of a fill before it goes on in proportion, ``sample`` calls to see at which pace."""

    walked: int
    sample: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How a mix of requests fills chunks that hold nothing else.

    An instance asks for ``need`` bytes of a unit (rounded to granules) in ``calls`` requests; ``share`` of the space it takes is that,
    between ``least`` and ``most`` as parts of the sample differ. ``kinds`` are the shares of chunks of each type: not accounted, and
    accounted.
    """

    need: int
    calls: int
    share: float
    least: float
    most: float
    kinds: tuple[float, float]

    @property
    def space(self) -> float:
        """Bytes of a unit that an instance takes, what is lost between its areas included."""
        return self.need / self.share

    def off(self, instances: int) -> tuple[int, int]:
        """Return by how much an estimate of so many instances may be too high and too low."""
        high = WIDENED * (1 - self.least / self.share) * instances
        low = WIDENED * (self.most / self.share - 1) * instances
        return min(math.ceil(high) + 1, instances), math.ceil(low) + 1


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
        made = 0 if pace is None or left <= 0 else grow(self.allocator, self.backing, pace, self.charges, left)
        if pace is None or not made or self.tries >= MOST_TRIES:
            self.due = math.inf
        less, plus = pace.off(made) if pace is not None and made else (0, 0)
        self.off = (self.off[0] + less, self.off[1] + plus)
        return made


# -- the sample ---------------------------------------------------------------------------------------------------------------


def pace_of(allocator: Allocator, calls: tuple[Call, ...], sample: int) -> Pace | None:
    """Return the pace of ``calls`` under the allocator's rules; ``None`` where the kernel refuses one of them whatever there is."""
    layout, rules = allocator.layout, allocator.rules
    return _sampled(
        allocator.version, layout.bits, layout.page_size, layout.unit_size, calls, sample, memcg=rules.types > 1
    )


@lru_cache(maxsize=512)
def _sampled(  # noqa: PLR0913, PLR0917 - all that placement depends on
    version: "KernelVersion",
    bits: int,
    page_size: int,
    unit_size: int,
    calls: tuple[Call, ...],
    most: int,
    *,
    memcg: bool,
) -> Pace | None:
    """Place up to ``most`` of ``calls`` again and again and look how densely they lie in the chunks after the first."""
    allocator = _plain(version, bits, page_size, unit_size, memcg=memcg)
    granule = allocator.rules.granule
    sizes = [-(-size // granule) * granule for size, *_rest in calls]
    step = -(-len(calls) // most)  # an instance of very many calls is thinned evenly
    thinned = list(zip(calls, sizes, strict=True))[::step]
    marks: list[tuple[int, int]] = []
    placed, walked, due = 0, 0, most // (WINDOWS + 1)
    ends: dict[int, int] = {}
    while walked < most:
        for call, size in thinned:
            pointer = allocator.alloc(*call)
            if isinstance(pointer, Failure):
                return None
            if allocator.pending:
                allocator.run_pending()
            index, offset = allocator.locate(pointer)
            if index > 0:
                placed += size
                ends[index] = max(ends.get(index, 0), offset + size)
        walked += len(thinned)
        if walked >= due:
            marks.append((placed, _extent(allocator, ends)))
            due += most // (WINDOWS + 1)
    shares = [
        (later[0] - earlier[0]) / (later[1] - earlier[1])
        for earlier, later in zip([(0, 0), *marks], [*marks, (placed, _extent(allocator, ends))], strict=False)
        if later[1] > earlier[1] and later[0] > earlier[0]
    ]
    extent = _extent(allocator, ends)
    if not shares or not extent:
        return None
    lost = max(sizes) / unit_size if len(ends) == 1 else 0.0  # at the end of a chunk, which the sample did not reach
    share = min(placed / extent, 1.0) * (1 - lost / 2)
    kinds = [0, 0]
    for chunk in allocator.chunks:
        kinds[chunk.accounted] += ends.get(chunk.index, 0)
    return Pace(
        need=sum(sizes),
        calls=len(calls),
        share=share,
        least=min(*shares, share) * (1 - lost),
        most=min(max(*shares, share), 1.0),
        kinds=(kinds[0] / sum(kinds), kinds[1] / sum(kinds)),
    )


_ROOM = 64
"""Bytes of room in the first chunk of a sample."""


def _plain(version: "KernelVersion", bits: int, page_size: int, unit_size: int, *, memcg: bool) -> Allocator:
    """Return an allocator of one CPU whose first chunk has next to no room."""
    layout = Layout(
        bits=bits,
        page_size=page_size,
        static=page_size - _ROOM,
        reserved=0,
        dynamic=_ROOM,
        unit_size=unit_size,
        atom_size=page_size,
        alloc_size=unit_size,
        nr_cpus=1,
        groups=(Group(0, (0,)),),
    )
    return Allocator(version, layout, memcg=memcg)


def _extent(allocator: Allocator, ends: dict[int, int]) -> int:
    """Return the bytes of a unit up to where the chunks are filled; all but the newest of each type count as full."""
    newest: dict[bool, Chunk] = {}
    for chunk in allocator.chunks:
        if chunk.index in ends and (chunk.accounted not in newest or newest[chunk.accounted].index < chunk.index):
            newest[chunk.accounted] = chunk
    full = (len(ends) - len(newest)) * allocator.rules.unit_size
    return full + sum(ends[chunk.index] for chunk in newest.values())


# -- stand-ins ----------------------------------------------------------------------------------------------------------------


def grow(allocator: Allocator, backing: Any, pace: Pace, charges: Sequence[Charge], wanted: int) -> int:
    """Put stand-ins in the place of up to ``wanted`` instances, as the backing certainly grants them; return of how many."""
    page, unit = allocator.rules.page_size, allocator.rules.unit_size
    growth = _Growth(allocator, backing, pace, charges, wanted * pace.space)
    while growth.left >= page:
        # what is certain is granted in parts; between them a chunk is filled area by area
        if hasattr(backing, "create_chunks"):
            _whole_chunks(growth)
        if not _areas(growth, unit):
            break
    made = wanted if growth.left < page else int(growth.done / pace.space)
    if charges and growth.paid < made and not _pay(backing, charges, made - int(growth.paid)):
        made = int(growth.paid)
    elif charges and growth.paid > made:
        backing.return_charges(charges, int(growth.paid) - made)
    return made


@dataclass(slots=True)
class _Growth:
    """How far stand-ins have come: ``done`` of the ``goal`` bytes of a unit; kernel memory of ``paid`` instances was taken."""

    allocator: Allocator
    backing: Any
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


_PARTS = 64
"""Kernel memory of a chunk's instances is taken in so many parts of an instance."""


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
    slabs = [(size, -(-number * parts // _PARTS)) for size, number, where in charges if where == "slab"]
    low: float = sum(-(-size // rules.page_size) * number for size, number, where in charges if where == "pages")
    maps = _maps(allocator, pace)
    while (
        maps and maps[-1][0] > rules.page_size
    ):  # where there is address space in plenty, a map beyond that is its pages
        old, new = maps.pop()
        low += (new - old) // rules.page_size / max(parts / _PARTS, 1)
    made: Sequence[int] = backing.create_chunks(
        count, accounted=accounted, pages=pages, maps=maps, slabs=slabs, low_pages=math.ceil(low * parts / _PARTS)
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
    layout = allocator.layout
    return _filled(allocator.version, layout.bits, layout.page_size, layout.unit_size, memcg=allocator.rules.types > 1)


@lru_cache(maxsize=64)
def _filled(version: "KernelVersion", bits: int, page_size: int, unit_size: int, *, memcg: bool) -> "Chunk":
    """Return a chunk full of areas of the largest size."""
    allocator = _plain(version, bits, page_size, unit_size, memcg=memcg)
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
            if not _has_room(allocator, backing, size) or (ahead > 0 and not _pay(backing, charges, ahead)):
                break
            growth.paid += max(ahead, 0)
            kind = accounted < pace.kinds[1] and bool(pace.kinds[1])
            if not _quietly(allocator, backing, size, accounted=kind):
                break
            if allocator.created > created:
                created = allocator.created
                _extend(allocator, backing, pace)
            accounted += pace.kinds[1] - kind
            growth.done += size
            placed += size
    allocator.run_pending()
    return placed


def _quietly(allocator: Allocator, backing: Any, size: int, *, accounted: bool) -> bool:
    """Place one stand-in; tell whether there was room, and leave no trace in the records if there was not."""
    warnings, limit, refusals = len(allocator.warnings), allocator.warn_limit, len(getattr(backing, "refusals", ()))
    if not isinstance(allocator.alloc(size, accounted=accounted), Failure):
        return True
    del allocator.warnings[warnings:]
    allocator.warn_limit = limit
    if hasattr(backing, "refusals"):
        del backing.refusals[refusals:]
    return False


def _has_room(allocator: Allocator, backing: Any, size: int) -> bool:
    """Tell whether memory for an area and a chunk's metadata is certainly there, so that nothing is refused half-way."""
    memory = getattr(backing, "memory", None)
    room = None if memory is None else memory.room(highmem=True)
    return room is None or room >= size // allocator.rules.page_size * allocator.rules.nr_cpus + SLACK


SLACK = 64
"""Pages beside an area's own: metadata of a chunk, page tables."""


def _pay(backing: Any, charges: Sequence[Charge], instances: int) -> bool:
    """Take the kernel memory of so many instances, if it is certainly there."""
    if instances and backing.certain_charges(charges, margin=False) < instances:
        return False
    for size, count, where in charges:
        backing.take_memory(size, count * instances, where)
    return True
