"""How much RAM the allocator and its users may still take: from what the profile says, the rest modelled or assumed."""

import math

from planner.allocator import kernel
from planner.allocator.architecture import Architecture
from planner.allocator.chunk_cost import ChunkConfig, holding, metadata
from planner.allocator.layout import Layout
from planner.allocator.memory import (
    Memory,
    burst_pages,
    list_batch,
    min_free_kib_of,
    parked_pages,
    untouchable_pages,
    usable_parked_pages,
)
from planner.profile.model import Profile
from planner.profile.sizes import parse_size
from planner.quick import dataclass
from planner.report.model import Assumption

WIDE = 64
MIB = 1024 * 1024
GIB = 1024 * MIB
FEW = 16 * MIB
STRUCT_PAGE = {32: 40, 64: 64}
"""sizeof(struct page) in bytes, one for each page frame (include/linux/mm_types.h; 32 to 40 bytes in 32-bit kernels by configuration)."""
KERNEL = {32: 26 * MIB, 64: 56 * MIB}
"""Image, slab and stacks of a distribution's kernel and a small userspace just booted; see ``BOOTS``."""
PER_PAGE_BYTE = 640
"""And more with larger pages, for every stack, slab and table takes whole ones: 40 MiB with 64 KiB pages."""
PER_ONLINE, PER_POSSIBLE = 5 * MIB // 4, 2 * MIB // 5
"""What each online, and each possible CPU adds beside per-CPU memory: threads, stacks, slabs, queues."""
PER_RAM = 256
"""And what services, drivers' buffers and tables take of a larger machine: one part in so many of what is mapped (4 GiB: 16 MiB)."""
MOST = 3, 8
"""Of little RAM no more than this share: 32 MiB routers log 3 to 6 MiB reserved and leave 10 to 20 MiB to their users."""
LEAST = {32: 4 * MIB, 64: 12 * MIB}
"""With less than this nothing boots: a kernel made as small as it goes, and one process."""
SPREAD = 5, 8
"""Share of the guess that it may be off by: from a kernel without modules and drivers to a distribution's on several nodes."""
BOOTS = "119 QEMU boots of Debian and own kernels; boot logs of routers with 32 and 64 MiB"
BOUNCE = 64 * MIB
"""The software IO TLB that x86-64 keeps with RAM above 4 GiB (kernel/dma/swiotlb.c)."""
DMA_KIB = 15360
"""Managed memory of x86's DMA zone."""
_HASH_SCALES = (13, 14)
"""One bucket of a pointer for so many bits of bytes: dentry and inode hash (fs/dcache.c, fs/inode.c); others are small or capped."""
_ADAPTIVE = 64 * GIB
"""With more memory 64-bit kernels double the bytes of a bucket for every fourfold (mm/page_alloc.c:alloc_large_system_hash, 4.13)."""


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that the kernel and others hold: ``fixed`` follows from the machine, ``others`` is assumed, ``spread`` either way."""

    fixed: int
    others: int
    spread: int


def hash_bytes(low: int, bits: int) -> int:
    """Return the bytes of the hash tables that the kernel sizes by its directly mapped memory ``low``."""
    spread, limit = 0, _ADAPTIVE
    while bits == WIDE and limit < low:
        spread, limit = spread + 1, limit * 4
    buckets = (max(low >> scale + spread, 1) for scale in _HASH_SCALES)
    return sum(bits // 8 << (count - 1).bit_length() for count in buckets)


def held(architecture: Architecture, ram: int, low: int, *, online: int, possible: int) -> Held:
    """Return what a kernel just booted on ``ram`` bytes holds, ``low`` of them mapped directly, without per-CPU memory."""
    fixed = ram // architecture.page_size * STRUCT_PAGE[architecture.bits] + hash_bytes(low, architecture.bits)
    if architecture.name == "x86" and architecture.bits == WIDE and ram >= 4 * GIB:
        fixed += BOUNCE
    wanted = KERNEL[architecture.bits] + (architecture.page_size - 4096) * PER_PAGE_BYTE
    wanted += online * PER_ONLINE + possible * PER_POSSIBLE + low // PER_RAM
    least = LEAST[architecture.bits]
    others = max(min(wanted, low * MOST[0] // MOST[1]), least)
    return Held(fixed, others, min(others * SPREAD[0] // SPREAD[1], others - least))


def percpu_bytes(profile: Profile, layout: Layout) -> int:
    """Return the bytes of per-CPU memory that exists before any consumer: the first chunk, or what the captured state populates."""
    state = profile.state
    if state is not None and state.populated_pages is not None:
        return state.populated_pages * layout.page_size * layout.nr_units
    return layout.size_sum * layout.nr_cpus


def boot_room(profile: Profile, architecture: Architecture) -> int | None:
    """Return the bytes that the first chunk can be made of at most: directly mapped RAM without struct page; ``None`` = unknown."""
    ram = _usable(profile)
    if ram is None:
        return None
    frames = ram // architecture.page_size * STRUCT_PAGE[architecture.bits]
    return max(_lowmem(profile, architecture, ram) - frames, 0)


def memory_of(profile: Profile, architecture: Architecture, layout: Layout) -> tuple[Memory, tuple[Assumption, ...]]:
    """Return the pages that may still be taken, above the kernel's watermarks, and what that rests on.

    Without a declared RAM nothing runs out of memory; the report then says that RAM is not considered.

    :raises ValueError: the RAM does not even hold the kernel and its first chunk, or others hold more than there is.
    """
    page, nr_cpus = architecture.page_size, layout.nr_cpus
    ram = _usable(profile)
    if ram is None:
        return Memory(page_size=page, nr_cpus=nr_cpus), (
            Assumption(what="RAM", value="not declared: memory is taken to suffice", basis="assumed"),
        )
    low, own = _lowmem(profile, architecture, ram), percpu_bytes(profile, layout)
    online = len(profile.system.cpus_online) or nr_cpus
    taken, spread, note = _others(
        profile, architecture, ram, held(architecture, ram, low, online=online, possible=nr_cpus)
    )
    if taken - spread + own > low:
        raise ValueError(
            f"memory.ram: of {size_text(ram)} the kernel maps {size_text(low)}, but {size_text(max(taken - spread, 0))} are held "
            f"by the kernel and others and {size_text(own)} by the first chunk of {nr_cpus} CPUs: no such machine boots"
        )
    reserve, parked, burst = _kept_back(profile, architecture, ram, online)
    high = ram - low
    version = profile.system.kernel
    listed = usable_parked_pages(version, lowmem_kib=low // 1024, page_size=page, online_cpus=online)
    free = (low - taken - own) // page - reserve + listed
    memory = Memory(
        lowmem=max(free, 0),
        highmem=high // page,
        highmem_reserve=high // page // 32 if high else 0,
        page_size=page,
        nr_cpus=nr_cpus,
        uncertain_pages=spread // page + _in_flight(profile, architecture, layout) + _by_chance(parked, burst, online),
    )
    return memory, (Assumption(what="RAM", value=size_text(ram), basis=profile.basis_of("memory.ram")), note)


def _others(profile: Profile, architecture: Architecture, ram: int, guess: Held) -> tuple[int, int, Assumption]:
    """Return the bytes that the kernel and others hold, how far they may be off, and what that rests on."""
    used = profile.memory.used
    if used is not None:
        frames = ram // architecture.page_size * STRUCT_PAGE[architecture.bits]
        note = Assumption(what="RAM that others hold", value=size_text(used), basis=profile.basis_of("memory.used"))
        return frames + used, 0, note
    note = Assumption(
        what="RAM that the kernel and others hold",
        value=f"{size_text(guess.others)}, give or take {size_text(guess.spread)}, "
        f"and {size_text(guess.fixed)} of struct page and hash tables",
        basis="assumed",
        source=BOOTS,
    )
    return guess.fixed + guess.others, guess.spread, note


def _kept_back(profile: Profile, architecture: Architecture, ram: int, online: int) -> tuple[int, int, int]:
    """Return the pages below the watermarks, those that one CPU's lists may hold, and how many of them come in a burst."""
    x86, page = architecture.name == "x86", architecture.page_size
    low_kib = _lowmem(profile, architecture, ram) // 1024
    dma_kib = DMA_KIB if x86 and low_kib > 2 * DMA_KIB else 0
    minimum = min_free_kib_of(
        low_kib,
        zones=2 if dma_kib else 1,
        page_size=page,
        hugepages=ram >= 512 * MIB and (architecture.bits == WIDE or x86),
        pageblock_pages=page // 8,
    )
    reserve = untouchable_pages(lowmem_kib=low_kib, dma_kib=dma_kib, page_size=page, min_free_kib=minimum)
    version = profile.system.kernel
    parked = parked_pages(version, lowmem_kib=low_kib, page_size=page, online_cpus=online, min_free_kib=minimum)
    burst = burst_pages(version, low_kib, page)
    return reserve, parked, burst if burst > list_batch(low_kib, page) else 0


def chunk_config(profile: Profile) -> ChunkConfig:
    """Return what of the configuration a chunk's cost depends on."""
    config = profile.system.config
    return ChunkConfig(
        memcg=config.enabled("MEMCG", default=True),
        kmem=profile.system.memcg_kmem,
        stats=config.enabled("PERCPU_STATS", default=False),
        profiling=config.enabled("MEM_ALLOC_PROFILING", default=False),
    )


def _by_chance(parked: int, burst: int, online: int) -> int:
    """Return how far the pages on all CPUs' lists may be off: ``parked`` of each when it starts, ``burst`` when it ends.

    A list that holds anything up to its most, and one that the kernel drains in the end or not, differ by that; several differ by the
    root of their number. What is left of a burst is anything up to all of it: twice the standard deviation of that.
    """
    return int((parked - burst) * math.sqrt(online) + burst * math.sqrt(online / 3))


def _in_flight(profile: Profile, architecture: Architecture, layout: Layout) -> int:
    """Return the pages that the balance worker may hold for a chunk that it makes on another CPU just when a request finds none."""
    version, word = profile.system.kernel, layout.bits // 8
    if kernel.WORKER.at(version) == "reclaim":
        return 0
    pieces = metadata(version, layout, chunk_config(profile), accounted=False)
    return sum(holding(version, piece.size, page_size=architecture.page_size, word=word).pages for piece in pieces)


def size_text(size: int) -> str:
    """Render bytes in MiB, with a decimal where it matters."""
    return f"{size / MIB:.1f} MiB" if size < FEW else f"{size // MIB} MiB"


def _usable(profile: Profile) -> int | None:
    """Bytes of RAM as far as ``mem=`` lets the kernel see it."""
    ram, told = profile.memory.ram, profile.system.cmdline.get("mem")
    try:
        limit = parse_size(told) if told else ram
    except ValueError:
        return ram
    return ram if ram is None or limit is None else min(ram, limit)


def _lowmem(profile: Profile, architecture: Architecture, ram: int) -> int:
    """Bytes of RAM that the kernel maps directly: as captured, else as the architecture's plugin says (``None``: all of it)."""
    low = profile.memory.low if profile.memory.low is not None else architecture.lowmem
    return ram if low is None else min(low, ram)
