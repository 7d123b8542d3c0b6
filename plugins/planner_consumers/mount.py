"""Mounts: the superblock, the mount itself, and the file systems with no more than that."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import costs, taking
from planner_consumers.sizes_process import MNT_PCP, SUPER_FILES, SUPER_RWSEM

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"


def superblock_requests(system: System) -> Iterator[Request]:
    """Yield what a superblock takes (alloc_super)."""
    yield from SUPER_FILES.requests(system)
    yield from SUPER_RWSEM.requests(system, 3)


def mount_requests(system: System, count: int = 1, *, where: str = "") -> Iterator[Request]:
    """Yield what ``count`` mounts take (alloc_vfsmnt); ``where`` adds who makes them."""
    yield from MNT_PCP.requests(system, count, where=f"{MNT_PCP.where}; {where}" if where else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class MountNamespace:
    """A mount namespace: a copy of every mount of its parent."""

    mounts: int = parameter(default=30, help="mounts that are copied", minimum=1, maximum=100_000)


def _mount(_parameters: object, system: System) -> Iterator[Request]:
    yield from superblock_requests(system)
    yield from mount_requests(system)


def _bind(_parameters: object, system: System) -> Iterator[Request]:
    yield from mount_requests(system)


def _namespace(parameters: MountNamespace, system: System) -> Iterator[Request]:
    yield from mount_requests(system, parameters.mounts, where="fs/namespace.c:copy_tree")


def _namespace_memory(parameters: MountNamespace, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.MOUNT, parameters.mounts)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Mounts."""
    family = "file system"
    yield ConsumerRecord(
        kind="mount",
        summary="a mount of a file system without per-CPU data of its own (proc, sysfs, ramfs, cgroup2, devpts …)",
        requests=_mount,
        memory=taking(m.SUPER_BLOCK, m.MOUNT),
        unit="mount",
        family=family,
        sources=("fs/super.c:alloc_super; fs/namespace.c:alloc_vfsmnt", _TRACED),
    )
    yield ConsumerRecord(
        kind="bind-mount",
        summary="a bind mount, or another mount of a superblock that is there (devtmpfs, mqueue)",
        requests=_bind,
        memory=taking(m.MOUNT),
        unit="mount",
        family=family,
        sources=("fs/namespace.c:clone_mnt, alloc_vfsmnt", _TRACED),
    )
    yield ConsumerRecord(
        kind="mount-namespace",
        summary="a mount namespace: every mount is copied",
        requests=_namespace,
        memory=_namespace_memory,
        parameters=MountNamespace,
        unit="namespace",
        family=family,
        sources=("fs/namespace.c:copy_mnt_ns, copy_tree", "traced: Debian 6.12.95, 7.3.4; 6.18.44"),
    )
