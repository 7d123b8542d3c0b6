"""What processes and their rings take for each CPU, by kernel version: one fact a line, newest first."""

from planner.plugin import Fact, Since
from planner_consumers.sizes_generic import PERCPU_COUNTER, PERCPU_REF
from planner_consumers.sizing import absent, line, no, obj, same, since, yes

# fmt: off
MM_CID = obj(
    "mm_cid_pcpu (mm_cid)", "include/linux/mm_types.h:mm_alloc_cid (CONFIG_SCHED_MM_CID)",
    same("6.19", 64, 64, "mm_cid_pcpu, a cache line; patches of October 2025 (T. Gleixner); BTF 7.2, 7.3; traced 7.3"),
    line("6.13", 16, 8, 16, 4, "mm_cid with recent_cid; BTF 6.18; traced 6.18; 32 bits laid out"),
    line("6.4", 16, 8, 12, 4, "mm_cid; BTF 6.12; compiled 6.6, 6.12; traced 6.12"),
    absent("2.6.30", "none until 6.3"),
    btf=("mm_cid_pcpu", "mm_cid"),
)
SCHED_CACHE_TIME = obj(
    "sched_cache_time", "include/linux/mm_types.h:mm_alloc_sched (CONFIG_SCHED_CACHE)",
    line("7.2", 16, 8, 12, 4, "BTF 7.2, 7.3 (6.18: none); traced 7.3"),
    absent("2.6.30", "none; traced 6.12, 6.18"),
)
RSS_COUNTERS: Fact[int] = Fact(
    "percpu_counters of a mm_struct", "rss_stat of each kind of page",
    (
        Since("6.2", 4, "kernel/fork.c:mm_init: NR_MM_COUNTERS; read 6.2 to 6.18; traced 6.12, 6.18, 7.3"),
        Since("2.6.30", 0, "atomics and per-task caches; traced 6.1"),
    ),
)
RSS_COUNTER = PERCPU_COUNTER.at("kernel/fork.c:mm_init", what="mm_struct.rss_stat")
FUTEX_REF = obj(
    "mm_struct.futex_ref", "kernel/futex/core.c:futex_hash_allocate",
    same("6.17", 4, 4, "traced 6.18"),
    absent("2.6.30", "none"),
)
MNT_PCP = obj(
    "mnt_pcp", "fs/namespace.c:alloc_vfsmnt",
    same("7.0", 12, 4, "traced 7.3"),
    same("2.6.38", 8, 4, "BTF 5.10 to 6.18; traced 6.1, 6.12, 6.18"),
    same("2.6.30", 4, 4, "read 2.6.34: mnt_writers"),
)
SUPER_RWSEM = obj(
    "sb_writers", "fs/super.c:alloc_super (three levels of freezing)",
    same("3.6", 4, 4, "percpu_rwsem from 4.3, a percpu_counter before; read 3.6; traced 6.1, 6.12, 6.18, 7.3"),
    absent("2.6.30", "none until 3.5"),
    btf=(),
)
SUPER_FILES = obj(
    "super_block.s_files", "fs/super.c:alloc_super",
    absent("3.11", "no list of open files"),
    line("2.6.36", 16, 8, 8, 4, "read 3.2: a list head"),
    absent("2.6.30", "one list"),
    btf=(),
)
IPC_MSG = PERCPU_COUNTER.at("ipc/msg.c:msg_init_ns", what="ipc_namespace.percpu_msg_bytes, percpu_msg_hdrs")
IPC_MSG_PRESENT = since(
    "message counters of an IPC namespace are percpu_counters",
    yes("6.1", "ipc/msg.c:msg_init_ns; traced 6.12, 6.18"),
    no("2.6.30", "atomics"),
)
IO_URING_REF = PERCPU_REF.at("io_uring/io_uring.c:io_ring_ctx_alloc", what="io_ring_ctx.refs")
IO_URING_RSRC_REF = since(
    "a ring has a second reference for its registered resources",
    no("6.4", "io_uring/rsrc.c: counted without; traced 6.12"),
    yes("5.13", "io_uring/rsrc.c:io_rsrc_node_switch_start; traced 6.1"),
    no("2.6.30", "with the registration"),
)
IO_URING_TASK = PERCPU_COUNTER.at("io_uring/tctx.c:io_uring_alloc_task_context", what="io_uring_task.inflight").since(
    "5.10", "none"
)
AIO_REF = PERCPU_REF.at("fs/aio.c:ioctx_alloc", what="kioctx.users, kioctx.reqs")
KIOCTX_CPU = obj("kioctx_cpu", "fs/aio.c:ioctx_alloc", same("3.13", 4, 4, "BTF 5.10 to 6.18; compiled 4.4 to 6.12; traced 6.1, 7.3"))
EPOLL_WATCHES = PERCPU_COUNTER.at("kernel/user.c:user_epoll_alloc", what="user_struct.epoll_watches").since(
    "5.15", "an atomic until 5.14 (commit 1e1c15839df0, September 2021)"
)
