"""What a workqueue consists of, by kernel version: one fact a line, newest first."""

from typing import Literal

from planner.plugin import Fact, Since
from planner_consumers.sizing import line, no, obj, same, since, yes

Generation = Literal["old-cwq", "cwq", "pwq", "pwq-pointer"]

# fmt: off
GENERATION: Fact[Generation] = Fact(
    "workqueue generation",
    "what alloc_workqueue takes from the per-CPU allocator",
    (
        Since("6.6", "pwq-pointer", "kernel/workqueue.c:alloc_and_link_pwqs: a pointer for every kind; traced 6.12, 6.18, 7.3"),
        Since("3.9", "pwq", "kernel/workqueue.c:alloc_and_link_pwqs: struct pool_workqueue, bound queues only; traced 6.1"),
        Since("2.6.36", "cwq", "kernel/workqueue.c:alloc_cwqs: struct cpu_workqueue_struct, bound queues only; read 3.2, 3.6, 3.8"),
        Since("2.6.30", "old-cwq", "kernel/workqueue.c:__create_workqueue_key: every kind, single-threaded too; read 2.6.34"),
    ),
)

FLAG_BITS: Fact[int] = Fact(
    "WORK_STRUCT_FLAG_BITS",
    "low bits of work_struct.data that hold flags: a queue's structure is aligned to 1 << bits (one more with DEBUG_OBJECTS_WORK)",
    (Since("2.6.36", 8, "include/linux/workqueue.h: 4 flag bits + 4 colour bits; traced 6.1: align 256"),),
)

PWQ_FOR_EACH_CPU_OF_UNBOUND = since(
    "an unbound queue has a pool_workqueue for each possible CPU",
    yes("6.6", "kernel/workqueue.c:apply_wqattrs_prepare: for_each_possible_cpu; ordered queues share the default one"),
    no("3.9", "kernel/workqueue.c:apply_wqattrs_prepare: the default one and, with several NUMA nodes, one a node"),
)

POINTER = obj(
    "pointer to pool_workqueue", "kernel/workqueue.c:alloc_and_link_pwqs",
    line("6.6", 8, 8, 4, 4, "traced 6.12, 6.18, 7.3"),
)
CPU_WORKQUEUE_STRUCT = obj(
    "cpu_workqueue_struct", "kernel/workqueue.c:alloc_cwqs (__create_workqueue_key before 2.6.36)",
    line("2.6.36", 112, 256, 92, 256, "compiled 3.2; Ubuntu 3.2.0-51 i386 logs size=92 align=256"),
    line("2.6.30", 128, 64, 64, 64, "read 2.6.34: 72 and 36 bytes, ____cacheline_aligned"),
)
POOL_WORKQUEUE = obj(
    "pool_workqueue", "kernel/workqueue.c:alloc_and_link_pwqs",
    line("6.6", 512, 256, 256, 256, "BTF 6.12 amd64; compiled 6.6 (a slab object now)"),
    same("3.9", 256, 256, "compiled 3.10, 4.4, 4.9, 5.4; BTF 5.10, 6.1; traced 6.1"),
)
WORKQUEUE_STRUCT = obj(
    "workqueue_struct", "kernel/workqueue.c:alloc_workqueue",
    line("3.9", 320, 64, 256, 64, "cache-line aligned inside; Slab of real 6.1, 6.12: kmalloc-512 amd64, kmalloc-256 i386"),
    line("2.6.36", 160, 8, 96, 4, "added up from kernel/workqueue.c 3.2 with a name of 12 bytes behind it"),
    line("2.6.30", 48, 8, 28, 4, "added up from kernel/workqueue.c 2.6.34"),
)
WORKQUEUE_ATTRS = obj(
    "workqueue_attrs", "kernel/workqueue.c:alloc_workqueue_attrs",
    line("6.5", 40, 8, 24, 4, "added up from include/linux/workqueue.h: nice, two cpumasks, affinity scope"),
    line("3.9", 24, 8, 12, 4, "added up from include/linux/workqueue.h; Slab of real 6.1 i386: 16 of 784 bytes a queue"),
)
WORKER = obj(
    "worker", "kernel/workqueue.c:init_rescuer",
    line("3.9", 160, 8, 96, 4, "added up from kernel/workqueue_internal.h"),
    line("2.6.36", 96, 8, 56, 4, "added up from kernel/workqueue.c 3.2"),
)
TASK_STRUCT = obj(
    "task_struct", "kernel/fork.c:alloc_task_struct_node",
    line("6.1", 9792, 64, 4608, 64, "assumed: x86 distribution kernels 6.x, order of magnitude"),
    line("4.4", 7616, 64, 3584, 64, "assumed: x86 distribution kernels 4.x and 5.x, order of magnitude"),
    line("2.6.30", 1984, 64, 1344, 64, "assumed: x86 distribution kernels 2.6 and 3.x, order of magnitude"),
)
THREAD_STACK = obj(
    "thread stack", "kernel/fork.c:alloc_thread_stack_node",
    line("3.15", 16384, 4096, 8192, 4096, "arch/x86/include/asm/page_64_types.h, page_32_types.h: THREAD_SIZE_ORDER"),
    same("2.6.30", 8192, 4096, "arch/x86/include/asm/page_64_types.h, page_32_types.h: THREAD_ORDER 1"),
)
