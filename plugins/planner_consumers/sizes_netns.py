"""What a network namespace and its protocols take for each CPU, by kernel version: one fact a line, newest first.

Counter arrays hold words (``longs``) but for the IP counters, which are 64-bit everywhere. Where the exact release of a change
is not known it stands at the first surveyed tree that has it.
"""

from planner.plugin import Gfp
from planner_consumers.sizes_netdev import IPSTATS_MIB
from planner_consumers.sizing import absent, line, longs, obj, same

_V4 = "net/ipv4/af_inet.c:ipv4_mib_init_net"
_V6 = "net/ipv6/af_inet6.c:ipv6_init_mibs"

# fmt: off
PROT_INUSE = obj(
    "prot_inuse", "net/core/sock.c:sock_inuse_init_net",
    same("5.17", 260, 4, "BTF 6.1, 6.12, 6.18; traced 6.1, 6.12, 6.18, 7.3"),
    same("2.6.30", 256, 4, "BTF 5.10; compiled 3.2 to 5.4"),
)
SOCK_INUSE = obj(
    "core.sock_inuse", "net/core/sock.c:sock_inuse_init_net",
    absent("5.17", "part of prot_inuse"),
    same("4.16", 4, 4, "read 4.19 to 5.15"),
    absent("2.6.30", "none until 4.15"),
)
XFRM_MIB = obj(
    "linux_xfrm_mib", "net/xfrm/xfrm_policy.c:xfrm_statistics_init (CONFIG_XFRM_STATISTICS)",
    longs("6.14", 33, "BTF 6.18; traced 6.18, 7.3"),
    longs("6.10", 31, "BTF 6.12; compiled 6.12; traced 6.12"),
    longs("3.13", 29, "BTF 5.10, 6.1; compiled 4.4 to 6.6; traced 6.1"),
    longs("3.10", 28, "compiled 3.10"),
    longs("2.6.30", 27, "compiled 3.2"),
)
XFRM_STATE_CACHE = obj(
    "xfrm.state_cache_input", "net/xfrm/xfrm_state.c:xfrm_state_init",
    longs("6.12", 1, "traced 6.12, 6.18, 7.3"),
    absent("2.6.30", "no cache until 6.11"),
)
TCP_MIB = obj("tcp_mib", _V4, longs("3.10", 16, "BTF; compiled 3.10 to 6.12; traced"), longs("2.6.30", 15, "compiled 3.2"))
IP_MIB = IPSTATS_MIB.at(_V4, accounted="")
LINUX_MIB = obj(
    "linux_mib", _V4,
    longs("6.17", 136, "BEYOND_WINDOW: commit 6c758062c64d (July 2025); BTF 6.18, 7.2, 7.3; traced 6.18, 7.3"),
    longs("6.16", 135, "PAWS_TW_REJECTED: commit c449d5f3a3d7 (April 2025)"),
    longs("6.15", 134, "TSECRREJECTED (February 2025)"),
    longs("6.14", 133, "PAWS_OLD_ACK (January 2025)"),
    longs("6.7", 132, "five of TCP-AO (October 2023); BTF 6.12; compiled 6.12; traced 6.12"),
    longs("6.2", 127, "TCPPLBREHASH (October 2022); compiled 6.6"),
    longs("5.14", 126, "two of TCPMIGRATEREQ, read android 5.15; BTF 6.1; compiled 6.1; traced 6.1"),
    longs("5.10", 124, "BTF 5.10; compiled 5.10"),
    longs("5.9", 123, "TCPDSACKRECVSEGS (June 2020)"),
    longs("5.6", 122, "TCPTIMEOUTREHASH, TCPDUPLICATEDATAREHASH (January 2020)"),
    longs("5.3", 120, "compiled 5.4"),
    longs("5.2", 117, "read linux-yocto-5.2: seven of 5.10 are missing"),
    longs("4.20", 116, "as 5.2 without TCPWQUEUETOOBIG"),
    longs("4.18", 115, "as 4.20 without TCPBACKLOGCOALESCE; read a 4.19 of Alibaba"),
    longs("4.14", 113, "assumed: five of the prequeue are gone, those of 4.18 not there yet; give or take two"),
    longs("4.9", 118, "compiled 4.9"),
    longs("4.4", 117, "compiled 4.4"),
    longs("3.10", 95, "compiled 3.10"),
    longs("2.6.30", 82, "compiled 3.2"),
    backports=(longs("4.19.52", 116, "TCPWQUEUETOOBIG came with the fixes of June 2019; read a 4.19 of Alibaba"),),
)
UDP_MIB = obj(
    "udp_mib", _V4,
    longs("5.11", 10, "BTF 6.1, 6.12, 6.18; compiled 6.1 to 6.12; traced 6.1, 6.12, 6.18, 7.3"),
    longs("3.19", 9, "BTF 5.10; compiled 4.4 to 5.10"),
    longs("3.10", 8, "compiled 3.10"),
    longs("2.6.30", 7, "compiled 3.2"),
)
UDPLITE_MIB = obj(
    "udp_mib (udplite)", _V4,
    absent("7.0", "UDP-Lite is gone; traced 7.3"),
    longs("5.11", 10, "as udp_mib; traced 6.1, 6.12, 6.18"),
    longs("3.19", 9, "as udp_mib"),
    longs("3.10", 8, "as udp_mib"),
    longs("2.6.30", 7, "as udp_mib"),
    btf=("udp_mib",),
)
ICMP_MIB = obj(
    "icmp_mib", _V4,
    longs("6.3", 30, "BTF 6.12, 6.18; compiled 6.6, 6.12; traced 6.12, 6.18, 7.3"),
    longs("3.10", 28, "BTF 5.10; compiled 3.10 to 5.10"),
    longs("2.6.30", 27, "compiled 3.2"),
    backports=(longs("6.1.113", 30, "BTF 6.1.176; traced 6.1.176: the rate-limit counters came to stable"),),
)
ICMPMSG_MIB = obj(
    "icmpmsg_mib", _V4,
    absent("3.3", "atomic counters, not per CPU; read 3.6"),
    longs("2.6.30", 512, "read 3.2: 512 words"),
)
ICMP6_MIB = obj(
    "icmpv6_mib", _V6,
    longs("6.3", 7, "BTF 6.12, 6.18; compiled 6.6, 6.12; traced 6.12, 6.18, 7.3"),
    longs("3.10", 6, "BTF 5.10; compiled 3.10 to 5.10"),
    longs("2.6.30", 5, "compiled 3.2"),
    backports=(longs("6.1.113", 7, "BTF 6.1.176; traced 6.1.176"),),
)
DST_ENTRIES = obj(
    "dst_ops.pcpuc_entries", "include/net/dst_ops.h:dst_entries_init (ip6_route_net_init, xfrm4_net_init, xfrm6_net_init)",
    same("2.6.37", 4, 4, "read 3.2; traced 6.1, 6.12, 6.18, 7.3: a percpu_counter"),
    absent("2.6.30", "an atomic"),
)
TCP_SOCKETS = obj(
    "ipv4.tcp_sk", "net/ipv4/tcp_ipv4.c:tcp_sk_init",
    absent("5.18", "one set for all namespaces; traced 6.1"),
    longs("3.19", 1, "commit bdbbb8527b6f (February 2015, 3.19-rc7); read 4.4: a pointer to a control socket"),
    absent("2.6.30", "none"),
)
ICMP_SOCKETS = obj(
    "ipv4.icmp_sk", "net/ipv4/icmp.c:icmp_sk_init",
    absent("5.18", "one set for all namespaces; traced 6.1"),
    longs("3.18", 1, "read 4.4: a pointer to a control socket"),
    absent("2.6.30", "an array by CPU number"),
)

# what other modules add to each namespace
CONNTRACK_STAT = obj(
    "ip_conntrack_stat", "net/netfilter/nf_conntrack_core.c:nf_conntrack_init_net",
    same("5.11", 52, 4, "BTF 6.1, 6.12; compiled 6.1 to 6.12; traced 6.1, 7.3"),
    same("4.9", 48, 4, "BTF 5.10; compiled 4.9 to 5.10"),
    same("2.6.30", 64, 4, "compiled 3.2 to 4.4"),
)
CONNTRACK_LISTS = obj(
    "ct_pcpu", "net/netfilter/nf_conntrack_core.c:nf_conntrack_init_net",
    absent("5.19", "no per-CPU lists; traced 6.1"),
    line("3.15", 24, 8, 12, 4, "commit b7779d06f995 (March 2014); read 4.4 to 5.4: a lock and two lists"),
    absent("2.6.30", "lists of the namespace"),
)
SYNPROXY_STATS = obj(
    "synproxy_stats", "net/netfilter/nf_synproxy_core.c:synproxy_net_init",
    same("3.12", 20, 4, "BTF 6.1, 6.12, 6.18"),
    absent("2.6.30", "no such counters"),
)
FLOWTABLE_STAT = obj(
    "nf_flow_table_stat", "net/netfilter/nf_flow_table_core.c:nf_flow_table_init_net",
    same("6.0", 12, 4, "BTF 6.1, 6.12"),
    absent("2.6.30", "no such counters"),
)
TLS_MIB = obj(
    "linux_tls_mib", "net/tls/tls_main.c:tls_init_net",
    longs("6.14", 18, "five of TLSRXREKEY and the like (December 2024); BTF 7.2, 7.3; traced 7.3"),
    longs("6.0", 13, "two (July 2022; read android 5.15: 11); BTF 6.1, 6.12; compiled 6.1 to 6.12; traced 6.1, 6.12"),
    longs("5.5", 11, "compiled 5.10"),
    absent("2.6.30", "no such counters"),
)
SCTP_MIB = obj("sctp_mib", "net/sctp/protocol.c:sctp_defaults_init", longs("2.6.30", 34, "BTF 6.1, 6.12; compiled 3.2 to 6.12; traced 7.3"))
SMC_STATS = obj(
    "smc_stats", "net/smc/smc_stats.c:smc_stats_init",
    line("6.12", 1040, 8, 1040, 8, "BTF 6.12"),
    line("5.14", 1024, 8, 1024, 8, "BTF 6.1"),
    absent("2.6.30", "no such counters"),
)
MPTCP_MIB = obj(
    "mptcp_mib", "net/mptcp/mib.c:mptcp_mib_alloc",
    longs("7.3", 87, "BTF 7.3"),
    longs("6.18", 77, "BTF 6.18, 7.2; traced 6.18"),
    longs("6.12", 71, "BTF 6.12"),
    longs("6.1", 57, "BTF 6.1"),
    longs("5.10", 24, "read 5.10: about two dozen"),
    longs("5.7", 12, "read 5.7: about a dozen"),
    absent("2.6.30", "no such counters"),
    backports=(longs("6.12.112", 76, "BTF 6.12.113, 6.12.117 (6.12.111: 71)"),),
)
IPVS_STATS = obj(
    "ip_vs_cpu_stats", "net/netfilter/ipvs/ip_vs_ctl.c:ip_vs_stats_init_alloc",
    line("4.1", 40, 8, 44, 4, "BTF 6.1, 6.12; compiled 4.4 to 6.12; traced 6.12, 7.3"),
    line("2.6.39", 32, 8, 32, 4, "compiled 3.2, 3.10"),
    absent("2.6.30", "counters in the service itself"),
)
IPVS_ESTIMATOR = obj(
    "ip_vs_cpu_stats (estimator)", "net/netfilter/ipvs/ip_vs_est.c:ip_vs_est_add_kthread",
    line("6.2", 40, 8, 44, 4, "traced 6.12, 7.3: one for the first kthread of each namespace; 6.1: none"),
    absent("2.6.30", "a timer of the namespace"),
    btf=("ip_vs_cpu_stats",),
)
TIPC_CRYPTO_STATS = obj(
    "tipc_crypto_stats", "net/tipc/crypto.c:tipc_crypto_start",
    same("5.5", 32, 4, "BTF 6.1, 6.12; traced 6.1, 6.12"),
    absent("2.6.30", "no such counters"),
    gfp=Gfp.ATOMIC,
)
