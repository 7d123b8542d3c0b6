"""What addresses, routes and sockets take for each CPU, by kernel version: one fact a line, newest first."""

from planner_consumers.sizing import absent, line, longs, no, obj, same, since, yes

# fmt: off
NEXTHOP4 = obj(
    "fib_nh nh_pcpu_rth_output", "net/ipv4/fib_semantics.c:fib_nh_common_init (fib_create_info before 5.2)",
    longs("3.6", 1, "read 3.8; traced 6.12, 6.18, 7.3"),
    absent("2.6.30", "the route cache until 3.5"),
)
NEXTHOP6 = obj(
    "fib6_nh common part", "net/ipv4/fib_semantics.c:fib_nh_common_init",
    longs("5.2", 1, "read 5.4; traced 6.1, 6.12, 6.18, 7.3"),
    absent("2.6.30", "none until 5.1"),
)
ROUTE6 = obj(
    "rt6i_pcpu", "net/ipv6/route.c:fib6_nh_init (ip6_fib.c:fib6_info_alloc before 5.2)",
    longs("4.2", 1, "read 4.4; traced 6.1, 6.12, 6.18, 7.3"),
    absent("2.6.30", "none until 4.1"),
)
ROUTE6_ATOMIC = since(
    "rt6i_pcpu is asked for with GFP_ATOMIC always",
    no("4.19", "net/ipv6/ip6_fib.c:fib6_info_alloc(gfp_flags); read 4.19"),
    yes("2.6.30", "net/ipv6/route.c:ip6_dst_alloc; read 4.4"),
)
GROUP_STATS = obj(
    "nh_grp_entry_stats", "net/ipv4/nexthop.c:nexthop_create_group",
    line("6.9", 8, 8, 12, 4, "traced 6.18"),
    absent("5.3", "none until 6.8"),
)
PACKET_PENDING = obj(
    "packet_ring_buffer.pending_refcnt", "net/packet/af_packet.c:packet_alloc_pending",
    same("3.14", 4, 4, "commit b013840810c2 (January 2014); read 4.4; traced 6.12, 6.18, 7.3"),
    absent("2.6.30", "an atomic"),
)
CAN_UNIQ = obj(
    "uniqframe", "net/can/raw.c:raw_init",
    line("7.0", 16, 8, 12, 4, "BTF 7.2, 7.3"),
    line("4.1", 24, 8, 12, 4, "BTF 6.1, 6.12.94; DWARF i386 6.1.176"),
    absent("2.6.30", "none"),
    backports=(
        line("6.12.113", 24, 8, 12, 4, "ChangeLog-6.12.113: can: fix unique skb identifier regression under RPS; BTF 6.12.113, 6.12.117"),
        line("6.12.103", 16, 8, 12, 4, "ChangeLog-6.12.103: can: use skb hash instead of private variable in headroom; BTF 6.12.107"),
    ),
)
IPCOMP_SCRATCH = obj(
    "ipcomp_scratches, ipcomp_tfms", "net/xfrm/xfrm_ipcomp.c:ipcomp_alloc_scratches, ipcomp_alloc_tfms",
    absent("6.15", "net/xfrm/xfrm_ipcomp.c uses crypto_acomp; read 7.2 (6.12: both)"),
    longs("2.6.30", 1, "read 3.10, 6.12"),
)
SOCKETS_ALLOCATED = obj(
    "proto.sockets_allocated", "net/ipv4/tcp.c:tcp_init and its like",
    same("2.6.30", 4, 4, "read: a percpu_counter of each protocol with memory accounting"),
)
