"""Version facts of the vmalloc space and of what a chunk takes. One fact a line, newest first (see kernel.py).

"A…B" in a source says that the change lies between two trees that were read; the fact then counts from the newer one.
Sizes of structures were found by compiling their members for x86-64 and i386 without debugging options.
"""

from typing import Literal

from planner.allocator.kernel import Fact, Since

OrdinarySearch = Literal["free blocks", "cached", "scan"]
PercpuSearch = Literal["top", "next lower block", "hint", "bottom-up"]
ObjectVector = Literal["all chunks", "accounted chunks", "none"]

ORDINARY_SEARCH: Fact[OrdinarySearch] = Fact(
    "ordinary search",
    "how vmalloc and ioremap look for a hole: lowest free block, areas from the last success on, or areas from the bottom",
    (
        Since("5.2", "free blocks", "mm/vmalloc.c:find_vmap_lowest_match"),
        Since("2.6.39", "cached", "mm/vmalloc.c:alloc_vmap_area: free_vmap_cache, cached_hole_size"),
        Since("2.6.28", "scan", "mm/vmalloc.c:alloc_vmap_area"),
    ),
)

HOLE_GAP: Fact[int] = Fact(
    "gap between areas",
    "pages that the search itself leaves after the area below, beside the guard page of vmalloc",
    (
        Since("3.0", 0, "mm/vmalloc.c:alloc_vmap_area (commit 248ac0e1943a; absent in 2.6.39's search, gone in 3.0.8)"),
        Since("2.6.28", 1, "mm/vmalloc.c:alloc_vmap_area: ALIGN(va_end + PAGE_SIZE, align)"),
    ),
)

STRICT_HOLE: Fact[bool] = Fact(
    "strict hole",
    "a hole must be larger than the request, not merely as large",
    (
        Since("3.0", False, "mm/vmalloc.c:alloc_vmap_area: addr + size > va_start"),
        Since("2.6.39", True, "mm/vmalloc.c:alloc_vmap_area: addr + size >= va_start"),
        Since("2.6.28", False, "mm/vmalloc.c:alloc_vmap_area"),
    ),
)

PERCPU_SEARCH: Fact[PercpuSearch] = Fact(
    "per-CPU search",
    "how pcpu_get_vm_areas looks for congruent holes",
    (
        Since(
            "5.3", "top", "mm/vmalloc.c:pcpu_get_vm_areas: pvm_determine_end_from_reverse, end checked again (5.3.1)"
        ),
        Since("5.2", "next lower block", "mm/vmalloc.c:pcpu_get_vm_areas (5.2.1)"),
        Since("2.6.32", "hint", "mm/vmalloc.c:pcpu_get_vm_areas: vmap_area_pcpu_hole"),
        Since("2.6.30", "bottom-up", "mm/percpu.c:alloc_pcpu_chunk: get_vm_area"),
    ),
)

LAZY_PURGE_BYTES = 32 << 20
"""Lazily freed bytes that are tolerated, times fls(online CPUs): mm/vmalloc.c:lazy_max_pages, the same in all versions."""

STRUCT_64: Fact[int] = Fact(
    "struct pcpu_chunk, 64 bit",
    "bytes before the populated bitmap",
    (
        Since("6.5", 192, "mm/percpu-internal.h: padded to cache lines"),
        Since("5.9", 136, "mm/percpu-internal.h"),
        Since("5.2", 120, "mm/percpu-internal.h"),
        Since("4.14", 104, "mm/percpu-internal.h"),
        Since("4.7", 88, "mm/percpu.c"),
        Since("3.18", 104, "mm/percpu.c"),
        Since("2.6.31", 64, "mm/percpu.c"),
        Since("2.6.30", 88, "mm/percpu.c"),
    ),
)

STRUCT_32: Fact[int] = Fact(
    "struct pcpu_chunk, 32 bit",
    "bytes before the populated bitmap",
    (
        Since("6.5", 128, "mm/percpu-internal.h: padded to cache lines"),
        Since("5.9", 92, "mm/percpu-internal.h"),
        Since("5.2", 88, "mm/percpu-internal.h"),
        Since("4.14", 68, "mm/percpu-internal.h"),
        Since("4.7", 56, "mm/percpu.c"),
        Since("3.18", 64, "mm/percpu.c"),
        Since("3.15", 44, "mm/percpu.c"),
        Since("2.6.30", 40, "mm/percpu.c"),
    ),
)

STRUCT_MEMCG_64: Fact[int] = Fact(
    "memcg part of struct pcpu_chunk, 64 bit",
    "bytes of the structure that are gone without CONFIG_MEMCG_KMEM",
    (
        Since("6.5", 0, "mm/percpu-internal.h: inside the padding"),
        Since("5.9", 16, "mm/percpu-internal.h:obj_cgroups and what follows it"),
        Since("2.6.30", 0, "absent"),
    ),
)

STRUCT_MEMCG_32: Fact[int] = Fact(
    "memcg part of struct pcpu_chunk, 32 bit",
    "bytes of the structure that are gone without CONFIG_MEMCG_KMEM",
    (
        Since("6.5", 0, "mm/percpu-internal.h: inside the padding"),
        Since("5.9", 4, "mm/percpu-internal.h:obj_cgroups"),
        Since("2.6.30", 0, "absent"),
    ),
)

STRUCT_STATS_64: Fact[int] = Fact(
    "statistics in struct pcpu_chunk, 64 bit",
    "bytes of the structure with CONFIG_PERCPU_STATS",
    (
        Since("6.5", 64, "mm/percpu-internal.h: one cache line more"),
        Since("4.13", 16, "mm/percpu-internal.h:nr_alloc, max_alloc_size"),
        Since("2.6.30", 0, "absent"),
    ),
)

STRUCT_STATS_32: Fact[int] = Fact(
    "statistics in struct pcpu_chunk, 32 bit",
    "bytes of the structure with CONFIG_PERCPU_STATS",
    (
        Since("6.5", 0, "mm/percpu-internal.h: inside the padding"),
        Since("4.13", 8, "mm/percpu-internal.h:nr_alloc, max_alloc_size"),
        Since("2.6.30", 0, "absent"),
    ),
)

PAGES_IN_STRUCT: Fact[bool] = Fact(
    "pages in the chunk",
    "struct pcpu_chunk ends in a pointer for every page of every unit",
    (
        Since("2.6.32", False, "mm/percpu.c: pages are found through the page tables"),
        Since("2.6.30", True, "mm/percpu.c:struct pcpu_chunk"),
    ),
)

MAP_BYTES: Fact[int] = Fact(
    "first area map",
    "bytes of a new chunk's area map; 0 where bitmaps do its work",
    (
        Since("4.14", 0, "mm/percpu.c:pcpu_alloc_chunk: alloc_map, bound_map"),
        Since("2.6.30", 64, "mm/percpu.c:PCPU_DFL_MAP_ALLOC entries of 4 bytes"),
    ),
)

BLOCK_BYTES: Fact[int] = Fact(
    "block metadata",
    "bytes of struct pcpu_block_md, one for each page of a unit; 0 where there is none",
    (
        Since("5.2", 32, "mm/percpu-internal.h:struct pcpu_block_md with scan hint"),
        Since("4.14", 20, "mm/percpu-internal.h:struct pcpu_block_md"),
        Since("2.6.30", 0, "absent"),
    ),
)

OBJECT_VECTOR: Fact[ObjectVector] = Fact(
    "object vector",
    "which chunks hold a pointer for every 4 bytes of a unit, with kmem accounting on",
    (
        Since("5.14", "all chunks", "mm/percpu.c:pcpu_alloc_chunk: obj_cgroups unless mem_cgroup_kmem_disabled()"),
        Since("5.9", "accounted chunks", "mm/percpu.c:pcpu_alloc_chunk: PCPU_CHUNK_MEMCG"),
        Since("2.6.30", "none", "absent"),
    ),
)

PROFILING_VECTOR: Fact[bool] = Fact(
    "profiling vector",
    "with CONFIG_MEM_ALLOC_PROFILING every chunk holds a word more for every 4 bytes of a unit",
    (
        Since("6.10", True, "mm/percpu-internal.h:struct pcpuobj_ext (6.9…6.11.11)"),
        Since("2.6.30", False, "absent"),
    ),
)

POPULATE_BITMAP: Fact[bool] = Fact(
    "populate bitmap",
    "the first population also makes a bitmap of a unit's pages that stays",
    (
        Since("3.18", False, "mm/percpu-vm.c:pcpu_get_pages"),
        Since("2.6.32", True, "mm/percpu-vm.c:pcpu_get_pages_and_bitmap"),
        Since("2.6.30", False, "mm/percpu.c: pages array in the chunk"),
    ),
)

VMAP_AREA_64: Fact[int] = Fact(
    "struct vmap_area, 64 bit",
    "bytes of the structure that describes one area",
    (
        Since("6.12", 72, "include/linux/vmalloc.h (6.12)"),
        Since("5.4", 64, "include/linux/vmalloc.h"),
        Since("5.2", 88, "include/linux/vmalloc.h"),
        Since("4.7", 96, "include/linux/vmalloc.h"),
        Since("2.6.28", 104, "mm/vmalloc.c"),
    ),
)

VM_STRUCT_64: Fact[int] = Fact(
    "struct vm_struct, 64 bit",
    "bytes of the structure that describes one area's owner",
    (
        Since("6.17", 72, "include/linux/vmalloc.h (6.14…6.17)"),
        Since("2.6.28", 64, "include/linux/vmalloc.h"),
    ),
)

REQUEST_FLAGS: Fact[bool] = Fact(
    "request flags",
    "metadata and backing pages are allocated with the request's NORETRY and NOWARN flags",
    (
        Since("4.16", True, "mm/percpu.c:pcpu_alloc: pcpu_gfp"),
        Since("2.6.30", False, "mm/percpu-vm.c: GFP_KERNEL"),
    ),
)

QUIET_WORKER: Fact[bool] = Fact(
    "quiet worker",
    "the balance worker allocates with NORETRY and NOWARN",
    (
        Since("4.15", True, "mm/percpu.c:pcpu_balance_workfn (4.15.18; absent in 4.14.5)"),
        Since("2.6.30", False, "mm/percpu.c:pcpu_balance_workfn: GFP_KERNEL"),
    ),
    backports=(Since("4.14.74", True, "4.14.74 has it, 4.14.5 not; the sublevels between were not read"),),
)

PARKED_PAGES: Fact[Literal["low watermark and a burst", "low watermark", "six batches"]] = Fact(
    "pages on per-CPU lists",
    "how many free pages a CPU's lists may hold, so that they do not count as free",
    (
        Since(
            "6.7",
            "low watermark and a burst",
            "mm/page_alloc.c:nr_pcp_alloc, decay_pcp_high: up to an eighth of the zone while in use, then back to the share",
        ),
        Since("5.14", "low watermark", "mm/page_alloc.c:zone_highsize: the zone's, shared by the CPUs"),
        Since("2.6.30", "six batches", "mm/page_alloc.c:setup_pageset: of 31 pages at most"),
    ),
)

LIST_AT_REST: Fact[int] = Fact(
    "a list at rest",
    "batches of pages on a CPU's list of single pages for the kernel itself, on average, when a machine has booted and is quiet",
    (
        Since(
            "6.7", 6, "measured: 3 boots of 6.12.95 with 1 to 4 CPUs and 512 MiB to 1 GiB, lists 113 to 476 pages long"
        ),
        Since(
            "2.6.30",
            2,
            "measured: 8 boots of 6.1.176 with 1 to 4 CPUs and 256 MiB to 2 GiB, lists 1 to 315 pages long, 96 on average",
        ),
    ),
)
