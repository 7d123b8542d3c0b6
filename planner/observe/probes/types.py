"""Sizes of the structures that consumers allocate, from the kernel's own BTF."""

from collections.abc import Iterator
from typing import Final

from planner.observe.errors import ObserveError
from planner.observe.parsers.btf import MAXIMUM, Btf
from planner.observe.probes.system import machine
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

STRUCTURES: Final = tuple(
    """
    pool_workqueue srcu_data srcu_struct_array kmem_cache_cpu slub_percpu_sheaves mm_cid mnt_pcp user_struct
    memcg_vmstats_percpu memcg1_events_percpu lruvec_stats_percpu lruvec_stat cgroup_rstat_cpu
    cgroup_rstat_base_cpu css_rstat_cpu psi_group_cpu kernel_cpustat perf_cgroup_info cpuacct_usage
    blkg_iostat_set iocg_pcpu_stat latency_stat pcpu_sw_netstats pcpu_lstats pcpu_dstats net_device_core_stats
    vlan_pcpu_stats ipvl_pcpu_stats team_pcpu_stats tun_pcpu_stats bridge_mcast_stats xdp_dev_bulk_queue
    gro_cell dst_cache_pcpu multicore_worker pcpu_secy_stats pcpu_tx_sc_stats pcpu_rx_sc_stats
    macsec_rx_sa_stats macsec_tx_sa_stats vxlan_vni_stats_pcpu netvsc_vf_pcpu_stats tcp_mib ipstats_mib
    linux_mib udp_mib icmp_mib icmpmsg_mib icmpv6_mib icmpv6msg_mib linux_xfrm_mib linux_tls_mib mptcp_mib
    sctp_mib smc_stats prot_inuse ip_conntrack_stat nf_flow_table_stat synproxy_stats ip_vs_cpu_stats
    trie_use_stats tipc_crypto_stats nft_stats nft_counter nft_pcpu_tun_ctx xt_counters gnet_stats_basic_sync
    gnet_stats_basic_cpu gnet_stats_queue tc_basic_pcnt tc_matchall_pcnt neigh_statistics nh_grp_entry_stats
    page_pool_recycle_stats lb_port_stats dp_stats_percpu ovs_pcpu_storage vport_upcall_stats_percpu action_fifo
    action_flow_keys devlink_stats ieee80211_sta_rx_stats disk_stats blk_mq_ctx kyber_cpu_latency
    bio_alloc_cache dm_stats_last_position raid5_percpu iova_cpu_rcache iova_fq percpu_cluster crypto_acomp_ctx
    cryptd_cpu_queue padata_list padata_serial_queue zcomp_strm squashfs_stream nfs_iostats ext4_locality_group
    xfsstats xfs_inodegc xlog_cil_pcp xfs_icsb_cnts kioctx_cpu fc_stats fc_exch_pool spi_statistics
    bpf_prog_stats bpf_mem_cache bpf_mem_caches bpf_lru_list bpf_lru_locallist pcpu_freelist_head bpf_trie_stats
    trace_array_cpu trace_buffer_struct fgraph_cpu_data kvm_user_return_msrs dma_chan_percpu
    perf_cpu_pmu_context perf_cpu_context cpu_workqueue_struct workqueue_struct worker workqueue_attrs
    task_struct
    """.split()  # noqa: SIM905 - a list literal would take a line a word
)
"""Names that the built-in consumers look up, under every name that the structures have had."""


def read(root: Root) -> Iterator[Observation]:
    """Yield ``structs``: name → size and alignment."""
    data = root.read("sys/kernel/btf/vmlinux", MAXIMUM)
    if not data:
        return
    word = 8 if "64" in (machine(root) or "64") or machine(root) == "s390x" else 4
    try:
        sizes = Btf(data, word).sizes(STRUCTURES)
    except ObserveError as error:
        root.cut.append(f"sys/kernel/btf/vmlinux: {error}")
        return
    source = "/sys/kernel/btf/vmlinux"
    found = {name: {"size": size.size, "align": size.align, "source": source} for name, size in sorted(sizes.items())}
    if found:
        yield seen("structs", found, f"{source} (alignments are lower bounds: BTF has none)")
