"""Idle chunks in little memory: their blocks as bytes, equal ones kept once, unpacked one by one when touched."""

from array import array
from typing import TYPE_CHECKING, Any, SupportsIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.allocator.bitmap_block import Block
    from planner.allocator.bitmap_moves import MovingChunk

SWEEP_EVERY = 32
"""Chunks created between two looks for idle ones."""
SWEEP_EVERY_PARTED = 256
"""Chunks taken apart between two looks, where there are many: packing again what is soon touched again costs time."""
MOST_LOOSE = 1 << 17
"""Pages of chunks not packed from which on there are many: they take some 4 KB each."""
MOST_KEPT = 1 << 18
"""Packed blocks, or chunks, known by content before the knowledge is thrown away: it must not outgrow what it saves."""
_FIELDS = 9
"""Numbers before the runs: seven of the record, the number of runs, the number of areas."""


def pack(block: "Block") -> bytes:
    """Return everything in ``block`` as bytes: 16-bit numbers, which hold a granule of any page size up to 64 KiB less the last."""
    record = (block.contig, block.contig_start, block.scan, block.scan_start, block.left, block.right, block.first_free)
    head = (*record, len(block.starts), len(block.sizes))
    return array("H", [*head, *block.starts, *block.lens, *block.sizes, *block.sizes.values()]).tobytes()


def unpack(packed: bytes, kind: "type[Block]") -> "Block":
    """Return the block that :func:`pack` packed."""
    numbers = array("H")
    numbers.frombytes(packed)
    block = object.__new__(kind)
    block.contig, block.contig_start, block.scan, block.scan_start = numbers[0], numbers[1], numbers[2], numbers[3]
    block.left, block.right, block.first_free, runs, areas = numbers[4:_FIELDS]
    values = numbers.tolist()
    lens = _FIELDS + runs
    starts = lens + runs
    block.starts, block.lens = values[_FIELDS:lens], values[lens:starts]
    block.sizes = dict(zip(values[starts : starts + areas], values[starts + areas :], strict=True))
    block.shared = False
    return block


class PackedBlocks(list["Block"]):
    """Page blocks of a chunk that was idle: unpacked as they are asked for."""

    __slots__ = ("chunk", "kind", "packed", "pool", "touched")

    def __init__(self, packed: tuple[bytes, ...], kind: "type[Block]", pool: "Pool", chunk: "MovingChunk") -> None:
        super().__init__([None] * len(packed))  # type: ignore[list-item] # None: still packed, seen in this class only
        self.packed = packed
        self.kind = kind
        self.pool = pool
        self.chunk = chunk
        self.touched = False

    def __getitem__(self, i: SupportsIndex) -> "Block":  # type: ignore[override] # blocks are never sliced
        block = super().__getitem__(i)
        if block is None:
            block = unpack(self.packed[i], self.kind)
            super().__setitem__(i, block)
            if not self.touched:
                self.touched = True
                self.pool.watch(self.chunk)
        return block

    def __iter__(self) -> "Iterator[Block]":
        for i in range(len(self)):
            yield self[i]

    def copy(self) -> "list[Block]":
        """Return all blocks, unpacked."""
        return list(self)

    def repack(self) -> None:
        """Pack again what was unpacked."""
        pool = self.pool
        blocks = list(super().__iter__())
        self.packed = pool.once(
            tuple(self.packed[i] if block is None else pool.packed(block) for i, block in enumerate(blocks))
        )
        self[:] = [None] * len(blocks)  # type: ignore[list-item] # as in __init__
        self.touched = False


class Pool:
    """The chunks of one allocator that are not packed, and the packed blocks and chunks, each once."""

    __slots__ = ("_blocks", "_chunks", "_created", "_loose", "_parted")

    def __init__(self) -> None:
        self._loose: dict[Any, tuple[int, ...]] = {}
        self._blocks: dict[bytes, bytes] = {}
        self._chunks: dict[tuple[bytes, ...], tuple[bytes, ...]] = {}
        self._created = self._parted = 0

    def add(self, chunk: "MovingChunk") -> None:
        """Take note of a new chunk; now and then pack those that were not touched since the last time."""
        self._loose[chunk] = ()
        self._created += 1
        if self._created % SWEEP_EVERY == 0:
            self._sweep()

    def watch(self, chunk: "MovingChunk") -> None:
        """Take note that ``chunk`` is not all packed any more; where that happens to many, pack those not touched again since."""
        self._loose[chunk] = ()
        self._parted += 1
        if self._parted % SWEEP_EVERY_PARTED == 0 and len(self._loose) * chunk.nr_pages > MOST_LOOSE:
            self._sweep()

    def forget(self, chunk: Any) -> None:
        """Take note that a chunk is gone."""
        self._loose.pop(chunk, None)

    def packed(self, block: "Block") -> bytes:
        """Return ``block`` packed; equal blocks give the same object."""
        data = pack(block)
        if len(self._blocks) > MOST_KEPT:
            self._blocks.clear()
        return self._blocks.setdefault(data, data)

    def once(self, packed: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Return the one object that stands for all equal to ``packed``."""
        if len(self._chunks) > MOST_KEPT:
            self._chunks.clear()
        return self._chunks.setdefault(packed, packed)

    def _sweep(self) -> None:
        for chunk, before in list(self._loose.items()):
            now = (chunk.free_bytes, chunk.md_first_free, chunk.md_contig)
            if now != before:
                self._loose[chunk] = now
                continue
            del self._loose[chunk]
            blocks = chunk.page_blocks
            if isinstance(blocks, PackedBlocks):
                blocks.repack()
            else:
                shared = {id(block): self.packed(block) for block in set(blocks) if block.shared}
                packed = tuple(shared[id(block)] if block.shared else self.packed(block) for block in blocks)
                chunk.page_blocks = PackedBlocks(self.once(packed), type(blocks[0]), self, chunk)
            chunk.index_of_regions = None
