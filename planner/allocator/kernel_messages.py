"""The boot lines of the per-CPU allocator by version (see wording.py for the templates, kernel.py for the tables)."""

from planner.allocator.kernel import Fact, Since
from planner.allocator.wording import CRIT, EMERG, INFO, WARNING, Message, Wording

_SETUP = "mm/percpu.c:pcpu_embed_first_chunk"
_PAGE = "mm/percpu.c:pcpu_page_first_chunk"
_X86 = "arch/x86/kernel/setup_percpu.c:setup_per_cpu_areas"
_NO_ADDRESS = "no address since the hashed one told nothing (5.0.1…5.2.1)"

EMBEDDED = Message(
    "embedded",
    "The first chunk was placed in the linear mapping: pages of each unit in use, static, reserved, dynamic bytes, unit size.",
    Fact(
        "embedded",
        "boot line of the embed method",
        (
            Since(
                "5.1",
                Wording(INFO, "percpu: Embedded {pages:d} pages/cpu s{static:d} r{reserved:d} d{dynamic:d} u{unit:d}"),
                f"{_SETUP}; {_NO_ADDRESS}",
            ),
            Since(
                "4.6",
                Wording(
                    INFO,
                    "percpu: Embedded {pages:d} pages/cpu @{base:p} s{static:d} r{reserved:d} d{dynamic:d} u{unit:d}",
                ),
                f"{_SETUP} (4.5.7…4.6-rc7)",
            ),
            Since(
                "2.6.32",
                Wording(
                    INFO,
                    "PERCPU: Embedded {pages:d} pages/cpu @{base:p} s{static:d} r{reserved:d} d{dynamic:d} u{unit:d}",
                ),
                _SETUP,
            ),
            Since(
                "2.6.30",
                Wording(INFO, "PERCPU: Embedded {pages:d} pages at {base:p}, static data {static:d} bytes"),
                f"{_SETUP} (2.6.30.4, 2.6.31.3)",
            ),
        ),
        backports=tuple(
            Since(
                version,
                Wording(INFO, "percpu: Embedded {pages:d} pages/cpu s{static:d} r{reserved:d} d{dynamic:d} u{unit:d}"),
                source,
            )
            for version, source in (
                ("4.19.57", "4.19.0…4.19.57: a log of 4.19.57 has no address"),
                ("4.15.18", "Ubuntu 4.15.18"),
                ("4.9.178", "4.9.154…4.9.178"),
            )
        ),
    ),
)

PAGED = Message(
    "paged",
    "The first chunk was built of single pages mapped into the vmalloc space: pages of each unit, page size, sizes in bytes.",
    Fact(
        "paged",
        "boot line of the page method",
        (
            Since(
                "5.1",
                Wording(INFO, "percpu: {pages:d} {page:w} pages/cpu s{static:d} r{reserved:d} d{dynamic:d}"),
                f"{_PAGE}; {_NO_ADDRESS}",
            ),
            Since(
                "4.6",
                Wording(INFO, "percpu: {pages:d} {page:w} pages/cpu @{base:p} s{static:d} r{reserved:d} d{dynamic:d}"),
                _PAGE,
            ),
            Since(
                "2.6.32",
                Wording(INFO, "PERCPU: {pages:d} {page:w} pages/cpu @{base:p} s{static:d} r{reserved:d} d{dynamic:d}"),
                _PAGE,
            ),
            Since(
                "2.6.30",
                Wording(INFO, "PERCPU: Allocated {pages:d} 4k pages, static data {static:d} bytes"),
                "arch/x86/kernel/setup_percpu.c:setup_pcpu_4k, mm/percpu.c:pcpu_4k_first_chunk",
            ),
        ),
        backports=tuple(
            Since(
                version,
                Wording(INFO, "percpu: {pages:d} {page:w} pages/cpu s{static:d} r{reserved:d} d{dynamic:d}"),
                source,
            )
            for version, source in (
                ("4.19.57", "4.19.0…4.19.57: a log of 4.19.57 has no address"),
                ("4.15.18", "Ubuntu 4.15.18"),
                ("4.9.178", "4.9.154…4.9.178"),
            )
        ),
    ),
)

REMAPPED = Message(
    "remapped",
    "The first chunk was remapped with large pages (x86 with NUMA).",
    Fact(
        "remapped",
        "boot line of the lpage method",
        (
            Since("2.6.32", None, "the lpage method is gone"),
            Since(
                "2.6.30",
                Wording(INFO, "PERCPU: Remapped at {base:p} with large pages, static data {static:d} bytes"),
                "arch/x86/kernel/setup_percpu.c:setup_pcpu_lpage",
            ),
        ),
    ),
)

ALLOC_INFO = Message(
    "alloc-info",
    "Sizes of the first chunk: allocation size in atoms, and the atom size in bytes.",
    Fact(
        "alloc-info",
        "first line of pcpu_dump_alloc_info; its level stands in kernel_boot.DUMP_LEVEL",
        (
            Since(
                "2.6.32",
                Wording(
                    INFO,
                    "pcpu-alloc: s{static:d} r{reserved:d} d{dynamic:d} u{unit:d} alloc={atoms:d}*{atom:d}",
                ),
                "mm/percpu.c:pcpu_dump_alloc_info",
            ),
            Since("2.6.30", None, "mm/percpu.c"),
        ),
    ),
)

ALLOC_MAP = Message(
    "alloc-map",
    "Which CPU has which unit: [group] and the CPUs of one boot allocation, dashes for units without a CPU.",
    Fact(
        "alloc-map",
        "further lines of pcpu_dump_alloc_info",
        (
            Since("2.6.32", Wording(INFO, "pcpu-alloc: {map:s}"), "mm/percpu.c:pcpu_dump_alloc_info"),
            Since("2.6.30", None, "mm/percpu.c"),
        ),
    ),
)

MAX_DISTANCE = Message(
    "max-distance",
    "NUMA nodes lie so far apart that chunks of the same shape could not be placed in the vmalloc space; "
    "the kernel falls back to the page method where the architecture has one.",
    Fact(
        "max-distance",
        "distance check of the embed method",
        (
            Since(
                "4.6",
                Wording(WARNING, "percpu: max_distance=0x{distance:x} too large for vmalloc space 0x{total:x}"),
                _SETUP,
            ),
            Since(
                "2.6.32",
                Wording(WARNING, "PERCPU: max_distance=0x{distance:x} too large for vmalloc space 0x{total:x}"),
                _SETUP,
            ),
            Since("2.6.30", None, "mm/percpu.c"),
        ),
    ),
)

UNKNOWN_ALLOCATOR = Message(
    "unknown-allocator",
    "percpu_alloc= names a method that this architecture does not build (or the word auto, which is never accepted); "
    "the kernel chooses by itself.",
    Fact(
        "unknown-allocator",
        "percpu_alloc= with a word that is not accepted",
        (
            Since(
                "4.6",
                Wording(WARNING, "percpu: unknown allocator {word:s} specified"),
                "mm/percpu.c:percpu_alloc_setup",
            ),
            Since(
                "2.6.31",
                Wording(WARNING, "PERCPU: unknown allocator {word:s} specified"),
                "mm/percpu.c:percpu_alloc_setup",
            ),
            Since("2.6.30", None, "arch/x86/kernel/setup_percpu.c"),
        ),
    ),
)

FALLBACK = Message(
    "fallback",
    "The embed method failed (the number is the error, -22 = the distance check); the page method is used instead.",
    Fact(
        "fallback",
        "the architecture falls back to single pages; {prefix} differs by architecture",
        (
            Since(
                "2.6.32",
                Wording(WARNING, "{prefix:t}{method:w} allocator failed ({error:d}), falling back to page size"),
                f"{_X86}; arch/powerpc/kernel/setup_64.c, arch/sparc/kernel/smp_64.c, drivers/base/arch_numa.c",
            ),
            Since(
                "2.6.31",
                Wording(WARNING, "{prefix:t}{method:w} allocator failed ({error:d}), falling back to 4k"),
                _X86,
            ),
            Since("2.6.30", None, _X86),
        ),
    ),
)

TOO_LARGE_FOR_REMAP = Message(
    "too-large-for-remap",
    "One large page for each CPU would take more than a fifth of the vmalloc space: single pages are used.",
    Fact(
        "too-large-for-remap",
        "lpage method refused",
        (
            Since("2.6.32", None, "the lpage method is gone"),
            Since(
                "2.6.31",
                Wording(INFO, "PERCPU: too large chunk size {mib:d}MB for large page remap"),
                "arch/x86/kernel/setup_percpu.c:setup_pcpu_lpage",
            ),
            Since("2.6.30", None, "large-page remapping disabled"),
        ),
    ),
)

PAGE_OUT_OF_MEMORY = Message(
    "page-out-of-memory",
    "The page method found no page for a unit of the first chunk; the boot ends in a panic.",
    Fact(
        "page-out-of-memory",
        "page method without memory",
        (
            Since("4.6", Wording(WARNING, "percpu: failed to allocate {page:w} page for cpu{cpu:d}"), _PAGE),
            Since("2.6.32", Wording(WARNING, "PERCPU: failed to allocate {page:w} page for cpu{cpu:d}"), _PAGE),
            Since("2.6.30", None, _PAGE),
        ),
    ),
)

SETUP_BUG = Message(
    "setup-bug",
    "The first chunk breaks a rule of the allocator: the kernel stops with BUG.",
    Fact(
        "setup-bug",
        "PCPU_SETUP_BUG_ON",
        (
            Since(
                "4.6",
                Wording(EMERG, "percpu: failed to initialize, {condition:s}"),
                "mm/percpu.c:pcpu_setup_first_chunk",
            ),
            Since(
                "2.6.32",
                Wording(EMERG, "PERCPU: failed to initialize, {condition:s}"),
                "mm/percpu.c:pcpu_setup_first_chunk (2.6.32.67)",
            ),
            Since("2.6.30", None, "mm/percpu.c:pcpu_setup_first_chunk"),
        ),
    ),
)

SETUP_BUG_MASK = Message(
    "setup-bug-mask",
    "Possible CPUs, printed with the broken rule.",
    Fact(
        "setup-bug-mask",
        "PCPU_SETUP_BUG_ON, second line",
        (
            Since("4.6", Wording(EMERG, "percpu: cpu_possible_mask={mask:w}"), "mm/percpu.c:pcpu_setup_first_chunk"),
            Since("2.6.32", Wording(EMERG, "PERCPU: cpu_possible_mask={mask:w}"), "mm/percpu.c:pcpu_setup_first_chunk"),
            Since("2.6.30", None, "mm/percpu.c:pcpu_setup_first_chunk"),
        ),
    ),
)

KM_GROUPS = Message(
    "km-groups",
    "A kernel without paging for per-CPU chunks (percpu-km) cannot have more than one group of CPUs.",
    Fact(
        "km-groups",
        "pcpu_verify_alloc_info of the km backend",
        (
            Since(
                "4.6",
                Wording(CRIT, "percpu: can't handle more than one group"),
                "mm/percpu-km.c:pcpu_verify_alloc_info",
            ),
            Since(
                "2.6.37",
                Wording(CRIT, "PERCPU: can't handle more than one groups"),
                "mm/percpu-km.c:pcpu_verify_alloc_info",
            ),
            Since("2.6.30", None, "mm/percpu-km.c does not exist"),
        ),
    ),
)

KM_WASTE = Message(
    "km-waste",
    "Chunks of percpu-km are taken in powers of two pages: so many pages of each are wasted.",
    Fact(
        "km-waste",
        "pcpu_verify_alloc_info of the km backend",
        (
            Since(
                "4.6",
                Wording(WARNING, "percpu: wasting {pages:d} pages per chunk"),
                "mm/percpu-km.c:pcpu_verify_alloc_info",
            ),
            Since(
                "2.6.37",
                Wording(WARNING, "PERCPU: wasting {pages:d} pages per chunk"),
                "mm/percpu-km.c:pcpu_verify_alloc_info",
            ),
            Since("2.6.30", None, "mm/percpu-km.c does not exist"),
        ),
    ),
)

NO_NODE = Message(
    "no-node",
    "The CPU's node is off or has no memory: its unit is taken from any node.",
    Fact(
        "no-node",
        "boot memory for a CPU without a node of its own",
        (
            Since(
                "5.17",
                Wording(INFO, "percpu: cpu {cpu:d} has no node {node:d} or node-local memory"),
                "mm/percpu.c:pcpu_fc_alloc (5.16…5.17)",
            ),
            Since(
                "2.6.33",
                Wording(INFO, "setup_percpu: cpu {cpu:d} has no node {node:d} or node-local memory"),
                "arch/x86/kernel/setup_percpu.c:pcpu_alloc_bootmem",
            ),
            Since(
                "2.6.30",
                Wording(INFO, "cpu {cpu:d} has no node {node:d} or node-local memory"),
                "arch/x86/kernel/setup_percpu.c:pcpu_alloc_bootmem",
            ),
        ),
    ),
)

SETUP_PERCPU = Message(
    "setup-percpu",
    "x86: CPUs and nodes that the kernel was built for and that this boot may use.",
    Fact(
        "setup-percpu",
        "first line of the x86 set-up",
        (
            Since(
                "2.6.33",
                Wording(
                    INFO,
                    "setup_percpu: NR_CPUS:{nr_cpus:d} nr_cpumask_bits:{bits:d} nr_cpu_ids:{ids:d} nr_node_ids:{nodes:d}",
                ),
                _X86,
            ),
            Since(
                "2.6.30",
                Wording(INFO, "NR_CPUS:{nr_cpus:d} nr_cpumask_bits:{bits:d} nr_cpu_ids:{ids:d} nr_node_ids:{nodes:d}"),
                _X86,
            ),
        ),
    ),
)

HASHED_POINTER: Fact[dict[int, str] | None] = Fact(
    "pointers in the boot log",
    "what %p prints before the hash key exists, by word size; None: the address itself",
    (
        Since("4.18", {64: "(____ptrval____)", 32: "(ptrval)"}, "lib/vsprintf.c:ptr_to_id; seen on 4.18-rc1"),
        Since("4.15", {64: "        (ptrval)", 32: "(ptrval)"}, "lib/vsprintf.c:ptr_to_id; seen on 4.16.15"),
        Since("2.6.30", None, "lib/vsprintf.c:pointer"),
    ),
)

BOOT_MESSAGES = (
    EMBEDDED,
    PAGED,
    REMAPPED,
    ALLOC_INFO,
    ALLOC_MAP,
    MAX_DISTANCE,
    UNKNOWN_ALLOCATOR,
    FALLBACK,
    TOO_LARGE_FOR_REMAP,
    PAGE_OUT_OF_MEMORY,
    SETUP_BUG,
    SETUP_BUG_MASK,
    KM_GROUPS,
    KM_WASTE,
    NO_NODE,
    SETUP_PERCPU,
)
