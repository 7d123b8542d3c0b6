"""What netfilter and IPVS take for each CPU, by kernel version: one fact a line, newest first."""

from typing import Literal

from planner.plugin import Fact, Since
from planner_consumers.sizing import absent, line, longs, obj, same

Counting = Literal["block", "rule", "copy"]

# fmt: off
IPTABLES_COUNTING: Fact[Counting] = Fact(
    "iptables counters", "how x_tables keeps the counters of rules",
    (
        Since("4.10", "block", "net/netfilter/x_tables.c:xt_percpu_counter_alloc: blocks of 4096 bytes; traced 6.18"),
        Since("4.2", "rule", "include/linux/netfilter/x_tables.h:xt_percpu_counter_alloc: one for each rule"),
        Since("2.6.30", "copy", "net/netfilter/x_tables.c:xt_alloc_table_info: a copy of the rules for each CPU, not per-CPU memory"),
    ),
    backports=(
        Since("4.4.155", "block", "read 4.4.155: the back-port of 4.10's blocks"),
        Since("4.9.154", "block", "read 4.9.154: the back-port of 4.10's blocks"),
    ),
)
XT_COUNTERS = obj("xt_counters", "net/netfilter/x_tables.c:xt_percpu_counter_alloc", same("2.6.30", 16, 16, "BTF; compiled 3.2 to 6.12"))
NFT_COUNTER = obj(
    "nft_counter", "net/netfilter/nft_counter.c:nft_counter_do_init",
    line("4.10", 16, 8, 16, 4, "commit d84701ecbcd6 (December 2016); BTF 6.1 to 7.3; DWARF i386 6.1.176; traced 6.12, 6.18, 7.3"),
    line("4.3", 16, 8, 20, 4, "commit 0c45e76960ff (August 2015); read: nft_counter_percpu, two u64 and u64_stats_sync (empty on 64 bits)"),
    absent("3.13", "a counter with a lock until 4.2"),
    btf=("nft_counter",),
    accounted="5.18",
)
NFT_STATS = obj(
    "nft_stats", "net/netfilter/nf_tables_api.c:nft_stats_alloc",
    line("4.2", 16, 8, 20, 4, "BTF 6.1, 6.12, 6.18"),
    same("3.13", 16, 8, "read 3.16"),
)
PIPAPO_SCRATCH = obj(
    "nft_pipapo_match.scratch", "net/netfilter/nft_set_pipapo.c:nft_pipapo_init, pipapo_clone",
    longs("5.6", 1, "traced 6.18: a pointer, the maps themselves are kmalloc"),
    absent("3.13", "no such set until 5.5"),
)
NFT_MODULE = obj(
    "nft_pcpu_tun_ctx", "net/netfilter/nft_inner.c",
    line("6.2", 24, 8, 20, 4, "BTF 6.12, 7.2, 7.3; traced 6.12; 32 bits laid out"),
    absent("2.6.30", "none"),
)
