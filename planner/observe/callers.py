"""Who calls the per-CPU allocator: kernel functions → what they allocate and which kind of consumer pays for it.

Facts: the call sites and stacks of kernels 6.1, 6.12, 6.18 and 7.3 as traced, and the sources named in the table.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Caller:
    """``what`` is allocated and the consumer ``kind`` that pays (empty: none of planner's kinds). ``generic``: a helper that many use."""

    what: str
    kind: str = ""
    generic: bool = False


_PLUMBING: Final = re.compile(
    r"(?:__)?(?:alloc_percpu\w*|alloc_reserved_percpu|free_percpu)|pcpu_\w+|dump_stack\w*|warn_slowpath\w*|__warn\w*"
    r"|report_bug|handle_bug|exc_\w+|asm_exc_\w+|show_stack\w*|ftrace_\w+|trace_event_\w+|__traceiter_\w+"
    r"|event_trigger\w*|perf_trace_\w+|__do_trace_\w+"
)
"""Functions between the caller and the dump: they say nothing."""

_TABLE: Final[tuple[tuple[Caller, tuple[str, ...]], ...]] = (
    # kernel/workqueue.c
    (
        Caller("a workqueue", "workqueue"),
        (r"(?:__)?alloc_workqueue(?:_noprof|_key)?", r"alloc_and_link_pwqs", r"__create_workqueue_key", r"alloc_cwqs"),
    ),
    (Caller("schedule_on_each_cpu (short-lived)"), (r"schedule_on_each_cpu",)),
    # net/core/dev.c, net/ipv6/addrconf.c, drivers/net
    (Caller("veth statistics", "veth"), (r"veth_(?:dev_init|newlink)",)),
    (Caller("VLAN device statistics", "vlan"), (r"vlan_dev_init", r"register_vlan_dev")),
    (Caller("macvlan statistics", "macvlan"), (r"macvlan_init",)),
    (Caller("ipvlan statistics", "ipvlan"), (r"ipvlan_init",)),
    (Caller("dummy device statistics", "dummy"), (r"dummy_dev_init",)),
    (Caller("device statistics", "nic"), (r"ifb_dev_init", r"nlmon_dev_init", r"loopback_dev_init")),
    (Caller("bridge statistics", "bridge"), (r"br_dev_init", r"br_multicast_init_stats")),
    (Caller("bridge port multicast statistics", "bridge"), (r"br_multicast_add_port",)),
    (Caller("bridge VLAN statistics", "bridge"), (r"(?:__|nbp_|br_)?vlan_add", r"br_vlan_\w+")),
    (Caller("bonding counter", "bond"), (r"bond_(?:init|newlink|create)\w*",)),
    (Caller("tun/tap statistics", "tun"), (r"tun_net_init", r"__tun_chr_ioctl")),
    (Caller("vxlan device or forwarding entry (dst cache)", "vxlan"), (r"vxlan_\w+",)),
    (Caller("geneve device", "geneve"), (r"geneve_\w+",)),
    (Caller("wireguard device or peer", "wireguard"), (r"wg_\w+",)),
    (Caller("macsec device or association", "macsec"), (r"macsec_\w+",)),
    (Caller("VRF device", "vrf"), (r"vrf_\w+",)),
    (
        Caller("tunnel device", "ipip"),
        (r"ip6?_tnl_\w+", r"ip_tunnel_\w+", r"ipgre_\w+", r"erspan_\w+", r"vti\w*_\w+"),
    ),
    (Caller("dst cache of a tunnel", generic=True), (r"dst_cache_init",)),
    (Caller("GRO cells of a tunnel device", generic=True), (r"gro_cells_init",)),
    (Caller("network device reference count", "nic", generic=True), (r"alloc_netdev_mqs", r"alloc_netdev_mq")),
    (Caller("XDP bulk queue of a device", "nic", generic=True), (r"dev_map_notification", r"xdp_\w*register\w*")),
    (
        Caller("IPv6 statistics of a device", "nic", generic=True),
        (r"ipv6_add_dev", r"snmp6_alloc_dev", r"addrconf_\w+"),
    ),
    (
        Caller("network device statistics", "nic", generic=True),
        (
            r"register_netdev(?:ice)?",
            r"netdev_do_alloc_pcpu_stats",
            r"netdev_core_stats_alloc",
            r"rtnl_create_link",
            r"__rtnl_newlink",
        ),
    ),
    # network namespaces
    (
        Caller("a network namespace", "netns"),
        (
            r"(?:ipv4_mib|inet6|ipv6|xfrm\d?|sock_inuse|synproxy|nf_conntrack|tcp_sk|udp_sysctl|sctp_defaults|tls|fou|mptcp)_(?:mib_init_net|init_net|net_init|pernet_init)",
            r"xfrm_(?:state|statistics)_init",
            r"loopback_net_init",
            r"setup_net",
            r"copy_net_ns",
            r"nf_flow_\w+",
            r"ip6_route_net_init",
            r"ops_init",
        ),
    ),
    # routes, neighbours, sockets
    (Caller("IPv6 route", "route6"), (r"fib6_\w+", r"ip6_route_\w+", r"rt6_\w+", r"ip6_dst_\w+")),
    (Caller("route next hop", "route4"), (r"fib_(?:nh_\w+|create_info|table_insert)", r"nexthop_\w+")),
    (Caller("routing table statistics"), (r"fib_trie_table", r"fib_new_table")),
    (Caller("neighbour table statistics (once)"), (r"neigh_table_init",)),
    (Caller("AF_PACKET socket", "socket"), (r"packet_create",)),
    # netfilter, ipvs, tc
    (
        Caller("nftables counter", "nft-counter"),
        (r"nft_counter_\w+", r"nft_(?:set_elem|dynset|expr)_\w+", r"nf_tables_\w+"),
    ),
    (
        Caller("iptables rule counters", "iptables-table"),
        (
            r"xt_(?:percpu_counter|find_table|replace_table)_?\w*",
            r"xt_alloc_table_info",
            r"(?:ip|ip6|arp)t_\w+",
            r"translate_table",
        ),
    ),
    (Caller("IPVS service or destination", "ipvs-service"), (r"ip_vs_\w+",)),
    (Caller("queueing discipline statistics", "qdisc"), (r"qdisc_alloc", r"gnet_\w+", r"pfifo_fast_init", r"mq_init")),
    (
        Caller("tc action or filter statistics", "tc-action"),
        (r"tcf_\w+", r"mall_change", r"u32_change", r"basic_change", r"cls_\w+"),
    ),
    (Caller("Open vSwitch datapath", "openvswitch"), (r"ovs_\w+", r"action_fifos_init", r"flow_\w*_init")),
    # control groups
    (
        Caller("memory cgroup statistics", "cgroup"),
        (r"mem_cgroup_(?:css_)?alloc\w*", r"alloc_mem_cgroup_per_node_info", r"memcg1?_\w+", r"memcg_alloc_\w+"),
    ),
    (
        Caller("a control group", "cgroup"),
        (
            r"(?:cgroup|css)_rstat_init",
            r"psi_cgroup_alloc",
            r"cgroup_(?:mkdir|create|bpf_inherit|apply_control\w*)",
            r"css_create",
            r"cpuacct_css_alloc",
            r"perf_cgroup_css_alloc",
            r"cpuacct_create",
            r"ss_rstat_init",
        ),
    ),
    (
        Caller("block I/O accounting of a control group", "cgroup"),
        (
            r"blkcg_css_alloc",
            r"blkg_(?:alloc|create|lookup_create)",
            r"iolatency_pd_alloc",
            r"ioc_pd_alloc",
            r"throtl_pd_alloc",
        ),
    ),
    (Caller("task group of the cpu controller", "cgroup"), (r"alloc_fair_sched_group", r"sched_create_group")),
    (
        Caller("writeback state of a control group and disk", "cgroup"),
        (r"wb_(?:init|domain_init)", r"cgwb_create", r"wb_get_create\w*"),
    ),
    # processes, mounts, superblocks
    (
        Caller("memory descriptor of a process", "process"),
        (r"mm_init", r"mm_alloc", r"dup_mm", r"bprm_mm_init", r"alloc_bprm", r"mm_alloc_cid\w*"),
    ),
    (Caller("a mount", "mount"), (r"alloc_vfsmnt", r"clone_mnt", r"vfs_create_mount")),
    (Caller("a superblock", "mount"), (r"alloc_super", r"sget(?:_fc|_userns)?")),
    (Caller("tmpfs superblock", "mount"), (r"shmem_fill_super",)),
    (Caller("ext4 file system", "mount-ext4"), (r"ext4_\w+",)),
    (Caller("xfs file system", "mount-xfs"), (r"xfs_\w+", r"xlog_\w+")),
    (Caller("btrfs file system", "mount-btrfs"), (r"btrfs_\w+", r"open_ctree")),
    (Caller("overlay mount", "mount"), (r"ovl_\w+",)),
    (Caller("an IPC namespace", "ipc-namespace"), (r"msg_init_ns", r"mq_init_ns", r"ipc_init_ns")),
    (Caller("io_uring", "io-uring"), (r"io_uring_\w+", r"io_ring_ctx_alloc", r"io_rsrc_\w+")),
    (Caller("aio context", "aio-context"), (r"ioctx_alloc", r"aio_\w+")),
    # block layer
    (Caller("loop device", "loop"), (r"loop_(?:add|configure)",)),
    (Caller("device-mapper device", "dm"), (r"(?:dm_(?:create|stats_init|alloc_\w+)|alloc_dev)",)),
    (Caller("zram device", "bio-disk"), (r"zram_\w+", r"zcomp_\w+")),
    (Caller("NVMe controller or namespace", "nvme-controller"), (r"nvme_\w+",)),
    (Caller("SCSI device", "disk"), (r"scsi_\w+", r"sd_probe")),
    (
        Caller("disk or its queue", "disk"),
        (
            r"bdev_alloc",
            r"(?:__)?alloc_disk\w*",
            r"blk_\w+",
            r"__blk_\w+",
            r"sbitmap_\w+",
            r"wbt_\w+",
            r"bioset_init",
            r"disk_\w+",
        ),
    ),
    # slab, mm, interrupts
    (
        Caller("a slab cache", "kmem-cache"),
        (r"(?:do_)?(?:__)?kmem_cache_\w+", r"alloc_kmem_cache_cpus", r"create_cache"),
    ),
    (Caller("interrupt descriptor", "irq"), (r"alloc_desc", r"irq_alloc_\w+", r"__irq_alloc_descs", r"irq_domain_\w+")),
    (Caller("swap area"), (r"swapon", r"__do_sys_swapon", r"__se_sys_swapon")),
    (Caller("zswap pool"), (r"zswap_\w+",)),
    (
        Caller("set up once at boot"),
        (
            r"setup_(?:zone|per_cpu)_pageset\w*",
            r"build_sched_domains",
            r"dma_channel_table_init",
            r"crash_notes_memory_init",
            r"smpcfd_prepare_cpu",
            r"net_dev_init",
            r"ip_rt_init",
            r"ffh_cstate_init",
            r"seg6_hmac_init",
        ),
    ),
    (Caller("IOMMU domain", "iommu-domain"), (r"iova_\w+", r"init_iova_\w+", r"iommu_\w+")),
    (Caller("cryptographic transform or parallel crypto"), (r"crypto_\w+", r"padata_\w+", r"pcrypt_\w+")),
    (Caller("KVM", "kvm-vm"), (r"kvm_\w+", r"svm_\w+", r"vmx_\w+", r"hardware_setup")),
    (Caller("relay channel (tracing)"), (r"relay_\w+",)),
    # BPF
    (
        Caller("cache of BPF's own allocator", "bpf-map"),
        (r"bpf_mem_alloc_init", r"alloc_bulk", r"bpf_mem_\w+", r"__alloc", r"trie_\w+"),
    ),
    (
        Caller("a BPF map", "bpf-map"),
        (
            r"bpf_map_alloc_percpu",
            r"bpf_array_alloc_percpu",
            r"prealloc_init",
            r"htab_map_alloc",
            r"array_map_alloc",
            r"bpf_lru_init",
            r"pcpu_freelist_init",
            r"percpu_array_\w+",
            r"alloc_htab_elem",
            r"(?:__)?map_create",
            r"map_update_elem",
            r"dev_map_\w+",
            r"cpu_map_\w+",
            r"bpf_map_\w+",
        ),
    ),
    (Caller("a BPF program", "bpf-program"), (r"bpf_prog_(?:alloc|load)\w*", r"__get_filter")),
    (Caller("sched_ext scheduler"), (r"scx_\w+", r"bpf_scx_\w+")),
    # perf and tracing
    (Caller("perf trace buffers", "perf-tracepoint"), (r"perf_(?:trace|tp)_\w+", r"perf_swevent_\w+")),
    (Caller("a performance monitoring unit"), (r"perf_pmu_register", r"pmu_\w+")),
    (
        Caller("tracing"),
        (
            r"(?:__)?(?:trace|allocate_trace|instance|tracing)_\w*",
            r"alloc_trace_kprobe",
            r"ring_buffer_\w+",
            r"user_buffer_init",
            r"uprobe_\w+",
        ),
    ),
    # modules
    (
        Caller("static per-CPU data of a module", "module"),
        (
            r"load_module",
            r"layout_and_allocate",
            r"percpu_modalloc",
            r"init_module_from_file",
            r"__do_sys_finit_module",
            r"simplify_symbols",
        ),
    ),
    (Caller("link type's SRCU", generic=True), (r"rtnl_link_register",)),
    # helpers that many use
    (Caller("percpu_counter", "percpu-counter", generic=True), (r"(?:__)?percpu_counter_init\w*",)),
    (Caller("percpu_ref", "percpu-ref", generic=True), (r"percpu_ref_init",)),
    (Caller("percpu_rw_semaphore", "percpu-rwsem", generic=True), (r"__percpu_init_rwsem", r"percpu_init_rwsem")),
    (Caller("SRCU", "srcu", generic=True), (r"(?:__)?init_srcu_struct\w*",)),
    (Caller("proportion counter", generic=True), (r"fprop_\w+", r"flex_proportions\w*", r"proportion\w*")),
)

_COMPILED: Final = tuple((re.compile("|".join(patterns)), caller) for caller, patterns in _TABLE)


@functools.lru_cache(maxsize=4096)
def caller_of(function: str) -> Caller | None:
    """Return what ``function`` allocates, ``None`` where planner does not know it. Compiler suffixes (``.cold``) do not count."""
    name = function.split(".", 1)[0][:256]
    return next((caller for pattern, caller in _COMPILED if pattern.fullmatch(name)), None)


def plumbing(function: str) -> bool:
    """Return whether a function belongs to the allocator, the tracer or the dump itself."""
    return _PLUMBING.fullmatch(function.split(".", 1)[0][:256]) is not None


def caller_of_stack(functions: Iterable[str]) -> Caller | None:
    """Return what a call stack (innermost first) allocates: the first specific caller, else the first generic one."""
    fallback: Caller | None = None
    for function in functions:
        if plumbing(function):
            continue
        caller = caller_of(function)
        if caller is None:
            continue
        if not caller.generic:
            return caller
        fallback = fallback or caller
    return fallback
