"""BPF maps with what they hold, and the number of programs."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from planner.observe.bpf_ids import BpfMap, maps, program_count
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_TYPES: Final = {
    1: "hash", 2: "array", 4: "perf-event-array", 5: "percpu-hash", 6: "percpu-array", 9: "lru-hash", 10: "lru-percpu-hash",
    11: "lpm-trie", 14: "devmap", 16: "cpumap", 22: "queue", 27: "ringbuf",
}  # fmt: skip
"""enum bpf_map_type → the consumer's words; the other types take no per-CPU memory worth counting."""
_NAMES: Final = {name.replace("-", "_"): number for number, name in _TYPES.items()}
_NO_PREALLOC, _NO_COMMON_LRU = 1, 2
_HASHES: Final = frozenset({"hash", "percpu-hash"})
_JSON: Final = ("sos_commands/ebpf/bpftool_-j_map_list", "sos_commands/ebpf/bpftool_map_list_-j", "bpftool_map.json")


def read(root: Root) -> Iterator[Observation]:
    """Yield a consumer for each shape of map with its number, and one for programs."""
    found, programs, source = _all(root)
    shapes = Counter(tuple(sorted(parameters.items())) for one in found if (parameters := _parameters(one)))
    for shape, count in sorted(shapes.items()):
        parameters = dict(shape)
        name = f"BPF {parameters['type']} {parameters['max_entries']} x {parameters['value_size']}"
        extra = "".join(f" {key}" for key in ("no_common_lru",) if parameters.get(key))
        extra += " not preallocated" if parameters.get("prealloc") is False else ""
        extra += f" key {parameters['key_size']}"
        yield seen("consumer", {"kind": "bpf-map", "name": name + extra, "count": count, **parameters}, source)
    if programs:
        value = {"kind": "bpf-program", "name": "BPF programs", "count": programs}
        yield seen("consumer", value, source)


def _all(root: Root) -> tuple[list[BpfMap], int, str]:
    if root.live:
        try:
            return maps(), program_count(), "bpf(2): BPF_MAP_GET_NEXT_ID, BPF_OBJ_GET_INFO_BY_FD"
        except OSError as error:
            root.note("bpf(2)", error)
            return [], 0, ""
    for name in _JSON:
        text = root.text(name, 1 << 24)
        if text:
            return _from_json(text), 0, f"/{name}"
    return [], 0, ""


def _from_json(text: str) -> list[BpfMap]:
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return []
    found = []
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        values = entry if isinstance(entry, dict) else {}
        sizes = [
            size
            for key in ("bytes_key", "bytes_value", "max_entries", "flags")
            if isinstance(size := values.get(key), int) and 0 <= size < 1 << 32
        ]
        if len(sizes) == 4:
            found.append(BpfMap(number, _NAMES.get(str(values.get("type")), 0), *sizes))
    return found


def _parameters(one: BpfMap) -> dict[str, Any]:
    """Return the consumer's parameters, nothing for types that do not count."""
    kind = _TYPES.get(one.type)
    if kind is None:
        return {}
    values: dict[str, Any] = {
        "type": kind,
        "max_entries": max(1, one.max_entries),
        "value_size": one.value_size,
        "key_size": one.key_size,
    }
    if kind in _HASHES:
        values["prealloc"] = not one.flags & _NO_PREALLOC
    if kind.startswith("lru") and one.flags & _NO_COMMON_LRU:
        values["no_common_lru"] = True
    return values
