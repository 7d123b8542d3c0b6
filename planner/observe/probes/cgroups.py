"""Control groups by the controllers that each has, and dying ones."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_CONTROLLERS: Final = (
    *("cpuset", "cpu", "cpuacct", "io", "memory", "devices", "freezer", "net_cls", "perf_event", "net_prio"),
    *("hugetlb", "pids", "rdma", "misc", "dmem"),
)  # fmt: skip
_MOUNT: Final = re.compile(
    r" (/\S{1,4096}) \S{1,256}(?: \S{1,256}){0,20} - (cgroup2?) \S{1,256} (\S{1,1024})$", re.MULTILINE
)
_BASE: Final = "sys/fs/cgroup"
_DYING: Final = re.compile(r"^nr_dying_descendants (\d{1,12})$", re.MULTILINE)
_MEMORY: Final = re.compile(r"^memory\s{1,20}\d{1,6}\s{1,20}(\d{1,12})\s", re.MULTILINE)


def read(root: Root) -> Iterator[Observation]:
    """Yield a consumer for each set of controllers with the number of groups, and one for dying groups."""
    memory = 0
    dying = 0
    for place, version, controllers in _hierarchies(root):
        if version == 2:
            groups = _unified(root, place)
            found = _DYING.search(root.text(f"{place}/cgroup.stat", 4096) or "")
            dying += int(found[1]) if found is not None else 0
            memory += sum(count for names, count in groups.items() if "memory" in names)
        else:
            groups = Counter({controllers: sum(1 for _ in root.walk(place))})
            memory += groups[controllers] if "memory" in controllers else 0
        for names, count in sorted(groups.items()):
            if count > 0:
                label = f"cgroups v{version} {'+'.join(names) or 'without controllers'}"
                value = {
                    "kind": "cgroup",
                    "name": label,
                    "count": count,
                    "version": version,
                    "controllers": list(names),
                }
                yield seen("consumer", value, f"directories of /{place}, the root group included")
    yield from _dying(root, memory, dying)


def _hierarchies(root: Root) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield (place, version, controllers) of each mounted hierarchy; a copied tree is read by its directories."""
    seen: set[str] = set()
    text = root.text("proc/self/mountinfo", 1 << 24) or root.text("proc/1/mountinfo", 1 << 24) or ""
    for place, kind, options in _MOUNT.findall(text):
        name = place.lstrip("/")
        if name in seen or not root.is_directory(name):
            continue
        seen.add(name)
        yield name, 2 if kind == "cgroup2" else 1, _known(options.split(","))
    if not seen and root.exists(f"{_BASE}/cgroup.controllers"):
        yield _BASE, 2, ()
    elif not seen:
        for name in root.directories(_BASE):
            unified = root.exists(f"{_BASE}/{name}/cgroup.controllers")
            yield f"{_BASE}/{name}", 2 if unified else 1, _known(name.split(","))


def _known(words: list[str]) -> tuple[str, ...]:
    names = {"io" if word == "blkio" else word for word in words}
    return tuple(name for name in _CONTROLLERS if name in names)


def _unified(root: Root, place: str) -> Counter[tuple[str, ...]]:
    groups: Counter[tuple[str, ...]] = Counter()
    for directory in root.walk(place):
        groups[_known((root.line(f"{directory}/cgroup.controllers") or "").split())] += 1
    return groups


def _dying(root: Root, memory: int, counted: int) -> Iterator[Observation]:
    """Yield groups that were removed and still live: cgroup.stat says so, or /proc/cgroups counts more than there are directories."""
    source = "cgroup.stat: nr_dying_descendants"
    found = _MEMORY.search(root.text("proc/cgroups", 1 << 16) or "")
    if not counted and found is not None and memory:
        counted = int(found[1]) - memory
        source = "num_cgroups of /proc/cgroups less the directories that are there"
    if counted > 0:
        yield seen("consumer", {"kind": "cgroup-dying", "name": "dying cgroups", "count": counted}, source)
