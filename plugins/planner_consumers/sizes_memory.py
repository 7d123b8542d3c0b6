"""What objects cost in kernel memory beside the per-CPU allocator: one fact a line, bytes on 64 and on 32 bits, newest first.

Figures "measured 6.18.44" are differences of Slab in /proc/meminfo and of the objects in use in /proc/slabinfo, over hundreds
to thousands of objects on x86-64 with two CPUs (tests/kernel/memory_cost.py; tests/consumers/data/memory-6.18.44.json). They are
sums over many structures, which grow and shrink with version and configuration: for other kernels they stand as estimates,
``assumed``. What is known of others agrees: 43 kB a network device in 2017 (D. Ahern, netdev, message
20170506160734.47084-1-dsahern@gmail.com), 300 kB a network namespace in 2016 (A. Vagin, netdev, 1,000 of them).

32 bits: 0.65 of it, which is what /proc/slabinfo of one riscv kernel shows for named caches built for ILP32 and for LP64 (Guo
Ren, linux-riscv).
"""

from typing import Final

from planner.plugin import Since
from planner_consumers.sizing import Object, Sizes, line, obj

_MEASURED: Final = "measured 6.18.44 x86-64"
_OLDER: Final = "assumed: as measured on 6.18.44"
_RATIO32: Final = 0.65


def cost(what: str, where: str, size: int, *, older: tuple[str, int, str] | None = None) -> Object:
    """Return a cost of ``size`` bytes as measured; ``older``: kernels before that version take another size, for that reason."""
    lines = [_line("6.18", size, _MEASURED)]
    if older is None:
        lines.append(_line("2.6.30", size, _OLDER))
    else:
        version, before, why = older
        lines += [_line(version, size, _OLDER)] if version != "6.18" else []
        lines.append(_line("2.6.30", before, f"assumed: {why}"))
    return obj(what, where, *lines, btf=())


def guess(what: str, where: str, size: int, why: str) -> Object:
    """Return a cost of ``size`` bytes that was not measured."""
    return obj(what, where, _line("2.6.30", size, f"assumed: {why}"), btf=())


def _line(version: str, size: int, source: str) -> Since[Sizes]:
    return line(version, size, 8, round(size * _RATIO32), 4, source)


# fmt: off
# network namespaces
NETNS = cost(
    "sysctl tables, /proc files, hash tables and lo of a network namespace", "net/core/net_namespace.c:setup_net",
    224_000,
    older=("5.0", 177_000, "4.16, out of memory (T. Handa, linux-mm, 2018-03-15): 3,353 MB of slab for some 13,800, sockets apart"),
)
CONTROL_SOCKET = guess(
    "control socket of a CPU", "net/ipv4/af_inet.c:inet_ctl_sock_create", 2_100, "RAW and sock_inode_cache in /proc/slabinfo of 6.18.44",
)
FALLBACK_TABLES = guess(
    "hash table of a tunnel module's namespace", "net/ipv4/ip_tunnel.c:ip_tunnel_init_net", 1_024,
    "128 list heads of a pointer (IP_TNL_HASH_BITS)",
)

# network devices
NET_DEVICE = cost("net_device, its queues, sysfs and /proc files", "net/core/dev.c:alloc_netdev_mqs, register_netdevice", 22_500)
INET6_PART = cost("inet6_dev, its sysctl tables and addresses", "net/ipv6/addrconf.c:ipv6_add_dev", 18_500)
QUEUE_PAIR = cost("transmit and receive queue with their sysfs files", "net/core/net-sysfs.c:netdev_queue_add_kobject", 2_981)
TX_QUEUE = cost("transmit queue with its sysfs files", "net/core/net-sysfs.c:netdev_queue_add_kobject", 2_691)
RX_QUEUE = guess(
    "receive queue with its sysfs files", "net/core/net-sysfs.c:rx_queue_add_kobject", 960,
    "netdev_rx_queue of 192 bytes (BTF 6.18) and its files",
)
VETH_RQ = cost("veth_rq, netdev_queue and netdev_rx_queue", "drivers/net/veth.c:veth_alloc_queues", 1_857)
VETH = cost("a veth end's own", "drivers/net/veth.c", 1_300)
BRIDGE = cost("a bridge's tables and timers", "net/bridge/br_device.c:br_dev_init", 10_300)
BRIDGE_PORT = cost("net_bridge_port and its sysfs files", "net/bridge/br_if.c:new_nbp", 7_150)
TUN = cost("tun_struct", "drivers/net/tun.c:tun_net_init (kmalloc of 16 KiB: flow table and file table)", 11_500)
WIREGUARD_PEER = guess("wg_peer", "drivers/net/wireguard/peer.c:wg_peer_create", 2_048, "kmalloc-2k")
NET_VLAN = guess("net_bridge_vlan", "net/bridge/br_vlan.c:__vlan_add", 256, "kmalloc-256")
IRQ_DESC = guess(
    "irq_desc with its files in /proc and sysfs", "kernel/irq/irqdesc.c:alloc_desc", 2_560,
    "irq_desc of 512 bytes (BTF 6.18) and some 14 files",
)

# control groups
CGROUP_DIRECTORY = cost(
    "cgroup and its files (version 2, no controller)", "kernel/cgroup/cgroup.c:cgroup_create", 6_900,
)
MEM_CGROUP = cost(
    "mem_cgroup, its nodes and list_lru arrays", "mm/memcontrol.c:mem_cgroup_css_alloc; mm/list_lru.c:memcg_list_lru_alloc",
    24_000,
    older=("6.18", 10_160, "R. Gushchin, linux-mm, March 2019 (msg174254): Slab 67,644 -> 84,704 kB with 1,000 groups, directory included"),
)
TASK_GROUP = cost("task_group", "kernel/sched/core.c:sched_create_group", 1_800)
TASK_GROUP_CPU = guess(
    "cfs_rq and sched_entity of a CPU", "kernel/sched/fair.c:alloc_fair_sched_group", 1_088,
    "the size that 7.3 takes for both from the per-CPU allocator (traced)",
).until("7.2", "per-CPU memory; traced 7.3")
CONTROLLER = cost("state and files of a further controller", "kernel/cgroup/cgroup.c:css_create", 1_500)

# processes
PROCESS = cost(
    "mm_struct, mappings, signal and file tables of a small program", "kernel/fork.c:copy_process", 20_100,
)
THREAD = cost("pid and what else a thread has beside task_struct and stack", "kernel/fork.c:copy_process", 700)
PAGE_TABLES = obj(
    "page tables of a small program", "mm/memory.c:__pte_alloc",
    line("6.18", 53_248, 4096, 24_576, 4096, f"{_MEASURED}: 51,761 bytes, sleep with libc; 32 bits derived"),
    line("2.6.30", 53_248, 4096, 24_576, 4096, _OLDER),
    btf=(),
)
IO_URING = cost("io_ring_ctx, its file and hash tables", "io_uring/io_uring.c:io_ring_ctx_alloc", 8_900)
RING_PAGES = obj(
    "ring pages of eight entries", "io_uring/io_uring.c:io_allocate_scq_urings",
    line("5.1", 8_192, 4096, 8_192, 4096, "assumed: a page each for submission and completion"), btf=(),
)
AIO = cost("kioctx and the ring's file", "fs/aio.c:ioctx_alloc", 1_900)
IPC_NAMESPACE = cost("ipc_namespace with its sysctl tables and mqueue mount", "ipc/namespace.c:create_ipc_ns", 12_900)
USER = guess("user_struct", "kernel/user.c:alloc_uid", 128, "uid_cache of 6.18.44")

# mounts
SUPER_BLOCK = cost("super_block, root inode and dentry", "fs/super.c:alloc_super", 4_800)
MOUNT = cost("mount", "fs/namespace.c:alloc_vfsmnt", 430)
OVERLAY = cost("overlay's inodes and layers", "fs/overlayfs/super.c:ovl_fill_super", 3_900)
EXT4 = cost("ext4_sb_info, journal, group tables and files", "fs/ext4/super.c:ext4_fill_super", 33_000)
XFS = obj(
    "xfs_mount, allocation groups and log buffers", "fs/xfs/xfs_mount.c, xfs_log.c:xlog_alloc_log",
    line("2.6.30", 330_000, 8, 310_000, 4, "assumed: eight log buffers of 32 KiB, and the groups' structures"), btf=(),
)
BTRFS = obj(
    "btrfs_fs_info and trees", "fs/btrfs/disk-io.c:open_ctree",
    line("2.6.30", 60_000, 8, 40_000, 4, "assumed: order of magnitude"), btf=(),
)
DISK = cost("gendisk, request_queue, debugfs and sysfs files", "block/genhd.c:__alloc_disk_node", 45_000)

# sockets and routes; a socket with its file, inode and dentry
SOCKETS = {
    "tcp": cost("tcp_sock with its file", "net/socket.c:sock_alloc", 3_800),
    "udp": cost("udp_sock with its file", "net/socket.c:sock_alloc", 2_530),
    "unix": cost("unix_sock with its file", "net/socket.c:sock_alloc", 2_430),
    "netlink": cost("netlink_sock with its file", "net/socket.c:sock_alloc", 3_300),
    "packet": cost("packet_sock with its file", "net/socket.c:sock_alloc", 3_300),
    "can-raw": guess("raw_sock with its file", "net/socket.c:sock_alloc", 3_300, "as a packet socket"),
}
ROUTE4 = cost("fib_alias and trie node", "net/ipv4/fib_trie.c:fib_table_insert", 104)
FIB_INFO = cost("fib_info of a nexthop", "net/ipv4/fib_semantics.c:fib_create_info", 256)
ROUTE6 = cost("fib6_info and fib6_node", "net/ipv6/ip6_fib.c:fib6_info_alloc", 850)
ADDRESS4 = cost("in_ifaddr and its local routes", "net/ipv4/devinet.c:inet_alloc_ifa", 490)
ADDRESS6 = cost("inet6_ifaddr and its routes", "net/ipv6/addrconf.c:ipv6_add_addr", 2_440)

# traffic control and netfilter
QDISC = cost("Qdisc", "net/sched/sch_generic.c:qdisc_alloc", 512)
PFIFO_FAST = obj(
    "three rings for the device's tx_queue_len of 1,000", "net/sched/sch_generic.c:pfifo_fast_init",
    line("4.16", 24_576, 8, 12_288, 4, "kmalloc of 8 bytes a packet and band; measured 6.18.44: 3 x 256 bytes for a length of 32"),
    line("2.6.30", 64, 8, 64, 4, "three lists"), btf=(),
)
FQ_CODEL = guess("1,024 flows of fq_codel", "net/sched/sch_fq_codel.c:fq_codel_init", 45_056, "1,024 x (40 + 4) bytes")
FQ = guess("1,024 trees of fq", "net/sched/sch_fq.c:fq_init", 8_704, "1,024 x 8 bytes")
CLSACT = cost("two blocks and chains of clsact", "net/sched/sch_ingress.c:clsact_init", 6_200)
NFT_RULE = guess("nft_rule and its expressions", "net/netfilter/nf_tables_api.c:nf_tables_newrule", 256, "kmalloc-256")
NFT_SET = guess("nft_set and its table", "net/netfilter/nf_tables_api.c:nf_tables_newset", 1_024, "kmalloc-1k")
NFT_ELEMENT = guess("a set's element", "net/netfilter/nf_tables_api.c:nft_set_elem_init", 96, "kmalloc-96")
IPVS_DESTINATION = guess("ip_vs_dest or ip_vs_service", "net/netfilter/ipvs/ip_vs_ctl.c:ip_vs_new_dest", 512, "kmalloc-512")

TC_ACTION = guess("tc_action", "net/sched/act_api.c:tcf_idr_create", 256, "tc_action of 208 bytes (BTF 6.18) and its own")
TC_FILTER = guess("a filter", "net/sched/cls_api.c:tc_new_tfilter", 512, "kmalloc-512")
XFRM_STATE = guess("xfrm_state with its keys", "net/xfrm/xfrm_state.c:xfrm_state_alloc", 1_280, "xfrm_state and its algorithms")

# the rest
BLKG = guess("blkcg_gq", "block/blk-cgroup.c:blkg_alloc", 1_024, "blkcg_gq and its policies' parts")
PARTITION = guess(
    "block_device with its inode and sysfs files", "block/partitions/core.c:add_partition", 4_096,
    "bdev_cache of 1,536 bytes and some 15 files",
)
KMEM_CACHE = guess(
    "kmem_cache, its nodes and sysfs files", "mm/slub.c:do_kmem_cache_create", 5_000,
    "kmem_cache with a few nodes, and some 30 sysfs files",
)
BPF_CGROUP_STORAGE = guess("bpf_cgroup_storage", "kernel/bpf/local_storage.c:bpf_cgroup_storage_alloc", 192, "kmalloc-192")
BPF_PROGRAM = guess(
    "bpf_prog, its pages and bpf_prog_aux", "kernel/bpf/core.c:bpf_prog_alloc", 8_192,
    "a page of instructions and one of code",
)
# fmt: on
