"""Disks: request queue, statistics, backing device, control group; and the drivers on top."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, Gfp, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_block as s
from planner_consumers import sizes_memory as m
from planner_consumers.cgroup import blkg_requests, throttle_requests
from planner_consumers.kernel_memory import taking
from planner_consumers.sizes_cgroup import THROTTLE_ALWAYS
from planner_consumers.sizes_generic import SRCU
from planner_consumers.workqueue import queue_requests
from planner_consumers.writeback import writeback_requests

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk with a multi-queue driver (virtio-blk, NVMe namespace, …)."""

    hardware_queues: int = parameter(default=1, help="hardware queues of its tag set", minimum=1, maximum=4096)
    partitions: int = parameter(default=0, help="partitions", minimum=0, maximum=256)
    blocking: bool = parameter(
        default=False, help="the driver may sleep in queue_rq (BLK_MQ_F_BLOCKING: nbd, loop, NVMe/TCP)"
    )
    own_tag_set: bool = parameter(
        default=True, help="it has a tag set of its own (SCSI and NVMe share one by host or controller)"
    )
    scheduler: bool = parameter(default=False, help="with an I/O scheduler that has tags of its own (mq-deadline, bfq)")
    kyber: bool = parameter(default=False, help="with the scheduler kyber")
    writeback_throttling: bool = parameter(default=True, help="CONFIG_BLK_WBT_MQ: writeback throttling is on")


@dataclass(frozen=True, slots=True, kw_only=True)
class BioDisk:
    """A disk whose driver takes bios itself (brd, zram, …)."""

    partitions: int = parameter(default=0, help="partitions", minimum=0, maximum=256)
    streams: int = parameter(default=0, help="compression streams (zram with a size set)", minimum=0, maximum=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A loop device."""

    attached: bool = parameter(default=True, help="a file is attached: it has a workqueue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dm:
    """A device-mapper device."""

    partitions: int = parameter(default=0, help="partitions", minimum=0, maximum=256)


def srcu_requests(system: System, count: int, where: str) -> Iterator[Request]:
    """Yield ``count`` SRCU structures made at ``where``."""
    yield from SRCU.requests(system, count, where=where)


def tag_set_requests(system: System, *, hardware_queues: int = 1, blocking: bool = False) -> Iterator[Request]:
    """Yield what a tag set takes: SRCU structures, and an allocation hint for each bitmap of tags."""
    if blocking and s.BLOCKING_SRCU_OF_SET.at(system.kernel):
        yield from srcu_requests(system, 1, "block/blk-mq.c:blk_mq_alloc_tag_set (BLK_MQ_F_BLOCKING)")
    if s.TAG_SET_SRCU.at(system.kernel):
        yield from srcu_requests(system, 1, "block/blk-mq.c:blk_mq_alloc_tag_set (tags_srcu)")
    hints = hardware_queues * (2 if s.RESERVED_TAGS_HINT.at(system.kernel) else 1)
    yield from s.SBITMAP_HINT.requests(system, hints)


def queue_reference(system: System) -> Iterator[Request]:
    """Yield a request queue's own reference."""
    if s.QUEUE_REF_PRESENT.at(system.kernel):
        yield from s.QUEUE_REF.requests(system)


def mq_queue_requests(system: System, *, hardware_queues: int = 1, blocking: bool = False) -> Iterator[Request]:
    """Yield what a multi-queue request queue takes."""
    if blocking and s.BLOCKING_SRCU_OF_QUEUE.at(system.kernel):
        yield from srcu_requests(system, 1, "block/blk-core.c:blk_alloc_queue (BLK_MQ_F_BLOCKING)")
    yield from queue_reference(system)
    yield from s.POLL_STAT.requests(system)
    yield from s.QUEUE_CTX.requests(system)
    if blocking and s.BLOCKING_SRCU_OF_HCTX.at(system.kernel):
        yield from srcu_requests(system, hardware_queues, "block/blk-mq.c:blk_mq_alloc_hctx (BLK_MQ_F_BLOCKING)")


def gendisk_requests(system: System, partitions: int = 0) -> Iterator[Request]:
    """Yield what a disk takes beside its queue: backing device, statistics, the root group's share."""
    yield from writeback_requests(system)
    yield from disk_stats_requests(system)
    if system.config.enabled("BLK_CGROUP", default=True):
        yield from blkg_requests_of_root(system)
    for _ in range(partitions):
        yield from disk_stats_requests(system)


def disk_stats_requests(system: System) -> Iterator[Request]:
    """Yield the counters of a disk or a partition."""
    yield from s.DISK_STATS.requests(system)
    yield from s.PART_REF.requests(system)


def blkg_requests_of_root(system: System) -> Iterator[Request]:
    """Yield what blkcg_init_disk takes: the root group's pair, and throttling's where it always runs."""
    always = THROTTLE_ALWAYS.at(system.kernel)
    yield from (item for item in blkg_requests(system, gfp=Gfp.KERNEL) if item.gfp is Gfp.KERNEL)
    if system.config.enabled("BLK_DEV_THROTTLING_LOW", default=True):
        yield from s.LATENCY_BUCKETS.requests(system, 2)
    if always:
        yield from throttle_requests(system)


def writeback_throttling(system: System) -> Iterator[Request]:
    """Yield writeback throttling's statistics of a queue."""
    if system.config.enabled("BLK_WBT_MQ", default=True):
        gfp = Gfp.NOIO if s.WBT_NOIO.at(system.kernel) else Gfp.KERNEL
        yield from s.WBT_STAT.requests(system, gfp=gfp)


def _disk(parameters: Disk, system: System) -> Iterator[Request]:
    if parameters.own_tag_set:
        yield from tag_set_requests(system, hardware_queues=parameters.hardware_queues, blocking=parameters.blocking)
    yield from mq_queue_requests(system, hardware_queues=parameters.hardware_queues, blocking=parameters.blocking)
    yield from gendisk_requests(system, parameters.partitions)
    if parameters.scheduler or parameters.kyber:
        yield from s.SBITMAP_HINT.requests(
            system, parameters.hardware_queues, where="block/blk-mq-sched.c:blk_mq_init_sched"
        )
    if parameters.kyber:
        yield from s.KYBER_LATENCY.requests(system)
        yield from s.SBITMAP_HINT.requests(system, 4, where="block/kyber-iosched.c:kyber_queue_data_alloc (domains)")
    if parameters.writeback_throttling:
        yield from writeback_throttling(system)


def bio_disk_requests(system: System, partitions: int = 0) -> Iterator[Request]:
    """Yield what a disk takes whose driver takes bios: queue reference and disk."""
    yield from queue_reference(system)
    yield from gendisk_requests(system, partitions)


def _bio_disk(parameters: BioDisk, system: System) -> Iterator[Request]:
    yield from bio_disk_requests(system, parameters.partitions)
    yield from s.ZCOMP_STREAM.requests(system, parameters.streams)


def _loop(parameters: Loop, system: System) -> Iterator[Request]:
    yield from tag_set_requests(system)
    yield from mq_queue_requests(system)
    yield from gendisk_requests(system)
    yield from writeback_throttling(system)
    if parameters.attached:
        yield from queue_requests(system, unbound=True)


def _dm(parameters: Dm, system: System) -> Iterator[Request]:
    yield from srcu_requests(system, 1, "drivers/md/dm.c:alloc_dev (io_barrier)")
    yield from bio_disk_requests(system, parameters.partitions)
    yield from queue_requests(system)
    yield from s.DM_PENDING.requests(system)
    yield from s.DM_STATS_LAST.requests(system)


def _md(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.MD_REF.requests(system, 2)
    yield from bio_disk_requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Disks and drivers."""
    family = "block device"
    yield ConsumerRecord(
        kind="disk",
        summary="a disk with a multi-queue driver: virtio-blk, NVMe namespace, nbd, null_blk",
        requests=_disk,
        memory=taking(m.DISK),
        parameters=Disk,
        unit="disk",
        family=family,
        since="3.13",
        sources=(
            "block/blk-mq.c; block/genhd.c:__alloc_disk_node; block/bdev.c:bdev_alloc; block/blk-cgroup.c:blkcg_init_disk",
            _TRACED,
        ),
    )
    yield ConsumerRecord(
        kind="bio-disk",
        summary="a disk whose driver takes bios: brd, zram, and others without tags",
        requests=_bio_disk,
        memory=taking(m.DISK),
        parameters=BioDisk,
        unit="disk",
        family=family,
        sources=("block/blk-core.c:blk_alloc_queue; block/genhd.c:__alloc_disk_node", _TRACED),
    )
    yield ConsumerRecord(
        kind="loop",
        summary="a loop device",
        requests=_loop,
        memory=taking(m.DISK),
        parameters=Loop,
        unit="device",
        family=family,
        since="4.0",
        sources=("drivers/block/loop.c:loop_add, loop_configure", _TRACED),
    )
    yield ConsumerRecord(
        kind="dm",
        summary="a device-mapper device (LVM volume, LUKS, multipath)",
        requests=_dm,
        memory=taking(m.DISK),
        parameters=Dm,
        unit="device",
        family=family,
        since="3.18",
        sources=("drivers/md/dm.c:alloc_dev; drivers/md/dm-stats.c:dm_stats_init", "traced: Debian 6.1.176, 7.3.4"),
    )
    yield ConsumerRecord(
        kind="md",
        summary="an md array (software RAID)",
        requests=_md,
        memory=taking(m.DISK),
        unit="array",
        family=family,
        since="4.12",
        sources=("drivers/md/md.c:mddev_init, md_run",),
    )
