"""What file systems take for each CPU, by kernel version: one fact a line, newest first."""

from planner.plugin import Fact, Since
from planner_consumers.sizes_generic import PERCPU_COUNTER, PERCPU_RWSEM
from planner_consumers.sizing import absent, line, longs, no, obj, same, since, yes

# fmt: off
TMPFS_BLOCKS = PERCPU_COUNTER.at("mm/shmem.c:shmem_fill_super", what="shmem_sb_info.used_blocks")

EXT4_LOCALITY = obj(
    "ext4_locality_group", "fs/ext4/mballoc.c:ext4_mb_init",
    line("7.0", 192, 8, 100, 4, "traced 7.3; 32 bits derived"),
    line("3.16", 200, 8, 104, 4, "BTF 6.1, 6.12, 6.18; traced 6.12; 32 bits derived"),
    line("2.6.30", 192, 8, 100, 4, "assumed: a mutex, ten list heads and a lock"),
)
EXT4_COUNTERS: Fact[int] = Fact(
    "percpu_counters of an ext4 super block", "free and used clusters, directories, dirty clusters, orphans, s_sra_exceeded",
    (
        Since("5.18", 5, "fs/ext4/super.c:ext4_percpu_param_init; traced 6.1, 6.12, 7.3"),
        Since("2.6.30", 4, "fs/ext4/super.c:ext4_fill_super; read 3.2 to 5.4"),
    ),
)
EXT4_ES_COUNTERS: Fact[int] = Fact(
    "percpu_counters of the extent status tree", "fs/ext4/extents_status.c:ext4_es_register_shrinker",
    (
        Since("4.19", 4, "hits, misses, all and shrinkable; read 5.4; traced 6.1, 6.12, 7.3"),
        Since("3.18", 2, "all and shrinkable; read 4.4"),
        Since("3.12", 1, "read 3.16"),
        Since("2.6.30", 0, "none; read 3.10"),
    ),
)
EXT4_RWSEM = since(
    "ext4 has a percpu_rwsem for its journal mode",
    yes("4.7", "fs/ext4/super.c (s_journal_flag_rwsem, s_writepages_rwsem); traced 6.1, 6.12, 7.3"),
    no("2.6.30", "none; read 4.4"),
)
EXT4_WORKQUEUE = since(
    "ext4 makes one unbound workqueue a mount",
    yes("3.10", "fs/ext4/super.c:ext4_fill_super (ext4-rsv-conversion, WQ_UNBOUND); traced 6.12, 7.3"),
    no("2.6.30", "dio-unwritten: bound"),
)
JOURNAL_COUNTER = since(
    "a journal has a percpu_counter of its checkpoint list",
    yes("5.14", "fs/jbd2/journal.c:journal_init_common; traced 6.1, 6.12, 7.3"),
    no("2.6.30", "none"),
)
EXT_COUNTER = PERCPU_COUNTER.at("fs/ext4/super.c:ext4_percpu_param_init", what="ext4_sb_info counters")
EXT_RWSEM = PERCPU_RWSEM.at("fs/ext4/super.c:ext4_percpu_param_init", what="ext4_sb_info.s_writepages_rwsem")

XFS_STATS = obj(
    "xfsstats", "fs/xfs/xfs_super.c:xfs_init_fs_context, init_xfs_fs",
    line("7.0", 1112, 8, 1108, 4, "BTF 7.2, 7.3; traced 7.3; 32 bits as on 6.1: four bytes of padding less"),
    line("6.14", 1088, 8, 1084, 4, "BTF 6.18; traced 6.18; 32 bits as on 6.1: four bytes of padding less"),
    line("6.10", 912, 8, 908, 4, "BTF 6.12; traced 6.12; compiled 6.12 (i386)"),
    line("4.4", 792, 8, 788, 4, "BTF 6.1; DWARF i386 6.1.176"),
    absent("2.6.30", "one for all mounts until 4.3"),
)
XFS_INODEGC = obj(
    "xfs_inodegc", "fs/xfs/xfs_super.c:xfs_inodegc_init_percpu",
    line("6.6", 120, 8, 68, 4, "BTF 6.12, 6.18; traced 6.18; 32 bits derived"),
    line("5.14", 112, 8, 60, 4, "BTF 6.1; 32 bits derived"),
    absent("2.6.30", "none"),
)
XFS_CIL = obj(
    "xlog_cil_pcp", "fs/xfs/xfs_log_cil.c:xlog_cil_init",
    line("6.0", 40, 8, 24, 4, "BTF 6.1, 6.12, 6.18; traced 6.18; 32 bits derived"),
    absent("2.6.30", "one for all CPUs"),
)
XFS_COUNTERS: Fact[int] = Fact(
    "percpu_counters of an xfs mount", "inodes, free inodes, free blocks, delayed blocks; I/Os in flight of each buffer target",
    (
        Since("6.16", 8, "fs/xfs/xfs_super.c:xfs_init_percpu_counters, fs/xfs/xfs_buf.c; traced 6.18"),
        Since("5.14", 6, "fs/xfs/xfs_super.c; fs/xfs/xfs_buf.c: one a target"),
        Since("4.8", 5, "fs/xfs/xfs_buf.c: bt_io_count"),
        Since("4.1", 3, "fs/xfs/xfs_super.c:xfs_init_percpu_counters"),
        Since("2.6.30", 0, "xfs_icsb_cnts"),
    ),
)
XFS_ICSB = obj(
    "xfs_icsb_cnts", "fs/xfs/xfs_mount.c:xfs_icsb_init_counters",
    absent("4.1", "percpu_counters"),
    same("2.6.30", 32, 8, "read 3.2"),
)
XFS_WORKQUEUES: Fact[int] = Fact(
    "bound workqueues of an xfs mount", "fs/xfs/xfs_super.c:xfs_init_mount_workqueues, fs/xfs/xfs_log.c: all without WQ_UNBOUND",
    (
        Since("5.14", 6, "buf, conv, reclaim, inodegc, sync, log; traced 6.18: eight with the unbound ones"),
        Since("3.10", 6, "read 4.4 to 5.4"),
        Since("2.6.36", 2, "read 3.2"),
        Since("2.6.30", 0, "of the module"),
    ),
)
XFS_UNBOUND: Fact[int] = Fact(
    "unbound workqueues of an xfs mount", "fs/xfs/xfs_super.c:xfs_init_mount_workqueues, fs/xfs/xfs_log_cil.c: WQ_UNBOUND",
    (
        Since("5.14", 2, "blockgc, cil"),
        Since("2.6.30", 0, "none"),
    ),
)
BTRFS_WORKQUEUES: Fact[int] = Fact(
    "workqueues of a btrfs mount", "fs/btrfs/disk-io.c:btrfs_init_workqueues: all with WQ_UNBOUND or ordered",
    (
        Since("6.0", 14, "traced 6.18"),
        Since("3.15", 17, "read 4.4 to 5.10"),
        Since("2.6.30", 0, "threads of its own"),
    ),
)
BTRFS_COUNTERS: Fact[int] = Fact(
    "percpu_counters of a btrfs mount", "fs/btrfs/disk-io.c:init_mount_fs_info, and the locks of its roots",
    (
        Since("6.0", 8, "traced 6.18: 184 bytes in all"),
        Since("4.4", 5, "read 4.4 to 5.10"),
        Since("2.6.30", 2, "read 3.10"),
    ),
)
NFS_IOSTATS = obj(
    "nfs_iostats", "fs/nfs/client.c:nfs_alloc_server",
    line("6.12", 320, 64, 192, 64, "BTF 6.12 to 7.3; 32 bits laid out; ____cacheline_aligned"),
    line("2.6.30", 320, 64, 256, 64, "BTF 6.1; DWARF i386 6.1.176"),
)
SQUASHFS_STREAM = obj(
    "squashfs_stream", "fs/squashfs/decompressor_multi_percpu.c",
    longs("3.13", 1, "BTF 6.1 to 7.3; DWARF i386 6.1.176"),
    absent("2.6.30", "one decompressor"),
)
GFS2_LKSTATS = obj(
    "gfs2_pcpu_lkstats", "fs/gfs2/ops_fstype.c:init_sbd",
    same("3.4", 640, 8, "fs/gfs2/incore.h: ten kinds of locks, eight u64 each"),
    absent("2.6.30", "none"),
)
EXT2_COUNTERS = PERCPU_COUNTER.at("fs/ext2/super.c:ext2_fill_super", what="ext2_sb_info counters")
F2FS_COUNTERS = PERCPU_COUNTER.at("fs/f2fs/super.c:init_percpu_info", what="f2fs_sb_info counters")
CEPH_METRICS: Fact[int] = Fact(
    "percpu_counters of a Ceph mount", "fs/ceph/metric.c:ceph_metric_init",
    (
        Since("5.14", 7, "read 5.15: hits and misses of dentries, capabilities, opened files and inodes, total inodes"),
        Since("2.6.30", 4, "read 5.10"),
    ),
)
CEPH_COUNTERS = PERCPU_COUNTER.at("fs/ceph/metric.c:ceph_metric_init", what="ceph_client_metric counters")
