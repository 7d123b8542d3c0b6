"""BTF, the kernel's compact type data (Documentation/bpf/btf.rst): size and alignment of named structures.

Pure Python, nothing but the file needed. Every length in it is taken for a lie until it fits.
"""

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from planner.binary.errors import ParseError

MAXIMUM: Final = 64 << 20
"""Bytes of BTF that are read; a distribution's vmlinux has 5 to 10 MiB."""

_MAGIC: Final = 0xEB9F
_INT, _PTR, _ARRAY, _STRUCT, _UNION, _ENUM, _FWD, _TYPEDEF = range(1, 9)
_VOLATILE, _CONST, _RESTRICT, _FUNC, _PROTO, _VAR, _DATASEC, _FLOAT, _DECL_TAG, _TYPE_TAG, _ENUM64 = range(9, 20)

_FIXED: Final = {_INT: 4, _ARRAY: 12, _VAR: 4, _DECL_TAG: 4}
_PER_ITEM: Final = {_STRUCT: 12, _UNION: 12, _ENUM: 8, _PROTO: 8, _DATASEC: 12, _ENUM64: 12}
_ALIASES: Final = frozenset({_TYPEDEF, _VOLATILE, _CONST, _RESTRICT, _TYPE_TAG})
_SIZED: Final = frozenset({_INT, _STRUCT, _UNION, _ENUM, _FLOAT, _ENUM64})
_MAXIMUM_TYPES: Final = 4_000_000
_MAXIMUM_MEMBERS: Final = 20_000
_MAXIMUM_DEPTH: Final = 48
_MAXIMUM_ALIGN: Final = 4096


@dataclass(frozen=True, slots=True)
class TypeSize:
    """A structure's size and alignment in bytes.

    BTF records no alignment. ``align`` is the natural one of its members, raised where the layout shows that the source asked for
    more (a hole or padding that natural alignment does not explain); ``raised`` says so. It is a lower bound.
    """

    size: int
    align: int
    raised: bool = False


@dataclass(slots=True)
class Btf:
    """One BTF blob.

    :raises ParseError: it is none, is truncated, or its header points outside it.
    """

    data: bytes
    word: int = 8
    _order: str = field(default="<", init=False)
    _types: tuple[int, int] = field(default=(0, 0), init=False)
    _strings: tuple[int, int] = field(default=(0, 0), init=False)
    _offsets: list[int] = field(default_factory=list, init=False)
    _aligns: dict[int, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if len(self.data) > MAXIMUM:
            raise ParseError(f"BTF longer than {MAXIMUM} bytes")
        if len(self.data) < 24:
            raise ParseError("not BTF: shorter than its header")
        little = int.from_bytes(self.data[:2], "little") == _MAGIC
        if not little and int.from_bytes(self.data[:2], "big") != _MAGIC:
            raise ParseError("not BTF: wrong magic number")
        self._order = "<" if little else ">"
        header, type_off, type_len, str_off, str_len = struct.unpack_from(self._order + "5I", self.data, 4)
        self._types = self._section("type", header, type_off, type_len)
        self._strings = self._section("string", header, str_off, str_len)
        self._index()

    def sizes(self, names: Collection[str]) -> dict[str, TypeSize]:
        """Return size and alignment of every named structure or union that is defined; the first definition of a name counts."""
        wanted = self._name_offsets(names)
        found: dict[str, TypeSize] = {}
        for number, offset in enumerate(self._offsets):
            name_off, info, size = self._head(offset)
            name = wanted.get(name_off)
            kind = info >> 24 & 0x1F
            if name is not None and kind in (_STRUCT, _UNION) and name not in found:
                align = self._natural(number + 1, 0)
                found[name] = TypeSize(size, align, raised=align > self._of_members(offset))
        return found

    def section_size(self, name: str) -> int | None:
        """Return the size in bytes of a data section (``.data..percpu``), ``None`` where the blob describes none of that name."""
        wanted = self._name_offsets({name})
        for offset in self._offsets:
            name_off, info, size = self._head(offset)
            if info >> 24 & 0x1F == _DATASEC and name_off in wanted:
                return size
        return None

    @property
    def count(self) -> int:
        """Types in the blob."""
        return len(self._offsets)

    def _section(self, what: str, header: int, offset: int, length: int) -> tuple[int, int]:
        start, end = header + offset, header + offset + length
        if not 24 <= header <= start <= end <= len(self.data):
            raise ParseError(f"broken BTF: the {what} section lies outside the file")
        return start, end

    def _index(self) -> None:
        """Find where each type starts; their lengths follow from kind and item count."""
        here, end = self._types
        head = struct.Struct(self._order + "3I")
        while here < end:
            if here + 12 > end or len(self._offsets) >= _MAXIMUM_TYPES:
                raise ParseError("broken BTF: truncated or too many types")
            self._offsets.append(here)
            info = head.unpack_from(self.data, here)[1]
            kind = info >> 24 & 0x1F
            if not 0 < kind <= _ENUM64:
                raise ParseError(f"broken or newer BTF: unknown kind {kind}")
            here += 12 + _FIXED.get(kind, 0) + _PER_ITEM.get(kind, 0) * (info & 0xFFFF)
        if here != end:
            raise ParseError("broken BTF: the last type is cut off")

    def _head(self, offset: int) -> tuple[int, int, int]:
        name, info, size = struct.unpack_from(self._order + "3I", self.data, offset)
        return name, info, size

    def _name_offsets(self, names: Collection[str]) -> dict[int, str]:
        """Return every offset in the string section at which one of the names stands (also as the end of a longer one)."""
        start, end = self._strings
        offsets: dict[int, str] = {}
        for name in names:
            pattern = name.encode("ascii", "replace") + b"\0"
            here = self.data.find(pattern, start, end)
            while here >= 0 and len(offsets) < 100_000:
                offsets[here - start] = name
                here = self.data.find(pattern, here + 1, end)
        return offsets

    def _members(self, offset: int, info: int) -> Iterator[tuple[int, int, int]]:
        """Yield (type, bit offset, bit-field size) of a structure's members."""
        bit_fields = info >> 31
        for number in range(min(info & 0xFFFF, _MAXIMUM_MEMBERS)):
            _name, kind, where = struct.unpack_from(self._order + "3I", self.data, offset + 12 + 12 * number)
            yield kind, where & 0xFFFFFF if bit_fields else where, where >> 24 if bit_fields else 0

    def _natural(self, number: int, depth: int) -> int:
        """Return the alignment that the C rules give type ``number``."""
        if not 0 < number <= len(self._offsets) or depth > _MAXIMUM_DEPTH:
            return 1
        if number in self._aligns:
            return self._aligns[number]
        self._aligns[number] = 1  # a broken blob may hold a structure in itself
        offset = self._offsets[number - 1]
        _name, info, size = self._head(offset)
        kind = info >> 24 & 0x1F
        if kind == _PTR:
            align = self.word
        elif kind in _ALIASES:
            align = self._natural(size, depth + 1)
        elif kind == _ARRAY:
            align = self._natural(struct.unpack_from(self._order + "I", self.data, offset + 12)[0], depth + 1)
        elif kind in (_STRUCT, _UNION):
            for member, _where, _bits in self._members(offset, info):
                self._natural(member, depth + 1)
            align = max(self._of_members(offset), self._shown(offset, size))
        else:
            align = min(size & -size or 1, self.word) if kind in _SIZED else 1
        self._aligns[number] = align
        return align

    def _size(self, number: int, depth: int = 0) -> int:
        """Return the size of type ``number`` in bytes, 0 where it has none."""
        if not 0 < number <= len(self._offsets) or depth > _MAXIMUM_DEPTH:
            return 0
        offset = self._offsets[number - 1]
        _name, info, size = self._head(offset)
        kind = info >> 24 & 0x1F
        if kind in _SIZED:
            return size
        if kind == _PTR:
            return self.word
        if kind in _ALIASES:
            return self._size(size, depth + 1)
        if kind == _ARRAY:
            element, _index, count = self._head(offset + 12)
            return self._size(element, depth + 1) * count
        return 0

    def _of_members(self, offset: int) -> int:
        """Return what the members' own alignments give; 1 where one of them lies across its own: the structure is packed."""
        _name, info, size = self._head(offset)
        align = 1
        for kind, where, bits in self._members(offset, info):
            natural = self._aligns.get(kind, 1)
            if not bits and where % (8 * natural):
                return 1
            align = max(align, natural)
        return align if size % align == 0 else 1

    def _shown(self, offset: int, size: int) -> int:
        """Return the least alignment that explains a structure's holes and end padding; 1 where its members explain them."""
        _name, info, _size = self._head(offset)
        if info >> 24 & 0x1F != _STRUCT or not size:
            return 1
        end, align = 0, 1
        for kind, where, bits in self._members(offset, info):
            natural = self._aligns.get(kind, 1)
            align = max(align, natural)
            if not bits and where % 8 == 0:
                align = max(align, _explaining(end, where // 8, natural))
            end = max(end, (where + (bits or 8 * self._size(kind)) + 7) // 8)
        align = max(align, _explaining(end, size, align))
        return align if size % align == 0 else 1


def _explaining(end: int, start: int, natural: int) -> int:
    """Return the least power of two that makes what follows ``end`` begin at ``start``; 1 where none does."""
    align = natural
    while align <= _MAXIMUM_ALIGN:
        if -(-end // align) * align == start:
            return align
        align *= 2
    return 1
