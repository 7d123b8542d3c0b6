"""Processes, namespaces, mounts, and file descriptors behind which per-CPU memory stands."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from planner.observe.namespaces import network_namespaces
from planner.observe.parsers.ps import count_processes
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_MAXIMUM_PROCESSES: Final = 100_000
_MAXIMUM_DESCRIPTORS: Final = 500_000
_DESCRIPTORS: Final = {"anon_inode:[io_uring]": "io-uring", "anon_inode:kvm-vm": "kvm-vm"}
_FILE_SYSTEMS: Final = {
    **{name: f"mount-{name}" for name in ("tmpfs", "ext4", "ext2", "xfs", "btrfs", "overlay", "squashfs", "f2fs")},
    **{name: f"mount-{name}" for name in ("nfs", "ceph", "fuse")},
    "ext3": "mount-ext4",
    "nfs4": "mount-nfs",
    "fuseblk": "mount-fuse",
}
_SOS_PROCESS: Final = "sos_commands/process"
_PS: Final = (f"{_SOS_PROCESS}/ps_auxwww", f"{_SOS_PROCESS}/ps_auxwwwm", f"{_SOS_PROCESS}/ps_alxwww", "ps")
_OWN: Final = "the one that the kernel starts with; no process's are to be seen"
_SOS_NETNS: Final = "sos_commands/networking/ip_netns"
_MOUNT: Final = re.compile(r"\d{1,10} \d{1,10} (\d{1,6}:\d{1,8}) .{1,8192}? - (\S{1,64}) ")


@dataclass(slots=True)
class _Seen:
    """What a walk over /proc gives."""

    processes: int = 0
    threaded: int = 0
    namespaces: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    descriptors: Counter[str] = field(default_factory=Counter)
    shown: int = 0
    hidden: int = 0


def read(root: Root) -> Iterator[Observation]:
    """Yield consumers for processes, namespaces, mounts and descriptors."""
    found = _walk(root)
    source = "/proc/*/status: processes with memory of their own"
    if not found.processes:
        source = _from_ps(root, found)
    if found.processes:
        alone = found.processes - found.threaded
        yield seen("consumer", {"kind": "process", "name": "processes", "count": alone, "threads": 1}, source)
        if found.threaded:
            value = {"kind": "process", "name": "processes with threads", "count": found.threaded, "threads": 2}
            yield seen("consumer", value, f"{source}, more than one thread")
    if found.hidden:
        root.denied["proc/*/ns"] = f"permission denied for {found.hidden} of {found.hidden + found.shown} processes"
    yield from _namespace_counts(root, found)
    for name, count in sorted(found.descriptors.items()):
        yield seen("consumer", {"kind": name, "name": name, "count": count}, "/proc/*/fd")
    yield from _mounts(root, found)


def _from_ps(root: Root, found: _Seen) -> str:
    """Take the numbers from a table of ps, as a sosreport has it; return where it was."""
    for name in _PS:
        found.processes, found.threaded = count_processes(root.text(name, 1 << 24) or "")
        if found.processes:
            return f"/{name}: processes with memory of their own"
    return ""


def _namespace_counts(root: Root, found: _Seen) -> Iterator[Observation]:
    """Yield network and IPC namespaces: there is always the one that the kernel starts with."""
    names = {*found.namespaces["net"], *network_namespaces(root)}
    named = [line for line in (root.text(_SOS_NETNS, 1 << 20) or "").split("\n") if line.strip()]
    source = "/proc/*/ns/net, /proc/*/mountinfo and /proc/*/fd: different ones, the kernel's own included"
    count = max(1, len(names))
    if not names and named:
        count, source = 1 + len(named), f"/{_SOS_NETNS}, and the kernel's own"
    elif not names:
        source = _OWN
    yield seen("consumer", {"kind": "netns", "name": "network namespaces", "count": count}, source)
    count = max(1, len(found.namespaces["ipc"]))
    source = "/proc/*/ns/ipc: different ones, the kernel's own included" if found.namespaces["ipc"] else _OWN
    yield seen("consumer", {"kind": "ipc-namespace", "name": "IPC namespaces", "count": count}, source)


def _walk(root: Root) -> _Seen:
    walked = _Seen()
    links = 0
    for pid in [name for name in root.names("proc") if name.isdigit()][:_MAXIMUM_PROCESSES]:
        status = root.text(f"proc/{pid}/status", 8192)
        if not status or "\nVmSize:" not in status:
            continue
        walked.processes += 1
        threads = re.search(r"^Threads:\s{0,8}(\d{1,7})$", status, re.MULTILINE)
        walked.threaded += threads is not None and int(threads[1]) > 1
        if not _namespaces(root, pid, walked) or links > _MAXIMUM_DESCRIPTORS:
            continue
        for number in root.names(f"proc/{pid}/fd"):
            links += 1
            target = root.link(f"proc/{pid}/fd/{number}") or ""
            kind = _DESCRIPTORS.get(target)
            if kind is not None:
                walked.descriptors[kind] += 1
            elif target.startswith("net:["):
                walked.namespaces["net"].setdefault(target, pid)
    root.forget_processes()
    return walked


def _namespaces(root: Root, pid: str, walked: _Seen) -> bool:
    """Note the process's namespaces; return whether they may be seen."""
    found = {kind: root.link(f"proc/{pid}/ns/{kind}") for kind in ("net", "ipc", "mnt")}
    if not all(found.values()):
        walked.hidden += 1
        return False
    walked.shown += 1
    for kind, name in found.items():
        walked.namespaces[kind].setdefault(str(name), pid)
    return True


def _mounts(root: Root, walked: _Seen) -> Iterator[Observation]:
    """Yield superblocks by file system, further mounts of them, and other namespaces with their mounts."""
    known: set[str] = set()
    kinds: Counter[str] = Counter()
    others: Counter[int] = Counter()
    owners = list(walked.namespaces["mnt"].values()) or ["self"]
    for number, pid in enumerate(owners):
        found = _MOUNT.findall(root.text(f"proc/{pid}/mountinfo", 1 << 24) or "")
        for device, kind in found:
            if device not in known:
                known.add(device)
                kinds[_FILE_SYSTEMS.get(kind.split(".", 1)[0], "mount")] += 1
            elif number == 0:
                kinds["bind-mount"] += 1
        if number and found:
            others[len(found)] += 1
    source = "/proc/*/mountinfo"
    if not kinds:
        kinds, source = _from_mounts(root), "/proc/mounts"
    for kind, count in sorted(kinds.items()):
        yield seen("consumer", {"kind": kind, "name": kind, "count": count}, source)
    for mounts, count in sorted(others.items()):
        value = {"kind": "mount-namespace", "name": f"mount namespaces of {mounts}", "count": count, "mounts": mounts}
        yield seen("consumer", value, "/proc/*/ns/mnt, /proc/*/mountinfo")


def _from_mounts(root: Root) -> Counter[str]:
    """Count by the older table, which tells no device numbers: a device that is mounted twice has one superblock."""
    kinds: Counter[str] = Counter()
    known: set[str] = set()
    for line in (root.text("proc/mounts", 1 << 24) or "").split("\n"):
        words = line.split()
        if len(words) < 4 or (words[0].startswith("/") and words[0] in known):
            kinds["bind-mount"] += len(words) >= 4
            continue
        known.add(words[0])
        kinds[_FILE_SYSTEMS.get(words[2].split(".", 1)[0], "mount")] += 1
    return +kinds
