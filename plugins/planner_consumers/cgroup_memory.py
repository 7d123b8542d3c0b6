"""The memory controller's share of a control group."""

from collections.abc import Iterator

from planner.plugin import Request, System
from planner_consumers import sizes_cgroup as s


def memcg_built(system: System) -> bool:
    """Whether the kernel has the memory controller and the command line does not switch it off."""
    return system.config.enabled("MEMCG", default=True) and not system.cmdline.has("cgroup_disable", "memory")


def css_requests(system: System) -> Iterator[Request]:
    """Yield what mem_cgroup_css_alloc takes: counters of the group, of each possible node, and for writeback."""
    if not memcg_built(system):
        return
    yield from s.MEMCG_VMSTATS.requests(system, s.MEMCG_VMSTATS_COPIES.at(system.kernel))
    yield from s.MEMCG_V1_EVENTS.requests(system, int(_v1(system)))
    nodes = len(system.nodes)
    yield from s.LRUVEC_STATS.requests(system, nodes * s.LRUVEC_COPIES.at(system.kernel))
    yield from offline_requests(system)


def _v1(system: System) -> bool:
    """CONFIG_MEMCG_V1 is off unless the configuration says otherwise: so are Debian's 6.12 and 7.3."""
    return system.config.enabled("MEMCG_V1", default=False)


def offline_requests(system: System) -> Iterator[Request]:
    """Yield what stays of a removed group where the kernel frees its statistics early."""
    if memcg_built(system) and system.config.enabled("CGROUP_WRITEBACK", default=True):
        yield from s.MEMCG_FPROP.requests(system)
