"""Disks and what stands on them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_BIO: Final = ("zram", "ram", "pmem", "bcache", "drbd")
_BASE: Final = "sys/block"


def read(root: Root) -> Iterator[Observation]:
    """Yield a consumer for each kind of disk with its number, swap areas and backing devices."""
    counts: Counter[tuple[str, tuple[tuple[str, Any], ...]]] = Counter()
    for name in root.names(_BASE):
        counts[_kind(name), tuple(_parameters(root, name))] += 1
    for (kind, parameters), count in sorted(counts.items()):
        label = " ".join([kind, *(f"{key}={value}" for key, value in parameters)])
        yield seen("consumer", {"kind": kind, "name": label, "count": count, **dict(parameters)}, f"/{_BASE}")
    swaps = len([line for line in (root.text("proc/swaps", 1 << 16) or "").split("\n")[1:] if line.strip()])
    if swaps:
        yield seen("consumer", {"kind": "swap-device", "name": "swap areas", "count": swaps}, "/proc/swaps")


def _kind(name: str) -> str:
    for prefix, kind in (("loop", "loop"), ("dm-", "dm"), ("md", "md")):
        if name.startswith(prefix):
            return kind
    return "bio-disk" if name.startswith(_BIO) else "disk"


def _parameters(root: Root, name: str) -> Iterator[tuple[str, Any]]:
    base = f"{_BASE}/{name}"
    kind = _kind(name)
    if kind == "loop":
        yield "attached", root.exists(f"{base}/loop/backing_file")
        return
    if kind != "md":
        partitions = sum(
            1 for entry in root.names(base) if entry.startswith(name) and root.exists(f"{base}/{entry}/partition")
        )
        yield "partitions", partitions
    if kind == "disk":
        yield "hardware_queues", max(1, len(root.names(f"{base}/mq")))
        scheduler = root.line(f"{base}/queue/scheduler") or ""
        yield "scheduler", "[" in scheduler and "[none]" not in scheduler
        if "[kyber]" in scheduler:
            yield "kyber", True
        if root.number(f"{base}/queue/wbt_lat_usec") == 0:
            yield "writeback_throttling", False
