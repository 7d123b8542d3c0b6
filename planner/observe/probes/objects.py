"""Kernel objects that can be counted from outside: slab caches, interrupts, PMUs, backing devices, some workqueues."""

from collections.abc import Iterator
from typing import Final

from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_RESCUER: Final = "kworker/R-"
_WORKER: Final = "kworker/"
_FLAGS: Final = 6
"""Place of the flags behind the name in /proc/PID/stat."""
_PF_WQ_WORKER: Final = 0x20
_MAXIMUM_PROCESSES: Final = 100_000


def read(root: Root) -> Iterator[Observation]:
    """Yield a consumer for each."""
    caches, source = _caches(root)
    if caches:
        yield _count("kmem-cache", "slab caches", caches, source)
    interrupts = len([name for name in root.names("sys/kernel/irq") if name.isdigit()])
    if interrupts:
        value = {"kind": "irq", "name": "interrupts", "count": 1, "vectors": interrupts}
        yield seen("consumer", value, "/sys/kernel/irq: all vectors together")
    for kind, name, place in (
        ("perf-pmu", "PMUs", "sys/bus/event_source/devices"),
        ("backing-device", "backing devices", "sys/class/bdi"),
    ):
        found = len(root.names(place))
        if found:
            yield _count(kind, name, found, f"/{place}")
    queues = set(root.names("sys/devices/virtual/workqueue")) - {"power", "uevent", "subsystem", "cpumask"}
    queues = {name for name in queues if root.is_directory(f"sys/devices/virtual/workqueue/{name}")}
    queues |= _rescuers(root)
    if queues:
        source = "sysfs and rescuer threads: a lower bound, the kernel does not list the others"
        yield _count("workqueue", "workqueues that show", len(queues), source)


def _count(kind: str, name: str, count: int, source: str) -> Observation:
    return seen("consumer", {"kind": kind, "name": name, "count": count}, source)


def _caches(root: Root) -> tuple[int, str]:
    names = root.names("sys/kernel/slab")
    if names:
        count = sum(1 for name in names if root.link(f"sys/kernel/slab/{name}") is None)
        return count, "/sys/kernel/slab: directories that are no links (merged caches are)"
    lines = (root.text("proc/slabinfo", 1 << 22) or "").split("\n")
    return sum(1 for line in lines[2:] if line.strip()), "/proc/slabinfo"


def _rescuers(root: Root) -> set[str]:
    """Name the workqueues that have a rescuer thread: from 6.9 on it is called kworker/R-NAME, before that NAME alone."""
    found = set()
    for pid in [name for name in root.names("proc") if name.isdigit()][:_MAXIMUM_PROCESSES]:
        name = root.line(f"proc/{pid}/comm") or ""
        if name.startswith(_RESCUER):
            found.add(name.removeprefix(_RESCUER))
        elif name and not name.startswith(_WORKER) and _is_worker(root.line(f"proc/{pid}/stat") or ""):
            found.add(name)
    return found


def _is_worker(stat: str) -> bool:
    """Return whether the flags of /proc/PID/stat say that the thread works for workqueues (include/linux/sched.h: PF_WQ_WORKER)."""
    fields = stat.rpartition(")")[2].split()
    return len(fields) > _FLAGS and fields[_FLAGS].isdecimal() and bool(int(fields[_FLAGS][:20]) & _PF_WQ_WORKER)
