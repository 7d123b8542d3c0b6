"""Every row of the catalogue of the kernel's consumers (made from sixteen source trees) has a consumer that asks for it, or a reason.

A row names an object and its size by version, in words. The consumer that stands for it is asked at one kernel of the row's range, and
one of its requests must have one of the row's sizes.
"""

import csv
import gzip
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from planner.plugin.manager import PluginManager
from planner.testing import make_system

CONSUMERS = PluginManager(entry_points=()).consumers()
TEXT = gzip.decompress((Path(__file__).parent / "data" / "catalogue.csv.gz").read_bytes()).decode()
ROWS = list(csv.DictReader(io.StringIO(TEXT)))


@dataclass(frozen=True)
class Asks:
    """Who stands for a row: a consumer with parameters, asked at a kernel; ``size`` where the row's words give none."""

    kind: str
    kernel: str = "6.12.95"
    size: int = 0
    config: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)


def asks(
    kind: str, kernel: str = "6.12.95", size: int = 0, config: dict[str, str] | None = None, **parameters: Any
) -> Asks:
    return Asks(kind, kernel, size, config or {}, parameters)


V1 = {"MEMCG_V1": "y"}
STANDS: dict[str, Asks] = {
    "workqueue.cwq": asks("workqueue", "3.2"),
    "workqueue.cwq_old": asks("workqueue", "2.6.34", 128),
    "workqueue.pwq": asks("workqueue", "6.1"),
    "workqueue.pwq_ptr": asks("workqueue"),
    "netdev.pcpu_refcnt": asks("dummy"),
    "netdev.core_stats": asks("dummy", dropped=True),
    "netdev.inet6_dev_mib": asks("dummy"),
    "netdev.xdp_bulkq": asks("veth"),
    "netdev.tstats": asks("bridge"),
    "netdev.tstats_old": asks("ipip", "3.2"),
    "netdev.lstats": asks("netns"),
    "netdev.dstats": asks("vrf"),
    "netdev.vlan_stats": asks("vlan"),
    "netdev.ipvlan_stats": asks("ipvlan"),
    "netdev.team_stats": asks("team"),
    "netdev.bond_rr": asks("bond", balance_rr=True),
    "netdev.gro_cells": asks("vxlan"),
    "netdev.dst_cache": asks("gre"),
    "netdev.wireguard": asks("wireguard"),
    "netdev.macsec": asks("macsec"),
    "netdev.bridge": asks("bridge"),
    "netdev.bridge_port": asks("bridge-port"),
    "netdev.bridge_vlan": asks("bridge-vlan"),
    "netdev.ppp": asks("ppp"),
    "netdev.vxlan_vni": asks("vxlan", vnis=1),
    "netdev.mac80211_sta": asks("wifi-station"),
    "netdev.devlink_trap": asks(
        "devlink-trap", size=16
    ),  # the row says 24 to 32; devlink_stats has two u64 (BTF 5.10 to 7.3)
    "netdev.ovs": asks("openvswitch"),
    "netdev.ovs_module": asks("openvswitch", "6.1"),
    "netns.ipv4_mibs": asks("netns"),
    "netns.ipv6_mibs": asks("netns"),
    "netns.icmpmsg_mibs": asks("netns", "3.2"),
    "netns.mib_doubling": asks("netns", "2.6.34", size=56),
    "netns.xfrm_mib": asks("netns"),
    "netns.xfrm_state_cache": asks("netns", "6.18"),
    "netns.prot_inuse": asks("netns"),
    "netns.conntrack_stat": asks("netns", conntrack=True),
    "netns.ct_pcpu_lists": asks("netns", "4.4.155", size=24, conntrack=True),
    "netns.synproxy": asks("netns", synproxy=True),
    "netns.tls": asks("netns", tls=True),
    "netns.sctp": asks("netns", sctp=True),
    "netns.smc": asks("netns", smc=True),
    "netns.mptcp": asks("netns", mptcp=True),
    "netns.dst_ops": asks("netns"),
    "netns.ctl_sk": asks("netns", "4.4.155"),
    "netns.loopback": asks("netns"),
    "netns.flowtable_stat": asks("netns", flowtable=True),
    "netns.ipvs_total": asks("netns", ipvs=True),
    "netns.fib_trie_stats": asks("vrf"),
    "route.ipv4_nexthop": asks("route4"),
    "route.ipv6_nexthop_common": asks("route6"),
    "route.ipv6_pcpu": asks("route6"),
    "route.nexthop_group_stats": asks("nexthop-group"),
    "nf.xt_counters_block": asks("iptables-table"),
    "nf.xt_counters_rule": asks("iptables-table", "4.3"),
    "nf.nft_counter": asks("nft-counter"),
    "nf.nft_base_chain_stats": asks("nft-base-chain"),
    "nf.nft_pipapo_scratch": asks("nft-set", ranges=True),
    "nf.ipvs_stats": asks("ipvs-service"),
    "tc.qdisc_cpustats": asks("qdisc"),
    "tc.action": asks("tc-action"),
    "tc.u32": asks("tc-filter", size=24, classifier="u32"),
    "tc.matchall": asks("tc-filter"),
    "tc.basic": asks("tc-filter", classifier="basic"),
    "sock.af_packet": asks("socket", type="packet"),
    "sock.can_raw": asks("socket", size=24, type="can-raw"),
    "proto.sockets_allocated": asks("protocol"),
    "net.page_pool": asks(
        "nic", size=40, config={"PAGE_POOL_STATS": "y"}
    ),  # the row says 48, read; page_pool_recycle_stats has five u64: gcc makes 40 of it in 6.1 and 6.12, on 64 and 32 bits
    "mm.rss_stat": asks("process"),
    "mm.mm_cid": asks("process"),
    "mm.futex_ref": asks("process", "6.18", threads=2),
    "task.io_uring_tctx": asks("io-uring", new_task=True),
    "io_uring.ctx": asks("io-uring"),
    "aio.ctx": asks("aio-context"),
    "user.epoll_watches": asks("user"),
    "ipcns.msg": asks("ipc-namespace"),
    "cgroup.base_rstat": asks("cgroup"),
    "cgroup.css_rstat": asks("cgroup", "6.18", controllers=("memory",)),
    "cgroup.css_ref": asks("cgroup"),
    "cgroup.psi": asks("cgroup"),
    "cgroup.bpf_ref": asks("cgroup"),
    "memcg.vmstats": asks("cgroup", controllers=("memory",)),
    "memcg.lruvec": asks("cgroup", controllers=("memory",)),
    "memcg.v1_events": asks("cgroup", config=V1, controllers=("memory",)),
    "memcg.objcg": asks("cgroup", controllers=("memory",)),
    "memcg.wb_domain": asks("cgroup", controllers=("memory",)),
    "memcg.cgwb": asks("cgroup-writeback"),
    "memcg.kmem_caches": asks("cgroup", "5.4", controllers=("memory",), kmem_caches=1),
    "cgroup.cpuacct": asks("cgroup", version=1, controllers=("cpuacct",)),
    "cgroup.perf_event": asks("cgroup", version=1, controllers=("perf_event",)),
    "cgroup.blkcg_lhead": asks("cgroup", controllers=("io",)),
    "cgroup.blkg": asks("cgroup-disk"),
    "blk.bdev_stats": asks("disk"),
    "blk.part_ref": asks("partition", "4.4.155"),
    "blk.mq_ctx": asks("disk"),
    "blk.q_usage_counter": asks("disk"),
    "blk.sbitmap_hint": asks("disk"),
    "blk.stat_callback": asks("disk"),
    "blk.throttle_latency": asks("disk", "6.1"),
    "blk.tags_srcu": asks("disk", "6.18"),
    "blk.hctx_srcu": asks("disk", "5.10.223", blocking=True),
    "blk.bdi_wb": asks("disk"),
    "blk.blktrace": asks("blktrace"),
    "blk.zram": asks("bio-disk"),
    "dm.device": asks("dm"),
    "dm.crypt": asks("dm-crypt"),
    "md.array": asks("md"),
    "md.raid5": asks("raid456"),
    "nvme.ns_head": asks("nvme-controller"),
    "iommu.iova_rcache": asks("iommu-domain"),
    "iommu.iova_fq": asks("iommu-domain", "6.1", lazy=True),
    "fs.super": asks("mount"),
    "fs.mount": asks("mount"),
    "fs.tmpfs": asks("mount-tmpfs"),
    "fs.ext4": asks("mount-ext4"),
    "fs.xfs": asks("mount-xfs"),
    "fs.xfs_old": asks("mount-xfs", "3.2"),
    "fs.btrfs": asks("mount-btrfs"),
    "fs.f2fs": asks("mount-f2fs"),
    "fs.ext2": asks("mount-ext2"),
    "fs.nfs": asks("mount-nfs"),
    "fs.ceph": asks("mount-ceph"),
    "fs.squashfs": asks("mount-squashfs"),
    "slab.kmem_cache": asks("kmem-cache"),
    "slab.sheaves": asks("kmem-cache", "6.18", sheaves=True),
    "mm.swap": asks("swap-device"),
    "mm.zswap": asks("zswap-pool", size=104),
    "irq.desc": asks("irq"),
    "generic.percpu_counter": asks("percpu-counter"),
    "generic.percpu_counter_many": asks("percpu-counter", size=12, counters=3),
    "generic.percpu_ref": asks("percpu-ref"),
    "generic.percpu_rwsem": asks("percpu-rwsem"),
    "generic.srcu": asks("srcu"),
    "generic.srcu_module": asks("module", "4.19", size=320, static=320),
    "generic.srcu_module_dyn": asks("module", size=384, srcu=1),
    "kvm.vm": asks("kvm-vm", size=384),
    "kvm.module": asks("kvm-vm"),
    "rdma.uverbs": asks("rdma-device", size=384),
    "rdma.hfi1_qib": asks("rdma-device", counters=1),
    "hci.dev": asks("bluetooth-device", size=384),
    "gpio.chip": asks("gpio-chip", size=384),
    "rtnl.link_ops": asks("dummy", "6.18"),
    "notifier.srcu": asks("srcu", size=384),
    "bpf.prog": asks("bpf-program"),
    "bpf.percpu_array": asks("bpf-map", size=16, type="percpu-array", value_size=9, max_entries=2),
    "bpf.percpu_hash_prealloc": asks("bpf-map", size=16, type="percpu-hash", value_size=9, max_entries=2),
    "bpf.percpu_hash_noprealloc": asks("bpf-map", type="percpu-hash", prealloc=False),
    "bpf.hash_common": asks("bpf-map", type="hash"),
    "bpf.hash_noprealloc": asks("bpf-map", type="hash", prealloc=False),
    "bpf.lru": asks("bpf-map", "6.1", type="lru-hash"),
    "bpf.trampoline": asks("bpf-trampoline"),
    "bpf.global_ma": asks("bpf-global-percpu-allocator"),
    "perf.tracepoint_buf": asks("perf-tracepoint"),
    "perf.tracepoint": asks("perf-tracepoint"),
    "perf.pmu": asks("perf-pmu"),
    "trace.array": asks("trace-instance"),
    "trace.printk": asks("trace-printk"),
    "trace.kprobe": asks("trace-probe"),
    "trace.fgraph": asks("function-graph"),
    "alloc_tag": asks("module", "6.18", config={"MEM_ALLOC_PROFILING": "y"}, alloc_tags=1),
    "crypto.cryptd": asks("cryptd"),
    "crypto.padata": asks("padata"),
    "dmaengine.chan": asks("dma-channel"),
    "spi.ctlr": asks("spi"),
    "module.static": asks("module", size=336, static=336, align=64),
    "blk.kyber": asks("disk", kyber=True),
    "fs.gfs2": asks("mount-gfs2", size=640),
    "bpf.cgroup_storage": asks("bpf-cgroup-storage", size=16, value_size=9),
    "bpf.cpumap": asks("bpf-cpumap-entry", size=96),
    "sunrpc.pool": asks("sunrpc-pool"),
    "target.lun": asks("target-lun"),
}
"""Rows by their first column."""

BOOT = "made once while the kernel boots: part of what it uses itself (percpu.in_use, or a captured state)"
NOTHING = "takes no per-CPU memory; the row says so, and the consumer asks for none"
REASONS: dict[str, str] = {
    "workqueue.schedule_on_each_cpu": "lives for as long as one call of schedule_on_each_cpu: no count of it stands",
    "route.ip_rt_acct": BOOT,
    "neigh.table_stats": BOOT,
    "mm.zone": BOOT,
    "mm.node": BOOT,
    "cpuidle": BOOT,
    "crypto.acomp_streams": "one for each algorithm of the kernel, at its first use: part of percpu.in_use",
    "blk.bio_cache": "the kernel has a handful of such bio sets, made at boot and by modules: part of percpu.in_use",
    "bpf.priv_stack": "only programs of 6.13 and later that recurse ask for it, of a size that the verifier finds: raw",
    "scsi.libfc": "Fibre Channel over libfc: a few ports on a machine, of a size that depends on its exchanges: raw",
    "slab.kmem_cache_slab": "the allocator SLAB (until 6.7): its arrays depend on each limit; kmem-cache stands for SLUB: raw",
    "cgroup.iocost": "iocost is off unless io.cost.qos is written; a group then has 8 bytes more for each disk: raw",
    "nf.xt_table_copy": "plain memory: iptables-table asks for none and has it as kernel memory",
    "memcg.tcp_counter": "a group that limits TCP memory on 3.3 to 4.4: one percpu-counter",
    "cgroup.blkg_old": "statistics of CFQ and throttling before 4.2, by group and disk; sizes were read for two releases only: raw",
    "cgroup.sched_group": "no per-CPU memory before 7.2: kernel memory of the cgroup consumer",
    "xfrm.state": NOTHING,
    "sock.tcp_udp_unix": NOTHING,
    "perf.event": NOTHING,
    "fs.fsnotify": NOTHING,
}
"""Rows without a consumer, with the reason."""


def _sizes(words: str, word: int) -> set[int]:
    """Return the sizes that a row's words name: numbers that are no versions, and multiples of a word."""
    found = {int(count or 1) * word for count in re.findall(r"(?<![A-Za-z])(\d*)\*?W\b", words)}
    return found | {int(number) for number in re.findall(r"(?<![\d.])\d+(?![\d.]*\.\d|\d)", words)}


def test_what_takes_nothing_asks_for_nothing():
    for kind, parameters in (
        ("xfrm-state", {}),
        *(("socket", {"type": one}) for one in ("tcp", "udp", "unix", "netlink")),
    ):
        record = CONSUMERS[kind]
        assert list(record.requests(record.parameters(**parameters), make_system("6.12.95"))) == []


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{row['consumer']}" for number, row in enumerate(ROWS)])
def test_the_row_has_a_consumer_or_a_reason(row):
    name = row["consumer"]
    if name in REASONS:
        assert name not in STANDS
        return
    wanted = STANDS[name]
    record = CONSUMERS[wanted.kind]
    bits = 32 if row["arch_word_size"] == "32" else 64
    says, elder = ELDER.get(name, ("", ""))
    kernel = elder if bits == 32 and elder and says in row["size_formula"] else wanted.kernel
    config = {**wanted.config, **(COMPILED32.get(name, {}) if bits == 32 else {})}
    on = make_system(kernel, bits=bits, config=config)
    parameters = record.parameters(**wanted.parameters)
    sizes = {item.size for item in (*record.requests(parameters, on), *record.once(parameters, on))}
    expected = {wanted.size} if wanted.size and bits == 64 else _sizes(row["size_formula"], bits // 8)
    assert sizes & expected, (sorted(sizes), sorted(expected))


ELDER = {
    "netdev.inet6_dev_mib": ("252", "3.2"),
    "netdev.gro_cells": ("128", "3.10"),
    "memcg.vmstats": ("3.2:56", "3.2"),
    "generic.srcu": ("3.2:8", "3.2"),
}
"""Rows of 32 bits (by what they say) that speak of elder kernels only."""

COMPILED32 = {
    "memcg.vmstats": {"X86_L1_CACHE_SHIFT": "5", "ZSWAP": "n"},
    "generic.srcu": {"X86_L1_CACHE_SHIFT": "5"},
}
"""Rows of 32 bits compiled with i386's default configuration: cache lines of 32 bytes, no zswap. Distributions have 64 and zswap."""


def test_the_list_is_that_of_the_catalogue():
    names = {row["consumer"] for row in ROWS}
    assert STANDS.keys() | REASONS.keys() == names
    assert all(len(reason) > 20 for reason in REASONS.values())
