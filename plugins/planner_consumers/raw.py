"""Anything else: so many bytes, given as they stand in the caller's source."""

from collections.abc import Iterable

from planner.plugin import ConsumerRecord, Gfp, Request, System, hookimpl, parameter
from planner.quick import dataclass

_GFP = {gfp.value: gfp for gfp in Gfp} | {gfp.name: gfp for gfp in Gfp}


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One call of ``__alloc_percpu_gfp``, or several alike."""

    size: int = parameter(help="bytes of one allocation, as the caller passes them", minimum=1, size=True)
    align: int = parameter(default=8, help="alignment in bytes: a power of two up to a page", minimum=1, size=True)
    gfp: str = parameter(
        default="GFP_KERNEL",
        help="flags of the call; GFP_NOWAIT and GFP_ATOMIC cannot sleep",
        choices=tuple(sorted(_GFP)),
    )
    allocations: int = parameter(
        default=1, help="equal allocations that one instance makes", minimum=1, maximum=100_000
    )
    reserved: bool = parameter(default=False, help="from the reserved chunk, as a module's static data")
    accounted: bool = parameter(default=False, help="__GFP_ACCOUNT: charged to the memory cgroup")
    nowarn: bool = parameter(default=False, help="__GFP_NOWARN: a failure stays out of the log")


def _requests(parameters: Raw, system: System) -> Iterable[Request]:
    yield Request(
        size=parameters.size,
        align=parameters.align,
        count=parameters.allocations,
        gfp=_GFP[parameters.gfp],
        reserved=parameters.reserved,
        accounted=parameters.accounted and system.memcg_kmem,
        nowarn=parameters.nowarn,
        what="declared allocation",
        source="the profile",
        basis="declared",
    )


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Allocations given by number."""
    yield ConsumerRecord(
        kind="raw",
        summary="allocations of any size, alignment and flags",
        requests=_requests,
        parameters=Raw,
        unit="allocation",
        family="raw",
        sources=("mm/percpu.c:__alloc_percpu_gfp; the numbers come from the profile",),
    )
