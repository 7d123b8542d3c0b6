"""The allocator's own figures: debugfs percpu_stats, and Percpu of /proc/meminfo."""

from collections.abc import Iterator
from typing import Final

from planner.allocator.boot_log import parse_boot_log
from planner.observe.errors import ObserveError
from planner.observe.parsers.meminfo import parse_meminfo
from planner.observe.parsers.percpu_stats import ChunkStats, PercpuStats, parse_percpu_stats
from planner.observe.probes.boot import boot_lines
from planner.observe.probes.system import page_size
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation
from planner.profile.cpu_list import parse_cpu_list

FILES: Final = ("sys/kernel/debug/percpu_stats", "debug/percpu_stats")
_KINDS: Final = {"first": "first", "reserved": "reserved"}
_MAXIMUM_CHUNKS: Final = 20_000
_TRIES: Final = 5


def read(root: Root) -> Iterator[Observation]:
    """Yield ``state`` and what was measured."""
    meminfo, stats = _at_one_time(root)
    for key in ("Percpu", "VmallocUsed", "VmallocTotal", "MemTotal", "MemFree", "MemAvailable"):
        if key in meminfo:
            yield seen("measured", {f"meminfo.{key}": meminfo[key]}, "/proc/meminfo")
    if stats is None:
        return
    for section in (stats.info, stats.totals):
        for name, value in section.items():
            yield seen("measured", {f"percpu_stats.{name}": value}, "percpu_stats")
    yield from _state(stats, root)
    units = _units(stats, root)
    page = page_size(root)
    if units and "Percpu" in meminfo and meminfo["Percpu"] % (units * page) == 0:
        source = f"Percpu of /proc/meminfo: pages of {units} units"
        yield seen("state.populated_pages", meminfo["Percpu"] // (units * page), source)


def _at_one_time(root: Root) -> tuple[dict[str, int], PercpuStats | None]:
    """Read both files; on a running system again while pages come and go between them, a few times at most."""
    for _ in range(_TRIES if root.live else 1):
        before = parse_meminfo(root.text("proc/meminfo", 1 << 16) or "")
        stats = percpu_stats(root)
        if stats is None or not root.live:
            break
        after = parse_meminfo(root.text("proc/meminfo", 1 << 16) or "")
        if before.get("Percpu") == after.get("Percpu"):
            break
    return before, stats


def percpu_stats(root: Root) -> PercpuStats | None:
    """Return debugfs percpu_stats, ``None`` where it cannot be read."""
    for name in FILES:
        text = root.text(name, 64 << 20)
        if text:
            try:
                return parse_percpu_stats(text)
            except ObserveError as error:
                root.cut.append(f"{name}: {error}")
    return None


def _state(stats: PercpuStats, root: Root) -> Iterator[Observation]:
    yield seen("state.stats", dict(stats.totals), "percpu_stats, global figures")
    if "empty_pop_pages" in stats.totals:
        yield seen("state.empty_populated_pages", stats.totals["empty_pop_pages"], "percpu_stats: empty_pop_pages")
    for chunk in stats.chunks[:_MAXIMUM_CHUNKS]:
        yield seen("state.chunk", _chunk(chunk), "percpu_stats, in the order of the file")
    if len(stats.chunks) > _MAXIMUM_CHUNKS:
        root.cut.append(f"percpu_stats: only {_MAXIMUM_CHUNKS} of {len(stats.chunks)} chunks are kept")


def _chunk(chunk: ChunkStats) -> dict[str, object]:
    values: dict[str, object] = {"kind": _KINDS.get(chunk.label, "dynamic")}
    if chunk.label in {"sidelined", "to_depopulate"}:
        values["isolated"] = True
    values["stats"] = dict(chunk.values)
    return values


def _units(stats: PercpuStats, root: Root) -> int | None:
    """Return the units of a chunk, unused ones included: by the boot log's map, or where there is one group of CPUs."""
    mapped = sum(len(cpus) for _group, cpus in parse_boot_log(boot_lines(root).lines).allocations)
    if mapped:
        return mapped
    possible = root.line("sys/devices/system/cpu/possible")
    nodes = [name for name in root.names("sys/devices/system/node") if name.removeprefix("node").isdigit()]
    per_alloc = stats.info.get("alloc_size", 0) // max(stats.info["unit_size"], 1)
    if not possible or len(nodes) > 1 or not per_alloc:
        return None
    try:
        cpus = len(parse_cpu_list(possible))
    except ValueError:
        return None
    return -(-cpus // per_alloc) * per_alloc
