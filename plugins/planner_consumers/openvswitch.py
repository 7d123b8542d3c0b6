"""Open vSwitch."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_misc as s
from planner_consumers.sizes_generic import KMEM_CACHE, RTNL_LINK_SRCU


@dataclass(frozen=True, slots=True, kw_only=True)
class Datapath:
    """An Open vSwitch datapath."""

    vports: int = parameter(
        default=1, help="its ports (the devices are consumers of their own)", minimum=0, maximum=65535
    )


def _datapath(parameters: Datapath, system: System) -> Iterator[Request]:
    yield from s.OVS_MASK_CACHE.requests(system)
    yield from s.OVS_MASK_STATS.requests(system)
    yield from s.OVS_STATS.requests(system)
    yield from s.OVS_UPCALL.requests(system, parameters.vports)


def _module(_parameters: Datapath, system: System) -> Iterator[Request]:
    yield from s.OVS_FIFOS.requests(system)
    yield from s.OVS_KEYS.requests(system)
    yield from s.OVS_STORAGE.requests(system)
    yield from RTNL_LINK_SRCU.requests(system)
    yield from KMEM_CACHE.requests(
        system, where="net/openvswitch/flow_table.c:ovs_flow_init", what="slab cache sw_flow"
    )


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """List datapaths."""
    yield ConsumerRecord(
        kind="openvswitch",
        summary="an Open vSwitch datapath; the first brings the module's own (beside its static data)",
        requests=_datapath,
        once=_module,
        parameters=Datapath,
        unit="datapath",
        family="network device",
        since="3.3",
        sources=(
            "net/openvswitch/datapath.c:ovs_dp_cmd_new; flow_table.c; vport.c; actions.c:action_fifos_init; BTF",
            "traced: Debian 6.1.176, 6.12.95, 7.3.4 (the module)",
        ),
    )
