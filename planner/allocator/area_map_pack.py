"""Idle chunks with an area map in little memory: their areas as bytes, or as a row where they lie evenly; equal ones are kept once."""

from array import array
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.allocator.area_map_state import AreaMapState

AREA_BYTES = 2 * array("I").itemsize
"""What an area takes in a bundle: its offset and its length."""
SWEEP_EVERY = 32
"""Chunks created between two looks for idle ones."""
ROUND = 64
"""Packed chunks looked at again at each such look, in turn."""
LEAST = 48
"""Fewer areas are not worth packing."""
MOST_KEPT = 1 << 16
"""Packed chunks known by content before the knowledge is thrown away: it must not outgrow what it saves."""


def unbundle(bundle: bytes) -> dict[int, int]:
    """Return lengths by offset of what :meth:`Shelf.pack` packed."""
    numbers = array("I")
    numbers.frombytes(bundle)
    values = numbers.tolist()
    half = len(values) // 2
    return dict(zip(values[:half], values[half:], strict=True))


class Shelf:
    """The chunks of one allocator that are not packed, those that are, and what is packed, each once."""

    __slots__ = ("_created", "_kept", "_loose", "_packed")

    def __init__(self) -> None:
        self._loose: dict[AreaMapState, int] = {}
        self._packed: deque[AreaMapState] = deque()
        self._kept: dict[bytes, bytes] = {}
        self._created = 0

    def add(self, chunk: "AreaMapState") -> None:
        """Take note of a new chunk; now and then pack those that were not touched since the last time."""
        self.watch(chunk)
        self._created += 1
        if self._created % SWEEP_EVERY == 0:
            self._sweep()

    def watch(self, chunk: "AreaMapState") -> None:
        """Take note that ``chunk`` is not packed."""
        self._loose[chunk] = -1

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
        """Put the areas of ``chunk`` that stand one by one into its bundle, or make them a row."""
        if len(chunk.used) < LEAST:
            return
        areas = {**unbundle(chunk.bundle), **chunk.used}
        offsets, sizes = array("I", sorted(areas)), array("I")
        if len(set(areas.values())) == 1 and len({after - before for before, after in pairwise(offsets)}) == 1:
            chunk.enter(b"")
            chunk.pack(range(offsets[0], offsets[-1] + 1, offsets[1] - offsets[0]), areas[offsets[0]])
            return
        sizes.extend([areas[offset] for offset in offsets])
        bundle = (offsets + sizes).tobytes()
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        chunk.enter(self._kept.setdefault(bundle, bundle))
