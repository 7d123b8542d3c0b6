"""What each recorded command made, in the catalogue's terms, and what stays unexplained and why.

``MADE[consumer](record)`` yields :class:`Made`: so many instances of a kind. Facts about the recording machine (how many network
namespaces and control groups stood there, how many slab caches a module has that SLUB does not merge) are stated here; sizes,
alignments and flags come from the consumers alone.
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from planner.plugin import CommandLine, Config, Gfp, KernelVersion, Request, System
from planner.plugin.manager import PluginManager

DATA = Path(__file__).parent / "data" / "consumers.jsonl.gz"
KERNELS = {"6.1-amd64": "6.1.176", "6.12-amd64": "6.12.95", "7.3-amd64": "7.3.4", "6.18-host": "6.18.44"}
NAMESPACES = 3  # network namespaces on the recording machine when modules were loaded
GROUPS = 3  # control groups under the root when its controllers were enabled


@dataclass(frozen=True)
class Record:
    kern: str
    consumer: str
    index: int
    failed: bool
    possible_cpus: int
    kept: tuple[dict[str, Any], ...]

    @property
    def system(self) -> System:
        # Debian leaves MEMCG_V1 off; the 6.18 machine has it, and no VLAN filtering in its bridges
        host = self.kern == "6.18-host"
        options = {"MEMCG_V1": "y", "BRIDGE_VLAN_FILTERING": "n"} if host else {}
        return System(
            name=self.kern,
            arch="x86",
            bits=64,
            kernel=KernelVersion.parse(KERNELS[self.kern]),
            cpus_possible=tuple(range(self.possible_cpus)),
            config=Config(options),
            # programs are charged from the first memory cgroup on (memcg_bpf_enabled), which these runs had not made yet
            cmdline=CommandLine("cgroup.memory=nobpf" if "bpf-prog" in self.consumer else ""),
        )


@dataclass(frozen=True)
class Made:
    kind: str
    count: int = 1
    first: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)


def made(kind: str, count: int = 1, *, first: bool = False, **parameters: Any) -> Made:
    return Made(kind, count, first, parameters)


@cache
def records() -> tuple[Record, ...]:
    with gzip.open(DATA, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return tuple(
        Record(r["kern"], r["consumer"], r["i"], r["failed"], r["possible_cpus"], tuple(r["kept"])) for r in rows
    )


@cache
def _consumers() -> Any:
    return PluginManager(entry_points=()).consumers()


Key = tuple[int, int, str, bool, bool, bool]


def _seen_key(allocation: dict[str, Any]) -> Key:
    flags = allocation["gfp"]
    kind = (
        "atomic" if allocation["atomic"] else "NOIO" if "NOIO" in flags else "NOFS" if "NOFS" in flags else "sleeping"
    )
    accounted, nowarn = "ACCOUNT" in flags, "NOWARN" in flags
    return (allocation["size"], allocation["align"], kind, bool(allocation["reserved"]), accounted, nowarn)


def seen(record: Record) -> Counter[Key]:
    """The kept allocations: size, align (both as the allocator rounds them), kind of flags, reserved, accounted, nowarn."""
    found: Counter[Key] = Counter()
    for allocation in record.kept:
        found[_seen_key(allocation)] += allocation["n"]
    return found


def order_seen(record: Record) -> list[Key]:
    """In which order allocations of each sort were first made."""
    return list(dict.fromkeys(_seen_key(allocation) for allocation in record.kept))


def order_modelled(record: Record, part: Made) -> list[Key]:
    consumer = _consumers()[part.kind]
    requests = consumer.requests(consumer.parameters(**part.parameters), record.system)
    return list(dict.fromkeys(_key(request) for request in requests))


def _key(request: Request) -> Key:
    gfp = {Gfp.KERNEL: "sleeping", Gfp.NOFS: "NOFS", Gfp.NOIO: "NOIO"}.get(request.gfp, "atomic")
    size, align = -(-request.size // 4) * 4, max(4, request.align)
    return (size, align, gfp, request.reserved, request.accounted, request.nowarn)


def modelled(record: Record, parts: Iterable[Made]) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for part in parts:
        consumer = _consumers()[part.kind]
        parameters = consumer.parameters(**part.parameters)
        if part.first:
            for request in consumer.once(parameters, record.system):
                found[_key(request)] += request.count
        for request in consumer.requests(parameters, record.system):
            found[_key(request)] += request.count * part.count
    return +found


def bytes_of(counter: Counter[Key]) -> int:
    return sum(key[0] * count for key, count in counter.items())


# -- what the commands made -----------------------------------------------------------------------------------------

Maker = Callable[[Record], Iterable[Made]]


def _one(kind: str, **parameters: Any) -> Maker:
    return lambda _record: [made(kind, **parameters)]


def _first(kind: str, **parameters: Any) -> Maker:
    return lambda record: [made(kind, first=record.index == 0, **parameters)]


def _module(**parameters: Any) -> Maker:
    return lambda _record: [made("module", **parameters)]


def _by_kernel(**choices: dict[str, Any]) -> Maker:
    """A module whose own objects differ by kernel: k61, k612, k73."""
    names = {"6.1-amd64": "k61", "6.12-amd64": "k612", "7.3-amd64": "k73"}
    return lambda record: [made("module", **choices[names[record.kern]])]


def _protocol(name: str, *more: Made) -> Maker:
    return lambda _record: [made("netns-module", module=name, namespaces=NAMESPACES), *more]


def _loading(kind: str, *more: Made, **parameters: Any) -> Maker:
    return lambda _record: [made(kind, 0, first=True, **parameters), *more]


def _workqueue(flags: int) -> Maker:
    def maker(record: Record) -> Iterator[Made]:
        if flags == 64 and record.index:  # WQ_SYSFS: the name was taken, the queue is not made
            return
        yield made("workqueue", unbound=bool(flags & 2))

    return maker


def _merged_cache(record: Record) -> Iterator[Made]:
    """SLUB of 6.1 merges the test module's caches with others of their size."""
    if record.kern != "6.1-amd64" or (record.consumer.endswith("1000") and record.index == 0):
        yield made("kmem-cache")


def _cgroup(name: str) -> Maker:
    every = ("cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc")
    # perf_event joins once a controller was enabled anywhere, which had not happened when "none" was recorded
    return _one("cgroup", controllers={"none": (), "all": every}.get(name, (name,)), perf_event=name != "none")


def _enable_root(name: str) -> Maker:
    """Enabling a controller below the root makes its part in each group there; the first also brings perf_event."""

    def maker(_record: Record) -> Iterator[Made]:
        group = {"controllers": (), "perf_event": False}
        whole = {"controllers": (name,), "perf_event": name == "cpuset"}
        yield made("cgroup", GROUPS, **whole)
        yield made("cgroup", -GROUPS, **group)

    return maker


def _v1(name: str) -> Maker:
    return _one("cgroup", version=1, controllers=(name,))


def _disks(count: int, kind: str, *more: Made, **parameters: Any) -> Maker:
    return lambda _record: [made(kind, count, **parameters), *more]


def _vrf(record: Record) -> Iterator[Made]:
    yield made("vrf")
    if record.index == 0:  # the first rule splits the local table from the main one
        yield made("vrf", 0, first=True)
        yield from ([made("module", -1, link_kinds=1)] if record.kern == "7.3-amd64" else [])


def _link_up(record: Record) -> Iterator[Made]:
    yield made("link-up", 3 if record.index == 0 else 1)  # the first run brought up three devices


def _mount_namespace(record: Record) -> Iterator[Made]:
    mounts = sum(a["n"] for a in record.kept)  # those of the recording machine at that moment
    if mounts:
        yield made("mount-namespace", mounts=mounts)


def _scsi_debug(record: Record) -> Iterator[Made]:
    new = record.kern == "7.3-amd64"  # a pseudo device and reserved tags
    yield made("scsi-host", first=True, devices=1, pseudo_device=new, reserved_tags=new)


def _nbd(_record: Record) -> Iterator[Made]:
    yield made("disk", 2, blocking=True, scheduler=True)
    yield made("module", unbound_workqueues=3)


def _null_blk(_record: Record) -> Iterator[Made]:
    yield made("disk", 2, hardware_queues=2)
    yield made("mount")  # configfs, pinned


_LINK = _module(link_kinds=1)

MADE: dict[str, Maker] = {
    "module:pcpu_static": _module(static=232, align=64),
    "module:pcpu_big": _module(static=6032, align=64),
    **{f"alloc_workqueue-flags{flags}": _workqueue(flags) for flags in (0, 1, 2, 4, 8, 16, 18, 32, 64, 128)},
    "alloc_ordered_workqueue": _one("workqueue", ordered=True),
    "percpu_counter_init": _one("percpu-counter"),
    "percpu_ref_init": _one("percpu-ref"),
    "kmem_cache_create-64": _merged_cache,
    "kmem_cache_create-1000": _merged_cache,
    "fork": _one("process"),
    "io_uring": lambda record: [made("io-uring", new_task=record.index == 0)],
    "aio": _one("aio-context"),
    "bpf-percpu-array-16x8": _one("bpf-map", type="percpu-array", max_entries=16, value_size=8),
    "bpf-percpu-array-1x64": _one("bpf-map", type="percpu-array", max_entries=1, value_size=64),
    "bpf-hash": _one("bpf-map", type="hash", max_entries=16),
    "bpf-hash-nopre": _one("bpf-map", type="hash", max_entries=16, prealloc=False),
    "bpf-percpu-hash-16x8": _one("bpf-map", type="percpu-hash", max_entries=16, value_size=8),
    "bpf-percpu-hash-nopre": _one("bpf-map", type="percpu-hash", max_entries=16, value_size=8, prealloc=False),
    "bpf-lru-hash": _one("bpf-map", type="lru-hash", max_entries=16),
    "bpf-lru-percpu-hash": _one("bpf-map", type="lru-percpu-hash", max_entries=16, value_size=8),
    "bpf-lpm": _one("bpf-map", type="lpm-trie", max_entries=16, prealloc=False),
    "bpf-prog": _one("bpf-program"),
    "cbpf-filter": _one("bpf-program", classic=True),
    "mount-tmpfs": _one("mount-tmpfs"),
    "mount:tmpfs": _one("mount-tmpfs"),
    "mount:tmpfs-again": _one("mount-tmpfs"),
    "mount-ramfs": _one("mount"),
    "mount-proc": _one("mount"),
    "mount:cgroup2": _one("mount"),
    "mount-bind": _one("bind-mount"),
    "mount:devtmpfs": _one("bind-mount"),
    "mount-mqueue": lambda record: [made("bind-mount", int(record.index == 0 or record.kern == "7.3-amd64"))],
    "mount:overlay": _one("mount-overlay"),
    "mount:ext4": _first("mount-ext4"),
    "mount:ext2": _one("mount-ext4", journal=False),
    "unshare-mnt": _mount_namespace,
    "unshare-ipc": _one("ipc-namespace"),
    "unshare-net": _one("netns"),
    "netns-keep": _one("netns"),
    **{
        f"netdev:{kind}": _one(kind)
        for kind in ("dummy", "vlan", "macvlan", "ipvlan", "bridge", "bond", "tun", "tap", "ifb", "vxlan", "wireguard")
    },
    **{f"netdev:{kind}": _one(kind) for kind in ("gre", "gretap", "ipip", "sit", "ip6tnl", "geneve", "nlmon")},
    "netdev:veth-pair": _one("veth"),
    "netdev:vcan": _one("vcan"),
    "netdev:vrf": _vrf,
    "bridge-port": _one("bridge-port"),
    "link-up-dummy": _link_up,
    "addr4": _one("address4"),
    "addr6": _one("address6"),
    "route4": lambda record: [made("route4", int(record.index == 0))],  # the rest share its next hop
    "route6": _one("route6"),
    "qdisc:clsact": _one("qdisc", discipline="clsact"),
    "filter:matchall-drop": _one("tc-filter"),
    "nft:rule-counter": _one("nft-counter"),
    "socket-packet": _one("socket", type="packet"),
    **{
        f"module:{name}": _LINK
        for name in ("dummy", "veth", "8021q", "macvlan", "ipvlan", "bonding", "tun", "ifb", "vxlan", "vrf", "geneve")
    },
    **{f"module:{name}": _LINK for name in ("nlmon", "vcan", "can-dev")},
    "module:wireguard": _module(kmem_caches=1, link_kinds=1),
    "module:bridge": _module(counters=1, link_kinds=2),
    "module:ip_gre": _loading("gre", namespaces=NAMESPACES),
    "module:ipip": _loading("ipip", namespaces=NAMESPACES),
    "module:sit": _loading("sit", namespaces=NAMESPACES),
    "module:ip6_tunnel": _loading("ip6tnl", namespaces=NAMESPACES),
    "module:tls": _protocol("tls", made("module", workqueues=2)),
    "module:nf_conntrack": _protocol("conntrack", made("module", kmem_caches=2)),
    "module:ip_vs": _protocol("ipvs"),
    "module:sctp": _protocol("sctp", made("module", static=4, align=4, counters=1, kmem_caches=2)),
    "module:tipc": _protocol("tipc"),
    "module:nf_tables": _by_kernel(k61={}, k612={"static": 24, "align": 16}, k73={"static": 24, "align": 16}),
    "module:nft_ct": _module(static=8),
    "module:x_tables": _module(static=4, align=4),
    **{
        f"cgroup:{name}": _cgroup(name) for name in ("cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc")
    },
    **{
        f"cgroup-parent:{name}": _cgroup(name)
        for name in ("cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc")
    },
    "cgroup:none": _cgroup("none"),
    "cgroup:all": _cgroup("all"),
    **{
        f"cgroup-enable-root:{name}": _enable_root(name)
        for name in ("cpuset", "cpu", "memory", "hugetlb", "pids", "rdma", "misc")
    },
    "cgroup-enable-root:io": _enable_root("io"),
    **{f"cgroup-v1:{name}": _v1(name) for name in ("memory", "cpu", "cpuacct", "pids", "cpuset")},
    "cgroup-v1:unified": _one("cgroup", controllers=()),
    "cgroup-v1:blkio": _v1("io"),
    "module:loop": _disks(3, "loop", made("kmem-cache"), attached=False),
    "loop-attach": _one("workqueue", unbound=True),
    "module:brd": _disks(2, "bio-disk"),
    "module:zram": _disks(2, "bio-disk"),
    "module:null_blk": _null_blk,
    "module:nbd": _nbd,
    "module:scsi_debug": _scsi_debug,
    "dm:error": lambda record: [
        made("dm"),
        made("kmem-cache", 0 if record.index else {"6.12-amd64": 1}.get(record.kern, 2)),  # of its bio sets
    ],
    "module:dm-mod": _by_kernel(
        k61={"kmem_caches": 2},
        k612={"kmem_caches": 2, "unbound_workqueues": 2},
        k73={"kmem_caches": 2, "unbound_workqueues": 2},
    ),
    "module:md-mod": _by_kernel(k61={"workqueues": 3}, k612={"workqueues": 3}, k73={"workqueues": 2}),
    "module:jbd2": _by_kernel(k61={"kmem_caches": 4}, k612={"kmem_caches": 4}, k73={"kmem_caches": 5}),
    "module:ext4": _by_kernel(
        k61={"static": 8, "kmem_caches": 6}, k612={"static": 8, "kmem_caches": 7}, k73={"static": 8, "kmem_caches": 8}
    ),
    "module:overlay": _module(kmem_caches=1),
    "module:xfs": lambda record: [
        made("mount-xfs", 0, first=True),
        made("kmem-cache", {"6.1-amd64": 13, "6.12-amd64": 14, "7.3-amd64": 17}[record.kern]),
    ],
    "module:btrfs": lambda record: [
        made("kmem-cache", {"6.1-amd64": 5, "6.12-amd64": 9, "7.3-amd64": 11}[record.kern])
    ],
    "module:sunrpc": _module(kmem_caches=1, unbound_workqueues=2),
    "module:nfs": _by_kernel(
        k61={"kmem_caches": 3},
        k612={"kmem_caches": 4, "unbound_workqueues": 1},
        k73={"kmem_caches": 3, "unbound_workqueues": 1},
    ),
    "module:netfs": _by_kernel(k61={}, k612={"kmem_caches": 1, "unbound_workqueues": 1}, k73={"unbound_workqueues": 1}),
    "module:lockd": _by_kernel(k61={}, k612={"static": 520, "align": 64}, k73={}),
    "module:kvm": _by_kernel(k61={"static": 24}, k612={"static": 32}, k73={"static": 352, "align": 32}),
    "module:usbcore": _module(workqueues=1),
    "module:cfg80211": _module(unbound_workqueues=1),
    "module:rxrpc": lambda record: [] if record.failed else [made("module", kmem_caches=1, unbound_workqueues=1)],
    "module:rds": _by_kernel(
        k61={"static": 336, "align": 64, "kmem_caches": 1},
        k612={"static": 336, "align": 64, "kmem_caches": 1, "unbound_workqueues": 1},
        k73={"static": 336, "align": 64, "srcu": 1, "unbound_workqueues": 1},
    ),
    "module:udp_tunnel": _by_kernel(k61={}, k612={"unbound_workqueues": 1}, k73={"unbound_workqueues": 1}),
    "module:zsmalloc": _module(static=24),
    "module:fuse": _module(kmem_caches=2),
    "module:openvswitch": lambda record: [
        made("openvswitch", 0, first=True),
        made(
            "module",
            **(
                {"static": {"6.1-amd64": 112, "6.12-amd64": 120}[record.kern], "align": 32}
                if record.kern != "7.3-amd64"
                else {}
            ),
        ),
    ],
}
