"""What one chunk takes beside its backing pages: the pieces in the order in which the kernel allocates them.

Sources: mm/percpu.c:pcpu_alloc_chunk, pcpu_mem_zalloc; mm/percpu-vm.c:pcpu_create_chunk; mm/vmalloc.c:pcpu_get_vm_areas.
"""

from planner.allocator import kernel_space
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Layout
from planner.quick import dataclass

KMALLOC_SMALL = (8, 16, 32, 64, 96, 128, 192)
"""Sizes of the small kmalloc caches in bytes; above them come powers of two (include/linux/slab.h)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkConfig:
    """What of the kernel's configuration a chunk's cost depends on.

    ``memcg``: CONFIG_MEMCG_KMEM (from 6.11 CONFIG_MEMCG) is built in. ``kmem``: kernel memory is accounted, so not
    ``cgroup.memory=nokmem``. ``stats``: CONFIG_PERCPU_STATS. ``profiling``: CONFIG_MEM_ALLOC_PROFILING.
    """

    memcg: bool = True
    kmem: bool = True
    stats: bool = False
    profiling: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One allocation of ``size`` bytes for a chunk, ``what`` in the kernel's terms."""

    what: str
    size: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What an allocation takes: ``slabs`` (sizes of kmalloc objects), ``vmalloc`` areas (guard page included) and ``pages`` behind them."""

    slabs: tuple[int, ...]
    vmalloc: tuple[int, ...] = ()
    pages: int = 0


def kmalloc_size(size: int) -> int:
    """Return the bytes that kmalloc really gives for ``size``: those of its cache."""
    for cache in KMALLOC_SMALL:
        if size <= cache:
            return cache
    return 1 << (size - 1).bit_length()


def holding(version: KernelVersion, size: int, *, page_size: int, word: int) -> Holding:
    """Return how pcpu_mem_zalloc gets ``size`` bytes: from kmalloc up to a page, else from vmalloc.

    vmalloc also makes the descriptions of its area and keeps an array of pointers to its pages, from kmalloc up to a page and from
    vmalloc above (mm/vmalloc.c:__vmalloc_area_node).
    """
    if size <= page_size:
        return Holding((size,))
    pages = -(-size // page_size)
    array = holding(version, pages * word, page_size=page_size, word=word)
    return Holding(
        (*area_descriptions(version, word), *array.slabs),
        ((pages + 1) * page_size, *array.vmalloc),
        pages + array.pages,
    )


def area_descriptions(version: KernelVersion, word: int) -> tuple[int, int]:
    """Return the bytes of the vmap_area and the vm_struct that describe one area."""
    scale = 8 // word
    return kernel_space.VMAP_AREA_64.at(version) // scale, kernel_space.VM_STRUCT_64.at(version) // scale


def struct_size(version: KernelVersion, layout: Layout, config: ChunkConfig) -> int:
    """Return the bytes of struct pcpu_chunk with its populated bitmap (pcpu_chunk_struct_size)."""
    word = layout.bits // 8
    table = kernel_space.STRUCT_64 if layout.bits == 64 else kernel_space.STRUCT_32
    base = table.at(version)
    if not config.memcg:
        base -= without_memcg(version, layout.bits)
    if config.stats:
        base += stats_bytes(version, layout.bits)
    entry = kernel_space.PAGES_IN_STRUCT.at(version)
    if entry:
        base += layout.nr_units * layout.unit_pages * word
    return base + word * -(-layout.unit_pages // layout.bits)


def without_memcg(version: KernelVersion, bits: int) -> int:
    """Return the bytes by which struct pcpu_chunk is smaller without CONFIG_MEMCG_KMEM."""
    return (kernel_space.STRUCT_MEMCG_64 if bits == 64 else kernel_space.STRUCT_MEMCG_32).at(version)


def stats_bytes(version: KernelVersion, bits: int) -> int:
    """Return the bytes by which struct pcpu_chunk is larger with CONFIG_PERCPU_STATS."""
    return (kernel_space.STRUCT_STATS_64 if bits == 64 else kernel_space.STRUCT_STATS_32).at(version)


def object_vector(version: KernelVersion, layout: Layout, config: ChunkConfig, *, accounted: bool) -> int:
    """Return the bytes of the vector with an entry for every 4 bytes of a unit (obj_cgroups, obj_exts); 0 where there is none."""
    rule = kernel_space.OBJECT_VECTOR.at(version)
    profiled = config.profiling and kernel_space.PROFILING_VECTOR.at(version)
    words = 1 if profiled else 0
    if config.memcg and (
        profiled or (config.kmem and (rule == "all chunks" or (rule == "accounted chunks" and accounted)))
    ):
        words += 1
    return layout.unit_size // 4 * (layout.bits // 8) * words


def metadata(version: KernelVersion, layout: Layout, config: ChunkConfig, *, accounted: bool) -> tuple[Piece, ...]:
    """Return a new chunk's metadata in the order of allocation (pcpu_alloc_chunk).

    ``accounted`` matters from 5.9 to 5.13 only, where accounted objects have chunks of their own.
    """
    word = layout.bits // 8
    pieces = [Piece("chunk", struct_size(version, layout, config))]
    area_map = kernel_space.MAP_BYTES.at(version)
    if area_map:
        return (*pieces, Piece("area map", area_map))
    bits = layout.unit_size // 4
    pieces += [
        Piece("allocation map", -(-bits // layout.bits) * word),
        Piece("boundary map", -(-(bits + 1) // layout.bits) * word),
        Piece("block metadata", layout.unit_pages * kernel_space.BLOCK_BYTES.at(version)),
    ]
    vector = object_vector(version, layout, config, accounted=accounted)
    if vector:
        pieces.append(Piece("object vector", vector))
    return tuple(pieces)


def areas_slabs(version: KernelVersion, layout: Layout) -> tuple[int, ...]:
    """Return the sizes of the objects that describe a chunk's areas: two for each group, and the array of them."""
    word = layout.bits // 8
    groups = len(layout.groups)
    return area_descriptions(version, word) * groups + (groups * word,)


def populate_once(version: KernelVersion, layout: Layout) -> tuple[Piece, ...]:
    """Return what the first population of any chunk makes and keeps for good (pcpu_get_pages, pcpu_get_pages_and_bitmap)."""
    if kernel_space.PAGES_IN_STRUCT.at(version):
        return ()
    word = layout.bits // 8
    pieces = [Piece("temporary page array", layout.nr_units * layout.unit_pages * word)]
    if kernel_space.POPULATE_BITMAP.at(version):
        pieces.append(Piece("temporary bitmap", -(-layout.unit_pages // layout.bits) * word))
    return tuple(pieces)
