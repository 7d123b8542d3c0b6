"""Flows of acme's out-of-tree network driver: counters for each flow, a ring for each of its queues."""

from collections.abc import Iterable
from dataclasses import dataclass

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter

SOURCE = "drivers/net/ethernet/acme/acme_flow.c:acme_flow_create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Keys of ``[[consumer]] kind = "acme-flow"``."""

    queues: int = parameter(1, "queues that the flow is spread over", minimum=1, maximum=64)


def requests(parameters: Flow, system: System) -> Iterable[Request]:
    """Return what one flow allocates: its counters, then a ring head for each queue."""
    yield Request(size=4 * 8, align=8, what="struct acme_flow_stats", source=SOURCE)
    yield Request(
        size=3 * system.word, align=system.word, count=parameters.queues, what="struct acme_ring", source=SOURCE
    )


def memory(_parameters: Flow, _system: System) -> Iterable[KernelMemory]:
    """Return what one flow takes beside the per-CPU allocator."""
    yield KernelMemory(size=192, where="slab", what="struct acme_flow", source=SOURCE)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Announce ``kind = "acme-flow"``."""
    yield ConsumerRecord(
        kind="acme-flow",
        summary="a flow of the acme driver",
        requests=requests,
        memory=memory,
        parameters=Flow,
        unit="flow",
        since="4.4",
        family="acme",
        sources=(SOURCE,),
    )
