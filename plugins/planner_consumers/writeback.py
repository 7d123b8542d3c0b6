"""Backing devices: the writeback state of a disk, a file system or a control group."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, Gfp, Request, System, hookimpl
from planner_consumers.generic import counter_requests
from planner_consumers.sizes_block import WB_FPROP, WB_STAT, WB_STATS


def writeback_requests(system: System, *, gfp: Gfp = Gfp.KERNEL) -> Iterator[Request]:
    """Yield what wb_init takes: the completion proportion, then the counters (together from 6.6)."""
    yield from WB_FPROP.requests(system, gfp=gfp)
    yield from counter_requests(system, WB_STATS.size(system).size, item=WB_STAT, gfp=gfp)


def _requests(_parameters: object, system: System) -> Iterator[Request]:
    yield from writeback_requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Backing devices."""
    yield ConsumerRecord(
        kind="backing-device",
        summary="a backing device: of a disk, an NFS, FUSE or btrfs mount",
        requests=_requests,
        unit="device",
        family="file system",
        sources=("mm/backing-dev.c:wb_init", "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"),
    )
