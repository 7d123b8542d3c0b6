"""The vmalloc space: its size where it matters, and the ordinary areas in it."""

from collections.abc import Iterator
from typing import Final

from planner.observe.parsers.meminfo import parse_meminfo
from planner.observe.parsers.vmallocinfo import Area, parse_vmallocinfo
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_CHUNKS: Final = frozenset(
    {"pcpu_get_vm_areas", "pcpu_mem_zalloc", "pcpu_create_chunk", "pcpu_alloc_chunk", "pcpu_extend_area_map"}
)
"""What the allocator itself makes: the model puts it there."""
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
    own = [area for area in info.areas if not _foreign(area)]
    if info.hashed or len(own) > _MAXIMUM_AREAS:
        why = "addresses are hashed: boot with no_hash_pointers to get them" if info.hashed else "too many to list"
        yield seen("vmalloc.used", sum(area.size for area in own), f"/proc/vmallocinfo, {len(own)} areas; {why}")
        return
    for area in own:
        value = {"start": hex(area.start), "end": hex(area.end), "caller": area.caller or area.kind}
        yield seen("vmalloc.area", value, "/proc/vmallocinfo, without per-CPU chunks and their own data")


def _foreign(area: Area) -> bool:
    """Return whether an area is the allocator's own, or was freed and only waits to be purged."""
    return area.caller in _CHUNKS or area.kind == "unpurged"
