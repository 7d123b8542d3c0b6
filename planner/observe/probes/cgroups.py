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
_SETTING: Final = re.compile(r"^memory\s{1,20}(\d{1,6})\s{1,20}\d{1,12}\s{1,20}([01])$", re.MULTILINE)
_LINE: Final = re.compile(r"^(\w{1,32})\s{1,20}(\d{1,6})\s{1,20}(\d{1,12})\s{1,20}1$", re.MULTILINE)
_MEMORY: Final = re.compile(r"^memory\s{1,20}\d{1,6}\s{1,20}(\d{1,12})\s", re.MULTILINE)


def read(root: Root) -> Iterator[Observation]:
    """Yield a consumer for each set of controllers with the number of groups, and one for dying groups."""
    yield from _memory_settings(root)
    memory = 0
    dying = 0
    places = list(_hierarchies(root))
    if not places:
        yield from _by_controller(root)
        return
    for place, version, controllers in places:
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
                yield _groups(version, names, count, f"directories of /{place}, the root group included")
    yield from _dying(root, memory, dying)


def _memory_settings(root: Root) -> Iterator[Observation]:
    """Say whether the memory controller is on, and in which hierarchy (0: version 2, or not mounted)."""
    found = _SETTING.search(root.text("proc/cgroups", 1 << 16) or "")
    if found is not None:
        values = {"cgroup.memory.enabled": int(found[2]), "cgroup.memory.hierarchy": int(found[1])}
        yield seen(
            "measured",
            values,
            "/proc/cgroups: memory; what cgroup.memory= and cgroup_disable= say stands in boot.cmdline",
        )


def _by_controller(root: Root) -> Iterator[Observation]:
    """Take the numbers from /proc/cgroups where the directories were not copied.

    Version 1: one consumer a hierarchy. Version 2 (hierarchy 0): of two controllers the one with fewer groups is taken to be
    enabled only where the other is too.
    """
    source = "/proc/cgroups: num_cgroups, dying ones and the root group included"
    unified: dict[str, int] = {}
    own: dict[str, tuple[list[str], int]] = {}
    for name, hierarchy, count in _LINE.findall(root.text("proc/cgroups", 1 << 16) or ""):
        known = _known([name])
        if not known:
            continue
        if hierarchy == "0":
            unified[known[0]] = int(count)
        else:
            own.setdefault(hierarchy, ([], int(count)))[0].append(known[0])
    for names, count in own.values():
        yield _groups(1, tuple(names), count, source)
    if max(unified.values(), default=0) > 1:
        taken = 0
        for level in sorted({*unified.values()}):
            yield _groups(2, _known([name for name, count in unified.items() if count >= level]), level - taken, source)
            taken = level


def _groups(version: int, names: tuple[str, ...], count: int, source: str) -> Observation:
    label = f"cgroups v{version} {'+'.join(names) or 'without controllers'}"
    value = {"kind": "cgroup", "name": label, "count": count, "version": version, "controllers": list(names)}
    return seen("consumer", value, source)


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
