"""Block devices' hosts and lesser parts: SCSI, NVMe, partitions, encryption, swap, IOMMU."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_block as s
from planner_consumers import sizes_memory as m
from planner_consumers.block import (
    disk_stats_requests,
    gendisk_requests,
    mq_queue_requests,
    srcu_requests,
    tag_set_requests,
    writeback_throttling,
)
from planner_consumers.kernel_memory import costs, taking
from planner_consumers.sizes_generic import KMEM_CACHE
from planner_consumers.workqueue import queue_memory, queue_requests, thread_memory


@dataclass(frozen=True, slots=True, kw_only=True)
class ScsiHost:
    """A SCSI host adapter with its disks."""

    hardware_queues: int = parameter(default=1, help="hardware queues", minimum=1, maximum=1024)
    disks: int = parameter(default=0, help="disks attached", minimum=0, maximum=65536)
    devices: int = parameter(
        default=0, help="devices that are no disks (no driver, tape, changer)", minimum=0, maximum=65536
    )
    pseudo_device: bool = parameter(
        default=False, help="the host has a pseudo device (6.18 and later, with reserved commands)"
    )
    reserved_tags: bool = parameter(
        default=False, help="its tag set has reserved tags: a bitmap more for each hardware queue"
    )
    fibre_channel: bool = parameter(default=False, help="it uses libfc (FCoE)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NvmeController:
    """An NVMe controller with its namespaces."""

    queues: int = parameter(default=4, help="I/O queues", minimum=1, maximum=4096)
    namespaces: int = parameter(default=1, help="namespaces", minimum=0, maximum=1024)
    multipath: bool = parameter(
        default=True, help="CONFIG_NVME_MULTIPATH: a head with a disk of its own where paths are shared"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IommuDomain:
    """A DMA domain."""

    lazy: bool = parameter(default=True, help="it flushes lazily (the default): it has a flush queue")


def scsi_device_requests(system: System) -> Iterator[Request]:
    """Yield what a SCSI device takes: a queue and its budget map."""
    yield from mq_queue_requests(system)
    yield from s.BUDGET_HINT.requests(system)


def _scsi_host(parameters: ScsiHost, system: System) -> Iterator[Request]:
    yield from queue_requests(system, unbound=True)  # scsi_tmf: WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_SYSFS
    queues = parameters.hardware_queues * (2 if parameters.reserved_tags else 1)
    yield from tag_set_requests(system, hardware_queues=queues)
    if parameters.pseudo_device:
        yield from mq_queue_requests(system)
    for _ in range(parameters.devices):
        yield from scsi_device_requests(system)
    for _ in range(parameters.disks):
        yield from scsi_device_requests(system)
        yield from gendisk_requests(system)
        yield from writeback_throttling(system)
    if parameters.fibre_channel:
        yield from s.FC_STATS.requests(system)
        yield from s.FC_POOL.requests(system)


def _scsi_once(_parameters: ScsiHost, system: System) -> Iterator[Request]:
    yield from KMEM_CACHE.requests(
        system, where="drivers/scsi/scsi_lib.c:scsi_init_sense_cache", what="slab cache scsi_sense_cache"
    )


def _nvme(parameters: NvmeController, system: System) -> Iterator[Request]:
    yield from s.NVME_SRCU.requests(system)
    yield from tag_set_requests(system)  # admin queue
    yield from mq_queue_requests(system)
    yield from tag_set_requests(system, hardware_queues=parameters.queues)
    for _ in range(parameters.namespaces):
        yield from srcu_requests(system, 1, "drivers/nvme/host/core.c:nvme_alloc_ns_head")
        yield from mq_queue_requests(system)
        yield from gendisk_requests(system)
        yield from writeback_throttling(system)
        if parameters.multipath:
            yield from gendisk_requests(system)


def _partition(_parameters: object, system: System) -> Iterator[Request]:
    yield from disk_stats_requests(system)


def _crypt(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.CRYPT_PAGES.requests(system)
    yield from queue_requests(system, 2)  # kcryptd_io, kcryptd (unbound only with same_cpu_crypt off)


def _raid5(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.RAID5_PERCPU.requests(system)


def _iommu(parameters: IommuDomain, system: System) -> Iterator[Request]:
    yield from s.IOVA_RCACHE.requests(system, 6)
    if parameters.lazy:
        yield from s.IOVA_FLUSH.requests(system)


def _swap(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.SWAP_CLUSTER.requests(system)
    yield from s.SWAP_USERS.requests(system)


def _scsi_memory(parameters: ScsiHost, system: System) -> Iterator[KernelMemory]:
    yield from thread_memory(system, "scsi_eh")
    yield from costs(system, m.DISK, parameters.disks + parameters.devices)


def _nvme_memory(parameters: NvmeController, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.DISK, parameters.namespaces)


def _crypt_memory(_parameters: object, system: System) -> Iterator[KernelMemory]:
    yield from queue_memory(system, 2)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Hosts, controllers, domains."""
    family = "block device"
    yield ConsumerRecord(
        kind="scsi-host",
        summary="a SCSI host adapter (SATA, SAS, USB storage, virtio-scsi) with its disks",
        requests=_scsi_host,
        memory=_scsi_memory,
        once=_scsi_once,
        parameters=ScsiHost,
        unit="host",
        family=family,
        since="4.0",
        sources=(
            "drivers/scsi/hosts.c:scsi_host_alloc; drivers/scsi/scsi_scan.c:scsi_alloc_sdev",
            "traced: Debian 7.3.4 (scsi_debug)",
        ),
    )
    yield ConsumerRecord(
        kind="nvme-controller",
        summary="an NVMe controller with its namespaces",
        requests=_nvme,
        memory=_nvme_memory,
        parameters=NvmeController,
        unit="controller",
        family=family,
        since="4.15",
        sources=("drivers/nvme/host/core.c:nvme_init_ctrl, nvme_alloc_ns_head; BTF",),
    )
    yield ConsumerRecord(
        kind="partition",
        summary="a partition of a disk",
        requests=_partition,
        memory=taking(m.PARTITION),
        unit="partition",
        family=family,
        sources=("block/partitions/core.c:add_partition; block/bdev.c:bdev_alloc",),
    )
    yield ConsumerRecord(
        kind="dm-crypt",
        summary="the encryption target of a device-mapper device (beside kind dm)",
        requests=_crypt,
        memory=_crypt_memory,
        unit="target",
        family=family,
        since="3.0",
        sources=("drivers/md/dm-crypt.c:crypt_ctr",),
    )
    yield ConsumerRecord(
        kind="raid456",
        summary="an md array of level 4, 5 or 6 (beside kind md)",
        requests=_raid5,
        unit="array",
        family=family,
        sources=("drivers/md/raid5.c:raid5_alloc_percpu; BTF",),
    )
    yield ConsumerRecord(
        kind="iommu-domain",
        summary="a DMA domain of the IOMMU: one for each device or group",
        requests=_iommu,
        parameters=IommuDomain,
        unit="domain",
        family=family,
        since="4.13",
        sources=("drivers/iommu/iova.c:iova_domain_init_rcaches; drivers/iommu/dma-iommu.c:iommu_dma_init_fq; BTF",),
    )
    yield ConsumerRecord(
        kind="swap-device",
        summary="a swap device or file on an SSD",
        requests=_swap,
        unit="device",
        family=family,
        sources=("mm/swapfile.c:enable_swap_info; BTF",),
    )
