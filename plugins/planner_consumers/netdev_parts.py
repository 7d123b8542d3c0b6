"""What network devices have in common, and in which order a device of any kind takes it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import all_costs, costs
from planner_consumers.sizes_generic import RTNL_LINK_SRCU
from planner_consumers.sizes_netdev import CENTRAL_STATS, CORE_STATS, IPSTATS_MIB, MIB_COPIES, REFCNT, XDP_BULKQ
from planner_consumers.sizing import Object, reached

Parts = tuple[Object, ...]
Extra = Callable[[Any, System], Iterable[Request]]
ExtraMemory = Callable[[Any, System], Iterable[KernelMemory]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetDevice:
    """What any network device has."""

    ipv6: bool = parameter(
        default=True, help="IPv6 may use it: its MTU is at least 1280 and IPv6 is not disabled at boot"
    )
    dropped: bool = parameter(default=False, help="it has dropped a packet (the core's statistics are made then)")


def ipv6_active(system: System) -> bool:
    """Whether the kernel runs IPv6: built in and not switched off by ``ipv6.disable=1``."""
    return system.config.enabled("IPV6", default=True) and system.cmdline.get("ipv6.disable") != "1"


def refcnt(system: System) -> Iterator[Request]:
    """Yield a device's reference counter, made with the device."""
    if system.config.enabled("PCPU_DEV_REFCNT", default=True):
        yield from REFCNT.requests(system)


def registered(system: System, *, ipv6: bool = True, xdp: bool = False) -> Iterator[Request]:
    """Yield what the notifiers of NETDEV_REGISTER add: the XDP bulk queue and IPv6's counters."""
    if xdp and system.config.enabled("BPF_SYSCALL", default=True):
        yield from XDP_BULKQ.requests(system)
    if ipv6 and ipv6_active(system):
        yield from IPSTATS_MIB.requests(system, MIB_COPIES.at(system.kernel), what="inet6_dev ipstats_mib")


def device_memory(system: System, *, ipv6: bool = True, own: Parts = (), count: int = 1) -> Iterator[KernelMemory]:
    """Yield the kernel memory of ``count`` devices with a queue each way: ``own`` is what the kind adds to each."""
    yield from costs(system, m.NET_DEVICE, count)
    if ipv6 and ipv6_active(system):
        yield from costs(system, m.INET6_PART, count)
    for _ in range(count):
        yield from all_costs(system, own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A kind of device: its parts beside those of every device.

    ``early`` comes before registration, ``stats`` and ``parts`` in ndo_init (from 6.8 the core makes ``stats`` after it). ``xdp``
    is the first version with an ndo_xdp_xmit, ``ipv6_since`` the first with an MTU that IPv6 takes. ``init_extra`` and ``after``
    yield what depends on the parameters, in ndo_init and after all else. ``link_kinds``: rtnl_link_ops that the module registers.
    ``own_memory`` and ``more_memory`` are what the kind takes of kernel memory, each time and by its parameters.
    ``module`` is the module's name where it is not the kind: kinds of one module share what loading it takes.
    """

    kind: str
    summary: str
    since: str
    sources: tuple[str, ...]
    early: Parts = ()
    stats: Object | None = None
    parts: Parts = ()
    xdp: str = ""
    ipv6_since: str = "2.6.30"
    init_extra: Extra | None = None
    after: Extra | None = None
    parameters: type = NetDevice
    link_kinds: int = 1
    module: str = ""
    own_memory: Parts = ()
    more_memory: ExtraMemory | None = None

    def requests(self, parameters: Any, system: System) -> Iterator[Request]:
        """Yield the requests of one device in kernel order."""
        yield from refcnt(system)
        yield from self.after_alloc(parameters, system)

    def after_alloc(self, parameters: Any, system: System) -> Iterator[Request]:
        """Yield what follows alloc_netdev: what the driver makes, and registration."""
        for item in self.early:
            yield from item.requests(system)
        central = CENTRAL_STATS.at(system.kernel)
        if self.stats is not None and not central:
            yield from self.stats.requests(system)
        if self.init_extra is not None:
            yield from self.init_extra(parameters, system)
        for item in self.parts:
            yield from item.requests(system)
        if self.stats is not None and central:
            yield from self.stats.requests(system)
        ipv6 = parameters.ipv6 and reached(system, self.ipv6_since)
        yield from registered(system, ipv6=ipv6, xdp=reached(system, self.xdp))
        if parameters.dropped:
            yield from CORE_STATS.requests(system)
        if self.after is not None:
            yield from self.after(parameters, system)

    def memory(self, parameters: Any, system: System) -> Iterator[KernelMemory]:
        """Yield the kernel memory of one device."""
        yield from device_memory(system, ipv6=parameters.ipv6 and reached(system, self.ipv6_since), own=self.own_memory)
        if self.more_memory is not None:
            yield from self.more_memory(parameters, system)

    def loading(self, _parameters: Any, system: System) -> Iterator[Request]:
        """Yield what loading the kind's module takes."""
        yield from RTNL_LINK_SRCU.requests(system, self.link_kinds)

    def once(self, parameters: Any, system: System) -> Iterator[Request]:
        """Yield what loading the kind's module takes, known by the module's name."""
        for request in self.loading(parameters, system):
            yield replace(request, key=f"module {self.module or self.kind}")

    def record(self) -> ConsumerRecord:
        """Return the consumer record of this kind."""
        return ConsumerRecord(
            kind=self.kind,
            summary=self.summary,
            requests=self.requests,
            once=self.once,
            memory=self.memory,
            parameters=self.parameters,
            unit="device",
            family="network device",
            since=self.since,
            sources=(
                *self.sources,
                "net/core/dev.c:alloc_netdev_mqs, register_netdevice; net/ipv6/addrconf.c:ipv6_add_dev",
            ),
        )
