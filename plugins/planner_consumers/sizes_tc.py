"""What traffic control takes for each CPU, by kernel version: one fact a line, newest first."""

from planner_consumers.sizing import absent, line, no, obj, same, since, yes

# fmt: off
BASIC_STATS = obj(
    "gnet_stats_basic_sync", "net/sched/sch_generic.c:qdisc_alloc; net/sched/act_api.c:tcf_idr_create",
    line("5.16", 16, 16, 32, 16, "BTF 6.1, 6.12, 6.18; compiled 6.1, 6.6, 6.12; traced 6.1, 6.12, 6.18, 7.3"),
    line("5.10", 16, 8, 32, 16, "BTF 5.10 (gnet_stats_basic_cpu); compiled 5.10"),
    line("4.16", 16, 8, 16, 4, "compiled 5.4 (gnet_stats_basic_cpu)"),
    line("3.18", 12, 8, 16, 4, "compiled 4.4, 4.9 (gnet_stats_basic_cpu)"),
    absent("2.6.30", "in the qdisc itself"),
    btf=("gnet_stats_basic_sync", "gnet_stats_basic_cpu"),
)
QUEUE_STATS = obj(
    "gnet_stats_queue", "net/sched/sch_generic.c:qdisc_alloc; net/sched/act_api.c:tcf_idr_create",
    same("3.18", 20, 4, "BTF; compiled 4.4 to 6.12; traced 6.1, 6.12, 6.18, 7.3"),
    absent("2.6.30", "in the qdisc itself"),
)
HARDWARE_STATS = obj(
    "gnet_stats_basic_sync (hardware)", "net/sched/act_api.c:tcf_idr_create",
    line("5.16", 16, 16, 32, 16, "as the software counters; traced 6.1, 6.12, 7.3"),
    line("5.10", 16, 8, 32, 16, "as the software counters"),
    line("4.20", 16, 8, 16, 4, "commit 28169abadb08 (September 2018)"),
    absent("2.6.30", "one set of counters until 4.19"),
    btf=("gnet_stats_basic_sync", "gnet_stats_basic_cpu"),
)
QDISC_CPUSTATS = obj(
    "pfifo_fast with TCQ_F_CPUSTATS", "net/sched/sch_generic.c",
    same("4.16", 1, 1, "read: pfifo_fast without a lock"),
    absent("2.6.30", "counters in the qdisc"),
    btf=(),
)
CLSACT_CPUSTATS = obj(
    "ingress and clsact with TCQ_F_CPUSTATS", "net/sched/sch_ingress.c",
    same("4.2", 1, 1, "commit 087c1a601ad7 (May 2015); read 4.4"),
    absent("2.6.30", "counters in the qdisc"),
    btf=(),
)
ACTION_CPUSTATS = since(
    "actions count on each CPU",
    yes("4.3", "net/sched/act_api.c:tcf_hash_create; commit 519c818e8fb6 (July 2015)"),
    no("2.6.30", "counters in the action"),
)
NO_PERCPU_FLAG = since(
    "actions can be made without per-CPU counters",
    yes("5.5", "net/sched/act_api.c: TCA_ACT_FLAGS_NO_PERCPU_STATS; commit e38226786022 (October 2019)"),
    no("2.6.30", "no such flag"),
)
ACCOUNTED = since(
    "filters are charged to the memory cgroup",
    yes("7.2", "net/sched/cls_matchall.c, cls_basic.c, cls_u32.c (GFP_KERNEL_ACCOUNT); read 7.2; traced 7.3"),
    no("2.6.30", "traced 6.1.176, 6.12.95"),
    backports=(
        yes("6.12.114", "ChangeLog-6.12.114: net/sched: account classifier filter allocations to memcg; read 6.12.117"),
        yes("6.1.191", "ChangeLog-6.1.191: the same; read 6.1.192"),
    ),
)
MATCHALL_COUNT = obj(
    "tc_matchall_pcnt", "net/sched/cls_matchall.c:mall_change",
    same("5.1", 8, 8, "commit f88c19aab553 (January 2019); BTF 6.1, 6.12; traced 6.1, 6.12, 7.3"),
    absent("4.8", "no counter until 5.0"),
    accounted=ACCOUNTED,
)
BASIC_COUNT = obj(
    "tc_basic_pcnt", "net/sched/cls_basic.c:basic_change",
    same("5.1", 16, 8, "commit 5954894ba2fd (January 2019); BTF 6.1, 6.12"),
    absent("2.6.30", "no counter until 5.0"),
    accounted=ACCOUNTED,
)
U32_COUNT = obj(
    "tc_u32_pcnt", "net/sched/cls_u32.c:u32_change (CONFIG_CLS_U32_PERF)",
    same("3.18", 16, 8, "commit 459d5f626da7 (September 2014); read 4.4 to 6.18: two counters, and one more for each key"),
    absent("2.6.30", "a plain counter"),
    btf=(),
    accounted=ACCOUNTED,
)
U32_MARK = obj(
    "u32 mark count", "net/sched/cls_u32.c:u32_change",
    same("3.18", 4, 4, "commit 459d5f626da7 (September 2014); read 4.4 to 6.18"),
    absent("2.6.30", "a plain counter"),
    accounted=ACCOUNTED,
)
