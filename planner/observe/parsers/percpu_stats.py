"""debugfs ``percpu_stats`` (mm/percpu-stats.c, 4.13 and later with CONFIG_PERCPU_STATS)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from planner.observe.errors import ParseError

_PAIR: Final = re.compile(r"[ \t]*([a-z_]{1,40})[ \t]*:[ \t]*(-?\d{1,20})[ \t\r]*$", re.ASCII)
_CHUNK: Final = re.compile(r"Chunk( \([a-z_]{1,20}\))?:?(?: <- (First|Reserved) Chunk)?[ \t\r]*$", re.ASCII)
_MAXIMUM: Final = 64 << 20
_MAXIMUM_CHUNKS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ChunkStats:
    """One chunk's block: ``label`` is ``first``, ``reserved``, ``sidelined``, ``to_depopulate`` or empty.

    ``values`` are as printed, in bytes or counts.
    """

    label: str
    values: dict[str, int]


@dataclass(frozen=True, slots=True)
class PercpuStats:
    """The file: ``info`` (sizes in bytes), ``totals`` (counts), chunks in the order of the file."""

    info: dict[str, int]
    totals: dict[str, int]
    chunks: tuple[ChunkStats, ...] = field(default=())

    @property
    def allocated_bytes(self) -> int | None:
        """Bytes of one unit that live allocations take, all chunks; ``None`` where the file does not tell.

        Derived: a chunk holds its size less its free bytes (4.13 calls them ``free_size``).
        """
        total = 0
        for chunk in self.chunks:
            free = chunk.values.get("free_bytes", chunk.values.get("free_size"))
            size = self.capacity(chunk)
            if free is None or size is None:
                return None
            total += size - free
        return total

    def capacity(self, chunk: ChunkStats) -> int | None:
        """Return the bytes of one unit that the chunk can serve, ``None`` where the file does not tell."""
        key = {"first": "dyn_size", "reserved": "reserved_size"}.get(chunk.label, "unit_size")
        return self.info.get(key)


def parse_percpu_stats(text: str) -> PercpuStats:
    """Read the whole file.

    :raises ParseError: it does not begin as percpu_stats does, or a section is missing.
    """
    info: dict[str, int] = {}
    totals: dict[str, int] = {}
    chunks: list[ChunkStats] = []
    section: dict[str, int] | None = None
    for line in _lines(text[:_MAXIMUM]):
        header = _CHUNK.match(line)
        if line.startswith("Allocation Info"):
            section = info
        elif line.startswith("Global Stats"):
            section = totals
        elif header is not None:
            if len(chunks) >= _MAXIMUM_CHUNKS:
                break
            chunks.append(ChunkStats(_label(header), {}))
            section = chunks[-1].values
        else:
            pair = _PAIR.match(line)
            if pair is not None and section is not None:
                section[pair[1]] = int(pair[2])
    if "unit_size" not in info or "nr_alloc" not in totals:
        raise ParseError("not a percpu_stats file: 'Allocation Info' or 'Global Stats' is missing")
    return PercpuStats(info, totals, tuple(chunks))


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if line.strip() and not line.startswith("---"))


def _label(header: "re.Match[str]") -> str:
    if header[2]:
        return header[2].lower()
    return header[1].strip(" ()") if header[1] else ""
