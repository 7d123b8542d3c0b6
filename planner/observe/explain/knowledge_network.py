"""Network: devices, namespaces, rules; what fails for want of per-CPU memory, and what only looks so."""

from planner.observe.explain.model import Cause, Clue, Entry

ENTRIES = (
    Entry(
        key="veth-enomem",
        title="A veth pair cannot be made: cannot allocate memory",
        involves="other",
        patterns=(
            r"[Ff]ailed to add the host \(\S{1,32}\) <=> sandbox \(\S{1,32}\) pair interfaces: cannot allocate memory",
            r"(?:ip link|RTNETLINK).{0,80}veth.{0,160}[Cc]annot allocate memory",
            r"error (?:creating|adding) veth.{0,120}cannot allocate memory",
        ),
        needles=("cannot allocate memory",),
        said_by="user space (docker, ip), from -ENOMEM of RTM_NEWLINK",
        versions="5.13 to 6.11 as mainline (kcalloc of the queues)",
        means="Usually veth_alloc_queues: one kcalloc of a receive queue for every possible CPU, so 64 KiB to 128 "
        "KiB of contiguous pages (order 4 or 5) on a machine with many CPUs. "
        'dmesg then shows "page allocation failure: order:4".',
        not_means="Not the per-CPU allocator, and memory is not used up: it is fragmented.",
        causes=(
            Cause(
                key="veth-queues",
                text="Fragmented memory and queues for every possible CPU in one contiguous block.",
                weight=3,
                change=(
                    "kernels with kvcalloc there (6.1.192, 6.12, 6.18)",
                    "echo 1 > /proc/sys/vm/compact_memory",
                    ("fewer possible CPUs, or ip link add … numrxqueues 1 numtxqueues 1"),
                ),
            ),
            Cause(
                key="percpu",
                text="The per-CPU allocator: then dmesg shows percpu: allocation failed.",
                weight=1,
                clue=Clue(words=(r"percpu: allocation failed")),
            ),
        ),
        look=("dmesg: page allocation failure with veth_alloc_queues, or percpu:", "/proc/buddyinfo"),
        sources=("drivers/net/veth.c:veth_alloc_queues", "github.com/docker/for-linux/issues/1443"),
    ),
    Entry(
        key="nft-enomem",
        title="nftables or iptables: Cannot allocate memory",
        involves="allocator",
        patterns=(
            r"[Cc]ould not process rule: Cannot allocate memory",
            (r"netlink: Error: .{0,80}Cannot allocate memory"),
            (r"ip6?tables.{0,120}(?:Memory allocation problem|Cannot allocate memory)"),
        ),
        needles=("cannot allocate memory", "memory allocation problem"),
        said_by="user space (nft, iptables), from -ENOMEM of the ruleset's transaction",
        versions="3.13 and later",
        means=(
            "One object of the ruleset got no memory, and the whole transaction was undone. With counters that is "
            "a per-CPU object of 16 bytes for each rule or set element."
        ),
        not_means="Free memory proves nothing: atomic requests fail while gigabytes are free.",
        causes=(
            Cause(
                key="nft-counters",
                text=(
                    "Counters of a large set or ruleset replaced at once: a burst of per-CPU requests that must "
                    "not sleep outruns the worker that adds space."
                ),
                weight=3,
                clue=Clue(words=r"counter|atomic alloc failed|\bset\b|elements"),
                change=("load it in smaller pieces, or once more", "leave counters off set elements"),
            ),
            Cause(
                key="iptables-blocks",
                text=("iptables-legacy: 4096-byte blocks on each CPU, old and new table together."),
                weight=1,
                clue=Clue(words=(r"iptables")),
            ),
            Cause(
                key="memcg-limit",
                text=("The memory cgroup of the container refuses the charge (accounted from 6.1 on)."),
                weight=1,
                since=("5.16"),
            ),
        ),
        look=("dmesg: percpu: allocation failed (6.6 and later also for atomic requests)",),
        sources=("net/netfilter/nft_counter.c:nft_counter_do_init",),
    ),
    Entry(
        key="netns-count",
        title="Network namespaces that are still alive",
        involves="cost",
        patterns=(
            r"^net_namespace\s{1,20}(?P<active>\d{1,12})\s{1,20}(?P<total>\d{1,12})",
            (r"(?P<active>\d{4,9}) net_namespace\b"),
        ),
        needles=("net_namespace",),
        said_by="/proc/slabinfo",
        versions="2.6.24 and later",
        means=(
            "Each namespace holds about 3 KB on every possible CPU (3.2: 10 KB), and goes only after its clean-up "
            "has run."
        ),
        causes=(
            Cause(
                key="netns-churn",
                text=(
                    "Namespaces are made faster than the single clean-up worker removes them: every one waits with "
                    "its per-CPU memory (48 CPUs: 12 GB in 82,634 of them)."
                ),
                weight=3,
                clue=Clue(words=r"unshare|churn|cleanup_net"),
                change=("4.15 and later clean up in batches", "make namespaces more slowly, or keep a pool of them"),
            ),
            Cause(
                key="netns-leak",
                text="A socket or device keeps each namespace alive.",
                weight=1,
                look=(("dmesg: unregister_netdevice: waiting for lo"),),
            ),
        ),
        sources=("net/core/net_namespace.c:cleanup_net",),
    ),
    Entry(
        key="netns-slow",
        title="Creating network namespaces becomes slow",
        involves="other",
        patterns=(
            (r"(?:netns|network namespaces?|ip netns add).{0,160}(?:slow|seconds|takes|limit of|few thousand|hang)"),
            (r"(?:slow|takes).{0,80}(?:netns|network namespaces?)"),
        ),
        needles=("netns", "network namespace"),
        said_by="users",
        versions="3.8 and later, most in 3.8 to 4.14",
        means="Each creation and removal waits for RCU grace periods and for one global lock.",
        not_means="Not memory: per-CPU space is not what limits the rate.",
        causes=(
            Cause(
                key="rcu-grace-periods",
                text=("RCU grace periods (synchronize_net, cleanup_net), longer with many CPUs."),
                weight=3,
                change=(("4.15 and later; rcupdate.rcu_expedited=1"),),
            ),
        ),
        sources=("uwsg.indiana.edu/hypermail/linux/kernel/1406.1/02351.html",),
    ),
    Entry(
        key="ipsec-dst",
        title="IPsec: No buffer space available, dst entries run out",
        involves="other",
        patterns=(
            (
                r"(?:dst|gc_thresh|xfrm|IPsec|ipsec|flow cache).{0,200}(?:[Nn]o buffer space|ENOBUFS|allocation fail|fa"
                r"il)"
            ),
            (r"(?:[Nn]o buffer space available).{0,120}(?:ipsec|IPsec|xfrm)"),
            (r"xfrm[46]_gc_thresh"),
        ),
        needles=("no buffer space", "enobufs", "gc_thresh", "dst allocation", "dst_alloc"),
        said_by="user space (ENOBUFS), from net/core/dst.c:dst_alloc",
        versions="3.13 to 4.2 with 16 and more CPUs",
        means=(
            "Each CPU caches flows, and each cached flow holds a dst entry; the limit for all of them "
            "(xfrm4_gc_thresh) is fixed, so with many CPUs the caches alone reach it."
        ),
        not_means="Memory is not short, and the per-CPU allocator has no part in it.",
        causes=(
            Cause(
                key="gc-thresh",
                text="The per-CPU flow caches exceed the fixed xfrm gc_thresh.",
                weight=3,
                change=(
                    ("sysctl net.ipv4.xfrm4_gc_thresh (newer kernels: INT_MAX)"),
                    ("4.14 and later have no flow cache"),
                ),
            ),
        ),
        sources=("bugs.launchpad.net/bugs/1486670",),
    ),
    Entry(
        key="rtnetlink-enomem",
        title="RTNETLINK answers: Cannot allocate memory",
        involves="allocator",
        patterns=(r"RTNETLINK answers: Cannot allocate memory",),
        needles=("rtnetlink answers",),
        said_by="user space (ip, bridge, tc), from -ENOMEM of a netlink request",
        versions="all",
        means=(
            "A device, address, route, forwarding entry, qdisc or filter got no memory; most of them have a "
            "per-CPU part."
        ),
        causes=(
            Cause(
                key="vxlan-fdb",
                text=("A batch of vxlan forwarding entries, each with 40 bytes on each CPU asked for atomically."),
                weight=0,
                clue=Clue(words=(r"fdb|vxlan|bridge")),
            ),
            Cause(
                key="percpu-exhausted",
                text="The per-CPU allocator is at its end.",
                weight=1,
                clue=Clue(words=(r"percpu: allocation failed")),
            ),
            Cause(
                key="fragmentation",
                text=("A block for queues of every CPU is not contiguous (page allocation failure)."),
                weight=1,
                clue=Clue(words=(r"page allocation failure|veth")),
            ),
        ),
        look=("dmesg right after it",),
        sources=("net/core/rtnetlink.c",),
    ),
)
