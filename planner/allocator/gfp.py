"""Allocation flags as the kernel prints them: ``mode:0xdc0(GFP_KERNEL|__GFP_ZERO)``."""

from collections.abc import Iterable

from planner.allocator.kernel import Fact, Since
from planner.allocator.kernel_version import KernelVersion

_SOURCE = "include/linux/gfp.h (include/linux/gfp_types.h from 6.0 on)"

BITS: Fact[dict[str, int]] = Fact(
    "bits of the allocation flags",
    "value of each flag that per-CPU requests use",
    (
        Since(
            "5.1",
            {
                "GFP_KERNEL": 0xCC0,
                "GFP_NOWAIT": 0x800,
                "__GFP_HIGHMEM": 0x2,
                "__GFP_NOWARN": 0x2000,
                "__GFP_NORETRY": 0x10000,
                "__GFP_COMP": 0x40000,
                "__GFP_ZERO": 0x100,
                "__GFP_ACCOUNT": 0x400000,
            },
            f"{_SOURCE}; seen as 0xcc0 on 5.4.58, 0xdc0 on 6.1.176 and 6.12.95",
        ),
        Since(
            "4.18",
            {
                "GFP_KERNEL": 0x6000C0,
                "GFP_NOWAIT": 0x400000,
                "__GFP_HIGHMEM": 0x2,
                "__GFP_NOWARN": 0x200,
                "__GFP_NORETRY": 0x1000,
                "__GFP_COMP": 0x4000,
                "__GFP_ZERO": 0x8000,
                "__GFP_ACCOUNT": 0x100000,
            },
            _SOURCE,
        ),
        Since(
            "4.11",
            {
                "GFP_KERNEL": 0x14000C0,
                "GFP_NOWAIT": 0x1000000,
                "__GFP_HIGHMEM": 0x2,
                "__GFP_NOWARN": 0x200,
                "__GFP_NORETRY": 0x1000,
                "__GFP_COMP": 0x4000,
                "__GFP_ZERO": 0x8000,
                "__GFP_ACCOUNT": 0x100000,
            },
            f"{_SOURCE}; seen on 4.14.107",
        ),
        Since(
            "4.4",
            {
                "GFP_KERNEL": 0x24000C0,
                "GFP_NOWAIT": 0x2000000,
                "__GFP_HIGHMEM": 0x2,
                "__GFP_NOWARN": 0x200,
                "__GFP_NORETRY": 0x1000,
                "__GFP_COMP": 0x4000,
                "__GFP_ZERO": 0x8000,
                "__GFP_ACCOUNT": 0x100000,
            },
            f"{_SOURCE}; seen on 4.4.131",
        ),
        Since(
            "2.6.30",
            {
                "GFP_KERNEL": 0xD0,
                "GFP_NOWAIT": 0x0,
                "__GFP_HIGHMEM": 0x2,
                "__GFP_NOWARN": 0x200,
                "__GFP_NORETRY": 0x1000,
                "__GFP_COMP": 0x4000,
                "__GFP_ZERO": 0x8000,
                "__GFP_ACCOUNT": 0x0,
            },
            f"{_SOURCE}; seen as 0x80d2 on 3.10",
        ),
    ),
)

NAMES_PRINTED: Fact[bool] = Fact(
    "flag names in the log",
    "the numeric mode is followed by the flags' names",
    (
        Since("4.6", value=True, source="mm/page_alloc.c:warn_alloc_failed, lib/vsprintf.c:%pGg"),
        Since("2.6.30", value=False, source="mm/page_alloc.c"),
    ),
)

VMALLOC_HIGHMEM: Fact[bool] = Fact(
    "vzalloc passes __GFP_HIGHMEM",
    "the flag shows in the mode of a failed vmalloc",
    (
        Since("4.12", value=False, source="mm/vmalloc.c: highmem became implicit"),
        Since("2.6.30", value=True, source="mm/vmalloc.c:vzalloc"),
    ),
)

_ORDER = (
    "GFP_KERNEL",
    "GFP_NOWAIT",
    "__GFP_HIGHMEM",
    "__GFP_NOWARN",
    "__GFP_NORETRY",
    "__GFP_COMP",
    "__GFP_ZERO",
    "__GFP_ACCOUNT",
)


def mode_text(version: KernelVersion, flags: Iterable[str]) -> str:
    """Return the mode as this version prints it, from names such as ``GFP_KERNEL`` and ``__GFP_ZERO``.

    :raises KeyError: a name is not in the table.
    """
    bits, wanted = BITS.at(version), set(flags)
    value = 0
    for name in wanted:
        value |= bits[name]
    number = f"0x{value:x}"
    if not NAMES_PRINTED.at(version):
        return number
    return f"{number}({'|'.join(name for name in _ORDER if name in wanted)})"


def vzalloc_mode(version: KernelVersion, *more: str) -> str:
    """Return the mode of a failed vzalloc of chunk metadata: GFP_KERNEL, ``more`` and what vzalloc adds."""
    added = ("__GFP_ZERO", "__GFP_HIGHMEM") if VMALLOC_HIGHMEM.at(version) else ("__GFP_ZERO",)
    return mode_text(version, ("GFP_KERNEL", *added, *more))
