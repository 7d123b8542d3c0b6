"""struct percpu_stats and the text of debugfs percpu_stats."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner import quick

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk


@dataclass(slots=True)
class Statistics:
    """Lifetime counts as in ``struct percpu_stats``; sizes in bytes. ``min_alloc_size`` starts at the unit size."""

    min_alloc_size: int
    max_alloc_size: int = 0
    nr_alloc: int = 0
    nr_dealloc: int = 0
    nr_max_alloc: int = 0
    nr_chunks: int = 0
    nr_max_chunks: int = 0

    @property
    def nr_cur_alloc(self) -> int:
        """Live areas."""
        return self.nr_alloc - self.nr_dealloc

    def chunk_created(self) -> None:
        """Count a chunk."""
        self.nr_chunks += 1
        self.nr_max_chunks = max(self.nr_max_chunks, self.nr_chunks)

    def chunk_destroyed(self) -> None:
        """Count a chunk less."""
        self.nr_chunks -= 1


@quick.dataclass(frozen=True, slots=True)
class Fragmentation:
    """What percpu_stats says of one chunk's areas, in bytes: free space below the last area, and the live sizes' spread."""

    sum_frag: int = 0
    max_frag: int = 0
    cur_min_alloc: int = 0
    cur_med_alloc: int = 0
    cur_max_alloc: int = 0

    @classmethod
    def of_runs(cls, runs: list[int]) -> "Fragmentation":
        """Sum up ``runs``: the lengths of areas, and of the holes between them as negative numbers."""
        if not runs:
            return cls()
        runs = sorted(runs)
        holes = [-run for run in runs if run < 0]
        first = len(holes)
        # The kernel reads element ``first`` even where there is no area among the runs: it then lies past the end.
        smallest = runs[first] if first < len(runs) else 0
        return cls(sum(holes), max(holes, default=0), smallest, runs[(first + len(runs) - 1) // 2], runs[-1])


def text(allocator: "Allocator") -> str:
    """Render debugfs percpu_stats (mm/percpu-stats.c) as kernels from 4.13 on show it."""
    return "\n".join(_lines(allocator)) + "\n"


def _lines(allocator: "Allocator") -> Iterator[str]:
    layout, stats = allocator.layout, allocator.stats
    rule = "-" * 40
    yield from ("Percpu Memory Statistics", "Allocation Info:", rule)
    yield _line("unit_size", layout.unit_size)
    yield _line("static_size", layout.static)
    yield _line("reserved_size", layout.reserved)
    yield _line("dyn_size", layout.dynamic)
    yield _line("atom_size", layout.atom_size)
    yield _line("alloc_size", layout.alloc_size)
    yield from ("", "Global Stats:", rule)
    for name in ("nr_alloc", "nr_dealloc", "nr_cur_alloc", "nr_max_alloc", "nr_chunks", "nr_max_chunks"):
        yield _line(name, getattr(stats, name))
    yield _line("min_alloc_size", stats.min_alloc_size)
    yield _line("max_alloc_size", stats.max_alloc_size)
    if allocator.engine.percpu_stats_empty:
        yield _line("empty_pop_pages", allocator.nr_empty_pop_pages)
    yield from ("", "Per Chunk Stats:", rule)
    if allocator.reserved_chunk is not None:
        yield from _chunk_lines(allocator, allocator.reserved_chunk, "Chunk: <- Reserved Chunk")
    for chunk in allocator.chunks:
        yield from _chunk_lines(allocator, chunk, _label(allocator, chunk))


def _label(allocator: "Allocator", chunk: "Chunk") -> str:
    slot = chunk.list.number if chunk.list is not None else -1
    if chunk is allocator.first_chunk:
        return "Chunk: <- First Chunk"
    if slot >= 0 and slot == allocator.rules.sidelined_slot:
        return "Chunk (sidelined):"
    if slot >= 0 and slot == allocator.rules.depopulate_slot:
        return "Chunk (to_depopulate)"
    return "Chunk:"


def _chunk_lines(allocator: "Allocator", chunk: "Chunk", label: str) -> Iterator[str]:
    yield label
    yield _line("nr_alloc", chunk.nr_alloc)
    yield _line("max_alloc_size", chunk.max_alloc_size)
    for name, value in chunk.stats_fields():
        yield _line(name, value)
    fragmentation = Fragmentation.of_runs(chunk.runs())
    for name in ("sum_frag", "max_frag", "cur_min_alloc", "cur_med_alloc", "cur_max_alloc"):
        yield _line(name, getattr(fragmentation, name))
    if allocator.rules.types > 1:
        yield _line("memcg_aware", int(chunk.accounted))
    yield ""


def _line(name: str, value: int) -> str:
    return f"  {name:<20}: {value:>12}"
