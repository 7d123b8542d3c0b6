"""The vmalloc space: its size where it matters, and the ordinary areas in it."""

from collections.abc import Iterator
from typing import Final

from planner.observe.parsers.meminfo import parse_meminfo
from planner.observe.parsers.vmallocinfo import parse_vmallocinfo
from planner.observe.probes.state import percpu_stats
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_CHUNKS: Final = frozenset(
    {"pcpu_get_vm_areas", "pcpu_mem_zalloc", "pcpu_create_chunk", "pcpu_alloc_chunk", "pcpu_extend_area_map"}
)
"""What the allocator itself makes: listed where its state is captured too, else the model puts it there."""
_SMALL_SPACE: Final = 1 << 33
"""Below this the size of the space decides (32-bit); above it is a constant of the architecture."""
_MAXIMUM_AREAS: Final = 20_000


def read(root: Root) -> Iterator[Observation]:
    """Yield size, areas or their sum."""
    total = parse_meminfo(root.text("proc/meminfo", 1 << 16) or "").get("VmallocTotal")
    if total is not None and 0 < total < _SMALL_SPACE:
        yield seen("vmalloc.size", total, "VmallocTotal of /proc/meminfo")
    text = root.text("proc/vmallocinfo", 64 << 20)
    if not text:
        return
    info = parse_vmallocinfo(text.split("\n"))
    kept = [area for area in info.areas if area.kind != "unpurged"]
    chunks = sum(area.percpu for area in kept)
    yield seen("measured", {"vmallocinfo.pcpu_get_vm_areas": chunks}, "/proc/vmallocinfo: areas of per-CPU chunks")
    if info.hashed or percpu_stats(root) is None:
        kept = [area for area in kept if area.caller not in _CHUNKS]
    if info.hashed or len(kept) > _MAXIMUM_AREAS:
        why = "addresses are hashed: boot with no_hash_pointers to get them" if info.hashed else "too many to list"
        yield seen("vmalloc.used", sum(area.size for area in kept), f"/proc/vmallocinfo, {len(kept)} areas; {why}")
        return
    for area in kept:
        value = {"start": hex(area.start), "end": hex(area.end), "caller": area.caller or area.kind}
        yield seen("vmalloc.area", value, "/proc/vmallocinfo, without areas that only wait to be purged")
