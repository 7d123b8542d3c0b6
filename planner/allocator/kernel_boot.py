"""Version facts of the first chunk: sizes, layout rules, checks. One fact a line, newest first (see kernel.py).

"A…B" in a source says that the change lies between two trees that were read; the fact then counts from the newer one.
"""

from typing import Literal

from planner.allocator.kernel import Fact, Since

KIB = 1024

SETUP: Fact[Literal["groups", "units"]] = Fact(
    "first chunk set-up",
    "units by CPU number in one vm area, or groups of CPUs by distance with congruent areas",
    (
        Since("2.6.32", "groups", "mm/percpu.c:pcpu_build_alloc_info"),
        Since("2.6.30", "units", "mm/percpu.c:pcpu_setup_first_chunk (2.6.30.4, 2.6.31.3)"),
    ),
)

MIN_UNIT: Fact[int] = Fact(
    "PCPU_MIN_UNIT_SIZE",
    "smallest unit in bytes before rounding up to a page; also the largest request",
    (
        Since("2.6.37", 32 * KIB, "include/linux/percpu.h"),
        Since("2.6.30", 64 * KIB, "include/linux/percpu.h"),
    ),
)

MODULE_RESERVE: Fact[int] = Fact(
    "PERCPU_MODULE_RESERVE",
    "bytes reserved for modules' static per-CPU data with CONFIG_MODULES (0 without)",
    (Since("2.6.30", 8 * KIB, "include/linux/percpu.h"),),
)

MODULE_RESERVE_PROFILING: Fact[int] = Fact(
    "PERCPU_MODULE_RESERVE with CONFIG_MEM_ALLOC_PROFILING",
    "bytes reserved for modules' static per-CPU data where allocation profiling is built in",
    (
        Since("6.15", 8 * KIB, "include/linux/percpu.h (6.14…6.17)"),
        Since("6.10", 64 * KIB, "include/linux/percpu.h (6.9…6.11.11)"),
        Since("2.6.30", 8 * KIB, "the option does not exist"),
    ),
)

DYNAMIC_RESERVE_64: Fact[int] = Fact(
    "PERCPU_DYNAMIC_RESERVE, 64 bit",
    "bytes of dynamic space in the first chunk; from 6.6 on times 2^(shift - 10)",
    (
        Since("3.18", 28 * KIB, "include/linux/percpu.h"),
        Since("2.6.30", 20 * KIB, "include/linux/percpu.h"),
    ),
)

DYNAMIC_RESERVE_32: Fact[int] = Fact(
    "PERCPU_DYNAMIC_RESERVE, 32 bit",
    "bytes of dynamic space in the first chunk; from 6.6 on times 2^(shift - 10)",
    (
        Since("3.18", 20 * KIB, "include/linux/percpu.h"),
        Since("2.6.30", 12 * KIB, "include/linux/percpu.h"),
    ),
)

DYNAMIC_EARLY: Fact[int | None] = Fact(
    "PERCPU_DYNAMIC_EARLY_SIZE",
    "bytes that the first chunk must hold for early users; from 6.6 on times 2^(shift - 10); None: no such rule",
    (
        Since("6.2", 20 * KIB, "include/linux/percpu.h"),
        Since("2.6.36", 12 * KIB, "include/linux/percpu.h"),
        Since("2.6.30", None, "include/linux/percpu.h"),
    ),
)

SHIFT_RANDOM_KMALLOC: Fact[int] = Fact(
    "PERCPU_DYNAMIC_SIZE_SHIFT - 10 with CONFIG_RANDOM_KMALLOC_CACHES",
    "doublings of the dynamic and early reserve: each kmalloc size has many caches, each with per-CPU data",
    (
        Since("6.6", 2, "include/linux/percpu.h (6.6.42)"),
        Since("2.6.30", 0, "the option does not exist"),
    ),
)

SHIFT_RANDOM_KMALLOC_LOCKDEP: Fact[int] = Fact(
    "PERCPU_DYNAMIC_SIZE_SHIFT - 10 with RANDOM_KMALLOC_CACHES, LOCKDEP and pages other than 4K",
    "doublings of the dynamic and early reserve",
    (
        Since("6.12", 3, "include/linux/percpu.h (6.11.11…6.12.0)"),
        Since("6.6", 2, "include/linux/percpu.h (6.6.42)"),
        Since("2.6.30", 0, "the option does not exist"),
    ),
)

GROUPING: Fact[Literal["leader", "pairwise"]] = Fact(
    "grouping of CPUs",
    "leader: who is at distance 10 of the group's first CPU both ways; pairwise: near to every lower CPU of the group",
    (
        Since("5.12", "leader", "mm/percpu.c:pcpu_build_alloc_info (5.12.9; not in 5.11.5, 5.10.198)"),
        Since("2.6.32", "pairwise", "mm/percpu.c:pcpu_build_alloc_info"),
    ),
)

DISTANCE_SPAN: Fact[Literal["group", "unit"]] = Fact(
    "span tested against the vmalloc space",
    "group: up to the end of the highest group's area; unit: the largest group offset plus one unit",
    (
        Since("4.9", "group", "mm/percpu.c:pcpu_embed_first_chunk (4.9.80; not in 4.8.15)"),
        Since("2.6.32", "unit", "mm/percpu.c:pcpu_embed_first_chunk"),
    ),
)

UP_ALLOCATOR: Fact[bool] = Fact(
    "UP uses this allocator",
    "uniprocessor kernels run mm/percpu.c with the km backend; before that every object is one kzalloc",
    (
        Since("2.6.37", value=True, source="mm/percpu.c:setup_per_cpu_areas, mm/Kconfig NEED_PER_CPU_KM"),
        Since("2.6.30", value=False, source="mm/percpu_up.c, include/linux/percpu.h"),
    ),
)

ALIGNED_RESERVE_CHECK: Fact[bool] = Fact(
    "reserved size must be a multiple of 4",
    "BUG at boot where the reserved size is not a multiple of the bitmap's granule",
    (
        Since("4.14", value=True, source="mm/percpu.c:pcpu_setup_first_chunk"),
        Since("2.6.30", value=False, source="mm/percpu.c:pcpu_setup_first_chunk"),
    ),
)

LEGACY_PARAMETER: Fact[bool] = Fact(
    "percpu_alloc= before 2.6.32",
    "the words lpage, embed and 4k choose the first-chunk method",
    (
        Since("2.6.31", value=True, source="arch/x86/kernel/setup_percpu.c:percpu_alloc_setup (2.6.31.3)"),
        Since("2.6.30", value=False, source="arch/x86/kernel/setup_percpu.c (2.6.30.4)"),
    ),
)

DUMP_LEVEL: Fact[int] = Fact(
    "level of the pcpu-alloc lines",
    "6 = info, on the console by default; 7 = debug, in dmesg only",
    (
        Since("2.6.37", 7, "mm/percpu.c:pcpu_setup_first_chunk"),
        Since("2.6.30", 6, "mm/percpu.c:pcpu_setup_first_chunk"),
    ),
)
