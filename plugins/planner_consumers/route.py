"""Addresses, routes and next hops; links going up."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, Gfp, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import costs, taking
from planner_consumers.netdev_parts import ipv6_active
from planner_consumers.sizes_route import GROUP_STATS, NEXTHOP4, NEXTHOP6, ROUTE6, ROUTE6_ATOMIC

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"
_V4 = "net/ipv4/fib_semantics.c:fib_create_info"
_V6 = "net/ipv6/route.c:ip6_route_info_create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route."""

    nexthops: int = parameter(default=1, help="its next hops (multipath)", minimum=1, maximum=4096)
    nexthop_object: bool = parameter(
        default=False, help="refers to a nexthop object (5.3 and later): costs nothing itself"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NexthopGroup:
    """A group of nexthop objects."""

    members: int = parameter(default=2, help="its members", minimum=1, maximum=65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nexthop:
    """A nexthop object."""

    ipv6: bool = parameter(default=False, help="its gateway is an IPv6 address")


def route4_requests(system: System, count: int = 1) -> Iterator[Request]:
    """Yield what ``count`` next hops of distinct IPv4 routes take."""
    yield from NEXTHOP4.requests(system, count)


def route6_requests(system: System, *, atomic: bool = False) -> Iterator[Request]:
    """Yield what one IPv6 route takes; ``atomic``: the kernel itself adds it under a lock."""
    gfp = Gfp.ATOMIC if atomic else Gfp.KERNEL
    yield from NEXTHOP6.requests(system, gfp=gfp)
    yield from ROUTE6.requests(system, gfp=Gfp.ATOMIC if ROUTE6_ATOMIC.at(system.kernel) else gfp)


def _route4(parameters: Route, system: System) -> Iterator[Request]:
    if not parameters.nexthop_object:
        yield from route4_requests(system, parameters.nexthops)


def _route6(parameters: Route, system: System) -> Iterator[Request]:
    if not parameters.nexthop_object:
        for _ in range(parameters.nexthops):
            yield from route6_requests(system)


def _address4(_parameters: object, system: System) -> Iterator[Request]:
    yield from route4_requests(system, 3)  # the address, its network, the broadcast address


def _address6(_parameters: object, system: System) -> Iterator[Request]:
    yield from route6_requests(system)  # the address
    yield from route6_requests(system)  # its prefix


def _link_up(_parameters: object, system: System) -> Iterator[Request]:
    if ipv6_active(system):
        yield from route6_requests(system)  # ff00::/8
        yield from route6_requests(system)  # the link-local address
        yield from route6_requests(system, atomic=True)  # fe80::/64, added under a lock


def _nexthop(parameters: Nexthop, system: System) -> Iterator[Request]:
    yield from route6_requests(system) if parameters.ipv6 else route4_requests(system)


def _group(parameters: NexthopGroup, system: System) -> Iterator[Request]:
    yield from GROUP_STATS.requests(system, parameters.members)


def _memory4(parameters: Route, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.ROUTE4)
    if not parameters.nexthop_object:
        yield from costs(system, m.FIB_INFO)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Routes and addresses."""
    yield ConsumerRecord(
        kind="route4",
        summary="an IPv4 route whose next hops no other route has (equal ones share them)",
        requests=_route4,
        memory=_memory4,
        parameters=Route,
        unit="route",
        family="route",
        sources=(_V4, _TRACED),
    )
    yield ConsumerRecord(
        kind="route6",
        summary="an IPv6 route (nothing is shared)",
        requests=_route6,
        memory=taking(m.ROUTE6),
        parameters=Route,
        unit="route",
        family="route",
        sources=(_V6, _TRACED),
    )
    yield ConsumerRecord(
        kind="address4",
        summary="an IPv4 address on a device that is up: three routes",
        requests=_address4,
        memory=taking(m.ADDRESS4),
        unit="address",
        family="route",
        sources=("net/ipv4/fib_frontend.c:fib_add_ifaddr", _V4, _TRACED),
    )
    yield ConsumerRecord(
        kind="address6",
        summary="an IPv6 address: two routes",
        requests=_address6,
        memory=taking(m.ADDRESS6),
        unit="address",
        family="route",
        sources=("net/ipv6/addrconf.c:ipv6_add_addr, addrconf_prefix_route", _V6, _TRACED),
    )
    yield ConsumerRecord(
        kind="link-up",
        summary="a device going up with IPv6: its link-local address and routes",
        requests=_link_up,
        memory=taking(m.ADDRESS6),
        unit="device",
        family="route",
        sources=("net/ipv6/addrconf.c:addrconf_dev_config", _TRACED),
    )
    yield ConsumerRecord(
        kind="nexthop-group",
        summary="a group of nexthop objects",
        requests=_group,
        memory=taking(m.FIB_INFO),
        parameters=NexthopGroup,
        unit="group",
        family="route",
        since="5.3",
        sources=("net/ipv4/nexthop.c:nexthop_create_group", "traced: 6.18.44"),
    )
    yield ConsumerRecord(
        kind="nexthop-object",
        summary="a nexthop object (ip nexthop add)",
        requests=_nexthop,
        memory=taking(m.FIB_INFO),
        parameters=Nexthop,
        unit="nexthop",
        family="route",
        since="5.3",
        sources=("net/ipv4/nexthop.c:nexthop_create", _V4),
    )
