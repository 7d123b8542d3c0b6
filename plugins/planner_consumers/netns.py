"""Network namespaces: the counters of every protocol, and the loopback device."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers import sizes_netns as s
from planner_consumers.kernel_memory import costs
from planner_consumers.netdev_parts import ipv6_active, refcnt, registered
from planner_consumers.netdev_tunnel import fallback_devices, fallback_memory
from planner_consumers.sizes_netdev import CENTRAL_STATS, LSTATS, MIB_COPIES
from planner_consumers.sizing import Object
from planner_consumers.workqueue import queue_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Netns:
    """A network namespace. Each module that is loaded adds its own counters to every one."""

    conntrack: bool = parameter(default=False, help="nf_conntrack is loaded")
    synproxy: bool = parameter(default=False, help="nf_synproxy_core is loaded")
    flowtable: bool = parameter(default=False, help="nf_flow_table is loaded")
    ipvs: bool = parameter(default=False, help="ip_vs is loaded")
    tls: bool = parameter(default=False, help="tls is loaded")
    sctp: bool = parameter(default=False, help="sctp is loaded")
    smc: bool = parameter(default=False, help="smc is loaded")
    tipc: bool = parameter(default=False, help="tipc is loaded")
    mptcp: bool = parameter(default=False, help="it has had a socket of MPTCP")
    gre: bool = parameter(default=False, help="ip_gre is loaded: gre0, gretap0, erspan0 appear")
    ipip: bool = parameter(default=False, help="ipip is loaded: tunl0 appears")
    sit: bool = parameter(default=False, help="sit is loaded: sit0 appears")
    ip6tnl: bool = parameter(default=False, help="ip6_tunnel is loaded: ip6tnl0 appears")
    vti: bool = parameter(default=False, help="ip_vti is loaded: ip_vti0 appears")
    ip6gre: bool = parameter(default=False, help="ip6_gre is loaded: ip6gre0 appears")


def _xfrm(system: System) -> Iterator[Request]:
    if not system.config.enabled("XFRM", default=True):
        return
    if system.config.enabled("XFRM_STATISTICS", default=True):
        yield from s.XFRM_MIB.requests(system, MIB_COPIES.at(system.kernel))
    yield from s.XFRM_STATE_CACHE.requests(system)
    yield from s.DST_ENTRIES.requests(system, where="net/ipv4/xfrm4_policy.c:xfrm4_net_init")


def _counters(system: System, *objects: Object) -> Iterator[Request]:
    for item in objects:
        yield from item.requests(system, MIB_COPIES.at(system.kernel))


def base_requests(system: System) -> Iterator[Request]:
    """Yield what every namespace takes, with no module but the kernel's own."""
    yield from s.PROT_INUSE.requests(system)
    yield from s.SOCK_INUSE.requests(system)
    yield from _xfrm(system)
    yield from _counters(system, s.TCP_MIB, s.IP_MIB, s.LINUX_MIB, s.UDP_MIB, s.UDPLITE_MIB, s.ICMP_MIB, s.ICMPMSG_MIB)
    yield from s.ICMP_SOCKETS.requests(system)
    yield from s.TCP_SOCKETS.requests(system)
    if ipv6_active(system):
        where = "net/ipv6/af_inet6.c:ipv6_init_mibs"
        for item in (s.UDP_MIB, s.UDPLITE_MIB, s.IP_MIB, s.ICMP6_MIB, s.ICMPMSG_MIB):
            yield from item.requests(system, MIB_COPIES.at(system.kernel), where=where)
        yield from s.DST_ENTRIES.requests(system, where="net/ipv6/route.c:ip6_route_net_init")
        if system.config.enabled("XFRM", default=True):
            yield from s.DST_ENTRIES.requests(system, where="net/ipv6/xfrm6_policy.c:xfrm6_net_init")
    yield from refcnt(system)
    where = "net/core/dev.c:netdev_do_alloc_pcpu_stats" if CENTRAL_STATS.at(system.kernel) else LSTATS.where
    yield from LSTATS.requests(system, where=f"{where} (lo)")
    yield from registered(system)


_MODULES: dict[str, tuple[Object, ...]] = {
    "conntrack": (s.CONNTRACK_STAT, s.CONNTRACK_LISTS),
    "synproxy": (s.SYNPROXY_STATS,),
    "flowtable": (s.FLOWTABLE_STAT,),
    "ipvs": (s.IPVS_STATS, s.IPVS_ESTIMATOR),
    "tls": (s.TLS_MIB,),
    "sctp": (s.SCTP_MIB,),
    "smc": (s.SMC_STATS,),
    "mptcp": (s.MPTCP_MIB,),
}
_FALLBACKS = ("gre", "ipip", "sit", "ip6tnl", "vti", "ip6gre")


def _tipc(system: System) -> Iterator[Request]:
    yield from queue_requests(system, unbound=True)  # crypto
    yield from s.TIPC_CRYPTO_STATS.requests(system)
    yield from queue_requests(system, 2, unbound=True)  # topology server: receive and send


def module_requests(name: str, system: System) -> Iterator[Request]:
    """Yield what the protocol module ``name`` adds to each network namespace."""
    if name == "tipc":
        yield from _tipc(system)
    elif name in _FALLBACKS:
        yield from fallback_devices((name,), system)
    else:
        for item in _MODULES[name]:
            yield from item.requests(system)


def _requests(parameters: Netns, system: System) -> Iterator[Request]:
    yield from base_requests(system)
    for name in (*_MODULES, "tipc", *_FALLBACKS):
        if getattr(parameters, name):
            yield from module_requests(name, system)


def _memory(parameters: Netns, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.NETNS)
    # a control socket for each CPU, as long as each namespace had its own
    own = [item for item in (s.ICMP_SOCKETS, s.TCP_SOCKETS) if item.size(system).size]
    families = len(own) + (bool(own) and ipv6_active(system))
    yield from costs(system, m.CONTROL_SOCKET, families * system.nr_cpus)
    for name in _FALLBACKS:
        if getattr(parameters, name):
            yield from fallback_memory((name,), system)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolModule:
    """A protocol module and how many network namespaces it finds."""

    module: str = parameter(default="conntrack", help="what is loaded", choices=(*_MODULES, "tipc", *_FALLBACKS))
    namespaces: int = parameter(default=1, help="network namespaces, the first one included", minimum=1, maximum=65536)


def _protocol(parameters: ProtocolModule, system: System) -> Iterator[Request]:
    for _ in range(parameters.namespaces):
        yield from module_requests(parameters.module, system)


def _protocol_memory(parameters: ProtocolModule, system: System) -> Iterator[KernelMemory]:
    if parameters.module in _FALLBACKS:
        for _ in range(parameters.namespaces):
            yield from fallback_memory((parameters.module,), system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Network namespaces."""
    traced = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"
    yield ConsumerRecord(
        kind="netns",
        summary="a network namespace with its loopback device",
        requests=_requests,
        memory=_memory,
        parameters=Netns,
        unit="namespace",
        family="network namespace",
        needs=("NET_NS",),
        sources=(
            "net/core/net_namespace.c:setup_net; net/ipv4/af_inet.c, net/ipv6/af_inet6.c, net/core/sock.c, net/xfrm/xfrm_policy.c",
            traced,
        ),
    )
    yield ConsumerRecord(
        kind="netns-module",
        summary="a protocol module: what it adds to every network namespace when loaded",
        requests=_protocol,
        memory=_protocol_memory,
        parameters=ProtocolModule,
        unit="module",
        family="network namespace",
        sources=("net/core/net_namespace.c:register_pernet_operations", traced),
    )
