"""What a network device takes for each CPU, by kernel version: one fact a line, newest first.

Where the exact release of a change is not known it stands at the first surveyed tree that has it (see the source).
"""

from dataclasses import replace

from planner.plugin import Fact, Gfp, Since
from planner_consumers.sizing import absent, line, longs, no, obj, same, since, yes

# fmt: off
MIB_COPIES: Fact[int] = Fact(
    "copies of each SNMP counter array", "one for user and one for softirq context until 3.0",
    (
        Since("3.1", 1, "include/net/snmp.h: SNMP_ARRAY_SZ 1; read 3.2"),
        Since("2.6.30", 2, "include/net/snmp.h: ptr[2]; read 2.6.34"),
    ),
)
CENTRAL_STATS = since(
    "the core allocates a device's statistics, after ndo_init",
    yes("6.7", "net/core/dev.c:netdev_do_alloc_pcpu_stats; commit 34d21de99cea (6.7-rc3); traced 6.12, 7.3 (6.1: the drivers' ndo_init)"),
    no("2.6.30", "drivers' ndo_init; traced 6.1"),
)

# every device
REFCNT = obj(
    "pcpu_refcnt", "net/core/dev.c:alloc_netdev_mqs",
    same("2.6.37", 4, 4, "commit 29b4433d991c (October 2010); read 3.2; traced 6.1, 6.12, 6.18, 7.3 (int)"),
    absent("2.6.30", "an atomic_t until 2.6.36"),
    what="net_device.pcpu_refcnt",
)
IPSTATS_MIB = obj(
    "ipstats_mib", "net/ipv6/addrconf.c:snmp6_alloc_dev",
    line("6.7", 304, 8, 308, 4, "BTF 6.12, 6.18; compiled 6.12; traced 6.12, 6.18, 7.3"),
    line("5.1", 296, 8, 300, 4, "BTF 5.10, 6.1; compiled 5.4, 6.1, 6.6; traced 6.1"),
    line("3.11", 288, 8, 292, 4, "compiled 4.4 (ECN counters)"),
    line("3.10", 256, 8, 260, 4, "compiled 3.10"),
    line("2.6.36", 248, 8, 252, 4, "compiled 3.2 (64-bit counters on 32-bit kernels too)"),
    longs("2.6.30", 31, "read 2.6.34: 31 words"),
    backports=(line("4.9.154", 296, 8, 300, 4, "compiled 4.9.154 (ReasmOverlaps came with fragment fixes)"),),
    accounted="5.19",
)
XDP_BULKQ = obj(
    "xdp_dev_bulk_queue", "kernel/bpf/devmap.c:dev_map_notification",
    line("5.14", 176, 8, 88, 4, "BTF 6.1, 6.12, 6.18; traced 6.1, 6.12, 6.18, 7.3"),
    line("5.6", 168, 8, 84, 4, "BTF 5.10"),
    absent("2.6.30", "bulk queues belonged to the map until 5.5"),
)
CORE_STATS = obj(
    "net_device_core_stats", "net/core/dev.c:netdev_core_stats_alloc",
    line("5.18", 32, 32, 16, 16, "BTF 6.1, 6.12, 6.18; compiled 6.1"),
    absent("2.6.30", "atomic counters until 5.17"),
    gfp=Gfp.ATOMIC, nowarn=True,
)

# statistics of a kind
TSTATS = obj(
    "pcpu_sw_netstats", "net/core/dev.c:netdev_do_alloc_pcpu_stats (the driver before 6.8)",
    line("5.0", 32, 32, 64, 32, "BTF 5.10, 6.1, 6.12, 6.18; compiled 5.4 to 6.12; traced 6.1, 6.12, 6.18, 7.3"),
    line("3.5", 32, 8, 36, 4, "compiled 3.10 (pcpu_tstats), 4.4, 4.9"),
    line("3.3", 32, 32, 16, 16, "read: four words, aligned to their size (pcpu_tstats)"),
    longs("2.6.35", 4, "read 3.2: four words (pcpu_tstats)"),
    absent("2.6.30", "net_device.stats until 2.6.34"),
)
LSTATS = obj(
    "pcpu_lstats", "drivers/net/loopback.c:loopback_dev_init",
    line("5.0", 16, 16, 32, 16, "BTF 5.10, 6.1, 6.12, 6.18; compiled 5.4 to 6.12; traced 6.1, 6.12, 6.18, 7.3"),
    line("2.6.36", 16, 8, 20, 4, "compiled 3.2 to 4.9"),
    longs("2.6.30", 3, "read 2.6.34: packets, bytes, drops"),
)
DUMMY_STATS = obj(
    "pcpu_dstats of dummy, pcpu_lstats from 5.5", "drivers/net/dummy.c:dummy_dev_init",
    line("5.5", 16, 16, 32, 16, "pcpu_lstats; traced 6.1, 6.12, 7.3"),
    line("2.6.37", 16, 8, 20, 4, "read 3.2 to 5.4"),
    absent("2.6.30", "net_device.stats"),
    btf=("pcpu_lstats",),
)
VETH_STATS = obj(
    "statistics of veth", "drivers/net/veth.c:veth_dev_init (net/core/dev.c from 6.7)",
    line("6.7", 32, 32, 64, 32, "pcpu_sw_netstats; traced 6.12, 6.18, 7.3"),
    line("5.0", 16, 16, 32, 16, "pcpu_lstats; read 5.4, 5.10, 5.15"),
    line("3.9", 16, 8, 20, 4, "pcpu_vstats; read 3.10 to 4.19"),
    line("3.1", 40, 8, 44, 4, "veth_net_stats, 64-bit counters; read 3.2"),
    longs("2.6.30", 5, "veth_net_stats; read 2.6.34"),
    backports=(
        line("6.6.4", 32, 32, 64, 32, "stable back-port of 'veth: Use tstats per-CPU traffic counters'"),
        line("6.1.120", 32, 32, 64, 32, "ChangeLog-6.1.120: veth: Use tstats per-CPU traffic counters; traced 6.1.176"),
    ),
    btf=(),
)
TUN_STATS = obj(
    "statistics of tun", "drivers/net/tun.c:tun_net_init",
    line("5.11", 32, 32, 64, 32, "pcpu_sw_netstats; traced 6.1, 6.12, 7.3"),
    line("4.7", 48, 8, 48, 4, "read: tun_pcpu_stats, four u64 and three u32"),
    absent("2.6.30", "net_device.stats"),
    btf=("tun_pcpu_stats",),
)
DSTATS = obj(
    "pcpu_dstats", "drivers/net/vrf.c:vrf_dev_init",
    same("6.1", 64, 64, "BTF 6.1, 6.12, 6.18; compiled 6.1, 6.6, 6.12; traced 6.12, 7.3"),
    line("4.3", 48, 8, 52, 4, "read: six u64 of vrf's own structure"),
)
UDP_TUNNEL_STATS = obj(
    "statistics of vxlan, geneve, bareudp", "net/core/dev.c:netdev_do_alloc_pcpu_stats (ndo_init before 6.8)",
    same("6.14", 64, 64, "pcpu_dstats; traced 6.18, 7.3"),
    line("5.0", 32, 32, 64, 32, "pcpu_sw_netstats; traced 6.1, 6.12"),
    line("3.5", 32, 8, 36, 4, "compiled 3.10, 4.4, 4.9"),
    btf=(),
)
VXLAN_STATS = replace(
    UDP_TUNNEL_STATS,
    table=replace(
        UDP_TUNNEL_STATS.table,
        name="statistics of vxlan",
        backports=(same("6.12.105", 64, 64, "ChangeLog-6.12.105: net: harmonize tstats and dstats; pcpu_dstats in vxlan; read 6.12.117"),),
    ),
)
VLAN_STATS = obj(
    "vlan_pcpu_stats", "net/8021q/vlan_dev.c:vlan_dev_init, drivers/net/macvlan.c:macvlan_init",
    line("2.6.38", 48, 8, 52, 4, "compiled 4.4 to 6.12; BTF; traced 6.1, 6.12, 6.18, 7.3"),
    longs("2.6.33", 4, "read 2.6.34: vlan_rx_stats, macvlan_rx_stats"),
    absent("2.6.30", "net_device.stats"),
)
IPVLAN_STATS = obj(
    "ipvl_pcpu_stats", "drivers/net/ipvlan/ipvlan_main.c:ipvlan_init",
    line("3.19", 48, 8, 52, 4, "BTF 6.1, 6.12; traced 6.1, 6.12, 7.3"),
)
TEAM_STATS = obj(
    "team_pcpu_stats", "drivers/net/team/team_core.c:team_init",
    line("4.6", 56, 8, 56, 4, "BTF 6.1, 6.12; DWARF i386 6.1.176 (rx_nohandler since 4.6)"),
    line("3.3", 48, 8, 52, 4, "added up from drivers/net/team/team.c"),
)
TEAM_LB = obj(
    "lb_pcpu_stats", "drivers/net/team/team_mode_loadbalance.c:lb_init",
    line("3.6", 2048, 8, 2052, 4, "compiled 6.1, 6.12: 256 counters"),
    absent("3.3", "none"),
)
TEAM_LB_PORT = obj(
    "lb_port_stats", "drivers/net/team/team_mode_loadbalance.c:lb_port_enter",
    line("3.6", 8, 8, 8, 4, "read 6.12: struct lb_stats, one u64"),
    absent("3.3", "none"),
)
BRIDGE_MCAST_STATS = obj(
    "bridge_mcast_stats", "net/bridge/br_multicast.c:br_multicast_init_stats, br_multicast_add_port",
    line("4.8", 240, 8, 244, 4, "BTF 5.10 to 6.18; traced 6.1, 6.12, 6.18, 7.3; 32 bits added up"),
    absent("2.6.30", "no multicast statistics"),
)
BRIDGE_VLAN_STATS = obj(
    "br_vlan_stats, pcpu_sw_netstats from 5.12", "net/bridge/br_vlan.c:__vlan_add",
    line("5.12", 32, 32, 64, 32, "pcpu_sw_netstats; traced 6.1, 6.12, 7.3"),
    line("4.7", 32, 8, 36, 4, "read: br_vlan_stats, four u64"),
    absent("2.6.30", "no VLAN statistics"),
    btf=(),
)
WIREGUARD_WORKER = obj(
    "multicore_worker", "drivers/net/wireguard/queueing.c:wg_packet_percpu_multicore_worker_alloc",
    line("5.6", 40, 8, 20, 4, "BTF 6.1, 6.12; traced 6.1, 6.12, 7.3"),
)
GRO_CELL = obj(
    "gro_cell", "net/core/gro_cells.c:gro_cells_init",
    line("7.0", 536, 8, 308, 4, "BTF 7.2, 7.3; traced 7.3; 32 bits laid out"),
    line("6.15", 520, 8, 296, 4, "BTF 6.18; traced 6.18; 32 bits laid out"),
    line("6.7", 424, 8, 236, 4, "BTF 6.12; traced 6.12; compiled 6.12 (i386)"),
    line("5.12", 424, 8, 228, 4, "BTF 6.1; DWARF i386 6.1.176; traced 6.1"),
    line("5.8", 416, 8, 224, 4, "BTF 5.10; napi_struct compiled 5.10; commit 6f8b12d661d0 (April 2020)"),
    line("4.19", 416, 8, 220, 4, "BTF 5.10; 32 bits from napi_struct compiled 5.4"),
    line("4.0", 224, 8, 144, 4, "compiled 4.4, 4.9"),
    same("3.8", 128, 64, "compiled 3.10"),
    absent("2.6.30", "no GRO cells"),
)
DST_CACHE = obj(
    "dst_cache_pcpu", "net/core/dst_cache.c:dst_cache_init",
    line("4.6", 40, 8, 28, 4, "commit 911362c70df5 (February 2016); BTF 5.10 to 6.18; compiled 4.4 to 6.12; traced 6.1, 6.12, 7.3"),
    longs("3.14", 2, "read 4.4: ip_tunnel_dst, a pointer and an address"),
    absent("2.6.30", "no destination cache"),
)
GENEVE_CACHE = DST_CACHE.at("drivers/net/geneve.c:geneve_init").until("7.0", "made with the configuration; traced 7.3")
GENEVE_CACHE_EARLY = DST_CACHE.at("drivers/net/geneve.c:geneve_config_alloc").since("7.0", "made in geneve_init; traced 6.1, 6.12")
MACSEC_SECY_STATS = obj("pcpu_secy_stats", "drivers/net/macsec.c:macsec_add_dev", line("4.6", 64, 8, 68, 4, "BTF 6.1, 6.12"))
MACSEC_TX_SC_STATS = obj("pcpu_tx_sc_stats", "drivers/net/macsec.c:macsec_add_dev", line("4.6", 32, 8, 36, 4, "BTF 6.1, 6.12"))
MACSEC_RX_SC_STATS = obj("pcpu_rx_sc_stats", "drivers/net/macsec.c:create_rx_sc", line("4.6", 80, 8, 84, 4, "BTF 6.1, 6.12"))
MACSEC_RX_SA_STATS = obj("macsec_rx_sa_stats", "drivers/net/macsec.c:init_rx_sa", same("4.6", 20, 4, "BTF 6.1, 6.12"))
MACSEC_TX_SA_STATS = obj("macsec_tx_sa_stats", "drivers/net/macsec.c:init_tx_sa", same("4.6", 8, 4, "BTF 6.1, 6.12"))
PPP_RECURSION = obj(
    "ppp xmit_recursion", "drivers/net/ppp/ppp_generic.c:ppp_dev_configure",
    longs("6.17", 1, "read 7.2: a structure with the owner, and a lock that is empty without PREEMPT_RT"),
    same("4.13", 4, 4, "commit e5dadc65f9e0 (July 2017); read 4.14 to 6.12: int"),
    absent("2.6.30", "a flag of the CPU until 4.12"),
)
BOND_RR_COUNTER = obj(
    "bonding rr_tx_counter", "drivers/net/bonding/bond_main.c:bond_open (balance-rr)",
    same("5.13", 4, 4, "read 5.15, 6.1: u32; traced 6.1: none while down"),
    absent("2.6.30", "an atomic until 5.12"),
)
FIB_TRIE_STATS = obj(
    "trie_use_stats", "net/ipv4/fib_trie.c:fib_trie_table",
    same("4.0", 24, 4, "commit 8274a97aa4c6 (December 2014); traced 6.12, 7.3 (CONFIG_IP_FIB_TRIE_STATS)"),
    absent("2.6.30", "in the structure itself"),
)
PAGE_POOL_STATS = obj(
    "page_pool_recycle_stats", "net/core/page_pool.c:page_pool_init (CONFIG_PAGE_POOL_STATS)",
    line("5.18", 40, 8, 40, 8, "read: five u64"),
    absent("2.6.30", "no statistics"),
)
IRQ_DESC = obj(
    "irq_desc.kstat_irqs", "kernel/irq/irqdesc.c:alloc_desc, init_desc",
    same("2.6.38", 4, 4, "read 3.2; BTF 6.12 (struct irqstat)"),
    absent("2.6.30", "a static array"),
)
VXLAN_VNI_STATS = obj(
    "vxlan_vni_stats_pcpu", "drivers/net/vxlan/vxlan_vnifilter.c:vxlan_vni_alloc",
    line("5.18", 64, 8, 68, 4, "BTF 6.1, 6.12, 6.18"),
    absent("3.7", "no VNI filter until 5.17"),
)
