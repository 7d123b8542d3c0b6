"""struct percpu_stats and the text of debugfs percpu_stats."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator


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


def text(allocator: "Allocator") -> str:
    """Render debugfs percpu_stats."""
    raise NotImplementedError
