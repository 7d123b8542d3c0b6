"""Members of the per-CPU structures that options of the configuration change, by version: one line each, newest first.

What stands here is laid out anew for each configuration (:mod:`planner_consumers.growing`) and must give the size that the tables
have for the usual one; where it does not, the structure's line is not that kernel's, and it is named without a number.
"""

from typing import Final

from planner.plugin import Fact
from planner_consumers.primitives import members, structure

# fmt: off
MEMBERS: Final[dict[str, Fact[str]]] = dict((
    # generic
    structure(
        "srcu_data",
        members(
            "7.0",
            "4*long u32 @raw_spinlock rcu_segcblist 2*long u8 timer_list work_struct 2*rcu_head u32 ptr long u32 ptr =line",
            "include/linux/srcutree.h; read 7.2, 7.3",
        ),
        members(
            "5.10",
            "4*long u32 @spinlock rcu_segcblist 2*long u8 timer_list work_struct rcu_head ptr long u32 ptr =line",
            "include/linux/srcutree.h; read 5.10, 6.1, 6.12",
        ),
    ),
    structure(
        "kmem_cache_cpu",
        members("7.0", "local_trylock 3*ptr", "mm/slub.c:slub_percpu_sheaves; read 7.2, 7.3"),
        members("6.18", "3*ptr SLUB_CPU_PARTIAL?ptr local_trylock SLUB_STATS?unknown 64BIT?=16", "mm/slub.c; BTF 6.18"),
        members("6.5", "3*ptr SLUB_CPU_PARTIAL?ptr local_lock SLUB_STATS?26*u32 64BIT?=16", "mm/slub.c; commit 6801be4f2653; read 6.12"),
        members("5.15", "3*ptr SLUB_CPU_PARTIAL?ptr local_lock SLUB_STATS?26*u32", "include/linux/slub_def.h; commit bd0e7491a931"),
        members("5.10", "3*ptr SLUB_CPU_PARTIAL?(!PREEMPT_RT?ptr) SLUB_STATS?26*u32", "include/linux/slub_def.h; BTF 5.10.223-rt"),
        members("3.3", "3*ptr SLUB_CPU_PARTIAL?ptr SLUB_STATS?unknown", "include/linux/slub_def.h"),
    ),
    structure("slub_percpu_sheaves", members("6.18", "local_trylock 3*ptr", "mm/slub.c")),
    # workqueues
    structure(
        "pool_workqueue",
        members(
            "6.6", "2*ptr 3*u32 16*u32 u8 u32 4*list_head work_struct 8*u64 2*ptr 2*ptr u32 rcu_head =256 DEBUG_OBJECTS_WORK?=512",
            "kernel/workqueue.c; read 6.12",
        ),
        members(
            "6.5", "2*ptr 3*u32 16*u32 2*u32 3*list_head 7*u64 work_struct rcu_head =256 DEBUG_OBJECTS_WORK?=512",
            "kernel/workqueue.c; commit 725e8ec59c56 (seven statistics)",
        ),
        members(
            "3.9", "2*ptr 3*u32 16*u32 2*u32 3*list_head work_struct rcu_head =256 DEBUG_OBJECTS_WORK?=512",
            "kernel/workqueue.c; read 6.1",
        ),
    ),
    structure(
        "cpu_workqueue_struct",
        members("2.6.36", "2*ptr 2*u32 15*u32 2*u32 list_head =4", "kernel/workqueue.c 3.2"),
        members("2.6.30", "spinlock list_head wait_queue_head 3*ptr =line", "kernel/workqueue.c 2.6.34"),
    ),
    # control groups
    structure(
        "cgroup_base_stat",
        members("6.8", "3*u64 SCHED_CORE?u64 u64", "include/linux/cgroup-defs.h"),
        members("4.15", "3*u64 SCHED_CORE?u64", "include/linux/cgroup-defs.h"),
    ),
    structure(
        "cgroup_rstat_cpu",
        members("6.6", "u64_stats_sync 4*cgroup_base_stat 2*ptr", "include/linux/cgroup-defs.h; read 6.12"),
        members("4.18", "u64_stats_sync 2*cgroup_base_stat 2*ptr", "include/linux/cgroup-defs.h; read 6.1"),
    ),
    structure("cgroup_rstat_base_cpu", members("6.16", "u64_stats_sync 4*cgroup_base_stat", "include/linux/cgroup-defs.h")),
    structure(
        "blkg_iostat_set",
        members("6.2", "u64_stats_sync 2*ptr u32 12*u64", "block/blk-cgroup.h"),
        members("5.8", "u64_stats_sync 12*u64", "block/blk-cgroup.h"),
    ),
    structure(
        "psi_group_cpu",
        members(
            "6.17", "@(4*u32 u32 7*u32 u64) @(14*u32) =line",
            "include/linux/psi_types.h; commit 570c8efd5eb7 (no sequence count of its own)",
        ),
        members("6.1", "@seqcount 4*u32 u32 7*u32 u64 @(14*u32) =line", "include/linux/psi_types.h; read 6.1"),
        members("5.10", "@seqcount 4*u32 u32 6*u32 u64 @(12*u32) =line", "include/linux/psi_types.h; read 5.10"),
        backports=(
            members("6.12.42", "@(4*u32 u32 7*u32 u64) @(14*u32) =line", "include/linux/psi_types.h; ChangeLog-6.12.42; read 6.12.117"),
        ),
    ),
    structure(
        "kernel_cpustat",
        members("7.0", "2*u8 seqcount 3*u64 10*u64", "include/linux/kernel_stat.h; read 7.2"),
        members("3.3", "10*u64", "include/linux/kernel_stat.h"),
    ),
    structure(
        "memcg_vmstats_percpu",
        members(
            "7.3",
            "3*long 124*long SWAP?6*long NUMA_BALANCING?8*long ZSWAP?6*long TRANSPARENT_HUGEPAGE?8*long "
            "HUGETLB_PAGE?2*long MEMCG_V1?4*long =line",
            "mm/memcontrol.c:memcg_vm_event_stat; read 7.3",
        ),
        members(
            "7.0",
            "3*long 118*long SWAP?6*long NUMA_BALANCING?8*long ZSWAP?6*long TRANSPARENT_HUGEPAGE?8*long "
            "HUGETLB_PAGE?2*long MEMCG_V1?4*long =line",
            "mm/memcontrol.c:memcg_vm_event_stat; read 7.2",
        ),
        members(
            "6.12", "u32 2*ptr 98*long SWAP?6*long NUMA_BALANCING?8*long ZSWAP?6*long TRANSPARENT_HUGEPAGE?8*long MEMCG_V1?4*long =line",
            "mm/memcontrol.c:memcg_vm_event_stat; read 6.12",
        ),
        members(
            "6.1", "2*(60*long SWAP?long NUMA_BALANCING?2*long ZSWAP?2*long TRANSPARENT_HUGEPAGE?2*long) 3*long",
            "mm/memcontrol.c:memcg_vm_event_stat; read 6.1",
        ),
    ),
    structure(
        "lruvec_stats_percpu",
        members("7.3", "2*(47*long SWAP?long NUMA_BALANCING?long HUGETLB_PAGE?long)", "mm/memcontrol.c:memcg_node_stat_items; read 7.3"),
        members("7.0", "2*(44*long SWAP?long NUMA_BALANCING?long HUGETLB_PAGE?long)", "mm/memcontrol.c:memcg_node_stat_items; read 7.2"),
        members("6.10", "2*(29*long SWAP?long NUMA_BALANCING?long)", "mm/memcontrol.c:memcg_node_stat_items; read 6.12"),
        members("6.1", "2*(40*long SWAP?long NUMA_BALANCING?2*long)", "include/linux/mmzone.h:node_stat_item; read 6.1"),
    ),
    # network devices: four 64-bit counters and the like, whose readers need a sequence count on 32 bits
    structure(
        "ipstats_mib",
        members("6.7", "38*u64 u64_stats_sync", "include/net/snmp.h"),
        members("5.1", "37*u64 u64_stats_sync", "include/net/snmp.h"),
    ),
    structure(
        "pcpu_sw_netstats",
        members("5.0", "4*u64 u64_stats_sync =32", "include/linux/netdevice.h"),
        members("3.5", "4*u64 u64_stats_sync", "include/linux/netdevice.h"),
    ),
    structure(
        "pcpu_lstats",
        members("5.0", "2*u64 u64_stats_sync =16", "include/linux/netdevice.h"),
        members("2.6.36", "2*u64 u64_stats_sync", "drivers/net/loopback.c"),
    ),
    structure(
        "pcpu_dstats",
        members("6.1", "6*u64 u64_stats_sync =64", "include/linux/netdevice.h"),
        members("4.3", "6*u64 u64_stats_sync", "drivers/net/vrf.c"),
    ),
    structure(
        "pcpu_dstats of dummy, pcpu_lstats from 5.5",
        members("5.5", "pcpu_lstats", "drivers/net/dummy.c"),
        members("2.6.37", "2*u64 u64_stats_sync", "drivers/net/dummy.c"),
    ),
    structure(
        "statistics of veth",
        members("6.7", "pcpu_sw_netstats", "drivers/net/veth.c"),
        members("5.0", "pcpu_lstats", "drivers/net/veth.c"),
        members("3.9", "2*u64 u64_stats_sync", "drivers/net/veth.c:pcpu_vstats"),
        members("3.1", "5*u64 u64_stats_sync", "drivers/net/veth.c:veth_net_stats"),
        backports=(
            members("6.6.4", "pcpu_sw_netstats", "drivers/net/veth.c"),
            members("6.1.120", "pcpu_sw_netstats", "drivers/net/veth.c; ChangeLog-6.1.120"),
        ),
    ),
    structure(
        "statistics of tun",
        members("5.11", "pcpu_sw_netstats", "drivers/net/tun.c"),
        members("4.7", "4*u64 u64_stats_sync 3*u32", "drivers/net/tun.c:tun_pcpu_stats"),
    ),
    structure(
        "statistics of vxlan, geneve, bareudp",
        members("6.14", "pcpu_dstats", "drivers/net/vxlan"),
        members("3.5", "pcpu_sw_netstats", "drivers/net/vxlan"),
    ),
    structure(
        "statistics of vxlan",
        members("6.14", "pcpu_dstats", "drivers/net/vxlan/vxlan_core.c"),
        members("3.5", "pcpu_sw_netstats", "drivers/net/vxlan/vxlan_core.c"),
        backports=(members("6.12.105", "pcpu_dstats", "drivers/net/vxlan/vxlan_core.c; read 6.12.117"),),
    ),
    structure(
        "br_vlan_stats, pcpu_sw_netstats from 5.12",
        members("5.12", "pcpu_sw_netstats", "net/bridge/br_vlan.c"),
        members("4.7", "4*u64 u64_stats_sync", "net/bridge/br_private.h"),
    ),
    structure("vlan_pcpu_stats", members("2.6.38", "5*u64 u64_stats_sync 2*u32", "include/linux/if_vlan.h")),
    structure("ipvl_pcpu_stats", members("3.19", "5*u64 u64_stats_sync 2*u32", "drivers/net/ipvlan/ipvlan.h")),
    structure(
        "team_pcpu_stats",
        members("4.6", "5*u64 u64_stats_sync 3*u32", "include/linux/if_team.h"),
        members("3.3", "5*u64 u64_stats_sync 2*u32", "include/linux/if_team.h"),
    ),
    structure("lb_pcpu_stats", members("3.6", "256*u64 u64_stats_sync", "drivers/net/team/team_mode_loadbalance.c")),
    structure("lb_port_stats", members("3.6", "u64", "drivers/net/team/team_mode_loadbalance.c:lb_stats")),
    structure("bridge_mcast_stats", members("4.8", "30*u64 u64_stats_sync", "net/bridge/br_private.h")),
    structure("vxlan_vni_stats_pcpu", members("5.18", "8*u64 u64_stats_sync", "include/net/vxlan.h")),
    structure("pcpu_secy_stats", members("4.6", "8*u64 u64_stats_sync", "drivers/net/macsec.c")),
    structure("pcpu_tx_sc_stats", members("4.6", "4*u64 u64_stats_sync", "include/net/macsec.h")),
    structure("pcpu_rx_sc_stats", members("4.6", "10*u64 u64_stats_sync", "include/net/macsec.h")),
    structure("multicore_worker", members("5.6", "ptr work_struct", "drivers/net/wireguard/device.h")),
    structure(
        "gro_cell",
        members("6.15", "sk_buff_head napi_struct local_lock", "net/core/gro_cells.c"),
        members("3.8", "sk_buff_head napi_struct", "net/core/gro_cells.c"),
    ),
    structure(
        "dst_cache_pcpu",
        members("6.15", "long ptr local_lock u32 16*u8", "net/core/dst_cache.c"),
        members("4.6", "long ptr u32 4*u32", "net/core/dst_cache.c"),
    ),
    structure("ieee80211_sta_rx_stats", members("4.7", "5*long u32 5*u8 u32 u64_stats_sync 18*u64", "net/mac80211/sta_info.h")),
    structure("devlink_stats", members("5.4", "2*u64 u64_stats_sync", "net/devlink/trap.c")),
    structure("spi_statistics", members("5.19", "u64_stats_sync 28*u64", "include/linux/spi/spi.h")),
    structure("ip_vs_cpu_stats", members("4.1", "5*u64 u64_stats_sync", "include/net/ip_vs.h")),
    structure("ip_vs_cpu_stats (estimator)", members("6.2", "ip_vs_cpu_stats", "net/netfilter/ipvs/ip_vs_est.c")),
    structure(
        "dp_stats_percpu",
        members("5.9", "5*u64 u64_stats_sync", "net/openvswitch/datapath.h"),
        members("3.3", "4*u64 u64_stats_sync", "net/openvswitch/datapath.h"),
    ),
    structure("vport_upcall_stats_percpu", members("6.3", "u64_stats_sync 2*u64", "net/openvswitch/vport.h")),
    structure("nh_grp_entry_stats", members("6.9", "u64 u64_stats_sync", "include/net/nexthop.h")),
    structure("gnet_stats_basic_sync", members("5.16", "2*u64 u64_stats_sync =16", "include/net/gen_stats.h")),
    structure("gnet_stats_basic_sync (hardware)", members("5.16", "gnet_stats_basic_sync", "include/net/gen_stats.h")),
    structure("nft_stats", members("4.2", "2*u64 u64_stats_sync", "include/net/netfilter/nf_tables.h")),
    structure(
        "nft_counter",
        members("4.10", "2*u64", "net/netfilter/nft_counter.c"),
        members("4.3", "2*u64 u64_stats_sync", "net/netfilter/nft_counter.c"),
    ),
    structure("ct_pcpu", members("3.15", "spinlock 2*ptr", "include/net/netns/conntrack.h")),
    structure(
        "nft_pcpu_tun_ctx",
        members("6.16", "(long 6*u16 2*u8) local_lock", "net/netfilter/nft_inner.c; read 7.2; BTF 7.3-rt"),
        members("6.2", "long 6*u16 2*u8", "include/net/netfilter/nf_tables.h; BTF 6.12"),
    ),
    structure(
        "ppp xmit_recursion",
        members("6.17", "ptr local_lock", "drivers/net/ppp/ppp_generic.c; read 7.2"),
        members("4.13", "u32", "drivers/net/ppp/ppp_generic.c"),
    ),
    # BPF
    structure(
        "bpf_prog_stats",
        members("5.12", "3*u64 u64_stats_sync =16", "include/linux/filter.h"),
        members("5.1", "2*u64 u64_stats_sync =16", "include/linux/filter.h"),
    ),
    structure(
        "pcpu_freelist_head",
        members("6.15", "ptr u32", "kernel/bpf/percpu_freelist.h: rqspinlock_t"),
        members("4.6", "ptr raw_spinlock", "kernel/bpf/percpu_freelist.h"),
    ),
    structure(
        "bpf_lru_locallist",
        members("6.18", "list_head ptr u16 u32", "kernel/bpf/bpf_lru_list.h; read 7.2"),
        members("6.15", "2*list_head u16 u32", "kernel/bpf/bpf_lru_list.h: rqspinlock_t"),
        members("4.10", "2*list_head u16 raw_spinlock", "kernel/bpf/bpf_lru_list.h"),
    ),
    structure(
        "bpf_lru_list",
        members("6.15", "3*list_head 2*u32 ptr @u32 =line", "kernel/bpf/bpf_lru_list.h: rqspinlock_t"),
        members("4.10", "3*list_head 2*u32 ptr @raw_spinlock =line", "kernel/bpf/bpf_lru_list.h"),
    ),
    structure(
        "bpf_mem_cache",
        members(
            "7.0", "ptr long ptr irq_work ptr 6*u32 u8 3*ptr 4*ptr rcu_head u32 3*ptr rcu_head u32 raw_spinlock",
            "kernel/bpf/memalloc.c; read 7.2",
        ),
        members(
            "6.6", "ptr long ptr irq_work ptr 6*u32 u8 ptr 4*ptr rcu_head u32 3*ptr rcu_head u32 raw_spinlock",
            "kernel/bpf/memalloc.c; read 6.12",
        ),
        members("6.1", "ptr long ptr irq_work ptr 6*u32 rcu_head 2*ptr u32", "kernel/bpf/memalloc.c; read 6.1"),
        backports=(
            members(
                "6.12.112", "ptr long ptr irq_work ptr 6*u32 u8 3*ptr 4*ptr rcu_head u32 3*ptr rcu_head u32 raw_spinlock",
                "kernel/bpf/memalloc.c; ChangeLog-6.12.112 (bpf: Register dtor for freeing special fields); read 6.12.117",
            ),
        ),
    ),
    structure("bpf_mem_caches", members("6.1", "11*bpf_mem_cache", "kernel/bpf/memalloc.c")),
    structure(
        "xdp_bulk_queue",
        members("7.0", "8*ptr list_head ptr u32 local_lock", "kernel/bpf/cpumap.c; read 7.2"),
        members("5.5", "8*ptr list_head ptr u32", "kernel/bpf/cpumap.c; read 6.12"),
        members("4.15", "8*ptr u32", "kernel/bpf/cpumap.c"),
    ),
    structure(
        "xdp_dev_bulk_queue",
        members("7.0", "16*ptr list_head 3*ptr u32 local_lock", "kernel/bpf/devmap.c; read 7.2"),
        members("5.14", "16*ptr list_head 3*ptr u32", "kernel/bpf/devmap.c; read 6.12"),
        members("5.6", "16*ptr list_head 2*ptr u32", "kernel/bpf/devmap.c; read 5.10"),
    ),
    # block devices
    structure(
        "nfs_iostats",
        members("6.12", "8*u64 27*long =line", "fs/nfs/iostat.h; read 6.12"),
        members("5.10", "8*u64 27*long 5*u64 =line", "fs/nfs/iostat.h; read 6.1 (counters of fscache)"),
    ),
    structure(
        "mm_cid_pcpu (mm_cid)",
        members("6.19", "u32 =line", "include/linux/rseq_types.h; read 7.2"),
        members("6.13", "u64 2*u32", "include/linux/mm_types.h"),
        members("6.4", "u64 u32", "include/linux/mm_types.h; read 6.12"),
    ),
    structure("disk_stats", members("5.7", "4*u64 4*long 4*long 4*long long 2*long", "include/linux/part_stat.h")),
    structure(
        "blk_mq_ctx",
        members("5.11", "@(spinlock 3*list_head =line) u32 3*u16 3*ptr 2*ptr kobject =line", "block/blk-mq.h; read 6.1, 6.12, 7.3"),
        members(
            "5.10", "@(spinlock 3*list_head =line) u32 3*u16 3*ptr 3*long @(2*long) 2*ptr kobject =line", "block/blk-mq.h; read 5.10",
        ),
    ),
    structure(
        "ovs_pcpu_storage",
        members("6.16", "64BIT?811*u64 !64BIT?1570*u32 local_lock", "net/openvswitch/datapath.h; read 7.2; BTF 7.3, 7.3-rt"),
    ),
    structure("mask_array_stats", members("5.10", "u64_stats_sync 16*u64", "net/openvswitch/flow_table.h")),
    structure("raid5_percpu", members("5.8", "2*ptr u32 local_lock", "drivers/md/raid5.h")),
    structure(
        "zcomp_strm",
        members("6.14", "mutex 3*ptr", "drivers/block/zram/zcomp.h; read 7.2"),
        members("5.8", "local_lock 2*ptr", "drivers/block/zram/zcomp.h"),
    ),
    structure("iova_cpu_rcache", members("4.3", "spinlock 2*ptr", "drivers/iommu/iova.c")),
    structure(
        "iova_fq",
        members("6.7", "spinlock 3*u32 256*(2*long list_head u64)", "drivers/iommu/dma-iommu.c"),
        members("5.16", "256*(2*long list_head u64) 2*u32 spinlock", "drivers/iommu/dma-iommu.c"),
        members("5.10", "256*(3*long u64) 2*u32 spinlock", "include/linux/iova.h; read 5.10"),
    ),
    structure(
        "percpu_cluster",
        members("6.12", "u32 THP_SWAP?9*u32", "include/linux/swap.h"),
        members("5.0", "(spinlock u32) u32", "include/linux/swap.h"),
    ),
    structure("fc_exch_pool", members("2.6.30", "spinlock list_head 4*u16 =line", "drivers/scsi/libfc/fc_exch.c")),
    structure("ext4_locality_group", members("4.10", "mutex 10*list_head spinlock", "fs/ext4/mballoc.h")),
    structure(
        "xfs_inodegc",
        members("6.6", "2*ptr delayed_work 4*u32", "fs/xfs/xfs_mount.h"),
        members("5.14", "ptr delayed_work 3*u32", "fs/xfs/xfs_mount.h"),
    ),
    structure("squashfs_stream", members("5.8", "ptr local_lock", "fs/squashfs/decompressor_multi_percpu.c")),
    # the rest
    structure(
        "perf_cpu_pmu_context (perf_cpu_context)",
        members(
            "6.15",
            "(2*ptr 3*list_head 5*u32 rcu_head u32) ptr list_head 4*u32 raw_spinlock hrtimer u64 u32",
            "include/linux/perf_event.h; read 7.2",
        ),
        members(
            "6.2",
            "(2*ptr 3*list_head 5*u32 rcu_head ptr u32) ptr list_head 3*u32 raw_spinlock hrtimer u64 u32",
            "include/linux/perf_event.h; read 6.12",
        ),
    ),
    structure("cryptd_cpu_queue", members("2.6.30", "list_head ptr 2*u32 work_struct", "crypto/cryptd.c")),
    structure("padata_list", members("2.6.34", "list_head spinlock", "include/linux/padata.h")),
    structure("padata_serial_queue", members("2.6.34", "padata_list work_struct ptr", "include/linux/padata.h")),
    structure(
        "crypto_acomp_ctx",
        members("7.0", "2*ptr (completion u32) ptr mutex", "mm/zswap.c; read 7.2"),
        members("6.8", "2*ptr (completion u32) ptr mutex u8", "mm/zswap.c"),
        members("5.11", "2*ptr (completion u32) 2*ptr", "mm/zswap.c"),
    ),
))

PLAIN: Final = frozenset("""
    percpu_counter.counters
    percpu_ref.percpu_count_ptr
    hd_struct.ref
    sbitmap.alloc_hint
    blk_rq_stat (polling)
    blk_rq_stat (writeback throttling)
    latency_bucket
    bdi_writeback.stat
    dm_stats_last_position
    mapped_device.pending_io
    bio_alloc_cache
    kyber_cpu_latency
    fc_stats
    bpf_prog.active
    bpf_htab.map_locked
    bpf_map.elem_count
    bpf_htab.extra_elems
    bpf_tramp_image.pcref
    cgroup_subsys_state.refcnt
    css_rstat_cpu
    cgroup_bpf.refcnt
    perf_cgroup_info
    blkcg.lhead
    cpuacct usage
    memcg1_events_percpu
    blkg.refcnt
    cgroup writeback refcnt
    percpu_rw_semaphore.read_count
    xfsstats
    xlog_cil_pcp
    xfs_icsb_cnts
    gfs2_pcpu_lkstats
    alloc_tag_counters
    perf_trace_buf
    trace_event_call.perf_events
    pmu.cpu_pmu_context
    pmu.pmu_disable_count
    trace_array_cpu
    trace_buffer_struct
    trace_kprobe.nhit
    fgraph_cpu_data
    blk_trace.sequence
    blk_trace.msg_data
    kvm_user_return_msrs
    action_fifo
    action_flow_keys
    mask_cache_entry
    dma_chan_percpu
    hfi1 and qib counters
    se_lun.lun_ref
    pcpu_refcnt
    net_device_core_stats
    macsec_rx_sa_stats
    macsec_tx_sa_stats
    bonding rr_tx_counter
    trie_use_stats
    page_pool_recycle_stats
    irq_desc.kstat_irqs
    xt_counters
    nft_pipapo_match.scratch
    prot_inuse
    core.sock_inuse
    linux_xfrm_mib
    xfrm.state_cache_input
    tcp_mib
    linux_mib
    udp_mib
    udp_mib (udplite)
    icmp_mib
    icmpmsg_mib
    icmpv6_mib
    dst_ops.pcpuc_entries
    ipv4.tcp_sk
    ipv4.icmp_sk
    ip_conntrack_stat
    synproxy_stats
    nf_flow_table_stat
    linux_tls_mib
    sctp_mib
    smc_stats
    mptcp_mib
    tipc_crypto_stats
    sched_cache_time
    mm_struct.futex_ref
    mnt_pcp
    sb_writers
    super_block.s_files
    kioctx_cpu
    fib_nh nh_pcpu_rth_output
    fib6_nh common part
    rt6i_pcpu
    packet_ring_buffer.pending_refcnt
    uniqframe
    ipcomp_scratches, ipcomp_tfms
    proto.sockets_allocated
    gnet_stats_queue
    pfifo_fast with TCQ_F_CPUSTATS
    ingress and clsact with TCQ_F_CPUSTATS
    tc_matchall_pcnt
    tc_basic_pcnt
    tc_u32_pcnt
    u32 mark count
    pointer to pool_workqueue
""".strip("\n ").split("\n    "))
"""Counters, pointers and lists: what no option and no ABI but the word changes, held against compiled trees likewise."""

UNKNOWN: Final = frozenset({
    "cfs_rq and sched_entity of a task group", "workqueue_struct", "worker",
})  # fmt: skip
"""Structures with locks or work items in them that stand in no table here: with options that grow these, nobody knows."""
