"""What the kernel says when address space or pages run out beneath the per-CPU allocator (templates: wording.py)."""

from planner.allocator.kernel import Fact, Since
from planner.allocator.wording import ERR, INFO, WARNING, Message, Wording

_VMAP = "mm/vmalloc.c:alloc_vmap_area"
_VMALLOC = "mm/vmalloc.c:__vmalloc_node_range"
_PAGES = "mm/vmalloc.c:__vmalloc_area_node"
_WARN = "mm/page_alloc.c:warn_alloc"
_MODE = "mode:{mode:m}"
_WHERE = "nodemask=(null),cpuset={cpuset:w},mems_allowed={mems:w}"

VMAP_SPACE = Message(
    "vmap-space",
    "No hole in the vmalloc space is large enough (the size includes the guard page).",
    Fact(
        "vmap-space",
        "search of an ordinary vmalloc area failed; rate-limited",
        (
            Since(
                "6.11",
                Wording(
                    WARNING,
                    "vmalloc_node_range for size {size:d} failed: Address range restricted to 0x{start:x} - 0x{end:x}",
                ),
                f"{_VMAP}; patch of June 2024, release not read",
            ),
            Since(
                "4.6",
                Wording(WARNING, "vmap allocation for size {size:d} failed: use vmalloc=<size> to increase size"),
                f"{_VMAP} (4.4.131…4.14.107)",
            ),
            Since(
                "2.6.30",
                Wording(WARNING, "vmap allocation for size {size:d} failed: use vmalloc=<size> to increase size."),
                _VMAP,
            ),
        ),
    ),
)


VMALLOC_FAILED = Message(
    "vmalloc-failed",
    "An ordinary vmalloc failed for want of address space; for the allocator it is a chunk's map, bitmap or object vector.",
    Fact(
        "vmalloc-failed",
        "vmalloc without an area; rate-limited",
        (
            Since(
                "5.13",
                Wording(
                    WARNING,
                    "{comm:s}: vmalloc error: size {size:d}, vm_struct allocation failed, "
                    + _MODE
                    + ", nodemask=(null),cpuset={cpuset:w},mems_allowed={mems:w}",
                ),
                f"{_VMALLOC} (5.12.9…5.14)",
            ),
            Since(
                "5.0",
                Wording(
                    WARNING,
                    "{comm:s}: vmalloc: allocation failure: {size:d} bytes, "
                    + _MODE
                    + ", nodemask=(null),cpuset={cpuset:w},mems_allowed={mems:w}",
                ),
                f"{_VMALLOC}, {_WARN} (seen on 5.4.58)",
            ),
            Since(
                "4.11",
                Wording(
                    WARNING, "{comm:s}: vmalloc: allocation failure: {size:d} bytes, " + _MODE + ", nodemask=(null)"
                ),
                f"{_VMALLOC}, {_WARN} (seen on 4.14.107)",
            ),
            Since(
                "4.9",
                Wording(WARNING, "{comm:s}: vmalloc: allocation failure: {size:d} bytes, " + _MODE),
                f"{_VMALLOC}, {_WARN}",
            ),
            Since(
                "3.2",
                Wording(WARNING, "vmalloc: allocation failure: {size:d} bytes"),
                f"{_VMALLOC}; a line page-failure follows (seen on 3.2.27, 3.10, 4.4.131)",
            ),
            Since("2.6.30", None, _VMALLOC),
        ),
    ),
)


VMALLOC_NO_PAGES = Message(
    "vmalloc-no-pages",
    "An ordinary vmalloc found address space, but no pages to put there: RAM is gone.",
    Fact(
        "vmalloc-no-pages",
        "vmalloc without pages; rate-limited",
        (
            Since(
                "6.5",
                Wording(
                    WARNING, f"{{comm:s}}: vmalloc error: size {{size:d}}, failed to allocate pages, {_MODE}, {_WHERE}"
                ),
                f"{_PAGES}; patch of June 2023, release not read",
            ),
            Since(
                "5.13",
                Wording(
                    WARNING,
                    "{comm:s}: vmalloc error: size {size:d}, page order {order:d}, failed to allocate pages, "
                    f"{_MODE}, {_WHERE}",
                ),
                f"{_PAGES} (seen on 5.16-rc2)",
            ),
            Since(
                "5.0",
                Wording(
                    WARNING,
                    "{comm:s}: vmalloc: allocation failure, allocated {done:d} of {size:d} bytes, "
                    f"{_MODE}, {_WHERE}",
                ),
                _PAGES,
            ),
            Since(
                "4.11",
                Wording(
                    WARNING,
                    "{comm:s}: vmalloc: allocation failure, allocated {done:d} of {size:d} bytes, "
                    f"{_MODE}, nodemask=(null)",
                ),
                _PAGES,
            ),
            Since(
                "4.9",
                Wording(
                    WARNING,
                    f"{{comm:s}}: vmalloc: allocation failure, allocated {{done:d}} of {{size:d}} bytes, {_MODE}",
                ),
                _PAGES,
            ),
            Since(
                "2.6.39",
                Wording(WARNING, "vmalloc: allocation failure, allocated {done:d} of {size:d} bytes"),
                f"{_PAGES}; a line page-failure follows",
            ),
            Since("2.6.30", None, _PAGES),
        ),
    ),
)


PAGE_FAILURE = Message(
    "page-failure",
    "The page allocator had no page: for the allocator, a chunk's backing pages.",
    Fact(
        "page-failure",
        "page allocation failure; rate-limited. After vmalloc-failed up to 4.8 with order:0",
        (
            Since(
                "5.0",
                Wording(
                    WARNING,
                    "{comm:s}: page allocation failure: order:{order:d}, "
                    + _MODE
                    + ", nodemask=(null),cpuset={cpuset:w},mems_allowed={mems:w}",
                ),
                _WARN,
            ),
            Since(
                "4.11",
                Wording(WARNING, "{comm:s}: page allocation failure: order:{order:d}, " + _MODE + ", nodemask=(null)"),
                _WARN,
            ),
            Since(
                "2.6.39",
                Wording(WARNING, "{comm:s}: page allocation failure: order:{order:d}, " + _MODE),
                "mm/page_alloc.c:warn_alloc_failed (warn_alloc from 4.9 on)",
            ),
            Since(
                "2.6.30",
                Wording(WARNING, "{comm:s}: page allocation failure. order:{order:d}, " + _MODE),
                "mm/page_alloc.c:__alloc_pages_slowpath",
            ),
        ),
    ),
)


CPUSET_LINE = Message(
    "cpuset-line",
    "Which nodes the failing task may use: belongs to the line above it.",
    Fact(
        "cpuset-line",
        "line after page-failure and vmalloc-failed",
        (
            Since("5.0", None, "joined to the line above"),
            Since("4.11", Wording(INFO, "{comm:s} cpuset={cpuset:w} mems_allowed={mems:w}"), _WARN),
            Since("2.6.30", None, "mm/page_alloc.c"),
        ),
    ),
)


OOM_INVOKED = Message(
    "oom-invoked",
    "Memory is gone: a request that may wait calls the out-of-memory killer instead of failing.",
    Fact(
        "oom-invoked",
        "first line of an OOM report",
        (
            Since(
                "4.19",
                Wording(
                    WARNING,
                    "{comm:s} invoked oom-killer: gfp_mask={mode:m}, order={order:d}, oom_score_adj={adj:d}",
                ),
                "mm/oom_kill.c:dump_header; the release of each form was not read",
            ),
            Since(
                "4.11",
                Wording(
                    WARNING,
                    "{comm:s} invoked oom-killer: gfp_mask={mode:m}, nodemask={mems:w}, "
                    "order={order:d}, oom_score_adj={adj:d}",
                ),
                "mm/oom_kill.c:dump_header",
            ),
            Since(
                "2.6.30",
                Wording(WARNING, "{comm:s} invoked oom-killer: gfp_mask={mode:m}, order={order:d}, {rest:s}"),
                "mm/oom_kill.c:dump_header",
            ),
        ),
    ),
    stops=True,
)


OOM_KILLED = Message(
    "oom-killed",
    "The out-of-memory killer ended this process.",
    Fact(
        "oom-killed",
        "last line of an OOM report",
        (
            Since(
                "5.3",
                Wording(ERR, "Out of memory: Killed process {pid:d} ({comm:s}) {rest:s}"),
                "mm/oom_kill.c:__oom_kill_process",
            ),
            Since("2.6.30", Wording(ERR, "Killed process {pid:d} ({comm:s}) {rest:s}"), "mm/oom_kill.c"),
        ),
    ),
    stops=True,
)


SPAN_WARNING = Message(
    "span-warning",
    "Chunks of the first chunk's shape do not fit into the vmalloc space at all: nodes too far apart without the page method.",
    Fact(
        "span-warning",
        "WARN of the congruent address search",
        (
            Since(
                "2.6.32",
                Wording(WARNING, "WARNING: {where:s} at mm/vmalloc.c:{line:d} pcpu_get_vm_areas{rest:s}"),
                "mm/vmalloc.c:pcpu_get_vm_areas",
            ),
            Since("2.6.30", None, "mm/vmalloc.c"),
        ),
    ),
    stops=True,
)

MEMORY_MESSAGES = (
    VMAP_SPACE,
    VMALLOC_FAILED,
    VMALLOC_NO_PAGES,
    PAGE_FAILURE,
    CPUSET_LINE,
    OOM_INVOKED,
    OOM_KILLED,
    SPAN_WARNING,
)
