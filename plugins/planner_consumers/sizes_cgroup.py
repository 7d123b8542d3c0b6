"""What a control group takes for each CPU, by kernel version: one fact a line, newest first.

Between surveyed trees a size stands at the first tree that has it; where the release of a change is known it stands there.
"""

from planner.plugin import Fact, Gfp, Since
from planner_consumers.sizes_generic import KMEM_CACHE, PERCPU_COUNTER, PERCPU_REF
from planner_consumers.sizing import absent, line, longs, no, obj, same, since, yes

# fmt: off
CSS_REF = obj(
    "cgroup_subsys_state.refcnt", "kernel/cgroup/cgroup.c:css_create, cgroup_create (percpu_ref_init)",
    longs("3.18", 1, "read 4.4; traced 6.1, 6.12, 6.18, 7.3"),
    same("3.11", 4, 4, "read 3.16: unsigned"),
    absent("2.6.30", "an atomic"),
)
RSTAT_CPU = obj(
    "cgroup_rstat_cpu", "kernel/cgroup/rstat.c:cgroup_rstat_init",
    absent("6.16", "split: cgroup_rstat_base_cpu and css_rstat_cpu; traced 6.18, 7.3"),
    line("6.8", 144, 8, 140, 4, "BTF 6.12; compiled 6.12; traced 6.12"),
    line("6.6", 112, 8, 108, 4, "compiled 6.6"),
    line("4.18", 64, 8, 60, 4, "BTF 5.10, 6.1; compiled 5.4 to 6.1; traced 6.1"),
    absent("2.6.30", "no rstat until 4.17 (4.15: cgroup_cpu_stat, in the default hierarchy only)"),
)
RSTAT_BASE_CPU = obj(
    "cgroup_rstat_base_cpu", "kernel/cgroup/rstat.c:css_rstat_init (the cgroup itself)",
    line("6.16", 128, 8, 132, 4, "BTF 6.18 to 7.3; traced 6.18, 7.3; 32 bits laid out"),
    absent("2.6.30", "part of cgroup_rstat_cpu"),
)
CSS_RSTAT_CPU = obj(
    "css_rstat_cpu", "kernel/cgroup/rstat.c:css_rstat_init (the cgroup itself and each controller that uses rstat)",
    line("6.16", 32, 8, 16, 4, "BTF 6.18; traced 6.18, 7.3; 32 bits derived"),
    absent("2.6.30", "part of cgroup_rstat_cpu"),
)
PSI_GROUP_CPU = obj(
    "psi_group_cpu", "kernel/sched/psi.c:psi_cgroup_alloc",
    same("5.2", 128, 64, "BTF 5.10 to 6.18; compiled 5.4 to 6.12; traced 6.1, 6.12, 6.18, 7.3"),
    same("4.20", 64, 64, "read: one cache line"),
    absent("2.6.30", "none until 4.19"),
)
BPF_REF = obj(
    "cgroup_bpf.refcnt", "kernel/bpf/cgroup.c:cgroup_bpf_inherit",
    longs("5.3", 1, "read 5.4; traced 6.1, 6.12, 6.18, 7.3"),
    absent("2.6.30", "none until 5.2"),
)
PERF_CGROUP_INFO = obj(
    "perf_cgroup_info", "kernel/events/core.c:perf_cgroup_css_alloc",
    line("7.0", 56, 8, 56, 4, "traced 7.3; 32 bits derived"),
    line("5.6", 32, 8, 28, 4, "BTF 5.10 to 6.18; traced 6.1, 6.12, 6.18; 32 bits added up"),
    line("2.6.39", 16, 8, 16, 4, "read 3.2, 5.4: time and timestamp"),
    absent("2.6.30", "none until 2.6.38"),
)
BLKCG_LHEAD = obj(
    "blkcg.lhead", "block/blk-cgroup.c:blkcg_css_alloc",
    longs("6.2", 1, "read 6.6; traced 6.12, 6.18, 7.3"),
    absent("2.6.30", "none; traced 6.1"),
)
CPUACCT_USAGE = obj(
    "cpuacct usage", "kernel/sched/cpuacct.c:cpuacct_css_alloc",
    same("5.9", 8, 8, "traced 6.18: u64"),
    same("4.7", 16, 8, "read 4.9 to 5.4: user and system"),
    same("2.6.30", 8, 8, "read 3.2: u64"),
)
CPUACCT_STAT = obj(
    "kernel_cpustat", "kernel/sched/cpuacct.c:cpuacct_css_alloc",
    line("7.0", 112, 8, 112, 4, "BTF 7.2, 7.3: times of idleness; 32 bits laid out"),
    line("3.3", 80, 8, 80, 4, "BTF 5.10 to 6.18; compiled 3.10 to 6.12; traced 6.18"),
    same("2.6.30", 8, 4, "read 3.2: two percpu_counters"),
)
SCHED_GROUP = obj(
    "cfs_rq and sched_entity of a task group", "kernel/sched/fair.c:alloc_fair_sched_group",
    line("7.2", 1088, 64, 768, 64, "BTF 7.2, 7.3; traced 7.3; 32 bits derived"),
    absent("2.6.30", "kzalloc_node for each CPU: slab, not per-CPU memory; traced 6.1, 6.12"),
    btf=("cfs_tg_state",),
)

# memory controller
MEMCG_VMSTATS = obj(
    "memcg_vmstats_percpu", "mm/memcontrol.c:mem_cgroup_alloc",
    line("7.3", 1280, 64, 640, 64, "BTF 7.3 (7.2: 1216); traced 7.3; 32 bits laid out"),
    line("6.18", 1216, 64, 576, 64, "BTF 6.18, 7.2; traced 6.18; 32 bits laid out"),
    line("6.10", 1088, 64, 512, 64, "BTF 6.12; compiled 6.12; traced 6.12 (in cache-line groups)"),
    line("6.1", 1096, 8, 532, 4, "BTF 6.1; DWARF i386 6.1.176; compiled 6.6; traced 6.1 (17 events instead of all)"),
    line("5.13", 2360, 8, 1180, 4, "assumed: 2 x (46 states + 100 events) + 3 words, as rstat keeps the last values too"),
    line("5.10", 1112, 8, 516, 4, "BTF 5.10; compiled 5.10"),
    line("5.2", 992, 8, 468, 4, "compiled 5.4"),
    line("4.14", 904, 8, 452, 4, "assumed: mem_cgroup_stat_cpu of 4.19, at least 900 bytes by its counters"),
    line("4.9", 184, 8, 92, 4, "compiled 4.9 (mem_cgroup_stat_cpu)"),
    line("4.4", 152, 8, 76, 4, "compiled 4.4"),
    line("3.10", 104, 8, 52, 4, "compiled 3.10"),
    line("2.6.34", 112, 8, 56, 4, "compiled 3.2"),
    absent("2.6.30", "an array behind the structure until 2.6.33"),
    accounted="5.9",
)
MEMCG_VMSTATS_COPIES: Fact[int] = Fact(
    "copies of memcg_vmstats_percpu", "local and hierarchical counters side by side",
    (
        Since("5.13", 1, "mm/memcontrol.c: rstat; read 5.15"),
        Since("5.2", 2, "mm/memcontrol.c:mem_cgroup_alloc: vmstats_local and vmstats_percpu; read 5.4, 5.10"),
        Since("2.6.30", 1, "mm/memcontrol.c: one"),
    ),
)
LRUVEC_STATS = obj(
    "lruvec_stats_percpu", "mm/memcontrol.c:alloc_mem_cgroup_per_node_info",
    line("7.3", 800, 8, 392, 4, "BTF 7.3; traced 7.3; 32 bits laid out"),
    line("7.0", 752, 8, 368, 4, "BTF 7.2; 32 bits laid out"),
    line("6.18", 528, 8, 256, 4, "BTF 6.18; traced 6.18; 32 bits derived (no balancing between nodes)"),
    line("6.10", 496, 8, 240, 4, "BTF 6.12; compiled 6.12; traced 6.12"),
    line("5.15", 688, 8, 328, 4, "BTF 6.1; compiled 6.1, 6.6; traced 6.1"),
    line("5.10", 296, 8, 148, 4, "BTF 5.10; compiled 5.10 (lruvec_stat)"),
    line("4.14", 256, 8, 128, 4, "compiled 5.4 (lruvec_stat)"),
    absent("2.6.30", "counters of the group only"),
    btf=("lruvec_stats_percpu", "lruvec_stat"),
    accounted="5.9",
)
LRUVEC_COPIES: Fact[int] = Fact(
    "copies of the lruvec statistics", "local and hierarchical counters side by side",
    (
        Since("5.15", 1, "mm/memcontrol.c:alloc_mem_cgroup_per_node_info: rstat; read 5.15"),
        Since("5.2", 2, "mm/memcontrol.c: lruvec_stat_local and lruvec_stat_cpu; read 5.4, 5.10"),
        Since("2.6.30", 1, "mm/memcontrol.c: one"),
    ),
)
MEMCG_V1_EVENTS = obj(
    "memcg1_events_percpu", "mm/memcontrol-v1.c:memcg1_alloc_events (CONFIG_MEMCG_V1)",
    line("6.12", 24, 8, 12, 4, "BTF 6.18; traced 6.18"),
    absent("2.6.30", "part of memcg_vmstats_percpu"),
    accounted="6.12",
)
MEMCG_OBJCG = PERCPU_REF.at("mm/memcontrol.c:memcg_online_kmem, obj_cgroup_alloc", what="obj_cgroup.refcnt").since(
    "5.9", "slab caches of its own"
)
MEMCG_FPROP = PERCPU_COUNTER.at("mm/memcontrol.c:memcg_wb_domain_init (fprop_global_init)", what="fprop_global.events").since(
    "4.2", "writeback knew no groups"
)

# per disk and per backing device
BLKG_IOSTAT = obj(
    "blkg_iostat_set", "block/blk-cgroup.c:blkg_alloc",
    line("6.2", 120, 8, 112, 4, "BTF 6.12, 6.18; traced 6.12, 6.18, 7.3; 32 bits derived"),
    line("5.8", 96, 8, 100, 4, "BTF 5.10, 6.1; compiled 5.10; traced 6.1"),
    absent("4.2", "counters of the policies"),
    same("2.6.39", 80, 8, "read 3.2, 3.10: group statistics of CFQ or throttling"),
    absent("2.6.30", "none"),
)
BLKG_REF = obj(
    "blkg.refcnt", "block/blk-cgroup.c:blkg_alloc",
    longs("5.0", 1, "read 5.4; traced 6.1, 6.12, 6.18, 7.3"),
    absent("2.6.30", "an atomic"),
)
THROTTLE_ALWAYS = since(
    "every group and disk has throttling's counters, limits or not",
    no("6.10", "block/blk-throttle.c: made with the first limit; traced 6.12: none"),
    yes("5.5", "block/blk-throttle.c:throtl_pd_alloc; traced 6.1: ten counters"),
    no("2.6.30", "kept elsewhere"),
)
THROTTLE_COUNTER = PERCPU_COUNTER.at(
    "block/blk-throttle.c:throtl_pd_alloc (blkg_rwstat_init)", what="blkg_rwstat.cpu_cnt", gfp=Gfp.NOWAIT, nowarn=True
).since("5.5", "other counters")
SLAB_COPIES = (
    KMEM_CACHE.at("mm/slab_common.c:memcg_create_kmem_cache", what="kmem_cache_cpu of the group's copy of a slab cache")
    .since("3.8", "slab was not charged to groups")
    .until("5.9", "groups share the slab caches")
)
IO_BRINGS_MEMORY = since(
    "the io controller depends on the memory controller",
    yes("4.5", "block/blk-cgroup.c: io_cgrp_subsys.depends_on; traced 6.1, 6.12, 7.3"),
    no("2.6.30", "independent"),
)
CGWB = obj(
    "cgroup writeback refcnt", "mm/backing-dev.c:cgwb_create",
    longs("4.2", 1, "read 4.4"),
    absent("2.6.30", "none"),
    gfp=Gfp.NOWAIT,
)
