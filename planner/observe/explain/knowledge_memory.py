"""Address space and pages: vmalloc, the page allocator, the out-of-memory killer, and the files that show them."""

from planner.observe.explain.model import Cause, Clue, Entry

_PCPU = r"pcpu_\w+|__alloc_percpu\w*"
_LOADER = r"load_module|module_alloc|move_module|layout_and_allocate|__do_sys_finit_module|execmem_\w+"
_FEWER = "boot with nr_cpus= or possible_cpus= set to the CPUs that will ever exist (a VM: switch CPU hotplug off)"

VMAP_SPACE = Entry(
    key="vmalloc-space-full",
    title="The vmalloc space has no hole of this size",
    involves="other",
    patterns=(
        r"vmap allocation for size (?P<size>\d{1,20}) failed: use vmalloc=<size> to increase size",
        r"vmalloc_node_range for size (?P<size>\d{1,20}) failed: Address range restricted",
    ),
    needles=("vmap allocation for size", "vmalloc_node_range for size"),
    message="vmap-space",
    said_by="mm/vmalloc.c:alloc_vmap_area (rate-limited, not said when a per-CPU chunk itself finds no place)",
    means="No free stretch of kernel address space is long enough (guard page included). On 32-bit the whole space "
    "has 100 to 240 MiB, and per-CPU chunks live in it too: "
    "each takes possible CPUs x unit size, whole.",
    not_means=(
        "RAM is not short; on 64-bit the space has terabytes, so there it means a restricted range (modules) or an "
        "absurd size."
    ),
    causes=(
        Cause(
            key="duplicate-module-loads",
            text="udev loads one module once for every CPU at the same moment (up to 6.3, many CPUs, worse with "
            "KASAN): each copy takes address space, and its static per-CPU data, "
            "until it is found to be a duplicate.",
            weight=0,
            until="6.4",
            clue=Clue(
                task=r"systemd-udevd|\(udev-worker\)|udevd|modprobe", words=(r"systemd-udevd|udev-worker|finit_module")
            ),
            change=(
                "move to 6.4 or later, which ends duplicates early",
                ("load the module early by name (modules-load.d) and keep udev from it"),
            ),
        ),
        Cause(
            key="small-vmalloc-space",
            text=(
                "A 32-bit kernel with the default vmalloc space: modules, ioremap, buffers and per-CPU chunks share it."
            ),
            weight=3,
            clue=Clue(facts=("bits32",), words=r"vmalloc=|Raspberry|armv7|router|OpenWrt"),
            look=(
                (
                    "VmallocTotal in /proc/meminfo; /proc/vmallocinfo sorted by size; lines pcpu_get_vm_areas are the "
                    "per-CPU chunks"
                ),
            ),
            change=(
                (
                    "vmalloc=SIZE on the command line (`planner report` computes what it buys); RAM above lowmem pays "
                    "for it"
                ),
            ),
        ),
        Cause(
            key="percpu-chunks",
            text=(
                "Per-CPU chunks take much of the space: many possible CPUs, or churn that keeps old chunks (up to "
                "5.13)."
            ),
            weight=1,
            clue=Clue(functions=(_PCPU,), words=r"pcpu_get_vm_areas"),
            change=(_FEWER,),
        ),
    ),
    look=("/proc/vmallocinfo: who holds the space", "whether a percpu: line follows: then it was a chunk's metadata"),
    change=("32-bit: vmalloc=",),
    sources=("mm/vmalloc.c:alloc_vmap_area",),
)

VMALLOC_FAILED = Entry(
    key="vmalloc-failed",
    title="An ordinary vmalloc failed",
    involves="other",
    patterns=(
        r"vmalloc error: size (?P<size>\d{1,20}), .{1,200}",
        r"vmalloc: allocation failure: (?P<size>\d{1,20}) bytes",
        r"vmalloc: allocation failure, allocated? \d{1,20} of (?P<size>\d{1,20}) bytes",
    ),
    needles=("vmalloc error: size", "vmalloc: allocation failure"),
    message="vmalloc-failed",
    said_by="mm/vmalloc.c:__vmalloc_node_range",
    means="Address space or pages for an ordinary vmalloc were refused. For the per-CPU allocator that is a chunk's "
    "bitmap, block hints or object vector: "
    '"percpu: allocation failed … failed to allocate new chunk" then follows.',
    not_means="It need not concern per-CPU memory at all: look at the stack.",
    causes=(
        Cause(
            key="percpu-metadata",
            text="A per-CPU chunk's own data.",
            weight=0,
            clue=Clue(functions=(_PCPU,), words=(r"percpu: allocation failed|pcpu_")),
        ),
        Cause(
            key="vmalloc-space",
            text="The vmalloc space is full (32-bit).",
            weight=2,
            clue=Clue(facts=("bits32",), words=(r"vmap allocation for size|vm_struct allocation failed|: 0 bytes")),
        ),
        Cause(
            key="no-pages",
            text="Memory is short.",
            weight=1,
            clue=Clue(words=(r"failed to allocate pages|Out of memory")),
        ),
    ),
    look=("the stack below the line", "VmallocTotal, VmallocUsed, MemFree"),
    sources=("mm/vmalloc.c",),
)

PAGE_FAILURE = Entry(
    key="page-allocation-failure",
    title="The page allocator could not give pages",
    involves="other",
    patterns=(r"(?:(?P<task>.{1,32}): )?page allocation failure[.:] ?order:(?P<order>\d{1,2})",),
    needles=("page allocation failure",),
    message="page-failure",
    said_by="mm/page_alloc.c:warn_alloc",
    means=(
        "order:N asks for 2^N contiguous pages. The per-CPU allocator itself only ever asks for single pages "
        "(order:0), except without MMU or SMP."
    ),
    not_means=(
        "An order above 0 is not per-CPU allocator memory, even when the size grows with the number of CPUs; free "
        "memory may be plentiful and only too fragmented."
    ),
    causes=(
        Cause(
            key="veth-queues",
            text="veth allocates a receive queue for every possible CPU with one kcalloc: contiguous pages, order 4 "
            "or 5 with many CPUs. Not the per-CPU allocator: fragmentation, or a driver that asks "
            "for one large block.",
            weight=0,
            clue=Clue(
                functions=(r"veth_alloc_queues|veth_dev_init|veth_newlink",),
                words=(r"veth_alloc_queues|\(veth\w*\) <=> |sandbox \(veth"),
            ),
            change=(
                "kernels with kvcalloc there (6.1.192, 6.12, 6.18) do not need contiguous pages",
                ("echo 1 > /proc/sys/vm/compact_memory; raise vm.min_free_kbytes"),
                ("ip link add … numrxqueues 1 numtxqueues 1"),
            ),
        ),
        Cause(
            key="percpu-backing",
            text="Backing pages of a per-CPU chunk: memory is really short.",
            weight=0,
            clue=Clue(functions=(_PCPU,)),
            change=(_FEWER,),
        ),
        Cause(
            key="cpu-sized-array",
            text=(
                "An array with an element for each possible CPU, made with kmalloc (queues, rings, maps): "
                "contiguous pages that grow with the CPUs."
            ),
            weight=1,
            clue=Clue(
                functions=((r"\w*_alloc_queues|alloc_netdev_mqs|blk_mq_\w+|xps_\w+|kmalloc_order\w*|__kmalloc\w*"),),
                facts=(("many_cpus"),),
            ),
            change=("fewer queues or CPUs for that driver; compact memory",),
        ),
        Cause(
            key="fragmentation",
            text="Memory is fragmented: single pages are free, long runs are not.",
            weight=2,
            look=(("/proc/buddyinfo"),),
        ),
    ),
    look=("order and the function below __kmalloc in the stack", "/proc/buddyinfo"),
    sources=("mm/page_alloc.c:warn_alloc", "drivers/net/veth.c:veth_alloc_queues"),
)

OOM = Entry(
    key="oom",
    title="The out-of-memory killer ran",
    involves="other",
    patterns=(
        r"(?P<task>.{1,32}) invoked oom-killer: gfp_mask=",
        r"Kernel panic - not syncing: (?:Out of memory|System is deadlocked on memory)",
        r"(?:(?:Out of memory|Memory cgroup out of memory): )?Kill(?:ed)? process (?P<pid>\d{1,10}) \(",
    ),
    needles=(
        "invoked oom-killer",
        "killed process",
        "kill process",
        "deadlocked on memory",
        "panic - not syncing: out of",
    ),
    message="oom-invoked",
    said_by="mm/oom_kill.c",
    means=(
        "Memory is gone (of the machine, or of one memory cgroup). A sleeping per-CPU request that needs pages may "
        "be the one that calls it, without being the one that used them up."
    ),
    not_means=(
        'The killer\'s table lists processes. Per-CPU memory is in none of its lines but "percpu:" of the '
        "Mem-Info block (and Percpu in /proc/meminfo)."
    ),
    causes=(
        Cause(
            key="bpf-percpu-map",
            text=(
                "A BPF per-CPU map larger than memory: up to 4.15 the backing pages were asked for with plain "
                "GFP_KERNEL, retried until the killer came, by the balance worker too."
            ),
            weight=0,
            until="4.17",
            clue=Clue(
                functions=(r"bpf_\w+|array_map_alloc|htab_map_alloc|map_create|pcpu_balance_workfn",),
                words=(r"bpf|BPF"),
            ),
            change=(
                "4.16 and later pass __GFP_NORETRY and __GFP_NOWARN on: the map fails with ENOMEM instead",
                ("fewer entries: max_entries x value x possible CPUs"),
            ),
        ),
        Cause(
            key="percpu-populate",
            text="A per-CPU request needed backing pages.",
            weight=0,
            clue=Clue(functions=(r"pcpu_populate_chunk|pcpu_alloc_pages|pcpu_balance_workfn|pcpu_alloc\w*",)),
            look=("Percpu in /proc/meminfo: is it large?",),
        ),
        Cause(
            key="memcg-slab-copies",
            text=(
                "RHEL 8 and other kernels from 3.8 to 5.8 keep a copy of every slab cache for each memory cgroup, "
                "each with a per-CPU part: about half a MiB for each CPU is charged to every container."
            ),
            weight=0,
            until="5.9",
            clue=Clue(
                words=(
                    r"nproc|slab_unreclaimable|RHEL 8|OpenShift|el8|per container|kernel slabs|memory: usage \d+kB, lim"
                    r"it"
                )
            ),
            change=("higher limits for containers, in proportion to the CPUs", "5.9 and later share the caches"),
        ),
        Cause(
            key="cgroup-growth",
            text="Memory cgroups pile up (dying ones too); each costs 1 to 3 KB on every possible CPU, besides slab.",
            weight=0,
            clue=Clue(words=r"cgroup.{0,60}(?:exhaust|leak|grow|\d{4,})|memcgs? (?:leak|grow)|dying"),
            look=("cat /proc/cgroups",),
        ),
        Cause(
            key="lru-map-instances",
            text=(
                "Large BPF LRU maps, one set for every CPU or instance (distributed LRU): the sizing ratio is "
                "applied to each of them."
            ),
            weight=0,
            clue=Clue(words=r"distributedLRU|distributed-lru|LRU map|lru_(?:percpu_)?hash"),
            change=("lower the ratio that sizes the maps (Cilium: bpf.mapDynamicSizeRatio)",),
        ),
        Cause(
            key="small-machine",
            text=(
                "A small machine: the image, not per-CPU memory, is too large. The boot line shows the per-CPU "
                "part: tens of KiB a CPU."
            ),
            weight=0,
            clue=Clue(facts=("small_memory",), words=r"(?:6\d{4}K|[1-9]\d{4}K)/(?:65536K|131072K)|OpenWrt|router"),
            change=("a smaller image",),
        ),
        Cause(
            key="elsewhere",
            text=("Processes, page cache that cannot be dropped, slab: nothing in the text points at per-CPU memory."),
            weight=1,
        ),
    ),
    look=("Percpu, Slab, AnonPages in /proc/meminfo (or the Mem-Info block of the report)",),
    sources=("mm/oom_kill.c",),
)

MEMINFO = Entry(
    key="meminfo-percpu",
    title="Percpu in /proc/meminfo: what per-CPU memory takes now",
    involves="cost",
    patterns=(
        r"^Percpu:\s{0,20}(?P<kilobytes>\d{1,15}) ?kB",
        (r"\b[Pp]ercpu:? ?\d[\d ,.]*(?:kB|KB|MB|GB|K|M)? ?(?:→|->|to) ?\d[\d ,.]*"),
    ),
    needles=("percpu",),
    said_by="fs/proc/meminfo.c, pages of all chunks x units (mm/percpu.c:pcpu_nr_pages)",
    versions="4.19 and later",
    means=(
        "Backed pages of all chunks on all possible CPUs. Neither Slab nor free(1) nor any process shows this "
        "memory. The chunks' own metadata are not in it."
    ),
    not_means=(
        "A high value is not yet a leak: up to 5.13 a chunk is only given back when it is completely empty, so the "
        "peak stays."
    ),
    causes=(
        Cause(
            key="fragmented-chunks",
            text=(
                "The peak stays: most objects are gone, but up to 5.13 a chunk gives its pages back only when "
                "nothing is left in it, and small new objects pin old chunks."
            ),
            weight=2,
            until="5.14",
            clue=Clue(
                words=(
                    r"removed?\b|rmdir|stays|freed|remain|did not (?:drop|shrink)|does(?:n't| not) (?:drop|shrink|go do"
                    r"wn)|churn|10/11"
                )
            ),
            look=("percpu_stats: nr_cur_alloc far below nr_max_alloc, many chunks with much free_bytes",),
            change=("5.14 and later give single pages back (partial depopulation)",),
        ),
        Cause(
            key="dying-cgroups",
            text=(
                "Dying memory cgroups: removed, but their statistics stay until the last page they were charged "
                "for is gone."
            ),
            weight=2,
            clue=Clue(
                words=(
                    r"dying|nr_dying_descendants|offline memcg|memcgs?\b|memory cgroups?|RHEL ?9|el9|container|kubelet|"
                    r"cgroup driver|k8s|kubernetes"
                )
            ),
            look=("cat /sys/fs/cgroup/cgroup.stat: nr_dying_descendants; cat /proc/cgroups: num_cgroups",),
            change=(
                "drop_caches or memory pressure lets dying cgroups go",
                ("RHEL 9 frees the statistics early (a patch of its own)"),
                ("keep cgroups short-lived jobs apart from page cache that outlives them"),
            ),
        ),
        Cause(
            key="possible-cpus",
            text="Far more CPUs are possible than exist: everything is paid for all of them.",
            weight=1,
            clue=Clue(facts=("hotplug",), words=r"possible cpus?|hotplug"),
            change=(_FEWER,),
        ),
        Cause(
            key="bpf-maps",
            text="BPF per-CPU maps: max_entries x value size x possible CPUs.",
            weight=1,
            clue=Clue(words=r"\bbpf|BPF|ebpf|percpu_hash|percpu_array"),
            look=("bpftool map: percpu_hash, percpu_array, lru_percpu_hash",),
        ),
        Cause(
            key="bpf-special-fields-leak",
            text=(
                "6.x: special fields (kptr, timer …) in values of (LRU) per-CPU hash maps are not freed when the "
                "element is updated: every update leaks."
            ),
            weight=0,
            since="6.0",
            clue=Clue(
                words=(
                    r"(?:lru|percpu)[ _]?(?:percpu)?[ _]?hash.{0,80}(?:update|leak)|(?:update|leak).{0,80}percpu[ _]has"
                    r"h"
                )
            ),
            change=("take the kernel fix (bpf: free special fields when updating (LRU) per-CPU hash maps)",),
        ),
        Cause(
            key="leak",
            text="A leak: some driver allocates and never frees.",
            weight=1,
            clue=Clue(words=(r"leak|grow(?:s|ing|th)?\b|increas")),
        ),
    ),
    look=("two readings an hour apart", "planner capture, planner record and planner replay: who holds how much"),
    change=("find the consumer first: planner replay, or bcc memleak --percpu (its numbers are for one CPU)",),
    sources=("fs/proc/meminfo.c", "mm/percpu.c:pcpu_nr_pages"),
)

VMALLOCINFO = Entry(
    key="vmallocinfo-chunks",
    title="/proc/vmallocinfo: address space of per-CPU chunks",
    involves="cost",
    patterns=(r"0x[0-9a-fA-F]{8,16}-0x[0-9a-fA-F]{8,16}\s{1,20}(?P<size>\d{1,20}) pcpu_get_vm_areas",),
    needles=("pcpu_get_vm_areas",),
    said_by="mm/vmalloc.c, /proc/vmallocinfo",
    versions="2.6.32 and later",
    means=(
        "Each line is one group of one chunk: units (possible CPUs, rounded up) x unit size of address space. "
        "Memory stands behind the backed pages only."
    ),
    not_means="It is not vmalloc memory and not in VmallocUsed; and the size is not what the chunk takes of RAM.",
    causes=(
        Cause(
            key="possible-cpus",
            text="The size of a line divided by the unit size (u in the boot line) is the number of possible CPUs, "
            "rounded up to whole allocations: a VM with 4 CPUs and 32 MiB chunks "
            "was built for many more.",
            weight=3,
            clue=Clue(facts=("oversized_chunks", "hotplug")),
            look=("cat /sys/devices/system/cpu/possible",),
            change=(_FEWER,),
        ),
        Cause(
            key="churn-holds-chunks",
            text=(
                "Hundreds of chunks: containers and cgroups come and go, and up to 5.13 a chunk goes only when it "
                "is empty."
            ),
            weight=2,
            until="5.14",
            clue=Clue(words=r"container|docker|cgroup|hundreds"),
            change=("5.14 and later give single pages back",),
        ),
        Cause(key="many-objects", text="Many live per-CPU objects.", weight=1),
    ),
    look=("count of lines and their size", "Percpu in /proc/meminfo: the memory behind them"),
    sources=("mm/vmalloc.c:pcpu_get_vm_areas",),
)

ENTRIES = (VMAP_SPACE, VMALLOC_FAILED, PAGE_FAILURE, OOM, MEMINFO, VMALLOCINFO)
