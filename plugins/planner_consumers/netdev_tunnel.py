"""Tunnel devices: one kind each."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, Gfp, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import costs, taking
from planner_consumers.netdev_parts import Device, NetDevice, device_memory
from planner_consumers.sizes_netdev import (
    DST_CACHE,
    GENEVE_CACHE,
    GENEVE_CACHE_EARLY,
    GRO_CELL,
    MACSEC_RX_SA_STATS,
    MACSEC_RX_SC_STATS,
    MACSEC_SECY_STATS,
    MACSEC_TX_SA_STATS,
    MACSEC_TX_SC_STATS,
    TSTATS,
    UDP_TUNNEL_STATS,
    VXLAN_STATS,
    VXLAN_VNI_STATS,
    WIREGUARD_WORKER,
)
from planner_consumers.workqueue import queue_memory, queue_requests

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4"
_IP_TUNNEL = "net/ipv4/ip_tunnel.c:ip_tunnel_init"


@dataclass(frozen=True, slots=True, kw_only=True)
class IpTunnel(NetDevice):
    """A tunnel of the ip_tunnel family; its module makes fallback devices in every network namespace."""

    namespaces: int = parameter(
        default=1,
        help="network namespaces there are when the module is loaded: each gets the module's fallback devices",
        minimum=0,
        maximum=65536,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vxlan(NetDevice):
    """A VXLAN device."""

    remotes: int = parameter(
        default=1, help="remote destinations in its forwarding table", minimum=0, maximum=16_777_216
    )
    vnis: int = parameter(default=0, help="VNIs of a VNI filter (5.18 and later)", minimum=0, maximum=16_777_215)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wireguard(NetDevice):
    """A WireGuard device with peers."""

    peers: int = parameter(default=0, help="peers", minimum=0, maximum=1_048_576)


@dataclass(frozen=True, slots=True, kw_only=True)
class Macsec(NetDevice):
    """A MACsec device."""

    rx_channels: int = parameter(default=1, help="receive secure channels", minimum=0, maximum=65536)
    rx_associations: int = parameter(default=1, help="receive associations in all", minimum=0, maximum=262144)
    tx_associations: int = parameter(default=1, help="transmit associations", minimum=0, maximum=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class _IpTunnelDevice(Device):
    """``fallbacks`` are the kinds of devices that the module makes in each namespace."""

    fallbacks: tuple[str, ...] = ()

    def fallback_requests(self, system: System) -> Iterator[Request]:
        """Yield the fallback devices of one network namespace."""
        for kind in self.fallbacks:
            device = next(device for device in DEVICES if device.kind == kind)
            ipv6 = kind not in _FALLBACKS_WITHOUT_IPV6
            yield from device.requests(NetDevice(ipv6=ipv6), system)

    def fallback_memory(self, system: System) -> Iterator[KernelMemory]:
        """Yield the kernel memory of the fallback devices of one network namespace."""
        for kind in self.fallbacks:
            yield from device_memory(system, ipv6=kind not in _FALLBACKS_WITHOUT_IPV6, own=(m.FALLBACK_TABLES,))

    def loading(self, parameters: IpTunnel, system: System) -> Iterator[Request]:
        for _ in range(parameters.namespaces):
            yield from self.fallback_requests(system)
        yield from Device.loading(self, parameters, system)


_FALLBACKS_WITHOUT_IPV6 = {"ipip", "gre", "vti"}
"""tunl0, gre0 and ip_vti0 carry IPv4 only or have no address: traced without an inet6_dev."""


def _vxlan_after(parameters: Vxlan, system: System) -> Iterator[Request]:
    yield from VXLAN_VNI_STATS.requests(system, parameters.vnis)
    yield from _vxlan_remotes(max(0, parameters.remotes - 1), system)


def _vxlan_remotes(count: int, system: System) -> Iterator[Request]:
    where = "drivers/net/vxlan/vxlan_core.c:vxlan_fdb_append (GFP_ATOMIC)"
    yield from DST_CACHE.requests(system, count, gfp=Gfp.ATOMIC, nowarn=True, where=where)


@dataclass(frozen=True, slots=True, kw_only=True)
class _VxlanDevice(Device):
    """The default destination enters the forwarding table before the device is registered."""

    def after_alloc(self, parameters: Vxlan, system: System) -> Iterator[Request]:
        yield from _vxlan_remotes(min(1, parameters.remotes), system)
        yield from Device.after_alloc(self, parameters, system)


def _wireguard_queues(_parameters: Wireguard, system: System) -> Iterator[Request]:
    yield from queue_requests(system, unbound=True)  # handshake_receive_wq
    yield from queue_requests(system, 2)  # handshake_send_wq, packet_crypt_wq
    yield from WIREGUARD_WORKER.requests(system, 3)


def peer_requests(system: System, count: int = 1) -> Iterator[Request]:
    """Yield what ``count`` WireGuard peers take."""
    yield from DST_CACHE.requests(system, count, where="drivers/net/wireguard/peer.c:wg_peer_create")


def _wireguard_peers(parameters: Wireguard, system: System) -> Iterator[Request]:
    yield from peer_requests(system, parameters.peers)


def _wireguard_memory(parameters: Wireguard, system: System) -> Iterator[KernelMemory]:
    yield from queue_memory(system, unbound=True)
    yield from queue_memory(system, 2)
    yield from costs(system, m.WIREGUARD_PEER, parameters.peers)


def _macsec_associations(parameters: Macsec, system: System) -> Iterator[Request]:
    yield from MACSEC_TX_SA_STATS.requests(system, parameters.tx_associations)
    yield from MACSEC_RX_SC_STATS.requests(system, parameters.rx_channels)
    yield from MACSEC_RX_SA_STATS.requests(system, parameters.rx_associations)


def _ip_tunnel(kind: str, summary: str, since: str, fallbacks: tuple[str, ...], *sources: str) -> _IpTunnelDevice:
    return _IpTunnelDevice(
        kind=kind,
        summary=summary,
        since=since,
        stats=TSTATS,
        parts=(DST_CACHE.at(_IP_TUNNEL), GRO_CELL.at(_IP_TUNNEL)),
        parameters=IpTunnel,
        fallbacks=fallbacks,
        link_kinds=len(fallbacks),
        module="ip_gre" if "gre" in fallbacks else "",
        sources=(*sources, _IP_TUNNEL),
    )


DEVICES: tuple[Device, ...] = (
    _ip_tunnel("ipip", "an IP-in-IP tunnel", "2.6.30", ("ipip",), "net/ipv4/ipip.c", _TRACED),
    _ip_tunnel("gre", "a GRE tunnel (layer 3)", "2.6.30", ("gre", "gretap", "erspan"), "net/ipv4/ip_gre.c", _TRACED),
    _ip_tunnel(
        "gretap", "a GRE tunnel (Ethernet)", "2.6.30", ("gre", "gretap", "erspan"), "net/ipv4/ip_gre.c", _TRACED
    ),
    _ip_tunnel("erspan", "an ERSPAN tunnel", "4.14", ("gre", "gretap", "erspan"), "net/ipv4/ip_gre.c", _TRACED),
    _ip_tunnel("vti", "a virtual IPsec tunnel over IPv4", "3.6", ("vti",), "net/ipv4/ip_vti.c"),
    _IpTunnelDevice(
        kind="sit",
        summary="an IPv6-in-IPv4 tunnel",
        since="2.6.30",
        stats=TSTATS,
        parts=(DST_CACHE.at("net/ipv6/sit.c:ipip6_tunnel_init"),),
        parameters=IpTunnel,
        fallbacks=("sit",),
        sources=("net/ipv6/sit.c:ipip6_tunnel_init", "traced: Debian 6.1.176, 6.12.95, 7.3.4"),
    ),
    _IpTunnelDevice(
        kind="ip6tnl",
        summary="a tunnel over IPv6",
        since="2.6.30",
        stats=TSTATS,
        parts=(
            DST_CACHE.at("net/ipv6/ip6_tunnel.c:ip6_tnl_dev_init"),
            GRO_CELL.at("net/ipv6/ip6_tunnel.c:ip6_tnl_dev_init"),
        ),
        parameters=IpTunnel,
        fallbacks=("ip6tnl",),
        sources=("net/ipv6/ip6_tunnel.c:ip6_tnl_dev_init", _TRACED),
    ),
    _IpTunnelDevice(
        kind="ip6gre",
        summary="a GRE tunnel over IPv6",
        since="3.7",
        stats=TSTATS,
        parts=(
            DST_CACHE.at("net/ipv6/ip6_gre.c:ip6gre_tunnel_init_common"),
            GRO_CELL.at("net/ipv6/ip6_gre.c:ip6gre_tunnel_init_common"),
        ),
        parameters=IpTunnel,
        fallbacks=("ip6gre",),
        link_kinds=3,
        sources=("net/ipv6/ip6_gre.c:ip6gre_tunnel_init_common",),
    ),
    _VxlanDevice(
        kind="vxlan",
        summary="a VXLAN device",
        since="3.7",
        stats=VXLAN_STATS,
        parts=(GRO_CELL.at("drivers/net/vxlan/vxlan_core.c:vxlan_init"),),
        after=_vxlan_after,
        parameters=Vxlan,
        sources=("drivers/net/vxlan/vxlan_core.c:vxlan_init, vxlan_fdb_append", "traced: Debian 6.1.176, 6.12.95"),
    ),
    Device(
        kind="geneve",
        summary="a Geneve device",
        since="4.2",
        stats=UDP_TUNNEL_STATS,
        early=(GENEVE_CACHE_EARLY,),
        parts=(GRO_CELL.at("drivers/net/geneve.c:geneve_init"), GENEVE_CACHE),
        sources=("drivers/net/geneve.c:geneve_init", _TRACED),
    ),
    Device(
        kind="bareudp",
        summary="a bareudp device",
        since="5.7",
        stats=UDP_TUNNEL_STATS,
        parts=(GRO_CELL.at("drivers/net/bareudp.c:bareudp_init"),),
        sources=("drivers/net/bareudp.c:bareudp_init",),
    ),
    Device(
        kind="wireguard",
        summary="a WireGuard device, with peers if given",
        since="5.6",
        init_extra=_wireguard_queues,
        more_memory=_wireguard_memory,
        stats=TSTATS,
        after=_wireguard_peers,
        parameters=Wireguard,
        sources=("drivers/net/wireguard/device.c:wg_newlink; queueing.c; peer.c", _TRACED),
    ),
    Device(
        kind="xfrm-interface",
        summary="an IPsec interface (ip link add type xfrm)",
        since="4.19",
        stats=TSTATS,
        parts=(GRO_CELL.at("net/xfrm/xfrm_interface_core.c:xfrmi_dev_init"),),
        sources=("net/xfrm/xfrm_interface_core.c:xfrmi_dev_init",),
    ),
    Device(
        kind="macsec",
        summary="a MACsec device",
        since="4.6",
        parts=(
            TSTATS.at("drivers/net/macsec.c:macsec_dev_init"),
            GRO_CELL.at("drivers/net/macsec.c:macsec_dev_init"),
            MACSEC_SECY_STATS,
            MACSEC_TX_SC_STATS,
        ),
        after=_macsec_associations,
        parameters=Macsec,
        sources=("drivers/net/macsec.c:macsec_dev_init, macsec_add_dev",),
    ),
    Device(
        kind="gtp",
        summary="a GTP user-plane device",
        since="4.7",
        stats=TSTATS,
        sources=("drivers/net/gtp.c:gtp_dev_init",),
    ),
)


def fallback_devices(kinds: Iterable[str], system: System) -> Iterator[Request]:
    """Yield the fallback devices that the modules ``kinds`` (``gre``, ``ipip``, ``sit`` …) make in a new namespace."""
    for device in DEVICES:
        if isinstance(device, _IpTunnelDevice) and device.kind in set(kinds):
            yield from device.fallback_requests(system)


def fallback_memory(kinds: Iterable[str], system: System) -> Iterator[KernelMemory]:
    """Yield the kernel memory of what :func:`fallback_devices` makes."""
    for device in DEVICES:
        if isinstance(device, _IpTunnelDevice) and device.kind in set(kinds):
            yield from device.fallback_memory(system)


def _peer(_parameters: object, system: System) -> Iterator[Request]:
    yield from peer_requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Tunnels."""
    for device in DEVICES:
        yield device.record()
    yield ConsumerRecord(
        kind="wireguard-peer",
        summary="a peer of a WireGuard device",
        requests=_peer,
        memory=taking(m.WIREGUARD_PEER),
        unit="peer",
        family="network device",
        since="5.6",
        sources=("drivers/net/wireguard/peer.c:wg_peer_create (endpoint_cache)",),
    )
