"""Sockets and IPsec: most take nothing, a few do."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import costs, taking
from planner_consumers.sizes_route import CAN_UNIQ, IPCOMP_SCRATCH, PACKET_PENDING, SOCKETS_ALLOCATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """A socket."""

    type: str = parameter(
        default="tcp",
        help="its family; tcp, udp, unix and netlink sockets take no per-CPU memory",
        choices=("tcp", "udp", "unix", "netlink", "packet", "can-raw"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class XfrmState:
    """An IPsec security association."""

    ipcomp: bool = parameter(default=False, help="it is the first with IPComp and its algorithm")


def _socket(parameters: Socket, system: System) -> Iterator[Request]:
    if parameters.type == "packet":
        yield from PACKET_PENDING.requests(system)
    elif parameters.type == "can-raw":
        yield from CAN_UNIQ.requests(system)


def _socket_memory(parameters: Socket, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.SOCKETS[parameters.type])


def _xfrm(parameters: XfrmState, system: System) -> Iterator[Request]:
    yield from IPCOMP_SCRATCH.requests(system, 2 if parameters.ipcomp else 0)


def _protocol(_parameters: object, system: System) -> Iterator[Request]:
    yield from SOCKETS_ALLOCATED.requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Sockets and security associations."""
    yield ConsumerRecord(
        kind="socket",
        summary="a socket: only packet and CAN sockets take per-CPU memory",
        requests=_socket,
        memory=_socket_memory,
        parameters=Socket,
        unit="socket",
        family="socket",
        sources=(
            "net/packet/af_packet.c:packet_create; net/can/raw.c:raw_init",
            "traced: Debian 6.1.176, 6.12.95, 7.3.4",
        ),
    )
    yield ConsumerRecord(
        kind="protocol",
        summary="a protocol that accounts its sockets' memory (tcp, sctp, mptcp): one counter for all its sockets",
        requests=_protocol,
        unit="protocol",
        family="socket",
        sources=("net/ipv4/tcp.c:tcp_init", "traced: Debian 7.3.4 (sctp)"),
    )
    yield ConsumerRecord(
        kind="xfrm-state",
        summary="an IPsec security association or policy: nothing, but for IPComp",
        requests=_xfrm,
        memory=taking(m.XFRM_STATE),
        parameters=XfrmState,
        unit="association",
        family="socket",
        sources=("net/xfrm/xfrm_ipcomp.c:ipcomp_alloc_scratches", "traced: 6.18.44 (policy)"),
    )
