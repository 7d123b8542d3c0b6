"""The first chunk of 2.6.30 and 2.6.31: no groups; unit number = CPU number; x86 (and sparc64 in 2.6.31) only."""

from typing import Literal

from planner.allocator import kernel_boot, kernel_messages
from planner.allocator.architecture import Architecture
from planner.allocator.layout import Group, Layout
from planner.allocator.unit_layout import Setup, align_up, min_unit_size
from planner.quick import dataclass

Method = Literal["lpage", "embed", "4k"]
LogLine = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyChunk:
    """Layout and log of the chunk; ``immutable`` is false for 4k, whose dynamic pages are populated on demand."""

    layout: Layout
    log: tuple[LogLine, ...]
    immutable: bool


def set_up_legacy(setup: Setup, architecture: Architecture, words: tuple[str, ...], base: str) -> LegacyChunk:
    """Set up as arch/x86/kernel/setup_percpu.c did: large pages (NUMA), embedded, or single pages.

    ``base`` is the first chunk's address as ``%p`` prints it. A unit stands at its CPU's number, so numbers without a CPU
    take a unit too (2.6.30 counts possible CPUs only and breaks where their numbers have gaps).
    """
    methods, log = _methods(setup, architecture, words)
    method: Method = next((method for method in methods if _works(setup, architecture, method)), "4k")
    size_sum, dynamic, unit = _sizes(setup, architecture, method)
    sizes = setup.sizes
    slots = tuple(cpu if cpu in setup.cpus else None for cpu in range(max(setup.cpus) + 1))
    layout = Layout(
        bits=setup.bits,
        page_size=setup.page_size,
        static=sizes.static,
        reserved=sizes.reserved,
        dynamic=dynamic,
        unit_size=unit,
        atom_size=setup.page_size,
        alloc_size=unit,
        nr_cpus=len(set(setup.cpus)),
        groups=(Group(0, slots),),
        mode="embed" if method == "embed" else "page",
    )
    page = setup.page_size
    values = {"static": sizes.static, "base": base}
    if method == "embed":
        line = kernel_messages.EMBEDDED.line(setup.version, pages=size_sum // page, **values)
    elif method == "lpage":
        line = kernel_messages.REMAPPED.line(setup.version, **values)
    else:
        line = kernel_messages.PAGED.line(setup.version, pages=-(-sizes.static // page), **values)
    return LegacyChunk(layout=layout, log=(*log, line), immutable=method != "4k")


def _methods(
    setup: Setup, architecture: Architecture, words: tuple[str, ...]
) -> tuple[tuple[Method, ...], list[LogLine]]:
    """Return the methods to try in order, and the warnings about ``percpu_alloc=`` (2.6.31)."""
    chosen = words[-1] if words and kernel_boot.LEGACY_PARAMETER.at(setup.version) else None
    if chosen is None:
        if architecture.large_page:
            refused = _remap_size(setup, architecture) > architecture.vmalloc.total // 5
            mib = _remap_size(setup, architecture) >> 20
            log = [kernel_messages.TOO_LARGE_FOR_REMAP.line(setup.version, mib=mib)] if refused else []
            return ("lpage",), log
        return (("embed",) if architecture.auto == "embed" else ()), []
    if chosen == "4k":
        return (), []
    if chosen == "embed":
        return ("embed",), []
    if chosen == "lpage" and _works(setup, architecture, "lpage"):
        return ("lpage",), []
    log = []
    if chosen != "lpage":
        log.append(kernel_messages.UNKNOWN_ALLOCATOR.line(setup.version, word=chosen))
    log.append(kernel_messages.FALLBACK.line(setup.version, prefix="PERCPU: ", method=chosen, error=-22))
    return (), log


def _remap_size(setup: Setup, architecture: Architecture) -> int:
    """Address space of one large page for each CPU number, bytes."""
    return (max(setup.cpus) + 1) * (architecture.large_page or 0)


def _works(setup: Setup, architecture: Architecture, method: Method) -> bool:
    if method != "lpage":
        return True
    page = architecture.large_page
    fits = page is not None and _sizes(setup, architecture, "embed")[0] <= page
    return fits and _remap_size(setup, architecture) <= architecture.vmalloc.total // 5


def _sizes(setup: Setup, architecture: Architecture, method: Method) -> tuple[int, int, int]:
    """Return ``(bytes in use, dynamic bytes, unit size)``."""
    sizes, page = setup.sizes, setup.page_size
    minimum = min_unit_size(setup.version, page)
    if method == "4k":
        size_sum = align_up(sizes.static + sizes.reserved, page)
        unit = max(size_sum, minimum)
        return size_sum, unit - sizes.static - sizes.reserved, unit
    size_sum = align_up(sizes.static + sizes.reserved + sizes.dynamic, page)
    unit = max(size_sum, minimum)
    if method == "lpage" and architecture.large_page:
        unit = architecture.large_page
    return size_sum, size_sum - sizes.static - sizes.reserved, unit
