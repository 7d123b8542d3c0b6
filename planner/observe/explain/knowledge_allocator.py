"""The allocator's own failure messages: mm/percpu.c, mm/percpu-vm.c, mm/percpu-km.c."""

from planner.observe.explain.knowledge_requesters import BURSTS, REQUESTERS
from planner.observe.explain.model import Cause, Clue, Entry

_FAILED = (
    r"(?:PERCPU|percpu): allocation failed, size=(?P<size>\d{1,12}) align=(?P<align>\d{1,12})(?: atomic=(?P<atomic>"
    r"[01]))?,? ?(?P<reason>"
)
_NEEDLE = ("percpu: allocation failed",)
_STATS = "debugfs percpu_stats (CONFIG_PERCPU_STATS): chunks, free_bytes, empty_pop_pages"
_MEMINFO = "grep Percpu /proc/meminfo, at two moments"
_POSSIBLE = "cat /sys/devices/system/cpu/possible and …/online: every possible CPU is paid for"
_FEWER_CPUS = "boot with nr_cpus= or possible_cpus= set to the CPUs that will ever exist (a VM: switch CPU hotplug off)"

RESERVED = Entry(
    key="reserved-chunk-full",
    title="The reserve for modules' static per-CPU data is used up",
    involves="allocator",
    patterns=(_FAILED + r"alloc from reserved chunk failed)",),
    needles=_NEEDLE,
    message="allocation-failed",
    said_by="mm/percpu.c:pcpu_alloc, the branch of reserved requests; they come from the module loader only",
    means=(
        "The static per-CPU section of a module that is being loaded does not fit into the reserved chunk: 8 KiB "
        "on each CPU that all loaded modules share "
        "(64 KiB with CONFIG_MEM_ALLOC_PROFILING in 6.11 to 6.14). It never grows, and there is no fallback to the "
        "dynamic space. The module is not loaded (-ENOMEM)."
    ),
    not_means="RAM is not short, and other per-CPU requests are not affected.",
    causes=(
        Cause(
            key="one-large-module",
            text=(
                "One module has a large static per-CPU section (DEFINE_PER_CPU of an array), often an out-of-tree one."
            ),
            weight=3,
            clue=Clue(words=r"Tainted: [A-Z ]*O|out-of-tree"),
            look=("planner module FILE.ko names its per-CPU symbols and their sizes",),
            change=("allocate large per-CPU data with alloc_percpu() at load time: dynamic space grows",),
        ),
        Cause(
            key="many-modules",
            text=(
                "Many modules share the reserve. All modules of a recent distribution kernel together need about a "
                "fifth of it, so this needs out-of-tree modules or many SRCU users up to 5.1."
            ),
            weight=1,
        ),
        Cause(
            key="static-srcu",
            text="Up to 5.1 DEFINE_SRCU in a module is static: from 4.12 about 320 bytes at 64 on each CPU for each.",
            weight=1,
            since="4.12",
            until="5.2",
            change=("move to 5.2 or later, where a module's SRCU is allocated dynamically",),
        ),
        Cause(
            key="duplicate-loads",
            text=(
                "udev loads the same module once for every CPU at the same moment (up to 6.3): each attempt holds "
                "its section until it is found to be a duplicate."
            ),
            weight=1,
            until="6.4",
            clue=Clue(task=r"systemd-udevd|\(udev-worker\)|udevd", facts=("many_cpus",)),
            change=("move to 6.4 or later, or load the module early by name",),
        ),
    ),
    look=(
        "the line of the module loader next to this one names the module",
        ("/sys/module/*/sections/.data..percpu: loaded modules that have such a section"),
        ("planner module *.ko"),
    ),
    change=(
        "unload modules that are not needed",
        ("32-bit x86 and powerpc have no reserve: there the section comes from the dynamic space"),
    ),
    sources=(
        "mm/percpu.c:pcpu_alloc",
        "kernel/module: percpu_modalloc",
        ("include/linux/percpu.h: PERCPU_MODULE_RESERVE"),
    ),
)

_NO_NEW_CHUNK = (
    Cause(
        key="vmalloc-space",
        text="No hole of the right size in the vmalloc space. A chunk needs one stretch of units x unit size (the "
        "same for every NUMA node at a fixed distance), "
        "and on 32-bit the space is about 120 MiB, shared with modules, ioremap and vmalloc.",
        weight=2,
        clue=Clue(
            facts=("bits32",), words=(r"vmap allocation for size|vmalloc_node_range|use vmalloc=|Lowmem|HighTotal")
        ),
        look=("VmallocTotal in /proc/meminfo, and who uses it: /proc/vmallocinfo",),
        change=(
            "32-bit: more vmalloc space with vmalloc=SIZE (`planner report` computes how much it buys)",
            ("64-bit kernels have terabytes of it"),
        ),
    ),
    Cause(
        key="metadata-memory",
        text=(
            "No memory for the chunk's own data (bitmaps, block hints; with memory cgroups a vector of one pointer "
            "for every 4 bytes: twice the unit size on 64-bit)."
        ),
        weight=1,
        clue=Clue(words=r"page allocation failure|vmalloc error|vmalloc: allocation failure|SLUB: Unable"),
        look=("MemFree, and Slab in /proc/meminfo",),
        change=(
            (
                "cgroup.memory=nokmem spares the object vector (5.14 and later) where kernel memory accounting is not "
                "used"
            ),
        ),
    ),
    Cause(
        key="contiguous-pages",
        text="Without SMP or MMU a chunk is physically contiguous pages: memory is fragmented.",
        weight=0,
        clue=Clue(words=r"\bUP\b|nommu|NOMMU|can't handle more than one group"),
    ),
)

NEW_CHUNK = Entry(
    key="no-new-chunk",
    title="All chunks are full and no new one can be made",
    involves="allocator",
    patterns=(_FAILED + r"failed to allocate new chunk)",),
    needles=_NEEDLE,
    message="allocation-failed",
    said_by=(
        "mm/percpu.c:pcpu_alloc after pcpu_create_chunk failed (mm/percpu-vm.c: chunk metadata or pcpu_get_vm_areas)"
    ),
    means=(
        "No existing chunk has room for the request, and a new chunk could not be created: address space or memory "
        "for its metadata was refused."
    ),
    not_means=(
        "It says nothing about the memory behind the object: backing pages are taken later (that failure reads "
        '"failed to populate").'
    ),
    causes=(*_NO_NEW_CHUNK, *REQUESTERS),
    look=(
        "who fills the space: the same size and align over and over, the stack below the line",
        _MEMINFO,
        ("/proc/vmallocinfo: pcpu_get_vm_areas"),
        _POSSIBLE,
    ),
    change=(_FEWER_CPUS, "free what is left over of the object that fills the space"),
    sources=("mm/percpu.c:pcpu_alloc", "mm/percpu-vm.c:pcpu_create_chunk", "mm/vmalloc.c:pcpu_get_vm_areas"),
)

POPULATE = Entry(
    key="no-pages",
    title="No pages to back the object on every possible CPU",
    involves="allocator",
    patterns=(_FAILED + r"failed to populate)",),
    needles=_NEEDLE,
    message="allocation-failed",
    said_by="mm/percpu.c:pcpu_alloc after pcpu_populate_chunk failed (mm/percpu-vm.c:pcpu_alloc_pages)",
    means="A place in a chunk was found, but backing it takes one page on each possible CPU, and the page allocator "
    "(or the page tables) had none. "
    "Real memory is short, on one node at least.",
    not_means="Neither the chunk nor the vmalloc space is full.",
    causes=(
        Cause(
            key="out-of-ram",
            text="Memory is used up: one page index of a chunk costs a page for every possible CPU, online or not.",
            weight=3,
            clue=Clue(words=r"page allocation failure|invoked oom-killer|Out of memory"),
            look=("MemFree and Percpu in /proc/meminfo", "numactl -H: the pages come from the node of each CPU"),
        ),
        Cause(
            key="possible-cpus",
            text="Far more CPUs are possible than exist: every page is bought for all of them.",
            weight=1,
            clue=Clue(facts=("hotplug",)),
            change=(_FEWER_CPUS,),
        ),
        *REQUESTERS,
    ),
    look=(_MEMINFO, _STATS, _POSSIBLE),
    change=(_FEWER_CPUS,),
    sources=("mm/percpu.c:pcpu_alloc", "mm/percpu-vm.c:pcpu_alloc_pages"),
)

AREA_MAP = Entry(
    key="no-area-map",
    title="A chunk's table of areas could not grow",
    involves="allocator",
    patterns=(_FAILED + r"failed to extend area map(?: of reserved chunk)?)",),
    needles=_NEEDLE,
    message="allocation-failed",
    said_by=(
        "mm/percpu.c:pcpu_alloc after pcpu_extend_area_map failed (kernels up to 4.13 keep a table of areas for "
        "each chunk)"
    ),
    means=(
        "The chunk may have room, but its table of areas had to grow and kernel memory (or vmalloc space, for a "
        "table above one page) was refused."
    ),
    not_means="It is not the per-CPU space that is full. From 4.14 on bitmaps replace the table and this text is gone.",
    causes=(
        Cause(
            key="many-small-objects",
            text=("Very many small objects in one chunk: the table doubles, 4 bytes an area."),
            weight=2,
        ),
        Cause(
            key="kernel-memory",
            text="Kernel memory or vmalloc space is short.",
            weight=2,
            clue=Clue(words=(r"page allocation failure|vmap allocation"), facts=(("bits32"),)),
        ),
        *REQUESTERS,
    ),
    look=("MemFree, VmallocTotal and LowFree in /proc/meminfo",),
    sources=("mm/percpu.c:pcpu_extend_area_map (2.6.32 to 4.13)",),
)

ATOMIC = Entry(
    key="atomic-no-space",
    title="A request that must not sleep found no ready per-CPU space",
    involves="allocator",
    patterns=(_FAILED + r"atomic alloc failed, no space left)",),
    needles=_NEEDLE,
    message="allocation-failed",
    said_by="mm/percpu.c:pcpu_alloc, the atomic branch (the text exists since 4.13, it is printed from 6.6 on)",
    means=(
        "An atomic request may only use space that is already backed by pages, and may not create a chunk. The "
        "kernel keeps 2 to 4 empty backed pages ready and "
        "tops them up in a worker; the requests came faster than the worker, or asked for one run longer than what "
        "was ready."
    ),
    not_means='It does not mean that memory or per-CPU space is used up: "no space left" appears with any amount of '
    "RAM free. The worker is told to add pages, and the same request "
    "normally succeeds a moment later. Before 6.6 the same failure was silent.",
    causes=(
        *BURSTS,
        Cause(
            key="atomic-burst",
            text=(
                "A burst of atomic requests (batch of rules, addresses, map elements, connections) outran the "
                "balance worker."
            ),
            weight=4,
            look=(
                "count and spacing of the lines: several within milliseconds are a burst",
                ("percpu:percpu_alloc_percpu_fail and is_atomic=1 in a trace: planner record, planner replay"),
            ),
            change=("spread the batch over time, or retry: user space gets ENOMEM and may simply repeat",),
        ),
        Cause(
            key="nofs-scope",
            text=(
                "Up to 6.14 a request with GFP_NOFS or GFP_NOIO, or made in such a scope, counts as atomic "
                "although it could wait."
            ),
            weight=1,
            until="6.15",
            clue=Clue(functions=(r"ext4_\w+|xfs_\w+|btrfs_\w+|blkg_\w+|wb_\w+|blkcg_\w+|md_\w+|dm_\w+",)),
            change=("kernels from 6.15 on (also 6.1.192 and 6.12.117) let such requests wait",),
        ),
        Cause(
            key="memory-pressure",
            text=(
                "The worker itself finds no pages: it gives up quietly under memory pressure, so the reserve stays "
                "empty."
            ),
            weight=1,
            clue=Clue(words=r"page allocation failure|invoked oom-killer|failed to populate"),
        ),
    ),
    look=(
        _STATS,
        ("the stack below the line (printed only for sleeping requests from 6.6 on): the task's name says who"),
    ),
    change=(
        "in the code: allocate where sleeping is allowed",
        ("planner report with a burst in the profile tells how many a burst may have"),
    ),
    sources=("mm/percpu.c:pcpu_alloc", "mm/percpu.c:pcpu_balance_populated"),
)

UNKNOWN_REASON = Entry(
    key="allocation-failed",
    title="A per-CPU request failed",
    involves="allocator",
    patterns=(_FAILED + r".{0,120})", r"(?:PERCPU|percpu): allocation failed\b"),
    needles=_NEEDLE,
    message="allocation-failed",
    said_by="mm/percpu.c:pcpu_alloc",
    means=(
        "A per-CPU request failed; the reason at the end of the line is cut off or not one of those that kernels "
        "2.6.32 to 6.19 print."
    ),
    causes=(*REQUESTERS,),
    look=("the whole line, from the kernel's own log",),
    sources=("mm/percpu.c:pcpu_alloc",),
)

LIMIT = Entry(
    key="limit-reached",
    title="Ten failures have been printed: the allocator is silent from here on",
    involves="allocator",
    patterns=(r"(?:PERCPU|percpu): limit reached, disable warning",),
    needles=("percpu: limit reached",),
    message="limit-reached",
    said_by="mm/percpu.c:pcpu_alloc after the tenth printed failure since boot",
    means="Further failed requests are not printed until the next boot.",
    not_means=(
        "That nothing more appears in the log proves nothing: requests may be failing all the time. Requests with "
        "__GFP_NOWARN (BPF maps) never print at all."
    ),
    look=(
        "trace the failures: planner record, event percpu:percpu_alloc_percpu_fail (4.13 and later)",
        ("user-space errors ENOMEM"),
    ),
    change=("reboot to get the messages back; solve what the first ten say",),
    sources=("mm/percpu.c: warn_limit",),
)

ILLEGAL = Entry(
    key="illegal-size",
    title="The request is larger than any chunk can ever serve, or malformed",
    involves="allocator",
    patterns=(r"illegal size \((?P<size>\d{1,20})\) or align \((?P<align>\d{1,20})\) for percpu allocation",),
    needles=("for percpu allocation",),
    message="illegal-size",
    said_by="mm/percpu.c:pcpu_alloc, WARN before anything is tried",
    means="One object may have at most 32 KiB on each CPU (PCPU_MIN_UNIT_SIZE: 64 KiB up to 2.6.36, one page with 64 "
    "KiB pages), must not be empty, and its alignment "
    "must be a power of two of at most a page. The numbers are the rounded ones.",
    not_means="Memory, chunks and CPUs have nothing to do with it: the same request fails on every machine. It does not "
    "count against the ten printed failures. "
    "With panic_on_warn the WARN is fatal.",
    causes=(
        Cause(
            key="over-32k",
            text=(
                "The object is larger than 32 KiB: a struct, buffer or map value that was made larger, or that "
                "grows with the number of CPUs."
            ),
            weight=2,
            look=("how far above 32768 the size is: often only the header around a 32 KiB buffer",),
            change=(
                "make the object smaller, or split it into several",
                ("use kvmalloc_node for each CPU and keep only the pointers per-CPU"),
            ),
            clue=Clue(facts=()),
        ),
        Cause(
            key="sched-ext-buffer",
            text=(
                "sched_ext: the dispatch buffer (dispatch_max_batch entries and a header) of the scheduler exceeds "
                "32 KiB."
            ),
            weight=0,
            clue=Clue(functions=(r"(?:bpf_)?scx_\w+",), words=r"\bscx\b|sched_ext|sched-ext", requests=((32792, 8),)),
            change=("lower dispatch_max_batch (ops.dispatch_max_batch) of the scheduler",),
        ),
        Cause(
            key="bpf-map-value",
            text=(
                "A BPF map whose per-CPU part exceeds 32 KiB: a value of more than 32 KiB, or a device map with "
                "many entries (4.14: the flush bitmap)."
            ),
            weight=0,
            clue=Clue(
                functions=(r"dev_map_\w+|cpu_map_\w+|array_map_alloc|map_create|bpf_\w+|htab_\w+",),
                requests=((32776, 8),),
                words=(r"\bbpf\b|BPF_MAP|devmap"),
            ),
            change=("smaller values or fewer entries; split a large value over several keys",),
        ),
        Cause(
            key="zero-size",
            text=(
                "The size is 0: an empty structure in this configuration (for example statistics that compile to "
                "nothing without SMP)."
            ),
            weight=0,
            clue=Clue(requests=((0, None),)),
            change=("a kernel fix: do not allocate an empty object",),
        ),
    ),
    look=("the stack below the line names the caller",),
    sources=("mm/percpu.c:pcpu_alloc", "include/linux/percpu.h: PCPU_MIN_UNIT_SIZE"),
)

SPAN = Entry(
    key="groups-too-far-apart",
    title="The NUMA nodes lie so far apart that no chunk fits the vmalloc space",
    involves="allocator",
    patterns=(
        r"WARNING: .{0,80}mm/vmalloc\.c:\d{1,6}.{0,10}pcpu_get_vm_areas",
        (
            r"max_distance=0x(?P<distance>[0-9a-f]{1,16}) (?:is )?too large for vmalloc space 0x(?P<space>[0-9a-f]{1,16"
            r"})"
        ),
    ),
    needles=("pcpu_get_vm_areas", "too large for vmalloc space"),
    message="max-distance",
    said_by="mm/percpu.c:pcpu_embed_first_chunk, or the WARN of mm/vmalloc.c:pcpu_get_vm_areas",
    means="Chunks copy the distances between the nodes' parts of the first chunk. Those distances exceed three "
    "quarters of the vmalloc space (or all of it), "
    "so dynamic chunks could not be placed.",
    not_means="No memory is short. Where the page method is built in, the kernel falls back to it and all is well.",
    causes=(
        Cause(
            key="small-space",
            text=("32-bit NUMA: the vmalloc space is far smaller than the distance of the nodes."),
            weight=2,
            clue=Clue(facts=(("bits32"),)),
        ),
        Cause(key="sparse-nodes", text="Nodes with very different physical addresses.", weight=2),
    ),
    look=('which line follows: "falling back to page size" is the good ending',),
    change=("percpu_alloc=page on the command line", "32-bit: numa=off, or a larger vmalloc="),
    sources=("mm/percpu.c:pcpu_embed_first_chunk", "mm/vmalloc.c:pcpu_get_vm_areas"),
)

WARN_SITE = Entry(
    key="percpu-warn",
    title="A WARN of the per-CPU allocator",
    involves="allocator",
    patterns=(
        r"WARNING: .{0,80}mm/percpu(?:-vm|-km|-internal)?\.[ch]:\d{1,6}",
        (r"BUG at mm/percpu(?:-vm|-km)?\.c:\d{1,6}"),
    ),
    needles=("mm/percpu",),
    message="percpu-warning",
    said_by="a WARN or BUG in mm/percpu*.c",
    means=(
        'Usually the stack dump of the "illegal size" line above it. Without that line: the allocator found its '
        "own data in a state that cannot be (a free of a wild pointer, a double free)."
    ),
    causes=(
        Cause(
            key="illegal-request",
            text='It belongs to an "illegal size" line.',
            weight=3,
            clue=Clue(words=(r"illegal size")),
        ),
        Cause(
            key="corruption",
            text=("free_percpu() of something that is no live per-CPU object, or memory corruption."),
            weight=1,
            clue=Clue(functions=((r"free_percpu|pcpu_free_area"),)),
        ),
    ),
    look=("the lines just above",),
    sources=("mm/percpu.c",),
    quiet=True,
)

ENTRIES = (RESERVED, NEW_CHUNK, POPULATE, AREA_MAP, ATOMIC, UNKNOWN_REASON, LIMIT, ILLEGAL, SPAN, WARN_SITE)
