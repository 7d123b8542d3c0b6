"""Causes that name who asked: the same callers stand behind several of the allocator's messages."""

from planner.observe.explain.model import Cause, Clue

WORKQUEUES = Cause(
    key="workqueues",
    text=(
        "A module or subsystem makes very many bound workqueues: up to 6.5 each is one 256-byte, 256-aligned "
        "pool_workqueue on every "
        "possible CPU (3.2 to 3.8: 112 bytes at 256), so a few thousand fill a chunk and address space or RAM for "
        "chunks runs out."
    ),
    weight=0,
    until="6.6",
    clue=Clue(
        functions=(r"(?:__)?alloc_workqueue\w*|alloc_and_link_pwqs|__create_workqueue_key|create_\w*workqueue",),
        requests=((256, 256), (512, 512), (112, 256), (92, 256)),
        words=r"alloc_workqueue|create_workqueue|workqueues?\b",
    ),
    change=(
        "destroy queues that are no longer needed, or share one",
        "use WQ_UNBOUND or ordered queues: from 2.6.36 to 6.5 these take no per-CPU memory",
        "move to 6.6 or later: 8 bytes on each CPU for a queue (its pool_workqueues come from slab then)",
    ),
)

CGROUPS = Cause(
    key="cgroups",
    text="Control groups: every memory cgroup keeps statistics on every possible CPU and NUMA node (1 to 3 KB a "
    "CPU), also while it is only "
    "dying, that is until its last page is gone.",
    weight=1,
    clue=Clue(
        functions=(
            (
                r"mem_cgroup_\w+|cgroup_mkdir|css_create|cgroup_rstat_init|css_rstat_init|alloc_mem_cgroup\w*|psi_cgrou"
                r"p_alloc"
            ),
        ),
        requests=((1096, 8), (1112, 8), (1088, 8), (1216, 64), (992, 8), (688, 8), (496, 8), (528, 8), (144, 8)),
        words=r"memcg|memory cgroup|cgroups?\b|kubelet|container",
        task=r"systemd|runc.*|containerd.*|dockerd|kubelet|crun|conmon",
    ),
    look=("cat /proc/cgroups; cat /sys/fs/cgroup/cgroup.stat (nr_dying_descendants)",),
    change=(
        "stop the churn of short-lived cgroups; fewer controllers enabled below them",
        ("fewer possible CPUs: each cgroup is paid for on every one"),
    ),
)

NETWORK = Cause(
    key="network-devices",
    text=(
        "Network devices and namespaces: a namespace takes about 3 KB on each possible CPU, a veth pair about 1 "
        "KB, tunnels about 900 bytes."
    ),
    weight=1,
    clue=Clue(
        functions=(
            (
                r"register_netdevice|alloc_netdev_mqs?|ipv6_add_dev|veth_\w+|copy_net_ns|setup_net|ipv4_mib_init_net|in"
                r"et6_net_init|macvlan_\w+|vlan_dev_init"
            ),
        ),
        requests=((304, 8), (296, 8), (1008, 8), (1056, 8), (992, 8), (260, 4), (4096, 8)),
        words=r"veth|netns|network namespace",
    ),
    change=(
        "remove what is left over (ip netns list, ip -br link)",
        ("without IPv6 on a device (ipv6.disable=1) a veth end falls from 516 to 212 bytes"),
    ),
)

NFT_COUNTERS = Cause(
    key="nft-counters",
    text="nftables: every rule with a counter, and every element of a set that counts, takes 16 bytes on each CPU; "
    "replacing a big ruleset at once "
    "asks for all of them in one go, and while a packet or a transaction must not sleep.",
    weight=0,
    clue=Clue(
        functions=(r"nft_\w+|nf_tables_\w+|nfnetlink_\w+",),
        requests=((16, 8), (24, 8)),
        words=r"\bnft\b|nftables|nf_tables|[Cc]ould not process rule|netfilter",
        task=r"nft|iptables.*|firewalld|iptables-nft.*",
    ),
    change=("load the ruleset in smaller pieces", "leave the counter off set elements that nobody reads"),
)

VXLAN_FDB = Cause(
    key="vxlan-fdb",
    text="vxlan: each forwarding entry has a dst cache of 40 bytes on each CPU, made while a lock is held; a batch "
    "of many thousand entries is faster than "
    "the worker that adds space.",
    weight=0,
    clue=Clue(functions=(r"vxlan_\w+|dst_cache_init",), requests=((40, 8),), words=r"vxlan|\bfdb\b|\bbridge fdb\b"),
    change=(
        "add entries in smaller batches",
        ("take a kernel with the fix 20c76dadc783 (the fdb allocates where it may sleep)"),
    ),
)

BPF_PREFILL = Cause(
    key="bpf-prefill",
    text=(
        "BPF: a per-CPU hash, or BPF's own allocator, fills its free lists with atomic requests; many at once use "
        "up the populated space."
    ),
    weight=0,
    clue=Clue(
        functions=(r"bpf_\w+|alloc_bulk|__alloc|htab_\w+|prealloc_init|map_create|array_map_alloc|trie_\w+",),
        words=r"\bbpf\b|percpu_hash|PERCPU_HASH|bpf_mem",
    ),
    change=("preallocate the map (leave BPF_F_NO_PREALLOC out)", "make maps one after another, with fewer elements"),
)

KVM = Cause(
    key="kvm-init",
    text=(
        "KVM sets its per-CPU data up when the module loads (a few bytes on each CPU); it only met the shortage, "
        "it did not make it."
    ),
    weight=0,
    clue=Clue(
        functions=(r"svm_\w+|kvm_\w+|vmx_\w+",),
        words=r"kvm_amd|kvm_intel|\bkvm\b",
        task=(r"modprobe|systemd-udevd|\(udev-worker\)"),
    ),
    change=("load the module again a moment later, or earlier in the boot",),
)

IPTABLES = Cause(
    key="iptables",
    text=(
        "iptables-legacy: from 4.10 rule counters come in blocks of 4096 bytes on each CPU, old and new table "
        "together during every change."
    ),
    weight=0,
    clue=Clue(
        functions=(r"xt_\w+|translate_table|(?:ip|ip6|arp)t_\w+",),
        requests=((4096, 4096), (16, 16)),
        task=(r"(?:ip|ip6|arp|eb)tables.*"),
    ),
    change=("load rules with one iptables-restore instead of one iptables -A a rule",),
)

PROCESSES = Cause(
    key="processes",
    text=(
        "Processes: from 6.2 every fork and exec allocates counters of the new memory descriptor on each CPU (16 "
        "to 32 bytes)."
    ),
    weight=0,
    since="6.2",
    clue=Clue(functions=(r"mm_init|dup_mm|copy_process|alloc_bprm|mm_alloc",), requests=((16, 4), (16, 8), (12, 4))),
    change=("6.6 and later allocate once where 6.2 to 6.5 did it four times",),
)

BPF_MAPS = Cause(
    key="bpf-maps",
    text=(
        "A BPF per-CPU map: max_entries separate allocations of the value size (rounded up to 8) on each possible CPU."
    ),
    weight=0,
    clue=Clue(
        functions=((r"bpf_map_\w+|array_map_alloc|htab_map_alloc|bpf_array_alloc_percpu|prealloc_init|map_create"),),
        words=(r"BPF_MAP|percpu_array|PERCPU_ARRAY"),
    ),
    change=("fewer or smaller entries", "a plain array indexed by CPU where few CPUs are used"),
)

REQUESTERS = (WORKQUEUES, CGROUPS, NETWORK, NFT_COUNTERS, VXLAN_FDB, BPF_MAPS, IPTABLES, PROCESSES)
"""Those that fill memory with sleeping requests."""

BURSTS = (NFT_COUNTERS, VXLAN_FDB, BPF_PREFILL, KVM)
"""Those known for bursts of atomic requests."""
