"""Network devices without a tunnel in them: one kind each."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import costs
from planner_consumers.netdev_parts import Device, NetDevice, device_memory, refcnt
from planner_consumers.sizes_netdev import (
    BOND_RR_COUNTER,
    DST_CACHE,
    DSTATS,
    DUMMY_STATS,
    FIB_TRIE_STATS,
    GRO_CELL,
    IPVLAN_STATS,
    IRQ_DESC,
    LSTATS,
    PAGE_POOL_STATS,
    PPP_RECURSION,
    TEAM_LB,
    TEAM_LB_PORT,
    TEAM_STATS,
    TSTATS,
    TUN_STATS,
    VETH_STATS,
    VLAN_STATS,
)
from planner_consumers.sizing import reached
from planner_consumers.tc import default_qdisc_requests, qdisc_memory
from planner_consumers.workqueue import queue_memory, queue_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond(NetDevice):
    """A bonding device."""

    balance_rr: bool = parameter(default=False, help="in mode balance-rr and up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(NetDevice):
    """A team device."""

    loadbalance: bool = parameter(default=False, help="in load-balancing mode: counters for each of 256 hashes")
    ports: int = parameter(default=0, help="ports in load-balancing mode, which it then is in", minimum=0, maximum=4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veth(NetDevice):
    """A veth pair."""

    queues: int = parameter(
        default=0,
        help="queues each way of each end, as numtxqueues and numrxqueues say (kernel memory only); 0: what the kernel makes by default, "
        "one for each possible CPU from 5.15 on",
        minimum=0,
        maximum=4096,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic(NetDevice):
    """A physical multi-queue network device."""

    tx_queues: int = parameter(default=1, help="transmit queues (mq: one pfifo_fast each)", minimum=1, maximum=65536)
    rx_queues: int = parameter(default=1, help="receive queues (page pools)", minimum=1, maximum=65536)
    vectors: int = parameter(default=1, help="interrupt vectors it allocates", minimum=0, maximum=65536)
    xdp: bool = parameter(default=True, help="its driver has ndo_xdp_xmit")
    pfifo_fast: bool = parameter(default=False, help="up, with net.core.default_qdisc=pfifo_fast")
    software_stats: bool = parameter(default=False, help="its driver counts in pcpu_sw_netstats")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyDevice(NetDevice):
    """A network device of a kind that has no consumer of its own, by what its driver uses."""

    stats: str = parameter(
        default="tstats",
        help="its statistics: pcpu_sw_netstats, pcpu_lstats, pcpu_dstats, or none of these",
        choices=("tstats", "lstats", "dstats", "none"),
    )
    gro_cells: bool = parameter(default=False, help="it has GRO cells (gro_cells_init)")
    dst_cache: bool = parameter(default=False, help="it has a destination cache (dst_cache_init)")
    xdp: bool = parameter(default=False, help="its driver has ndo_xdp_xmit")


def _bond_workqueue(_parameters: Bond, system: System) -> Iterator[Request]:
    yield from queue_requests(system, unbound=True)  # create_singlethread_workqueue


def _bond_memory(_parameters: Bond, system: System) -> Iterator[KernelMemory]:
    yield from queue_memory(system, unbound=True)


def _bond_counter(parameters: Bond, system: System) -> Iterator[Request]:
    yield from BOND_RR_COUNTER.requests(system, int(parameters.balance_rr))


def _team_ports(parameters: Team, system: System) -> Iterator[Request]:
    yield from TEAM_LB.requests(system, int(parameters.loadbalance or parameters.ports > 0))
    yield from TEAM_LB_PORT.requests(system, parameters.ports)


def _vrf_table(parameters: NetDevice, system: System) -> Iterator[Request]:
    del parameters
    if system.config.enabled("IP_FIB_TRIE_STATS", default=True):
        yield from FIB_TRIE_STATS.requests(system, where="net/ipv4/fib_trie.c:fib_trie_table (fib_new_table)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vrf(Device):
    """The first VRF also splits the local table from the main one."""

    def loading(self, parameters: NetDevice, system: System) -> Iterator[Request]:
        yield from Device.loading(self, parameters, system)
        yield from _vrf_table(parameters, system)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Veth(Device):
    """Two devices: both are allocated before either is registered."""

    def memory(self, parameters: Veth, system: System) -> Iterator[KernelMemory]:
        for _ in range(2):
            yield from Device.memory(self, parameters, system)
        if parameters.queues:
            yield from costs(system, m.QUEUE_PAIR, 2 * (parameters.queues - 1))
        elif reached(system, "5.15"):
            yield from costs(system, m.VETH_RQ, 2 * (system.nr_cpus - 1))

    def requests(self, parameters: NetDevice, system: System) -> Iterator[Request]:
        for _ in range(2):
            yield from refcnt(system)
        for _ in range(2):
            yield from self.after_alloc(parameters, system)


def _nic_requests(parameters: Nic, system: System) -> Iterator[Request]:
    device = Device(
        kind="nic",
        summary="",
        since="2.6.34",
        sources=(),
        stats=TSTATS if parameters.software_stats else None,
        xdp="5.6" if parameters.xdp else "",
        link_kinds=0,
    )
    yield from device.requests(parameters, system)
    yield from IRQ_DESC.requests(system, parameters.vectors)
    if system.config.enabled("PAGE_POOL_STATS", default=False):
        yield from PAGE_POOL_STATS.requests(system, parameters.rx_queues)
    if parameters.pfifo_fast:
        yield from default_qdisc_requests(system, parameters.tx_queues)


def _nic_memory(parameters: Nic, system: System) -> Iterator[KernelMemory]:
    yield from device_memory(system, ipv6=parameters.ipv6)
    yield from costs(system, m.TX_QUEUE, parameters.tx_queues - 1)
    yield from costs(system, m.RX_QUEUE, parameters.rx_queues - 1)
    yield from costs(system, m.IRQ_DESC, parameters.vectors)
    if parameters.pfifo_fast:
        yield from qdisc_memory(system, parameters.tx_queues)


def _any_memory(parameters: AnyDevice, system: System) -> Iterator[KernelMemory]:
    yield from device_memory(system, ipv6=parameters.ipv6)


_STATS = {"tstats": TSTATS, "lstats": LSTATS, "dstats": DSTATS.since("4.3", "none until 4.2"), "none": None}


def _any_requests(parameters: AnyDevice, system: System) -> Iterator[Request]:
    parts = ((GRO_CELL,) if parameters.gro_cells else ()) + ((DST_CACHE,) if parameters.dst_cache else ())
    device = Device(
        kind="netdev",
        summary="",
        since="2.6.30",
        sources=(),
        stats=_STATS[parameters.stats],
        parts=parts,
        xdp="5.6" if parameters.xdp else "",
    )
    yield from device.requests(parameters, system)


DEVICES = (
    Device(
        kind="dummy",
        summary="a dummy device",
        since="2.6.30",
        stats=DUMMY_STATS,
        sources=("drivers/net/dummy.c", "traced: Debian 6.1.176, 6.12.95, 7.3.4"),
    ),
    _Veth(
        kind="veth",
        summary="a veth pair, both ends",
        since="2.6.30",
        stats=VETH_STATS,
        own_memory=(m.VETH,),
        parameters=Veth,
        xdp="4.20",
        sources=("drivers/net/veth.c:veth_newlink", "traced: Debian 6.1.176, 7.3.4; 6.18.44"),
    ),
    Device(
        kind="vlan",
        summary="an 802.1Q VLAN device (ip link add type vlan)",
        since="2.6.30",
        parts=(VLAN_STATS,),
        sources=("net/8021q/vlan_dev.c:vlan_dev_init", "traced: Debian 6.1.176, 6.12.95, 7.3.4"),
    ),
    Device(
        kind="macvlan",
        summary="a macvlan or macvtap device",
        since="2.6.30",
        parts=(VLAN_STATS,),
        sources=("drivers/net/macvlan.c:macvlan_init", "traced: Debian 6.1.176, 6.12.95, 7.3.4"),
    ),
    Device(
        kind="ipvlan",
        summary="an ipvlan or ipvtap device",
        since="3.19",
        parts=(IPVLAN_STATS,),
        sources=("drivers/net/ipvlan/ipvlan_main.c:ipvlan_init", "traced: Debian 6.1.176, 6.12.95, 7.3.4"),
    ),
    Device(
        kind="tun",
        summary="a tun device (IP packets)",
        since="2.6.30",
        stats=TUN_STATS,
        own_memory=(m.TUN,),
        sources=("drivers/net/tun.c:tun_net_init", "traced: Debian 6.1.176, 6.12.95, 7.3.4"),
    ),
    Device(
        kind="tap",
        module="tun",
        summary="a tap device (Ethernet frames), as virtual machines use",
        since="2.6.30",
        stats=TUN_STATS,
        own_memory=(m.TUN,),
        xdp="4.17",
        sources=("drivers/net/tun.c:tun_net_init, tap_netdev_ops", "traced: Debian 6.1.176, 6.12.95, 7.3.4"),
    ),
    Device(
        kind="ifb",
        summary="an intermediate functional block device",
        since="2.6.30",
        sources=("drivers/net/ifb.c: counters by queue, not by CPU", "traced: Debian 6.1.176, 6.12.95"),
    ),
    Device(
        kind="bond",
        summary="a bonding device",
        since="2.6.30",
        init_extra=_bond_workqueue,
        xdp="5.15",
        more_memory=_bond_memory,
        after=_bond_counter,
        parameters=Bond,
        sources=("drivers/net/bonding/bond_main.c:bond_init, bond_open", "traced: Debian 6.1.176, 7.3.4"),
    ),
    Device(
        kind="team",
        summary="a team device",
        since="3.3",
        parts=(TEAM_STATS,),
        after=_team_ports,
        parameters=Team,
        sources=("drivers/net/team/team_core.c:team_init",),
    ),
    _Vrf(
        kind="vrf",
        summary="a VRF device with its routing table",
        since="4.3",
        init_extra=_vrf_table,
        stats=DSTATS,
        sources=("drivers/net/vrf.c:vrf_dev_init", "traced: Debian 6.12.95, 7.3.4"),
    ),
    Device(
        kind="netkit",
        summary="one netkit device (a pair has two)",
        since="6.7",
        stats=TSTATS,
        sources=("drivers/net/netkit.c",),
    ),
    Device(
        kind="nlmon",
        summary="a netlink monitor device",
        since="3.10",
        stats=LSTATS.at("drivers/net/nlmon.c:nlmon_dev_init"),
        sources=("drivers/net/nlmon.c", "traced: Debian 6.1.176, 7.3.4"),
    ),
    Device(
        kind="vcan",
        summary="a virtual CAN device",
        since="2.6.30",
        ipv6_since="7.0",
        sources=(
            "drivers/net/can/vcan.c: its MTU kept IPv6 away",
            "traced: Debian 6.1.176, 6.12.95 (7.3.4: with IPv6)",
        ),
    ),
    Device(
        kind="ppp",
        summary="a PPP unit",
        since="2.6.30",
        parts=(PPP_RECURSION,),
        sources=("drivers/net/ppp/ppp_generic.c:ppp_dev_configure",),
    ),
    Device(
        kind="dsa-port",
        summary="a user port of a DSA switch",
        since="5.12",
        stats=TSTATS,
        sources=("net/dsa/user.c:dsa_user_create",),
        link_kinds=0,
    ),
)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Network devices."""
    for device in DEVICES:
        yield device.record()
    yield ConsumerRecord(
        kind="netdev",
        summary="a network device of any other kind, by what its driver uses",
        requests=_any_requests,
        memory=_any_memory,
        parameters=AnyDevice,
        unit="device",
        family="network device",
        sources=(
            "net/core/dev.c:alloc_netdev_mqs, netdev_do_alloc_pcpu_stats; net/ipv6/addrconf.c; kernel/bpf/devmap.c",
            "traced: Debian 6.1.176, 6.12.95, 7.3.4 (two dozen kinds)",
        ),
    )
    yield ConsumerRecord(
        kind="nic",
        summary="a physical or virtio network device with several queues",
        requests=_nic_requests,
        memory=_nic_memory,
        parameters=Nic,
        unit="device",
        family="network device",
        since="2.6.34",
        sources=(
            "net/core/dev.c, net/ipv6/addrconf.c, kernel/bpf/devmap.c, kernel/irq/irqdesc.c:alloc_desc",
            "net/sched/sch_mq.c:mq_init (a pfifo_fast for each transmit queue), net/core/page_pool.c",
            "drivers' own counters are per ring (kmalloc), with few exceptions",
        ),
    )
