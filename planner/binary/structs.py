"""Structure sizes from a BTF file, a vmlinux or a module that a profile names (``[system] btf = "…"``)."""

from typing import Final

from planner.binary.btf import MAXIMUM, Btf
from planner.binary.compressed import expand, kind_of
from planner.binary.elf_file import MAXIMUM_FILE, btf_of_elf
from planner.binary.errors import ParseError
from planner.plugin import StructSize

_ELF = b"\x7fELF"

STRUCTURES: Final = tuple(
    """
    pool_workqueue srcu_data srcu_struct_array kmem_cache_cpu slub_percpu_sheaves mm_cid mm_cid_pcpu
    sched_cache_time cfs_tg_state xdp_bulk_queue mask_array_stats uniqframe lb_stats mnt_pcp user_struct
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
    page_pool_recycle_stats lb_port_stats lb_pcpu_stats dp_stats_percpu ovs_pcpu_storage vport_upcall_stats_percpu action_fifo
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


def parse_structs(
    data: bytes, name: str, *, word: int = 8, names: tuple[str, ...] = STRUCTURES
) -> dict[str, StructSize]:
    """Return size and alignment of the named structures; ``data`` is raw BTF or an ELF file with a ``.BTF`` section, packed or not.

    ``name`` is the file's. ``word`` is the size of a pointer in bytes for raw BTF (an ELF file tells its own). Alignments are lower bounds.

    :raises ParseError: the file is none of these, broken, or beyond the limits.
    :raises MissingExtraError: an ELF file without pyelftools, zstd without zstandard.
    """
    if kind_of(data) is not None:
        data = expand(data, MAXIMUM_FILE)
    if data.startswith(_ELF):
        data, word = btf_of_elf(data, name)
    if len(data) > MAXIMUM:
        raise ParseError(f"{name}: longer than {MAXIMUM} bytes")
    found = Btf(data, word).sizes(names)
    return {struct: StructSize(size=size.size, align=size.align, source=name) for struct, size in found.items()}
