"""Idle chunks with an area map in little memory: their areas as bytes, or as a row where they lie evenly; equal ones are kept once."""

import zlib
from array import array
from collections import deque
from itertools import accumulate, pairwise
from operator import sub
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from planner.allocator.area_map_state import AreaMapState

SWEEP_EVERY = 32
"""Chunks created between two looks for idle ones."""
ROUND = 64
"""Packed chunks looked at again at each such look, in turn."""
SWEEP_EVERY_PARTED = 256
"""Chunks taken apart between two looks, where there are many: packing again what is soon touched again costs time."""
MOST_LOOSE = 1 << 17
"""Pages of chunks not packed from which on there are many: they take some 4 KB each."""
LEAST = 48
"""Fewer areas, or free areas, are not worth packing."""
MOST_KEPT = 1 << 16
"""Packed chunks known by content before the knowledge is thrown away: it must not outgrow what it saves."""


def bundled(areas: dict[int, int]) -> bytes:
    """Return lengths by offset as bytes: distances from one area to the next, then lengths, both of which repeat a lot."""
    offsets = sorted(areas)
    distances = map(sub, offsets, [0, *offsets[:-1]])
    return zlib.compress(array("I", [*distances, *map(areas.__getitem__, offsets)]).tobytes(), 1)


def unbundle(bundle: bytes) -> dict[int, int]:
    """Return what :func:`bundled` was given."""
    numbers = array("I")
    if bundle:
        numbers.frombytes(zlib.decompress(bundle))
    values = numbers.tolist()
    half = len(values) // 2
    return dict(zip(accumulate(values[:half]), values[half:], strict=True))


class Shelf:
    """The chunks of one allocator that are not packed, those that are, and what is packed, each once."""

    __slots__ = ("_created", "_kept", "_loose", "_packed", "_parted")

    def __init__(self) -> None:
        self._loose: dict[AreaMapState, int] = {}
        self._packed: deque[AreaMapState] = deque()
        self._kept: dict[bytes, bytes] = {}
        self._created = self._parted = 0

    def add(self, chunk: "AreaMapState") -> None:
        """Take note of a new chunk; now and then pack those that were not touched since the last time."""
        self._loose[chunk] = -1
        self._created += 1
        if self._created % SWEEP_EVERY == 0:
            self._sweep()

    def watch(self, chunk: "AreaMapState") -> None:
        """Take note that ``chunk`` was taken apart; where that happens to many, pack those that were not touched again since."""
        self._loose[chunk] = -1
        self._parted += 1
        if self._parted % SWEEP_EVERY_PARTED == 0 and len(self._loose) * chunk.nr_pages > MOST_LOOSE:
            self._sweep()

    def forget(self, chunk: "AreaMapState") -> None:
        """Take note that a chunk is gone."""
        self._loose.pop(chunk, None)

    def _sweep(self) -> None:
        for _ in range(min(len(self._packed), ROUND)):
            chunk = self._packed.popleft()
            if len(chunk.used) > LEAST:
                self._loose.setdefault(chunk, -1)
            elif chunk.list is not None and chunk not in self._loose:
                self._packed.append(chunk)
        for chunk, before in list(self._loose.items()):
            now = chunk.free_bytes
            if now != before or chunk.freed:
                self._loose[chunk] = now
            else:
                del self._loose[chunk]
                self._pack(chunk)
                self._packed.append(chunk)

    def _pack(self, chunk: "AreaMapState") -> None:
        """Put the areas of ``chunk`` that stand one by one into its bundle, or make them a row; likewise the free ones."""
        if len(chunk.used) >= LEAST:
            areas = {**unbundle(chunk.bundle), **chunk.used}
            offsets = sorted(areas)
            if len(set(areas.values())) == 1 and len({after - before for before, after in pairwise(offsets)}) == 1:
                chunk.enter(b"", 0)
                chunk.pack(range(offsets[0], offsets[-1] + 1, offsets[1] - offsets[0]), areas[offsets[0]])
            else:
                bundle = bundled(areas)
                if len(self._kept) > MOST_KEPT:
                    self._kept.clear()
                chunk.enter(self._kept.setdefault(bundle, bundle), len(areas))
        if len(chunk.starts) >= LEAST and not chunk.shared:
            # Nobody writes to what is shared, so that arrays do for lists here: they are read alike.
            chunk.starts, chunk.lens = (
                cast("list[int]", array("Q", chunk.starts)),
                cast("list[int]", array("Q", chunk.lens)),
            )
            chunk.shared = True
