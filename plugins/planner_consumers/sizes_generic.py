"""Building blocks that many subsystems use, by kernel version: one fact a line, newest first."""

from planner_consumers.sizing import absent, line, longs, no, obj, same, since, yes

# fmt: off
PERCPU_COUNTER = obj(
    "percpu_counter.counters", "lib/percpu_counter.c:__percpu_counter_init (_init_many from 6.6)",
    same("2.6.30", 4, 4, "read 2.6.34 to 6.18: s32; traced 6.1, 6.12, 6.18, 7.3"),
)
COUNTERS_TOGETHER = since(
    "percpu_counter_init_many makes one allocation for several counters",
    yes("6.6", "lib/percpu_counter.c:__percpu_counter_init_many; traced 6.12, 6.18, 7.3"),
    no("2.6.30", "lib/percpu_counter.c:percpu_counter_init, one each; traced 6.1"),
)
PERCPU_REF = obj(
    "percpu_ref.percpu_count_ptr", "lib/percpu-refcount.c:percpu_ref_init",
    longs("3.18", 1, "read 3.18 to 6.18; traced 6.1, 6.12, 6.18, 7.3"),
    same("3.11", 4, 4, "read: unsigned"),
)
PERCPU_RWSEM = obj(
    "percpu_rw_semaphore.read_count", "kernel/locking/percpu-rwsem.c:__percpu_init_rwsem",
    same("3.7", 4, 4, "read 3.8 to 6.18: unsigned; traced 6.1, 6.12, 6.18, 7.3"),
)
SRCU = obj(
    "srcu_data", "kernel/rcu/srcutree.c:init_srcu_struct_fields (kernel/srcu.c before 4.12)",
    line("7.3", 448, 64, 256, 64, "BTF 7.3 (7.2: 384); traced 7.3; 32 bits laid out"),
    line("5.12", 384, 64, 256, 64, "read 5.11.4 (no segment lengths); BTF 6.1 to 7.2; DWARF i386 6.1.176; traced 6.18"),
    line("4.12", 320, 64, 192, 64, "BTF 5.10; compiled 5.4, 5.10"),
    line("3.4", 32, 8, 16, 4, "compiled 3.10, 4.4, 4.9 (srcu_struct_array)"),
    same("2.6.30", 8, 4, "compiled 3.2: int c[2]"),
    btf=("srcu_data", "srcu_struct_array"),
)
SRCU_IN_MODULES_STATIC = since(
    "DEFINE_SRCU in a module is part of its static per-CPU data",
    no("5.2", "kernel/rcu/srcutree.c:srcu_module_coming: allocated when the module is loaded; read 5.4 to 6.18"),
    yes("2.6.30", "include/linux/srcutree.h: DEFINE_PER_CPU; read 4.19"),
)
RTNL_LINK_SRCU = obj(
    "srcu_data", "net/core/rtnetlink.c:rtnl_link_register (init_srcu_struct)",
    line("7.3", 448, 64, 256, 64, "BTF 7.3; traced 7.3; 32 bits laid out"),
    line("6.13", 384, 64, 256, 64, "read 7.2; BTF 7.2; 32 bits laid out"),
    absent("2.6.30", "no SRCU in rtnl_link_ops; traced 6.1, 6.12"),
    what="rtnl_link_ops.srcu",
)
KMEM_CACHE = obj(
    "kmem_cache_cpu", "mm/slub.c:alloc_kmem_cache_cpus",
    line("7.0", 32, 8, 16, 4, "traced 7.3 (slub_percpu_sheaves alone); 32 bits derived"),
    line("6.18", 48, 16, 20, 8, "BTF 6.18; traced 6.18; 32 bits laid out"),
    line("3.3", 32, 16, 16, 8, "BTF 5.10, 6.1, 6.12; compiled 3.10 to 6.12; traced 6.1, 6.12"),
    line("2.6.34", 40, 16, 20, 8, "compiled 3.2"),
    absent("2.6.30", "not through the per-CPU allocator until 2.6.33"),
    btf=("kmem_cache_cpu", "slub_percpu_sheaves"),
)
SHEAVES = obj(
    "slub_percpu_sheaves", "mm/slub.c:init_percpu_sheaves",
    absent("7.0", "every cache has them: see kmem_cache_cpu"),
    line("6.18", 32, 8, 16, 4, "BTF 6.18"),
    absent("2.6.30", "none until 6.17"),
)
ALLOC_TAG = obj(
    "alloc_tag_counters", "lib/alloc_tag.c:load_module (CONFIG_MEM_ALLOC_PROFILING)",
    same("6.14", 16, 8, "read 6.18: one allocation a tag"),
    absent("2.6.30", "6.10 to 6.12: part of the module's section"),
)
