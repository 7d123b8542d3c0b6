"""What block devices take for each CPU, by kernel version: one fact a line, newest first."""

from planner.plugin import Gfp
from planner_consumers.sizes_generic import PERCPU_COUNTER, PERCPU_REF, SRCU
from planner_consumers.sizing import absent, line, longs, no, obj, same, since, yes

# fmt: off
DISK_STATS = obj(
    "disk_stats", "block/bdev.c:bdev_alloc (block/genhd.c before 5.11)",
    line("5.10", 152, 8, 92, 4, "BTF 5.10 to 6.18; compiled 5.10 to 6.12; traced 6.1, 6.12, 6.18, 7.3"),
    line("5.7", 152, 8, 92, 4, "commit 8cd5b8fc0083 (March 2020): without time_in_queue"),
    line("5.5", 160, 8, 96, 4, "commit b68663186577 (November 2019): flushes counted"),
    line("5.0", 128, 8, 76, 4, "compiled 5.4; in_flight of each CPU (December 2018)"),
    line("4.20", 112, 8, 68, 4, "derived: nanoseconds in u64 (commit b57e99b4b8b0, September 2018)"),
    line("4.19", 112, 8, 56, 4, "derived: discards counted (commit bdca3c87fb7a, July 2018)"),
    line("2.6.30", 80, 8, 40, 4, "compiled 3.2 to 4.9"),
)
PART_REF = obj(
    "hd_struct.ref", "include/linux/genhd.h:hd_ref_init (percpu_ref_init)",
    absent("5.11", "no reference of its own"),
    longs("4.2", 1, "read 4.4 to 5.10"),
    absent("2.6.30", "an atomic"),
)
QUEUE_CTX = obj(
    "blk_mq_ctx", "block/blk-mq.c:blk_mq_init_allocated_queue",
    line("5.11", 192, 64, 192, 64, "BTF 6.1 to 7.3; DWARF i386 6.1.176 (lines of 64 bytes); traced 6.1, 6.12, 6.18, 7.3"),
    line("4.9", 256, 64, 192, 64, "BTF 5.10; compiled 4.9 to 5.10"),
    line("3.13", 320, 64, 256, 64, "compiled 4.4"),
    absent("2.6.30", "no multi-queue block layer"),
)
QUEUE_REF = PERCPU_REF.at("block/blk-core.c:blk_alloc_queue", what="request_queue.q_usage_counter")
QUEUE_REF_PRESENT = since(
    "request_queue.q_usage_counter",
    yes("3.18", "block/blk-core.c; for every queue from 4.4; traced 6.1, 6.12, 6.18, 7.3"),
    no("2.6.30", "none"),
)
SBITMAP_HINT = obj(
    "sbitmap.alloc_hint", "lib/sbitmap.c:sbitmap_init_node",
    same("4.9", 4, 4, "read 4.9; traced 6.1, 6.12, 6.18, 7.3"),
    absent("2.6.30", "none"),
)
BUDGET_HINT = SBITMAP_HINT.at("drivers/scsi/scsi_scan.c:scsi_realloc_sdev_budget_map", gfp=Gfp.NOIO).since(
    "5.13", "a counter of the device; traced 6.1, 6.12, 7.3: a bitmap"
)
RESERVED_TAGS_HINT = since(
    "an empty bitmap of reserved tags has a hint of its own",
    no("5.14", "block/blk-mq-tag.c:blk_mq_init_bitmaps; lib/sbitmap.c: depth 0 allocates nothing; traced 6.1: one"),
    yes("4.9", "lib/sbitmap.c:sbitmap_queue_init_node"),
    no("2.6.30", "none"),
)
POLL_STAT = obj(
    "blk_rq_stat (polling)", "block/blk-stat.c:blk_stat_alloc_callback (blk_mq_init_allocated_queue)",
    absent("6.3", "hybrid polling is gone; traced 6.12"),
    line("4.14", 640, 8, 576, 4, "traced 6.1: 16 buckets of 40 bytes; DWARF i386 6.1.176: 36"),
    line("4.12", 80, 8, 72, 4, "read: two buckets"),
    absent("2.6.30", "none"),
    btf=(),
)
WBT_STAT = obj(
    "blk_rq_stat (writeback throttling)", "block/blk-wbt.c:wbt_init (blk_stat_alloc_callback)",
    line("4.12", 80, 8, 72, 4, "BTF 5.10 to 7.3: 40 each; traced 6.1, 6.12, 6.18, 7.3: two buckets; DWARF i386 6.1.176: 36"),
    absent("2.6.30", "none"),
    btf=(),
)
WBT_NOIO = since(
    "writeback throttling asks for its statistics with GFP_NOIO",
    yes("7.0", "block/blk-wbt.c:wbt_alloc; traced 7.3"),
    no("2.6.30", "traced 6.1, 6.12"),
)
LATENCY_BUCKETS = obj(
    "latency_bucket", "block/blk-throttle.c:blk_throtl_init",
    absent("6.10", "low limits are gone; traced 6.12"),
    line("4.12", 144, 8, 72, 8, "traced 6.1: nine buckets of 16 bytes, once for reads and once for writes; DWARF i386 6.1.176: 8"),
    absent("2.6.30", "none"),
    btf=(),
)
TAG_SET_SRCU = since(
    "every tag set has an SRCU structure",
    yes("6.17", "block/blk-mq.c:blk_mq_alloc_tag_set (tags_srcu); traced 6.18, 7.3"),
    no("2.6.30", "traced 6.12: none"),
)
BLOCKING_SRCU_OF_SET = since(
    "blocking drivers' SRCU belongs to the tag set",
    yes("6.2", "block/blk-mq.c:blk_mq_alloc_tag_set (BLK_MQ_F_BLOCKING)"),
    no("2.6.30", "of the queue or the hardware queue"),
)
BLOCKING_SRCU_OF_QUEUE = since(
    "blocking drivers' SRCU belongs to the queue",
    no("6.2", "of the tag set"),
    yes("5.16", "block/blk-core.c:blk_alloc_queue; traced 6.1: nbd"),
    no("2.6.30", "of the hardware queue"),
)
BLOCKING_SRCU_OF_HCTX = since(
    "blocking drivers' SRCU belongs to each hardware queue",
    no("5.16", "of the queue"),
    yes("4.10", "block/blk-mq.c:blk_mq_alloc_hctx; read 5.4"),
    no("2.6.30", "none"),
)
WB_FPROP = PERCPU_COUNTER.at("mm/backing-dev.c:wb_init (fprop_local_init_percpu)", what="fprop_local_percpu.events")
WB_STAT = PERCPU_COUNTER.at("mm/backing-dev.c:wb_init", what="bdi_writeback.stat")
WB_STATS = obj(
    "bdi_writeback.stat", "mm/backing-dev.c:wb_init",
    same("7.0", 5, 1, "number of counters; traced 7.3: 20 bytes"),
    same("2.6.39", 4, 1, "number of counters; traced 6.1, 6.12, 6.18"),
    same("2.6.30", 2, 1, "number of counters; read 2.6.34"),
    btf=(),
)
DM_STATS_LAST = obj(
    "dm_stats_last_position", "drivers/md/dm-stats.c:dm_stats_init",
    line("3.12", 16, 8, 12, 4, "BTF 6.1 to 7.3; DWARF i386 6.1.176; traced 6.1, 7.3"),
    absent("2.6.30", "no statistics"),
)
DM_PENDING = obj(
    "mapped_device.pending_io", "drivers/md/dm.c:alloc_dev",
    longs("5.18", 1, "traced 6.1, 7.3"),
    absent("2.6.30", "atomics"),
)
MD_REF = PERCPU_REF.at("drivers/md/md.c:mddev_init, md_run", what="mddev.writes_pending")
RAID5_PERCPU = obj("raid5_percpu", "drivers/md/raid5.c:raid5_alloc_percpu", line("2.6.30", 24, 8, 12, 4, "BTF 6.1, 6.12"))
ZCOMP_STREAM = obj(
    "zcomp_strm", "drivers/block/zram/zcomp.c:zcomp_init",
    line("7.0", 48, 8, 28, 4, "BTF 7.2, 7.3 (a smaller mutex); 32 bits laid out"),
    line("6.14", 56, 8, 32, 4, "BTF 6.18; traced 6.18; 32 bits laid out"),
    line("4.7", 16, 8, 8, 4, "BTF 6.1, 6.12"),
    absent("2.6.30", "one or several streams, not one a CPU"),
)
IOVA_RCACHE = obj(
    "iova_cpu_rcache", "drivers/iommu/iova.c:iova_domain_init_rcaches",
    line("4.3", 24, 64, 12, 64, "BTF 5.10 to 7.3; DWARF i386 6.1.176; aligned to cache_line_size()"),
)
IOVA_FLUSH = obj(
    "iova_fq", "drivers/iommu/dma-iommu.c:iommu_dma_init_fq (drivers/iommu/iova.c before 5.16)",
    line("6.7", 10256, 8, 6160, 4, "read 6.12, 7.3: a head of 16 bytes (BTF), 256 entries of 40; 32 bits laid out"),
    line("5.16", 10256, 8, 6156, 4, "BTF 6.1; DWARF i386 6.1.176"),
    line("4.13", 8208, 8, 5132, 4, "BTF 5.10; 32 bits laid out"),
    btf=(),
)
BIO_CACHE = obj(
    "bio_alloc_cache", "block/bio.c:bioset_init (BIOSET_PERCPU_CACHE)",
    line("6.2", 24, 8, 16, 4, "BTF 6.12 to 7.3; 32 bits added up"),
    line("5.15", 16, 8, 8, 4, "BTF 6.1; DWARF i386 6.1.176"),
    absent("2.6.30", "none"),
)
KYBER_LATENCY = obj(
    "kyber_cpu_latency", "block/kyber-iosched.c:kyber_queue_data_alloc",
    line("4.20", 192, 8, 192, 8, "BTF 6.1, 6.12, 6.18"),
)
CRYPT_PAGES = PERCPU_COUNTER.at("drivers/md/dm-crypt.c:crypt_ctr", what="crypt_config.n_allocated_pages").since("4.16", "none")
NVME_SRCU = SRCU.at("drivers/nvme/host/core.c:nvme_init_ctrl", what="nvme_ctrl.srcu").since("6.8", "a read-write semaphore")
SWAP_USERS = PERCPU_REF.at("mm/swapfile.c:alloc_swap_info", what="swap_info_struct.users").since("5.14", "none")
SWAP_CLUSTER = obj(
    "percpu_cluster", "mm/swapfile.c:enable_swap_info (SSD)",
    absent("6.15", "mm/swapfile.c:percpu_swap_cluster, one for all devices, static; read 7.2 (BTF 6.18: no percpu_cluster)"),
    line("6.12", 40, 4, 4, 4, "BTF 6.12; compiled 6.12 (i386: one order)"),
    same("3.12", 12, 4, "BTF 5.10, 6.1"),
    absent("2.6.30", "none"),
)
FC_STATS = obj("fc_stats", "drivers/scsi/libfc/fc_lport.c:fc_lport_init_stats", line("2.6.30", 168, 8, 168, 8, "BTF 6.1, 6.12"))
FC_POOL = obj("fc_exch_pool", "drivers/scsi/libfc/fc_exch.c:fc_exch_mgr_alloc", line("2.6.30", 64, 64, 64, 64, "BTF 6.1, 6.12"))
