"""Copies of chunks, and whether two chunks are alike: the same inside, whatever their number and place."""

from functools import cache
from operator import attrgetter
from typing import Any

from planner.allocator.area_map_state import AreaMapState
from planner.allocator.bitmap_block import Block
from planner.allocator.chunk import Chunk

_PLACE = frozenset({"index", "base", "key", "zero", "list", "prev", "next", "skipped"})
"""Who and where a chunk is."""
_AIDS = frozenset({"owner", "count_pages", "index_of_regions", "low", "notes", "others", "exact", "shared"})
"""What only saves walking, or refers to the allocator: no part of a chunk's state."""


def _kind(thing: object) -> Any:
    """Return the class of a chunk or block, as something that a cache takes for a key."""
    return type(thing)


@cache
def _slots(kind: Any) -> tuple[str, ...]:
    """Return all slots of a class, its bases' included."""
    return tuple(name for base in kind.__mro__ for name in getattr(base, "__slots__", ()))


@cache
def _state(kind: type) -> tuple[str, ...]:
    """Return the slots that make a chunk's state, page blocks apart."""
    return tuple(name for name in _slots(kind) if name not in _PLACE | _AIDS | {"page_blocks"})


@cache
def _reader(kind: Any) -> Any:
    """Return a function that reads a chunk's state, page blocks apart, as a tuple."""
    return attrgetter(*_state(kind))


@cache
def _block_reader(kind: Any) -> Any:
    """Return a function that reads a block's state as a tuple."""
    return attrgetter(*(name for name in _slots(kind) if name != "shared"))


@cache
def _figure_reader(kind: Any) -> Any:
    """Return a function that reads the numbers of a chunk's state."""
    lists = {"used", "rows", "slack", "starts", "lens", "freed"}
    return attrgetter(*(name for name in _state(kind) if name not in lists))


def figures(chunk: Chunk) -> tuple[Any, ...]:
    """Return the numbers of a chunk's state: as long as nothing is freed, the whole state changes with them and only with them."""
    if isinstance(chunk, AreaMapState):
        chunk.tidy()
    found: tuple[Any, ...] = _figure_reader(_kind(chunk))(chunk)
    return found


def alike(one: Chunk, other: Chunk) -> bool:
    """Tell whether two chunks have the same state: they will answer every request alike."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    read = _reader(_kind(one))
    if read(one) != read(other):
        return False
    blocks, others = getattr(one, "page_blocks", ()), getattr(other, "page_blocks", ())
    return all(mine is its or _blocks_alike(mine, its) for mine, its in zip(blocks, others, strict=True))


def _blocks_alike(one: Block, other: Block) -> bool:
    read = _block_reader(_kind(one))
    return bool(read(one) == read(other))


def twin(chunk: Chunk) -> Chunk:
    """Return a copy in the same state that stands on no list; page blocks, or areas, are shared until either writes to them."""
    kind = _kind(chunk)
    copy: Any = object.__new__(kind)
    together: Any = frozenset()
    if isinstance(chunk, AreaMapState):
        chunk.settle()
        chunk.tidy()
        chunk.shared = True
        together = chunk.SHARED
    for name in _slots(kind):
        value = getattr(chunk, name)
        if isinstance(value, list | dict) and name not in together:
            value = value.copy()
        setattr(copy, name, value)
    copy.list = copy.prev = copy.next = None
    copy.skipped = False
    if hasattr(copy, "page_blocks"):
        for block in copy.page_blocks:
            block.shared = True
        copy.index_of_regions = None
    made: Chunk = copy
    return made
