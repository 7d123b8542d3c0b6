"""File systems with per-CPU data of their own: one mount each."""

from collections.abc import Callable, Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_fs as s
from planner_consumers import sizes_memory as m
from planner_consumers.generic import counter_requests
from planner_consumers.kernel_memory import all_costs, costs, taking
from planner_consumers.mount import mount_requests, superblock_requests
from planner_consumers.sizes_generic import KMEM_CACHE
from planner_consumers.workqueue import queue_memory, queue_requests, thread_memory
from planner_consumers.writeback import writeback_requests

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ext4:
    """An ext4 mount."""

    journal: bool = parameter(default=True, help="it has a journal (ext2 and ext3 images may not)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """An overlay mount."""

    lower: int = parameter(default=1, help="lower layers", minimum=1, maximum=500)
    upper: bool = parameter(default=True, help="it has an upper layer")


def _tmpfs(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    yield from s.TMPFS_BLOCKS.requests(system)
    yield from mount_requests(system)


def _ext4(parameters: Ext4, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    for _ in range(s.EXT4_ES_COUNTERS.at(system.kernel)):
        yield from s.EXT_COUNTER.requests(system, where="fs/ext4/extents_status.c:ext4_es_register_shrinker")
    if parameters.journal and s.JOURNAL_COUNTER.at(system.kernel):
        yield from s.EXT_COUNTER.requests(
            system, where="fs/jbd2/journal.c:journal_init_common", what="journal_t.j_checkpoint_jh_count"
        )
    yield from queue_requests(system, unbound=s.EXT4_WORKQUEUE.at(system.kernel))
    yield from s.EXT_COUNTER.requests(system, s.EXT4_COUNTERS.at(system.kernel))
    if s.EXT4_RWSEM.at(system.kernel):
        yield from s.EXT_RWSEM.requests(system)
    yield from s.EXT4_LOCALITY.requests(system)
    yield from mount_requests(system)


def _ext4_once(_parameters: Ext4, system: System) -> Iterator[Request]:
    yield from KMEM_CACHE.requests(
        system, where="fs/ext4/mballoc.c:ext4_groupinfo_create_slab", what="slab cache ext4_groupinfo of the block size"
    )


def _xfs(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    yield from queue_requests(system, s.XFS_WORKQUEUES.at(system.kernel))
    yield from queue_requests(system, s.XFS_UNBOUND.at(system.kernel), unbound=True)
    for _ in range(s.XFS_COUNTERS.at(system.kernel)):
        yield from counter_requests(system, 1)
    yield from s.XFS_ICSB.requests(system)
    yield from s.XFS_INODEGC.requests(system)
    yield from s.XFS_STATS.requests(system)
    yield from s.XFS_CIL.requests(system)
    yield from mount_requests(system)


def _xfs_once(_parameters: object, system: System) -> Iterator[Request]:
    yield from queue_requests(system, 2)  # xfs_alloc, xfs_mru_cache
    yield from queue_requests(system, unbound=True)  # xfsdiscard
    yield from s.XFS_STATS.requests(system, where="fs/xfs/xfs_super.c:init_xfs_fs")


def _btrfs(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    yield from writeback_requests(system)
    for _ in range(s.BTRFS_COUNTERS.at(system.kernel)):
        yield from counter_requests(system, 1)
    yield from queue_requests(system, s.BTRFS_WORKQUEUES.at(system.kernel), unbound=True)
    yield from mount_requests(system)


def _overlay(parameters: Overlay, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    layers = parameters.lower + parameters.upper
    yield from mount_requests(system, layers, where="fs/overlayfs/super.c:ovl_fill_super (clone_private_mount)")
    yield from mount_requests(system)


def _nfs(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.NFS_IOSTATS.requests(system)
    yield from superblock_requests(system)
    yield from writeback_requests(system)
    yield from mount_requests(system)


def _fuse(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    yield from writeback_requests(system)
    yield from mount_requests(system)


def _squashfs(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    if system.config.enabled("SQUASHFS_DECOMP_MULTI_PERCPU", default=True):
        yield from s.SQUASHFS_STREAM.requests(system)
    yield from mount_requests(system)


def _ext2(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    yield from s.EXT2_COUNTERS.requests(system, 3)
    yield from mount_requests(system)


def _f2fs(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    yield from s.F2FS_COUNTERS.requests(system, 3)
    yield from mount_requests(system)


def _gfs2(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    yield from s.GFS2_LKSTATS.requests(system)
    yield from mount_requests(system)


def _ceph(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.CEPH_COUNTERS.requests(system, s.CEPH_METRICS.at(system.kernel))
    yield from superblock_requests(system)
    yield from writeback_requests(system)
    yield from mount_requests(system)


def _overlay_memory(parameters: Overlay, system: System) -> Iterator[KernelMemory]:
    yield from all_costs(system, (m.SUPER_BLOCK, m.OVERLAY))
    yield from costs(system, m.MOUNT, 1 + parameters.lower + parameters.upper)


def _ext4_memory(parameters: Ext4, system: System) -> Iterator[KernelMemory]:
    yield from all_costs(system, (m.SUPER_BLOCK, m.MOUNT, m.EXT4))
    yield from queue_memory(system, unbound=s.EXT4_WORKQUEUE.at(system.kernel))
    if parameters.journal:
        yield from thread_memory(system, "jbd2")


def _xfs_memory(_parameters: object, system: System) -> Iterator[KernelMemory]:
    yield from all_costs(system, (m.SUPER_BLOCK, m.MOUNT, m.XFS))
    yield from queue_memory(system, s.XFS_WORKQUEUES.at(system.kernel))
    yield from queue_memory(system, s.XFS_UNBOUND.at(system.kernel), unbound=True)


def _btrfs_memory(_parameters: object, system: System) -> Iterator[KernelMemory]:
    yield from all_costs(system, (m.SUPER_BLOCK, m.MOUNT, m.BTRFS))
    yield from queue_memory(system, s.BTRFS_WORKQUEUES.at(system.kernel), unbound=True)


_plain_memory = taking(m.SUPER_BLOCK, m.MOUNT)


Requests = Callable[[object, System], Iterator[Request]]
_PLAIN: tuple[tuple[str, str, str, Requests, str], ...] = (
    ("mount-tmpfs", "a tmpfs mount", "2.6.30", _tmpfs, "mm/shmem.c:shmem_fill_super"),
    ("mount-btrfs", "a btrfs mount", "2.6.30", _btrfs, "fs/btrfs/disk-io.c:open_ctree"),
    ("mount-nfs", "an NFS mount", "2.6.30", _nfs, "fs/nfs/client.c:nfs_alloc_server"),
    ("mount-fuse", "a FUSE mount", "2.6.30", _fuse, "fs/fuse/inode.c:fuse_bdi_init"),
    ("mount-squashfs", "a squashfs mount", "2.6.30", _squashfs, "fs/squashfs/decompressor_multi_percpu.c"),
    ("mount-ext2", "a mount by the ext2 driver", "2.6.30", _ext2, "fs/ext2/super.c:ext2_fill_super"),
    ("mount-f2fs", "an f2fs mount", "4.0", _f2fs, "fs/f2fs/super.c:init_percpu_info"),
    ("mount-gfs2", "a GFS2 mount", "3.4", _gfs2, "fs/gfs2/ops_fstype.c:init_sbd"),
    ("mount-ceph", "a Ceph mount", "5.6", _ceph, "fs/ceph/metric.c:ceph_metric_init"),
)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """File systems."""
    family = "file system"
    for kind, summary, since, requests, source in _PLAIN:
        yield ConsumerRecord(
            kind=kind,
            summary=summary,
            requests=requests,
            memory=_btrfs_memory if kind == "mount-btrfs" else _plain_memory,
            unit="mount",
            family=family,
            since=since,
            sources=(source, _TRACED),
        )
    yield ConsumerRecord(
        kind="mount-xfs",
        summary="an xfs mount; the first brings the module's own (beside its slab caches)",
        requests=_xfs,
        memory=_xfs_memory,
        once=_xfs_once,
        unit="mount",
        family=family,
        sources=("fs/xfs/xfs_super.c, xfs_buf.c, xfs_log_cil.c", _TRACED),
    )
    yield ConsumerRecord(
        kind="mount-ext4",
        summary="an ext4 mount (and ext2 or ext3 through the ext4 driver)",
        requests=_ext4,
        memory=_ext4_memory,
        once=_ext4_once,
        parameters=Ext4,
        unit="mount",
        family=family,
        sources=("fs/ext4/super.c:ext4_fill_super; fs/ext4/mballoc.c; fs/jbd2/journal.c", _TRACED),
    )
    yield ConsumerRecord(
        kind="mount-overlay",
        summary="an overlay mount, as containers have",
        requests=_overlay,
        memory=_overlay_memory,
        parameters=Overlay,
        unit="mount",
        family=family,
        since="4.0",
        sources=("fs/overlayfs/super.c:ovl_fill_super", "traced: Debian 6.12.95, 7.3.4; 6.18.44"),
    )
