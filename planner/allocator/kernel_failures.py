"""What the kernel says when a per-CPU request fails, by version (templates: wording.py)."""

from planner.allocator.kernel import Fact, Since
from planner.allocator.wording import INFO, WARNING, Message, Wording

_ALLOC = "mm/percpu.c:pcpu_alloc"
_MODULE = "kernel/module.c:percpu_modalloc (kernel/module/main.c from 5.19 on)"

ALLOCATION_FAILED = Message(
    "allocation-failed",
    "A per-CPU request failed; size and align are the rounded values, the end says why.",
    Fact(
        "allocation-failed",
        "failure of a request; at most ten are printed until reboot",
        (
            Since(
                "4.6",
                Wording(
                    WARNING, "percpu: allocation failed, size={size:d} align={align:d} atomic={atomic:d}, {reason:s}"
                ),
                f"{_ALLOC} (4.5.7…4.6-rc7)",
            ),
            Since(
                "3.18",
                Wording(
                    WARNING, "PERCPU: allocation failed, size={size:d} align={align:d} atomic={atomic:d}, {reason:s}"
                ),
                f"{_ALLOC} (3.17…3.18.20)",
            ),
            Since(
                "2.6.32",
                Wording(WARNING, "PERCPU: allocation failed, size={size:d} align={align:d}, {reason:s}"),
                f"{_ALLOC} (2.6.32.67; whether 2.6.32 had it was not read)",
            ),
            Since("2.6.30", None, f"{_ALLOC} (2.6.30.4, 2.6.31.3)"),
        ),
    ),
    stops=True,
)

LIMIT_REACHED = Message(
    "limit-reached",
    "Ten failures have been printed: further ones are silent until reboot.",
    Fact(
        "limit-reached",
        "after the tenth failure",
        (
            Since("4.6", Wording(INFO, "percpu: limit reached, disable warning"), _ALLOC),
            Since("2.6.32", Wording(INFO, "PERCPU: limit reached, disable warning"), _ALLOC),
            Since("2.6.30", None, _ALLOC),
        ),
    ),
)

ILLEGAL_SIZE = Message(
    "illegal-size",
    "The request is larger than the allocator serves at all (32 KiB, one page with 64K pages), or its alignment is illegal.",
    Fact(
        "illegal-size",
        "WARN on a request that no chunk can hold; the values are the rounded ones",
        (
            Since(
                "2.6.30",
                Wording(WARNING, "illegal size ({size:d}) or align ({align:d}) for percpu allocation"),
                _ALLOC,
            ),
        ),
    ),
    stops=True,
)

MODULE_NO_MEMORY = Message(
    "module-no-memory",
    "A module cannot be loaded: its static per-CPU data do not fit (64-bit x86 and others: the reserved 8 KiB).",
    Fact(
        "module-no-memory",
        "module loader without per-CPU memory",
        (
            Since(
                "2.6.34",
                Wording(WARNING, "{module:w}: Could not allocate {size:d} bytes percpu data"),
                f"{_MODULE}; when the name was added was not read",
            ),
            Since("2.6.30", Wording(WARNING, "Could not allocate {size:d} bytes percpu data"), _MODULE),
        ),
    ),
    stops=True,
)

MODULE_ALIGN = Message(
    "module-align",
    "A module's per-CPU section asks for more than page alignment; it gets a page's.",
    Fact(
        "module-align",
        "module loader, alignment above a page",
        (Since("2.6.30", Wording(WARNING, "{module:w}: per-cpu alignment {align:d} > {page:d}"), _MODULE),),
    ),
)


PERCPU_WARNING = Message(
    "percpu-warning",
    "A WARN of the allocator, usually of the illegal-size line above it.",
    Fact(
        "percpu-warning",
        "WARN in mm/percpu.c",
        (
            Since(
                "2.6.30",
                Wording(WARNING, "WARNING: {where:s} at mm/percpu.c:{line:d} {function:s}"),
                "mm/percpu.c",
            ),
        ),
    ),
)

FAILURE_MESSAGES = (
    ALLOCATION_FAILED,
    LIMIT_REACHED,
    ILLEGAL_SIZE,
    MODULE_NO_MEMORY,
    MODULE_ALIGN,
    PERCPU_WARNING,
)


REASONS: tuple[tuple[str, Fact[bool], str], ...] = (
    (
        "alloc from reserved chunk failed",
        Fact("reason", "printed", (Since("2.6.32", value=True, source=_ALLOC),)),
        "the reserved space for modules' static data is used up or fragmented",
    ),
    (
        "failed to extend area map of reserved chunk",
        Fact(
            "reason",
            "printed",
            (Since("4.14", value=False, source="no area maps any more"), Since("2.6.32", value=True, source=_ALLOC)),
        ),
        "no kernel memory for the reserved chunk's map",
    ),
    (
        "failed to extend area map",
        Fact(
            "reason",
            "printed",
            (Since("4.14", value=False, source="no area maps any more"), Since("2.6.32", value=True, source=_ALLOC)),
        ),
        "no kernel memory or vmalloc space for a chunk's map",
    ),
    (
        "failed to allocate new chunk",
        Fact("reason", "printed", (Since("2.6.32", value=True, source=_ALLOC),)),
        "no address space for a chunk of this shape, or no memory for its metadata",
    ),
    (
        "failed to populate",
        Fact("reason", "printed", (Since("2.6.32", value=True, source=_ALLOC),)),
        "no pages to back the object on every possible CPU",
    ),
    (
        "atomic alloc failed, no space left",
        Fact(
            "reason",
            "printed",
            (
                Since(
                    "6.6", value=True, source=f"{_ALLOC}; the text exists since 4.13, atomic failures print from 6.6 on"
                ),
                Since("2.6.32", value=False, source=_ALLOC),
            ),
        ),
        "a request that may not sleep found no populated place",
    ),
)
"""The reasons at the end of ``allocation failed``: text, whether a version prints it, what it means."""

PRINTS_ATOMIC: Fact[bool] = Fact(
    "atomic failures print",
    "failures of atomic requests are printed and counted",
    (
        Since("6.6", value=True, source=f"{_ALLOC} (6.5…6.6.42)"),
        Since("3.18", value=False, source=_ALLOC),
        Since("2.6.30", value=True, source="there are no atomic requests"),
    ),
)

HONOURS_NOWARN: Fact[bool] = Fact(
    "__GFP_NOWARN is honoured",
    "failures of requests with __GFP_NOWARN are silent",
    (
        Since("4.14", value=True, source=f"{_ALLOC} (4.13.9…4.14.0)"),
        Since("2.6.30", value=False, source=_ALLOC),
    ),
)

WARN_LIMIT = 10
"""Failures that are printed before ``limit reached``."""
