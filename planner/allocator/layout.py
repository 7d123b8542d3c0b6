"""The layout that every chunk of one boot shares: groups of units, and the parts of the first chunk."""

from typing import Literal

from planner.quick import dataclass

Mode = Literal["embed", "page", "up"]


@dataclass(frozen=True, slots=True)
class Group:
    """CPUs that are near each other; one contiguous area in each chunk.

    ``offset`` is the area's distance in bytes from the chunk's lowest area; ``cpus`` names the CPU of each unit in order,
    ``None`` for a unit that no CPU uses.
    """

    offset: int
    cpus: tuple[int | None, ...]

    @property
    def nr_units(self) -> int:
        """Units in the group, unused ones included."""
        return len(self.cpus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """``struct pcpu_alloc_info`` of one boot, as mm/percpu.c:pcpu_build_alloc_info leaves it.

    Sizes are bytes: ``static`` (unrounded), ``reserved``, ``dynamic`` (after rounding the sum to pages), ``unit_size``, ``atom_size``
    and ``alloc_size`` (one boot allocation, ``units_per_alloc`` units). ``nr_cpus`` counts possible CPUs.
    ``first_chunk_base`` is the address of the first chunk where it is known (captured), else 0.
    """

    bits: int
    page_size: int
    static: int
    reserved: int
    dynamic: int
    unit_size: int
    atom_size: int
    alloc_size: int
    nr_cpus: int
    groups: tuple[Group, ...]
    mode: Mode = "embed"
    km: bool = False
    first_chunk_base: int = 0

    @property
    def nr_units(self) -> int:
        """Units over all groups, unused ones included."""
        return sum(group.nr_units for group in self.groups)

    @property
    def units_per_alloc(self) -> int:
        """Units in one boot allocation."""
        return self.alloc_size // self.unit_size

    @property
    def size_sum(self) -> int:
        """Bytes of a unit that the first chunk uses: static + reserved + dynamic."""
        return self.static + self.reserved + self.dynamic

    @property
    def pages_per_cpu(self) -> int:
        """The number that the boot line gives before ``pages/cpu``."""
        return self.size_sum // self.page_size

    @property
    def unit_pages(self) -> int:
        """Pages in a unit."""
        return self.unit_size // self.page_size
