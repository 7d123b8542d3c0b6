"""Bridges: the device, its ports and its VLANs."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import costs
from planner_consumers.netdev_parts import Device, NetDevice
from planner_consumers.sizes_netdev import BRIDGE_MCAST_STATS, BRIDGE_VLAN_STATS, TSTATS

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Ports of a bridge."""

    vlans: int = parameter(default=0, help="VLANs of the port", minimum=0, maximum=4094)
    vlan_stats_per_port: bool = parameter(default=False, help="the bridge's option vlan_stats_per_port=1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(NetDevice):
    """A bridge with its ports and VLANs."""

    ports: int = parameter(
        default=0, help="ports (the devices themselves are consumers of their own)", minimum=0, maximum=1024
    )
    vlans: int = parameter(default=0, help="VLAN ids beside the default one", minimum=0, maximum=4093)
    vlan_stats_per_port: bool = parameter(
        default=False, help="vlan_stats_per_port=1: each port counts each VLAN itself"
    )


def _multicast(system: System, where: str, count: int = 1) -> Iterator[Request]:
    if system.config.enabled("BRIDGE_IGMP_SNOOPING", default=True):
        yield from BRIDGE_MCAST_STATS.requests(system, count, where=f"net/bridge/br_multicast.c:{where}")


def vlan_requests(system: System, count: int = 1) -> Iterator[Request]:
    """Yield the counters of ``count`` VLANs of a bridge (or of a port that counts its own)."""
    if system.config.enabled("BRIDGE_VLAN_FILTERING", default=True):
        yield from BRIDGE_VLAN_STATS.requests(system, count)


def _init(_parameters: Bridge, system: System) -> Iterator[Request]:
    yield from _multicast(system, "br_multicast_init_stats")


def _after(parameters: Bridge, system: System) -> Iterator[Request]:
    yield from vlan_requests(system, 1 + parameters.vlans)  # VLAN 1 is made with the bridge
    port = Ports(vlans=parameters.vlans + 1, vlan_stats_per_port=parameters.vlan_stats_per_port)
    for _ in range(parameters.ports):
        yield from _port(port, system)


def _port(parameters: Ports, system: System) -> Iterator[Request]:
    yield from _multicast(system, "br_multicast_add_port")
    if parameters.vlan_stats_per_port:
        yield from vlan_requests(system, parameters.vlans)


def _vlan(_parameters: object, system: System) -> Iterator[Request]:
    yield from vlan_requests(system)


def _port_memory(parameters: Ports, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.BRIDGE_PORT)
    yield from costs(system, m.NET_VLAN, parameters.vlans)


def _bridge_memory(parameters: Bridge, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.BRIDGE_PORT, parameters.ports)
    yield from costs(system, m.NET_VLAN, (1 + parameters.vlans) * (1 + parameters.ports))


def _vlan_memory(_parameters: object, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.NET_VLAN)


BRIDGE = Device(
    kind="bridge",
    summary="a bridge, with ports and VLANs if given",
    since="2.6.30",
    init_extra=_init,
    stats=TSTATS,
    after=_after,
    own_memory=(m.BRIDGE,),
    more_memory=_bridge_memory,
    parameters=Bridge,
    sources=("net/bridge/br_device.c:br_dev_init", "net/bridge/br_vlan.c:br_vlan_init", _TRACED),
)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Bridges, ports, VLANs."""
    yield BRIDGE.record()
    yield ConsumerRecord(
        kind="bridge-port",
        summary="a device joining a bridge",
        requests=_port,
        memory=_port_memory,
        parameters=Ports,
        unit="port",
        family="network device",
        sources=("net/bridge/br_multicast.c:br_multicast_add_port", "net/bridge/br_vlan.c:__vlan_add", _TRACED),
    )
    yield ConsumerRecord(
        kind="bridge-vlan",
        summary="a VLAN id on a bridge",
        requests=_vlan,
        memory=_vlan_memory,
        unit="VLAN",
        family="network device",
        sources=("net/bridge/br_vlan.c:__vlan_add", _TRACED),
    )
