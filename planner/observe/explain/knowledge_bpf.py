"""BPF: maps and programs that cannot be made. The kernel prints nothing for them: they ask with __GFP_NOWARN."""

from planner.observe.explain.model import Cause, Clue, Entry

_SILENT = "The kernel log stays empty: BPF asks with __GFP_NOWARN, so the allocator prints nothing."

_VALUE = Cause(
    key="value-over-32k",
    text=(
        "The value of a per-CPU map is larger than 32 KiB on each CPU (PCPU_MIN_UNIT_SIZE): no machine can serve "
        "it. Old kernels say ENOMEM, newer ones E2BIG."
    ),
    weight=1,
    clue=Clue(
        words=(
            r"(?:12[89]|6[45]|25[67]|51[23]) ?(?:KiB|KB|K|kB)\b|(?:value_?size|value).{0,20}(?:131072|65536|[4-9]\d{4}|"
            r"[1-9]\d{5,})|32 ?KiB|BPF_PERCPU_ARRAY|percpu array"
        )
    ),
    change=("split the value over several keys, or use a plain array with one entry for each CPU",),
)
_TOTAL = Cause(
    key="map-times-cpus",
    text=(
        "The map is too large for this machine: max_entries x value size (rounded up to 8) x possible CPUs for "
        "per-CPU maps; other maps take max_entries x (key + value + about 48 bytes)."
    ),
    weight=3,
    clue=Clue(words=r"max_entries|2 ?GB|small VM|possible cpus?|cores|CPUs"),
    look=("bpftool map: max_entries, value, and cat /sys/devices/system/cpu/possible (not the online CPUs)",),
    change=(
        "smaller max_entries, BPF_F_NO_PREALLOC where few elements live",
        ("fewer possible CPUs: nr_cpus=, possible_cpus="),
    ),
)
_MEMLOCK = Cause(
    key="memlock",
    text=(
        "Up to 5.10 BPF memory counts against RLIMIT_MEMLOCK: that refusal is EPERM (Operation not permitted), so "
        "with ENOMEM it is not the limit."
    ),
    weight=0,
    until="5.11",
    clue=Clue(words=r"Operation not permitted|\(-1\)"),
)
_ATOMIC = Cause(
    key="atomic-refill",
    text=(
        "Elements without preallocation are taken with atomic requests (BPF's allocator refills its lists "
        "asynchronously): a batch of updates is faster than the refill, with any amount of memory free."
    ),
    weight=0,
    clue=Clue(words=r"UPDATE_BATCH|update_batch|NO_PREALLOC|no_prealloc|element \d|lpm|LPM|update elem|update_elem"),
    change=("preallocate the map, or retry the element after a moment",),
)

ENTRIES = (
    Entry(
        key="bpf-map-enomem",
        title="A BPF map cannot be created: Cannot allocate memory",
        involves="allocator",
        patterns=(
            (
                r"libbpf: (?:map '(?P<map>[^']{1,64})': )?failed to create(?: map)?.{0,40}: (?:Error in \w{1,40}\("
                r"\):)?(?:Cannot allocate memory|-ENOMEM)(?:\(-12\))?"
            ),
            (
                r"(?:could not open|[Ff]ailed to (?:create|open|load)|creating|create|map create).{0,60}\b(?:bpf|BP"
                r"F|map)\b.{0,120}[Cc]annot allocate memory"
            ),
            r"\bmap (?P<map>\S{1,64}): map create: cannot allocate memory",
            r"map create(?: failed)?: [Cc]annot allocate memory",
            r"bpf\(BPF_MAP_CREATE.{0,200}ENOMEM",
            r"(?:BPF_PERCPU_ARRAY|BPF_MAP_TYPE_PERCPU\w*|PERCPU_(?:ARRAY|HASH)).{0,200}Cannot allocate memory",
            r"bpf.{0,80}(?:Cannot allocate memory|ENOMEM)",
        ),
        needles=("cannot allocate memory", "enomem"),
        said_by=(
            "user space (libbpf, bcc, cilium/ebpf), from -ENOMEM of bpf(BPF_MAP_CREATE); in the kernel kernel/bpf: "
            "bpf_map_area_alloc, bpf_array_alloc_percpu, prealloc_init"
        ),
        versions="4.6 and later have per-CPU maps",
        means="The map's memory was refused. " + _SILENT,
        not_means=(
            "An empty dmesg and much free memory prove nothing here, and raising RLIMIT_MEMLOCK does not help "
            "(that would be EPERM)."
        ),
        causes=(_TOTAL, _VALUE, _ATOMIC, _MEMLOCK),
        look=(
            "bpftool map; the map's definition; /sys/devices/system/cpu/possible",
            ("planner record during the attempt: percpu_alloc_percpu_fail shows size and align"),
        ),
        sources=("kernel/bpf/arraymap.c:bpf_array_alloc_percpu", "kernel/bpf/hashtab.c:prealloc_init"),
    ),
    Entry(
        key="bpf-update-enomem",
        title="A BPF map element cannot be added: Cannot allocate memory",
        involves="allocator",
        patterns=(
            r"BPF_MAP_UPDATE_(?:BATCH|ELEM).{0,200}(?:ENOMEM|[Cc]annot allocate memory|-12)",
            r"(?:update|updating|insert|put).{0,60}(?:map|elem|trie|hash).{0,160}(?:ENOMEM|[Cc]annot allocate memory)",
        ),
        needles=("enomem", "cannot allocate memory", "update_batch", "update_elem"),
        said_by="user space, from -ENOMEM of bpf(BPF_MAP_UPDATE_ELEM or _BATCH)",
        versions="6.1 and later use BPF's own allocator (bpf_mem_alloc) for maps that are not preallocated",
        means="The element's memory was not ready. " + _SILENT,
        not_means="It does not mean that memory is used up.",
        causes=(
            Cause(
                key="atomic-refill",
                text=_ATOMIC.text + " (An inference from the code: the report itself shows no cause.)",
                weight=3,
                clue=_ATOMIC.clue,
                change=_ATOMIC.change,
            ),
            Cause(
                key="memcg-limit",
                text=(
                    "The memory cgroup that pays for the map has reached its limit (accounted from 5.11 on): refused "
                    "silently."
                ),
                weight=1,
                since=("5.11"),
                look=(("memory.max and memory.events of the cgroup"),),
            ),
        ),
        look=("the same with a preallocated map",),
        sources=("kernel/bpf/memalloc.c", "kernel/bpf/hashtab.c"),
    ),
    Entry(
        key="bpf-map-too-big",
        title="A BPF map is refused as too big (E2BIG)",
        involves="cost",
        patterns=(
            (
                r"[Ff]ailed to create (?:BPF )?map '?(?P<map>[\w.]{1,64})?'?.{0,80}(?:Too big|Argument list too long|E2"
                r"BIG|\(-7\))"
            ),
            (r"BPF map.{0,80}: (?:Too big|Argument list too long)"),
            (
                r"libbpf: (?:map '(?P<map>[^']{1,64})': )?failed to create(?: map)?.{0,40}: (?:Argument list too long|Too big|-E2"
                r"BIG|[^:]{1,60}\(-7\))"
            ),
            r"\bmap (?P<map>\S{1,64}): map create: argument list too long",
            r"(?:could not open|[Ff]ailed to create|creating).{0,60}\b(?:bpf|BPF|map)\b.{0,120}(?:Argument list too long|E2BIG)",
            r"bpf\(BPF_MAP_CREATE.{0,200}E2BIG",
        ),
        needles=("too big", "argument list too long", "e2big", "(-7)"),
        said_by="user space, from -E2BIG of bpf(BPF_MAP_CREATE): kernel/bpf/*map*.c checks sizes before it allocates",
        versions="4.6 and later",
        means=(
            "The map exceeds a fixed limit: a per-CPU value above 32 KiB, or key and value together above what "
            "kmalloc gives."
        ),
        not_means="Memory is not short.",
        causes=(
            Cause(
                key="percpu-value-limit",
                text=(
                    "The value of a per-CPU map (a tool's aggregation buffer, 4 MiB by default in DTrace, times "
                    "CPUs) is above the limit for one object."
                ),
                weight=3,
                clue=Clue(words=r"aggs|aggsize|dtrace|percpu"),
                change=("DTrace: -xaggsize=64k; others: a smaller buffer or more, smaller elements",),
            ),
        ),
        sources=("kernel/bpf/arraymap.c:array_map_alloc_check", "include/linux/percpu.h: PCPU_MIN_UNIT_SIZE"),
    ),
    Entry(
        key="bpf-map-list",
        title="bpftool: a per-CPU map and its size",
        involves="cost",
        patterns=(
            r"^\d{1,10}: (?P<type>(?:lru_)?percpu_(?:hash|array))\s.{0,300}",
            (r"key \d{1,6}B\s{1,4}value (?P<value>\d{1,10})B\s{1,4}max_entries (?P<entries>\d{1,12})"),
        ),
        needles=("percpu_hash", "percpu_array", "max_entries"),
        said_by="bpftool map",
        versions="all with BPF",
        means=(
            'A per-CPU map takes max_entries x value (rounded up to 8) on every possible CPU. bpftool\'s "value" '
            "is for one CPU; memlock counts all of them only in some versions."
        ),
        causes=(
            Cause(
                key="internal-buffers",
                text=(
                    "Tools keep several single-element per-CPU arrays of 16 to 32 KB as scratch space, for each "
                    "policy or program: tens of KB on each CPU, megabytes on 96 CPUs."
                ),
                weight=2,
                clue=Clue(words=r"[Pp]olic(?:y|ies)|[Tt]etragon|heap|scratch|value (?:1[6-9]|2\d|3[0-2])\d{3}B"),
                change=("share the maps between policies; smaller buffers; fewer policies",),
            ),
            Cause(
                key="large-map",
                text="Many entries.",
                weight=1,
                change=("smaller max_entries", ("BPF_F_NO_PREALLOC where few elements live")),
            ),
        ),
        look=("sum of max_entries x value over all percpu maps x possible CPUs",),
        sources=("kernel/bpf/syscall.c",),
    ),
    Entry(
        key="bpf-instances",
        title="Large LRU maps, one set for every CPU or instance",
        involves="cost",
        patterns=(r"distributed-?LRU|bpf-distributed-lru|distributedLRU",),
        needles=("distributedlru", "distributed-lru", "distributed_lru"),
        said_by="Cilium's configuration (bpf.distributedLRU)",
        versions="Cilium 1.17 and later",
        means=(
            "With distributed LRU each CPU has its own list, and the maps are sized from memory by a ratio; when "
            "many instances of each map are made, the ratio is spent many times over."
        ),
        not_means="Mostly hash elements (slab, vmalloc), not per-CPU memory.",
        causes=(
            Cause(
                key="lru-map-instances",
                text="Many instances of each LRU map, so the sizing ratio is multiplied.",
                weight=3,
                change=(("lower bpf.mapDynamicSizeRatio"),),
            ),
        ),
        sources=("github.com/cilium/cilium/issues/39070",),
    ),
    Entry(
        key="perf-buffer",
        title="A perf ring buffer for each CPU cannot be mapped",
        involves="other",
        patterns=(
            r"[Ff]ailed to (?:open|mmap) perf (?:ring )?buffer",
            r"mmap: Cannot allocate memory",
            (r"perf.{0,20}mmap.{0,60}(?:Cannot allocate memory|Operation not permitted)"),
        ),
        needles=("perf buffer", "perf ring buffer", "mmap"),
        said_by="user space (bpftrace, bcc, perf), from mmap() of a perf ring buffer",
        versions="all",
        means="One ring for each CPU: pages x page size x CPUs. With 256 CPUs and 64 KiB pages 4 MB each is 1 GB.",
        not_means=(
            "Rings are ordinary pages, not per-CPU allocator memory; here a limit of the process (RLIMIT_AS, "
            "memlock) or of memory speaks."
        ),
        causes=(
            Cause(
                key="address-space-limit",
                text=(
                    "The tool's own address-space limit (RLIMIT_AS, 1 GB in bpftrace of that time) is reached by "
                    "one ring for each CPU."
                ),
                weight=3,
                clue=Clue(words=r"bpftrace|RLIMIT_AS|ulimit|\b(?:128|256|512) CPUs|64 ?K"),
                change=("BPFTRACE_PERF_RB_PAGES or a smaller ring; a limit in proportion to the CPUs",),
            ),
            Cause(key="memlock-limit", text="RLIMIT_MEMLOCK or kernel.perf_event_mlock_kb.", weight=1),
        ),
        sources=("github.com/bpftrace/bpftrace/issues/1355",),
    ),
)
