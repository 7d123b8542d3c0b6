"""What BPF takes for each CPU, by kernel version: one fact a line, newest first."""

from planner.plugin import Fact, Since
from planner_consumers.sizes_generic import PERCPU_COUNTER
from planner_consumers.sizing import absent, line, longs, no, obj, same, since, yes

# fmt: off
MAP_ACCOUNTED = since(
    "maps are charged to the memory cgroup",
    yes("5.11", "kernel/bpf/syscall.c:bpf_map_alloc_percpu (__GFP_ACCOUNT); traced 6.1, 6.12, 6.18, 7.3"),
    no("2.6.30", "RLIMIT_MEMLOCK"),
)
PROG_SWITCH = since(
    "cgroup.memory=nobpf keeps programs from being charged",
    yes("6.3", "mm/memcontrol.c:cgroup_memory_nobpf; include/linux/bpf.h:bpf_memcg_flags; traced 6.12 before the first group"),
    no("2.6.30", "no such switch"),
)
PROG_STATS = obj(
    "bpf_prog_stats", "kernel/bpf/core.c:bpf_prog_alloc",
    same("5.12", 32, 16, "BTF 6.1, 6.12, 6.18; compiled 6.1 to 6.12; traced 6.1, 6.12, 6.18"),
    line("5.1", 16, 16, 32, 16, "BTF 5.10; compiled 5.4, 5.10"),
    absent("2.6.30", "no statistics"),
)
PROG_ACTIVE = obj(
    "bpf_prog.active", "kernel/bpf/core.c:bpf_prog_alloc_no_stats",
    same("5.12", 4, 4, "read 5.15: int; traced 6.1, 6.12, 6.18"),
    absent("2.6.30", "none"),
)
HASH_LOCKED = obj(
    "bpf_htab.map_locked", "kernel/bpf/hashtab.c:htab_map_alloc (eight of them)",
    absent("6.18", "a lock that tells of itself; traced 6.18, 7.3"),
    same("5.11", 4, 4, "traced 6.1, 6.12: int"),
    absent("2.6.30", "none"),
)
MAP_ELEMENTS = obj(
    "bpf_map.elem_count", "kernel/bpf/map_iter.c:bpf_map_init_elem_count",
    same("6.6", 8, 8, "traced 6.12, 6.18, 7.3: s64"),
    absent("2.6.30", "none; traced 6.1"),
)
HASH_COUNTER = PERCPU_COUNTER.at("kernel/bpf/hashtab.c:htab_map_alloc", what="bpf_htab.pcount").since(
    "6.1", "an atomic; commit 86fe28f7692d (September 2022); read 5.10, 6.1, 6.12, 7.3"
)
FREELIST = obj(
    "pcpu_freelist_head", "kernel/bpf/percpu_freelist.c:pcpu_freelist_init",
    line("4.6", 16, 8, 8, 4, "BTF 5.10 to 6.18; traced 6.1, 6.12, 6.18, 7.3; 32 bits added up"),
    absent("2.6.30", "none"),
)
EXTRA_ELEMENTS = obj(
    "bpf_htab.extra_elems", "kernel/bpf/hashtab.c:alloc_extra_elems",
    longs("4.12", 1, "traced 6.1, 6.12, 6.18, 7.3: a pointer"),
    absent("2.6.30", "none"),
    nowarn=True,
)
MEM_CACHE = obj(
    "bpf_mem_cache", "kernel/bpf/memalloc.c:bpf_mem_alloc_init",
    line("7.0", 224, 8, 128, 4, "traced 7.3; 32 bits derived"),
    line("6.6", 208, 8, 120, 4, "BTF 6.12, 6.18; traced 6.12, 6.18; 32 bits laid out"),
    line("6.1", 128, 8, 76, 4, "BTF 6.1; traced 6.1; DWARF i386 6.1.176"),
    absent("2.6.30", "elements come from kmalloc"),
    backports=(
        line("6.12.112", 224, 8, 128, 4, "ChangeLog-6.12.112: bpf: Register dtor for freeing special fields; BTF 6.12.113, 6.12.117"),
    ),
)
PREFILL: Fact[tuple[int, int]] = Fact(
    "elements that a cache of each CPU holds from the start", "of up to 256 bytes, and of more",
    (
        Since("6.8", (1, 1), "kernel/bpf/memalloc.c:prefill_mem_cache with percpu_size; traced 6.12, 7.3"),
        Since("6.1", (4, 1), "kernel/bpf/memalloc.c:prefill_mem_cache; traced 6.1"),
        Since("2.6.30", (0, 0), "none"),
    ),
)
PREFILL_ATOMIC = since(
    "the first fill may not sleep",
    no("6.6", "kernel/bpf/memalloc.c:alloc_bulk(atomic = false); traced 7.3: GFP_KERNEL"),
    yes("6.1", "kernel/bpf/memalloc.c:alloc_bulk (GFP_NOWAIT); traced 6.1"),
    no("2.6.30", "none"),
)
GLOBAL_SIZES: Fact[tuple[int, ...]] = Fact(
    "sizes that bpf_global_percpu_ma serves", "bytes of an object; each size has a cache for each CPU",
    (
        Since("6.8", (16, 32, 64, 96, 128, 192, 256, 512), "kernel/bpf/memalloc.c: BPF_GLOBAL_PERCPU_MA_MAX_SIZE"),
        Since("6.1", (16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096), "kernel/bpf/memalloc.c:sizes"),
    ),
)
LRU_LOCAL = obj(
    "bpf_lru_locallist", "kernel/bpf/bpf_lru_list.c:bpf_lru_init",
    line("6.18", 32, 8, 20, 4, "BTF 6.18 to 7.3; traced 6.18, 7.3; 32 bits laid out"),
    line("4.10", 40, 8, 24, 4, "BTF 5.10, 6.1, 6.12; DWARF i386 6.1.176; traced 6.1, 6.12"),
)
LRU_LIST = obj(
    "bpf_lru_list", "kernel/bpf/bpf_lru_list.c:bpf_lru_init (BPF_F_NO_COMMON_LRU)",
    line("4.10", 128, 64, 128, 64, "BTF 5.10 to 7.3; DWARF i386 6.1.176; traced 6.18"),
)
STORAGE_CACHES_WHERE = "kernel/bpf/bpf_local_storage.c:bpf_local_storage_map_alloc (bpf_mem_alloc_init)"
STORAGE_CACHES = since(
    "storages of tasks and control groups have two bpf_mem_alloc of their own",
    no("7.2", "kmalloc_nolock; read 7.2, 7.3"),
    yes("6.4", "kernel/bpf/bpf_local_storage.c (bpf_ma); read 6.12"),
    no("2.6.30", "kmalloc; read 6.1"),
)
LPM_CACHE = since(
    "an LPM trie has a bpf_mem_alloc of its own",
    yes("6.18", "kernel/bpf/lpm_trie.c:trie_alloc; traced 7.3"),
    no("2.6.30", "kmalloc; traced 6.12: none"),
)
MEM_CACHES = obj(
    "bpf_mem_caches", "kernel/bpf/memalloc.c:bpf_mem_alloc_init (11 sizes)",
    line("7.0", 2464, 8, 1408, 4, "derived: 11 times bpf_mem_cache"),
    line("6.6", 2288, 8, 1320, 4, "BTF 6.12, 6.18; 32 bits laid out"),
    line("6.1", 1408, 8, 836, 4, "BTF 6.1; DWARF i386 6.1.176"),
    backports=(line("6.12.112", 2464, 8, 1408, 4, "derived: 11 times bpf_mem_cache; BTF 6.12.117"),),
)
PRIVATE_STACK = since(
    "programs may have a private stack",
    yes("6.13", "arch/x86/net/bpf_jit_comp.c:bpf_int_jit_compile"),
    no("2.6.30", "they run on the kernel's"),
)
TRAMPOLINE_REF = obj(
    "bpf_tramp_image.pcref", "kernel/bpf/trampoline.c:bpf_tramp_image_alloc",
    longs("5.12", 1, "read 5.15: a percpu_ref"),
    absent("5.5", "none"),
)
CPUMAP_QUEUE = obj(
    "xdp_bulk_queue", "kernel/bpf/cpumap.c:__cpu_map_entry_alloc",
    line("5.5", 96, 8, 48, 4, "added up: eight pointers, a list head, the entry, a count"),
    line("4.15", 72, 8, 36, 4, "added up: eight pointers and a count"),
    accounted="5.11",
    nowarn=True,
)
