"""The ``pcpu-alloc:`` lines: mm/percpu.c:pcpu_dump_alloc_info."""

from collections.abc import Iterator

from planner.allocator.layout import Layout

_LINE_WIDTH = 60
_DASHES = 8


def dump_lines(layout: Layout) -> list[str]:
    """Return the sizes line and the map lines; each map line ends in a blank, as the kernel's do."""
    sizes = f"s{layout.static} r{layout.reserved} d{layout.dynamic} u{layout.unit_size}"
    cells = list(_cells(layout))
    per_line = _allocs_per_line(layout)
    return [
        f"pcpu-alloc: {sizes} alloc={layout.alloc_size // layout.atom_size}*{layout.atom_size}",
        *("pcpu-alloc: " + "".join(cells[start : start + per_line]) for start in range(0, len(cells), per_line)),
    ]


def _widths(layout: Layout) -> tuple[int, int]:
    return len(str(len(layout.groups))), len(str(layout.nr_cpus))


def _allocs_per_line(layout: Layout) -> int:
    """Return the largest power of two of allocations that fits in 60 columns, at least one."""
    group_width, cpu_width = _widths(layout)
    width = layout.units_per_alloc * (cpu_width + 1) + group_width + 3
    return 1 << (max(_LINE_WIDTH // width, 1).bit_length() - 1)


def _cells(layout: Layout) -> Iterator[str]:
    """Yield the text of each boot allocation: its group and the CPUs of its units."""
    group_width, cpu_width = _widths(layout)
    empty = "-" * min(cpu_width, _DASHES) + " "
    units = layout.units_per_alloc
    for number, group in enumerate(layout.groups):
        head = f"[{number:0{group_width}d}] "
        names = [empty if cpu is None else str(cpu).zfill(cpu_width) + " " for cpu in group.cpus]
        for start in range(0, group.nr_units, units):
            yield head + "".join(names[start : start + units])
