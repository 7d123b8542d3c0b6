"""Netfilter: iptables tables, nftables counters and sets; IPVS services."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, Gfp, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import costs
from planner_consumers.sizes_netfilter import IPTABLES_COUNTING, NFT_COUNTER, NFT_STATS, PIPAPO_SCRATCH, XT_COUNTERS
from planner_consumers.sizes_netns import IPVS_STATS

_BLOCK = 4096
_XT = "net/netfilter/x_tables.c:xt_percpu_counter_alloc"


@dataclass(frozen=True, slots=True, kw_only=True)
class IptablesTable:
    """A table of iptables-legacy, ip6tables-legacy or arptables-legacy."""

    rules: int = parameter(default=0, help="rules of all its chains", minimum=0, maximum=10_000_000)
    chains: int = parameter(
        default=3, help="built-in chains (a policy each: filter 3, nat 4, mangle 5, raw 2)", minimum=1, maximum=5
    )
    user_chains: int = parameter(default=0, help="chains of one's own (two entries each)", minimum=0, maximum=1_000_000)
    replacing: bool = parameter(
        default=False, help="while it is being replaced: the old and the new table stand side by side"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NftCounter:
    """A counter of nftables."""

    counters: int = parameter(
        default=1,
        help="counters: one in each rule, named object or set element that has one",
        minimum=1,
        maximum=100_000_000,
    )
    packet_path: bool = parameter(default=False, help="elements that packets add to a set (dynamic sets, meters)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NftSet:
    """A set of nftables."""

    elements: int = parameter(default=0, help="its elements", minimum=0, maximum=100_000_000)
    counter: bool = parameter(default=False, help="each element counts (the set has a counter statement)")
    ranges: bool = parameter(default=False, help="concatenated ranges (pipapo)")


@dataclass(frozen=True, slots=True, kw_only=True)
class IpvsService:
    """A virtual service of IPVS."""

    destinations: int = parameter(default=1, help="its real servers", minimum=0, maximum=65535)


def _entries(parameters: IptablesTable) -> int:
    return parameters.rules + parameters.chains + 2 * parameters.user_chains + 1  # the last one is the error target


def _iptables(parameters: IptablesTable, system: System) -> Iterator[Request]:
    entry = IPTABLES_COUNTING.entry(system.kernel)
    if entry.value == "copy" or system.nr_cpus == 1:
        return
    size = XT_COUNTERS.size(system).size
    copies = 2 if parameters.replacing else 1
    if entry.value == "rule":
        yield from XT_COUNTERS.requests(system, copies * _entries(parameters))
        return
    blocks = -(-_entries(parameters) * size // _BLOCK)
    what = "block of xt_counters"
    yield Request(size=_BLOCK, align=_BLOCK, count=copies * blocks, what=what, source=f"{_XT}; {entry.source}")


def _iptables_memory(parameters: IptablesTable, system: System) -> Iterator[KernelMemory]:
    copies = system.nr_cpus if IPTABLES_COUNTING.at(system.kernel) == "copy" else 1
    size = 160 * _entries(parameters)
    yield KernelMemory(
        size=size,
        count=copies,
        where="vmalloc",
        what="the rules themselves",
        source="net/netfilter/x_tables.c:xt_alloc_table_info; assumed: 160 bytes a rule",
        basis="assumed",
    )


def _nft_counter(parameters: NftCounter, system: System) -> Iterator[Request]:
    gfp = Gfp.ATOMIC if parameters.packet_path else Gfp.KERNEL
    accounted = False if parameters.packet_path else None
    yield from NFT_COUNTER.requests(system, parameters.counters, gfp=gfp, accounted=accounted)


def _nft_set(parameters: NftSet, system: System) -> Iterator[Request]:
    if parameters.ranges:
        yield from PIPAPO_SCRATCH.requests(system)
    if parameters.counter:
        yield from NFT_COUNTER.requests(
            system, parameters.elements, where="net/netfilter/nft_counter.c:nft_counter_clone"
        )


def _nft_chain(_parameters: object, system: System) -> Iterator[Request]:
    yield from NFT_STATS.requests(system)


def _ipvs_service(parameters: IpvsService, system: System) -> Iterator[Request]:
    yield from IPVS_STATS.requests(system, where="net/netfilter/ipvs/ip_vs_ctl.c:ip_vs_add_service")
    yield from IPVS_STATS.requests(
        system, parameters.destinations, where="net/netfilter/ipvs/ip_vs_ctl.c:ip_vs_new_dest"
    )


def _nft_memory(parameters: NftCounter, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.NFT_RULE, parameters.counters)


def _set_memory(parameters: NftSet, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.NFT_SET)
    yield from costs(system, m.NFT_ELEMENT, parameters.elements)


def _ipvs_memory(parameters: IpvsService, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.IPVS_DESTINATION, 1 + parameters.destinations)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Tables, counters, sets, services."""
    family = "netfilter"
    yield ConsumerRecord(
        kind="iptables-table",
        summary="a table of legacy iptables with its rules",
        requests=_iptables,
        memory=_iptables_memory,
        parameters=IptablesTable,
        unit="table",
        family=family,
        sources=(_XT, "traced: 6.18.44 (an empty table one block, 600 rules three)"),
    )
    yield ConsumerRecord(
        kind="nft-counter",
        summary="nftables counters; iptables-nft puts one into every rule",
        requests=_nft_counter,
        memory=_nft_memory,
        parameters=NftCounter,
        unit="counter",
        family=family,
        since="3.13",
        sources=("net/netfilter/nft_counter.c", "traced: Debian 6.12.95, 7.3.4; 6.18.44"),
    )
    yield ConsumerRecord(
        kind="nft-set",
        summary="an nftables set with its elements",
        requests=_nft_set,
        memory=_set_memory,
        parameters=NftSet,
        unit="set",
        family=family,
        since="3.13",
        sources=("net/netfilter/nft_set_pipapo.c; net/netfilter/nft_counter.c:nft_counter_clone", "traced: 6.18.44"),
    )
    yield ConsumerRecord(
        kind="nft-base-chain",
        summary="a base chain that counts what its policy decides",
        requests=_nft_chain,
        unit="chain",
        family=family,
        since="3.13",
        sources=("net/netfilter/nf_tables_api.c:nft_stats_alloc",),
    )
    yield ConsumerRecord(
        kind="ipvs-service",
        summary="an IPVS service with its real servers",
        requests=_ipvs_service,
        memory=_ipvs_memory,
        parameters=IpvsService,
        unit="service",
        family=family,
        sources=("net/netfilter/ipvs/ip_vs_ctl.c:ip_vs_add_service, ip_vs_new_dest", "compiled 3.2 to 6.12; BTF"),
    )
