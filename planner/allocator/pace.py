"""How densely requests of several sizes fill chunks, told by a sample: some thousand of them placed with nothing else in the way."""

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from planner.allocator.allocator import Allocator
from planner.allocator.layout import Group, Layout
from planner.allocator.request import Failure
from planner.allocator.rules import Rules
from planner.quick import dataclass

if TYPE_CHECKING:
    from planner.allocator.chunk import Chunk

WINDOWS = 4
"""Parts of a sample that are compared: how much they differ says how far the estimate may be off."""
WIDENED = 2
"""The spread between the parts, times this, is what the estimate may be off."""

Call = tuple[int, int, int, bool, bool, bool]
"""Arguments of :meth:`Allocator.alloc`: size, align (bytes), gfp, reserved, accounted, nowarn."""


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


def pace_of(allocator: Allocator, calls: tuple[Call, ...], sample: int) -> Pace | None:
    """Return the pace of ``calls`` under the allocator's rules; ``None`` where the kernel refuses one of them whatever there is."""
    key = (plain_rules(allocator), calls, sample)
    if key not in _KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = _sampled(plain_allocator(allocator), calls, sample)
    return _KNOWN[key]


_KNOWN: dict[tuple[Rules, tuple[Call, ...], int], Pace | None] = {}
"""Paces by all that they depend on: kernels of the same rules share them, so advice, sweeps and fleets do."""
_MOST_KNOWN = 512


def _sampled(allocator: Allocator, calls: tuple[Call, ...], most: int) -> Pace | None:
    """Place up to ``most`` of ``calls`` again and again and look how densely they lie in the chunks after the first."""
    granule, unit_size = allocator.rules.granule, allocator.rules.unit_size
    sizes = [-(-size // granule) * granule for size, *_rest in calls]
    step = -(-len(calls) // most)  # an instance of very many calls is thinned evenly
    thinned, each = calls[::step], sum(sizes[::step])
    marks, placed, walked, due = [(0, 0)], 0, 0, most // (WINDOWS + 1)
    room = allocator.chunk(0).free_bytes
    alloc = allocator.alloc
    while walked < most:
        for call in thinned:
            if isinstance(alloc(*call), Failure):
                return None
            if allocator.pending:
                allocator.run_pending()
        placed += each
        walked += len(thinned)
        if walked >= due:
            marks.append((placed, _extent(allocator)))
            due += most // (WINDOWS + 1)
    beside = room - allocator.chunk(0).free_bytes  # what went into the first chunk did so at once
    marks = [(max(done - beside, 0), extent) for done, extent in [*marks, (placed, _extent(allocator))]]
    shares = [
        (later[0] - earlier[0]) / (later[1] - earlier[1])
        for earlier, later in pairwise(marks)
        if later[1] > earlier[1] and later[0] > earlier[0]
    ]
    placed, extent = marks[-1]
    if not shares or not extent:
        return None
    ends = _ends(allocator)
    # a sample that did not reach a chunk's end does not see what is lost there, where small requests go on filling the rest
    lost, least_lost = (max(sizes) / unit_size, min(sizes) / unit_size) if len(ends) == 1 else (0.0, 0.0)
    share = min(placed / extent, 1.0) * (1 - least_lost / 2)
    kinds = [0, 0]
    for chunk, end in ends:
        kinds[chunk.accounted] += end
    return Pace(
        need=sum(sizes),
        calls=len(calls),
        share=share,
        least=min(*shares, share) * (1 - lost),
        most=min(max(*shares, share), 1.0),
        kinds=(kinds[0] / sum(kinds), kinds[1] / sum(kinds)),
    )


def _ends(allocator: Allocator) -> list[tuple["Chunk", int]]:
    """Return the chunks after the first that hold anything, each with up to where it is filled, in bytes of a unit.

    All but the newest of each type count as full.
    """
    used = [chunk for chunk in allocator.chunks if chunk.index > 0 and chunk.nr_alloc]
    newest = {chunk.accounted: chunk for chunk in sorted(used, key=_index)}.values()
    return [(chunk, sum(chunk.areas()[-1]) if chunk in newest else allocator.rules.unit_size) for chunk in used]


def _index(chunk: "Chunk") -> int:
    return chunk.index


def _extent(allocator: Allocator) -> int:
    """Return the bytes of a unit up to where the chunks are filled, together."""
    return sum(end for _chunk, end in _ends(allocator))


_ROOM = 64
"""Bytes of room in the first chunk of a sample."""


def plain_rules(allocator: Allocator) -> Rules:
    """Return the rules of :func:`plain_allocator`."""
    version, layout = allocator.version, allocator.layout
    key = (version, version.text, layout.bits, layout.page_size, layout.unit_size, allocator.rules.types)
    if key not in _RULES:
        if len(_RULES) >= _MOST_KNOWN:
            _RULES.clear()
        _RULES[key] = plain_allocator(allocator).rules
    return _RULES[key]


_RULES: dict[tuple[object, ...], Rules] = {}


def plain_allocator(allocator: Allocator) -> Allocator:
    """Return an allocator of the same kernel with units of the same size, of one CPU, whose first chunk has next to no room."""
    like = allocator.layout
    layout = Layout(
        bits=like.bits,
        page_size=like.page_size,
        static=like.page_size - _ROOM,
        reserved=0,
        dynamic=_ROOM,
        unit_size=like.unit_size,
        atom_size=like.page_size,
        alloc_size=like.unit_size,
        nr_cpus=1,
        groups=(Group(0, (0,)),),
    )
    return Allocator(allocator.version, layout, memcg=allocator.rules.types > 1)
