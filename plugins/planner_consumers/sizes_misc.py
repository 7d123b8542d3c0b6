"""What tracing, virtual machines, crypto and drivers take for each CPU, by kernel version: one fact a line, newest first."""

from planner.plugin import Fact, Since
from planner_consumers.sizes_generic import PERCPU_COUNTER
from planner_consumers.sizing import absent, line, longs, obj, same

# fmt: off
PERF_BUFFER = obj(
    "perf_trace_buf", "kernel/trace/trace_event_perf.c:perf_trace_event_reg (four contexts, with the first event)",
    same("5.16", 8192, 8, "read 6.1 to 6.18; traced 6.18: PERF_MAX_TRACE_SIZE"),
    same("2.6.33", 2048, 8, "read 3.2 to 5.9, 5.15.85"),
    absent("2.6.30", "static"),
    backports=(same("5.10.223", 8192, 8, "read 5.10.223"),),
    btf=(),
)
PERF_TRACEPOINT = obj(
    "trace_event_call.perf_events", "kernel/trace/trace_event_perf.c:perf_trace_event_reg",
    longs("2.6.33", 1, "traced 6.18: a list head"),
    absent("2.6.30", "none"),
)
PMU_CONTEXT = obj(
    "perf_cpu_pmu_context (perf_cpu_context)", "kernel/events/core.c:perf_pmu_register",
    line("7.0", 256, 8, 160, 4, "BTF 7.2, 7.3 (a larger hrtimer); 32 bits laid out"),
    line("6.2", 240, 8, 148, 4, "BTF 6.12, 6.18; compiled 6.6, 6.12"),
    line("5.15", 464, 8, 304, 4, "BTF 6.1; compiled 6.1"),
    line("5.10", 448, 8, 296, 4, "BTF 5.10; compiled 5.10"),
    line("5.4", 408, 8, 272, 4, "compiled 5.4"),
    line("4.9", 400, 8, 264, 4, "compiled 4.9"),
    line("4.4", 512, 8, 332, 4, "compiled 4.4"),
    line("3.10", 272, 8, 180, 4, "compiled 3.10"),
    line("2.6.37", 248, 8, 168, 4, "compiled 3.2"),
    absent("2.6.30", "static"),
    btf=(),
)
PMU_POINTER = obj(
    "pmu.cpu_pmu_context", "kernel/events/core.c:perf_pmu_register",
    longs("6.15", 1, "read 6.18: a pointer for each CPU"),
    absent("2.6.30", "the structure itself"),
)
PMU_DISABLE = obj(
    "pmu.pmu_disable_count", "kernel/events/core.c:perf_pmu_register",
    same("2.6.37", 4, 4, "read 3.2"),
    absent("2.6.30", "none"),
)
TRACE_ARRAY_CPU = obj(
    "trace_array_cpu", "kernel/trace/trace.c:allocate_trace_buffer",
    line("6.17", 120, 8, 80, 4, "BTF 6.18 to 7.3; traced 6.18; 32 bits derived"),
    line("3.10", 128, 8, 84, 4, "BTF 5.10, 6.1, 6.12; DWARF i386 6.1.176"),
    absent("2.6.30", "static"),
)
TRACE_PRINTK = obj(
    "trace_buffer_struct", "kernel/trace/trace.c:alloc_percpu_trace_buffer",
    same("4.7", 4100, 4, "BTF 5.10 to 6.18"),
    same("2.6.39", 4096, 1, "read 3.10: 1024 for each of four contexts"),
    absent("2.6.30", "static"),
)
TRACE_PROBE = obj(
    "trace_kprobe.nhit", "kernel/trace/trace_kprobe.c:alloc_trace_kprobe",
    longs("4.0", 1, "read 4.4"),
    absent("2.6.30", "a plain counter"),
)
TRACE_GRAPH = obj(
    "fgraph_cpu_data", "kernel/trace/trace_functions_graph.c:graph_trace_open",
    line("2.6.30", 416, 8, 216, 4, "BTF 5.10 to 7.3; DWARF i386 6.1.176"),
)
BLKTRACE_SEQUENCE = obj("blk_trace.sequence", "kernel/trace/blktrace.c:do_blk_trace_setup", longs("2.6.30", 1, "read 3.10"))
BLKTRACE_MESSAGE = obj(
    "blk_trace.msg_data", "kernel/trace/blktrace.c:do_blk_trace_setup",
    same("2.6.30", 128, 1, "read 3.10: BLK_TN_MAX_MSG"),
)

USER_RETURN_MSRS = obj(
    "kvm_user_return_msrs", "arch/x86/kvm/x86.c:kvm_x86_vendor_init",
    absent("7.0", "static data of the module: DEFINE_PER_CPU; read 7.2, 7.3"),
    line("4.0", 288, 8, 272, 4, "BTF 6.1 to 6.18; DWARF i386 6.1.176"),
    absent("2.6.30", "static"),
)
KVM_USED_PAGES = PERCPU_COUNTER.at("arch/x86/kvm/mmu/mmu.c:kvm_mmu_vendor_module_init", what="kvm_total_used_mmu_pages").until(
    "7.0", "not counted; read 7.2, 7.3 (6.12: counted)"
)
KVM_SRCU: Fact[int] = Fact(
    "SRCU structures of a virtual machine on x86", "kvm.srcu, kvm.irq_srcu, kvm.arch.track_srcu",
    (
        Since("4.9", 3, "virt/kvm/kvm_main.c; arch/x86/kvm/mmu/page_track.c"),
        Since("3.16", 2, "virt/kvm/kvm_main.c"),
        Since("2.6.34", 1, "virt/kvm/kvm_main.c"),
        Since("2.6.30", 0, "a read-write semaphore"),
    ),
)
KVM_SRCU_ELSEWHERE: Fact[int] = Fact(
    "SRCU structures of a virtual machine elsewhere", "kvm.srcu, kvm.irq_srcu",
    (
        Since("3.16", 2, "virt/kvm/kvm_main.c"),
        Since("2.6.34", 1, "virt/kvm/kvm_main.c"),
        Since("2.6.30", 0, "none"),
    ),
)

CRYPTD_QUEUE = obj(
    "cryptd_cpu_queue", "crypto/cryptd.c:cryptd_init_queue",
    line("2.6.30", 64, 8, 36, 4, "BTF 6.1 to 7.3; compiled 6.1, 6.12 (i386)"),
)
PADATA_LIST = obj("padata_list", "kernel/padata.c:padata_alloc_pd", line("2.6.34", 24, 8, 12, 4, "BTF 5.10 to 6.18; 32 bits added up"))
PADATA_QUEUE = obj(
    "padata_serial_queue", "kernel/padata.c:padata_alloc_pd",
    line("2.6.34", 64, 8, 32, 4, "BTF 5.10 to 7.3; DWARF i386 6.1.176"),
)
ACOMP_CONTEXT = obj(
    "crypto_acomp_ctx", "mm/zswap.c:zswap_pool_create",
    line("7.0", 88, 8, 48, 4, "BTF 7.2, 7.3; 32 bits laid out"),
    line("6.8", 104, 8, 56, 4, "BTF 6.12, 6.18; compiled 6.12 (i386)"),
    line("5.11", 72, 8, 36, 4, "BTF 6.1; DWARF i386 6.1.176"),
    longs("4.1", 1, "read 4.4 to 5.10"),
)

OVS_FIFOS = obj(
    "action_fifo", "net/openvswitch/actions.c:action_fifos_init",
    absent("6.16", "in ovs_pcpu_storage"),
    line("6.2", 4968, 8, 4808, 4, "BTF 6.12; traced 6.12; compiled 6.12 (i386)"),
    line("4.1", 4888, 8, 4768, 4, "BTF 6.1; traced 6.1; DWARF i386 6.1.176"),
    absent("2.6.30", "none"),
)
OVS_KEYS = obj(
    "action_flow_keys", "net/openvswitch/actions.c:action_fifos_init",
    absent("6.16", "in ovs_pcpu_storage"),
    line("6.2", 1416, 8, 1404, 4, "BTF 6.12; traced 6.12; compiled 6.12 (i386)"),
    line("4.10", 1392, 8, 1392, 4, "BTF 6.1; traced 6.1; DWARF i386 6.1.176"),
    absent("2.6.30", "none"),
)
OVS_STORAGE = obj(
    "ovs_pcpu_storage", "net/openvswitch/datapath.c:dp_init",
    line("6.16", 6488, 8, 6280, 4, "BTF 7.2, 7.3; traced 7.3; 32 bits derived from its parts"),
    absent("2.6.30", "three structures"),
)
OVS_STATS = obj(
    "dp_stats_percpu", "net/openvswitch/datapath.c:ovs_dp_cmd_new",
    line("5.9", 40, 8, 44, 4, "BTF 6.1, 6.12"),
    line("3.3", 32, 8, 36, 4, "read 3.10"),
)
OVS_MASK_CACHE = obj(
    "mask_cache_entry", "net/openvswitch/flow_table.c:tbl_mask_cache_alloc (256 entries)",
    same("5.9", 2048, 4, "BTF 6.1 to 7.3: 8 each, two u32; read 6.12"),
    absent("3.3", "none"),
    btf=(),
)
OVS_MASK_STATS = obj(
    "mask_array_stats", "net/openvswitch/flow_table.c:tbl_mask_array_alloc (16 masks at first)",
    line("5.10", 128, 8, 132, 8, "added up: 16 counters behind a head (DWARF i386 6.1.176: 4 bytes), aligned to __alignof__(u64)"),
    absent("3.3", "in the array"),
    btf=(),
)
OVS_UPCALL = obj(
    "vport_upcall_stats_percpu", "net/openvswitch/vport.c:ovs_vport_alloc",
    line("6.3", 16, 8, 20, 4, "read 6.6"),
    absent("3.3", "none"),
)
STATION_STATS = obj("ieee80211_sta_rx_stats", "net/mac80211/sta_info.c:sta_info_alloc", line("4.7", 200, 8, 184, 4, "BTF 6.1, 6.12"))
TRAP_STATS = obj(
    "devlink_stats", "net/devlink/trap.c:devlink_trap_register", line("5.4", 16, 8, 20, 4, "BTF 5.10 to 7.3; DWARF i386 6.1.176")
)
SPI_STATS = obj("spi_statistics", "drivers/spi/spi.c:spi_alloc_pcpu_stats", line("5.19", 224, 8, 228, 4, "BTF 6.1, 6.12, 6.18"))
DMA_CHANNEL = obj(
    "dma_chan_percpu", "drivers/dma/dmaengine.c:__dma_async_device_channel_register",
    line("2.6.30", 16, 8, 8, 4, "BTF 5.10 to 6.18"),
)
RDMA_COUNTER = obj("hfi1 and qib counters", "drivers/infiniband/hw/hfi1/init.c:hfi1_init_pportdata", same("3.0", 8, 8, "read: u64"))
SUNRPC_POOL = PERCPU_COUNTER.at("net/sunrpc/svc.c:__svc_create", what="svc_pool counters").since("6.6", "atomic counters")
TARGET_LUN = obj(
    "se_lun.lun_ref", "drivers/target/target_core_tpg.c:core_tpg_add_lun",
    longs("3.13", 1, "read 6.1: a percpu_ref"),
    absent("2.6.30", "none"),
)
