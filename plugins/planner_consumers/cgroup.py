"""Control groups: one directory with its controllers, dying ones, and what they keep for each disk."""

from collections.abc import Callable, Iterable, Iterator

from planner.plugin import ConsumerRecord, Gfp, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_cgroup as s
from planner_consumers import sizes_memory as m
from planner_consumers.cgroup_memory import css_requests as memory_css
from planner_consumers.cgroup_memory import offline_requests
from planner_consumers.kernel_memory import all_costs, costs, taking
from planner_consumers.sizing import no, since, yes
from planner_consumers.writeback import writeback_requests

CONTROLLERS = (
    "cpuset",
    "cpu",
    "cpuacct",
    "io",
    "memory",
    "devices",
    "freezer",
    "net_cls",
    "perf_event",
    "net_prio",
    "hugetlb",
    "pids",
    "rdma",
    "misc",
    "dmem",
)
"""In the order of include/linux/cgroup_subsys.h, in which the kernel makes them."""

_RSTAT_ON_V1 = since(
    "groups of version 1 hierarchies have rstat counters",
    yes("5.13", "kernel/cgroup/cgroup.c:cgroup_create; traced 6.18"),
    no("2.6.30", "the default hierarchy only"),
)
_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4 (version 2); 6.18.44 (version 1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cgroup:
    """A directory of the cgroup file system. With version 1 each mounted hierarchy has its own."""

    version: int = parameter(default=2, help="1 or 2: the hierarchy's version", minimum=1, maximum=2)
    controllers: tuple[str, ...] = parameter(
        default=("cpu", "memory", "pids"),
        help="controllers that the parent enables (version 2) or that are mounted here (version 1)",
        choices=CONTROLLERS,
    )
    perf_event: bool = parameter(
        default=True,
        help="version 2: perf_event joins by itself where any controller was ever enabled (CONFIG_CGROUP_PERF)",
    )
    kmem_caches: int = parameter(
        default=0,
        help="slab caches that the group uses: 3.8 to 5.8 copy each for it (50 to 200 are usual)",
        minimum=0,
        maximum=10000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DyingCgroup:
    """A removed group that pages or slab objects still pin."""

    kmem_caches: int = parameter(
        default=0, help="slab caches that it used (copies of 3.8 to 5.8)", minimum=0, maximum=10000
    )
    early_release: bool = parameter(
        default=False, help="the kernel frees the statistics when the group is removed (RHEL 9's patch, BZ 2176388)"
    )


def psi_active(system: System) -> bool:
    """Whether pressure stall information runs: built in, and not off by default or by ``psi=0``."""
    if not system.config.enabled("PSI", default=True):
        return False
    word = system.cmdline.get("psi")
    if word is not None:
        return word.lower() in {"1", "y", "yes", "on", "true"}
    return not system.config.enabled("PSI_DEFAULT_DISABLED", default=False)


def group_requests(system: System, version: int = 2) -> Iterator[Request]:
    """Yield what the directory itself takes, without controllers."""
    yield from s.CSS_REF.requests(system, where="kernel/cgroup/cgroup.c:cgroup_create", what="cgroup.self.refcnt")
    if version == 2 or _RSTAT_ON_V1.at(system.kernel):
        yield from s.RSTAT_CPU.requests(system)
        yield from s.RSTAT_BASE_CPU.requests(system)
        yield from s.CSS_RSTAT_CPU.requests(system)
    if psi_active(system):
        yield from s.PSI_GROUP_CPU.requests(system)
    if version == 2 and system.config.enabled("CGROUP_BPF", default=True):
        yield from s.BPF_REF.requests(system)


def _cpu(system: System) -> Iterator[Request]:
    if system.config.enabled("FAIR_GROUP_SCHED", default=True):
        yield from s.SCHED_GROUP.requests(system)


def _cpuacct(system: System) -> Iterator[Request]:
    yield from s.CPUACCT_USAGE.requests(system)
    yield from s.CPUACCT_STAT.requests(system)


def _io(system: System) -> Iterator[Request]:
    yield from s.BLKCG_LHEAD.requests(system)


def _perf_event(system: System) -> Iterator[Request]:
    yield from s.PERF_CGROUP_INFO.requests(system)


_OWN: dict[str, Callable[[System], Iterator[Request]]] = {
    "cpu": _cpu,
    "cpuacct": _cpuacct,
    "io": _io,
    "memory": memory_css,
    "perf_event": _perf_event,
}
_WITH_RSTAT = {"memory", "io"}


def controller_requests(name: str, system: System) -> Iterator[Request]:
    """Yield what one controller of one group takes, in kernel order.

    :raises ValueError: no controller is called ``name``.
    """
    if name not in CONTROLLERS:
        raise ValueError(f"no controller {name!r}; there are {', '.join(CONTROLLERS)}")
    if name in _OWN:
        yield from _OWN[name](system)
    yield from s.CSS_REF.requests(system)
    if name in _WITH_RSTAT:
        yield from s.CSS_RSTAT_CPU.requests(system)
    if name == "memory" and system.memcg_kmem:
        yield from s.MEMCG_OBJCG.requests(system)


def effective_controllers(parameters: Cgroup, system: System) -> tuple[str, ...]:
    """Return the controllers that a group gets, in kernel order: io brings memory, perf_event comes by itself (version 2)."""
    wanted = set(parameters.controllers)
    if parameters.version == 2:
        if "io" in wanted and system.config.enabled("MEMCG", default=True) and s.IO_BRINGS_MEMORY.at(system.kernel):
            wanted.add("memory")  # io depends on it (io_cgrp_subsys.depends_on)
        if parameters.perf_event and system.config.enabled("CGROUP_PERF", default=True):
            wanted.add("perf_event")
    unknown = sorted(wanted.difference(CONTROLLERS))
    if unknown:
        raise ValueError(f"no controller {unknown[0]!r}; there are {', '.join(CONTROLLERS)}")
    return tuple(name for name in CONTROLLERS if name in wanted)


def _requests(parameters: Cgroup, system: System) -> Iterator[Request]:
    yield from group_requests(system, parameters.version)
    for name in effective_controllers(parameters, system):
        yield from controller_requests(name, system)
    yield from s.SLAB_COPIES.requests(system, parameters.kmem_caches)


def _memory(parameters: Cgroup, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.CGROUP_DIRECTORY)
    for name in effective_controllers(parameters, system):
        if name == "memory":
            yield from costs(system, m.MEM_CGROUP)
        elif name == "cpu":
            yield from costs(system, m.TASK_GROUP)
            yield from costs(system, m.TASK_GROUP_CPU, system.nr_cpus)
        elif name != "perf_event":  # which has no files and next to no state
            yield from costs(system, m.CONTROLLER)


def _dying_memory(_parameters: DyingCgroup, system: System) -> Iterator[KernelMemory]:
    yield from all_costs(system, (m.CGROUP_DIRECTORY, m.MEM_CGROUP))


def _dying(parameters: DyingCgroup, system: System) -> Iterator[Request]:
    yield from s.CSS_REF.requests(system, where="kernel/cgroup/cgroup.c:cgroup_create", what="cgroup.self.refcnt")
    yield from s.RSTAT_CPU.requests(system)
    yield from s.RSTAT_BASE_CPU.requests(system)
    yield from s.CSS_RSTAT_CPU.requests(system)
    if psi_active(system):
        yield from s.PSI_GROUP_CPU.requests(system)
    yield from offline_requests(system) if parameters.early_release else memory_css(system)
    yield from s.CSS_REF.requests(system)
    yield from s.CSS_RSTAT_CPU.requests(system)
    yield from s.SLAB_COPIES.requests(system, parameters.kmem_caches)


@dataclass(frozen=True, slots=True, kw_only=True)
class CgroupDisk:
    """What one control group keeps for one disk, from its first I/O on."""

    throttled: bool = parameter(default=False, help="it has a limit (io.max) there")


def blkg_requests(system: System, *, gfp: Gfp, throttled: bool = False) -> Iterator[Request]:
    """Yield what a pair of group and disk takes (struct blkcg_gq)."""
    yield from s.BLKG_REF.requests(system, gfp=gfp)
    yield from s.BLKG_IOSTAT.requests(system, gfp=gfp)
    if throttled or s.THROTTLE_ALWAYS.at(system.kernel):
        yield from throttle_requests(system)


def throttle_requests(system: System) -> Iterator[Request]:
    """Yield throttling's counters of one pair of group and disk: bytes and operations, five kinds each."""
    if system.config.enabled("BLK_DEV_THROTTLING", default=True):
        yield from s.THROTTLE_COUNTER.requests(system, 10)


def _disk(parameters: CgroupDisk, system: System) -> Iterator[Request]:
    yield from blkg_requests(system, gfp=Gfp.NOWAIT, throttled=parameters.throttled)


def _writeback(_parameters: object, system: System) -> Iterator[Request]:
    yield from writeback_requests(system, gfp=Gfp.NOWAIT)
    yield from s.CGWB.requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Control groups."""
    family = "control group"
    yield ConsumerRecord(
        kind="cgroup",
        needs=("CGROUPS",),
        summary="a control group with its controllers (version 2, or one hierarchy of version 1)",
        requests=_requests,
        memory=_memory,
        parameters=Cgroup,
        unit="cgroup",
        family=family,
        since="2.6.30",
        sources=("kernel/cgroup/cgroup.c:cgroup_create, css_create; mm/memcontrol.c:mem_cgroup_css_alloc", _TRACED),
    )
    yield ConsumerRecord(
        kind="cgroup-dying",
        needs=("CGROUPS", "MEMCG"),
        summary="a removed memory cgroup that something still pins",
        requests=_dying,
        memory=_dying_memory,
        parameters=DyingCgroup,
        unit="cgroup",
        family=family,
        since="2.6.34",
        sources=("mm/memcontrol.c:mem_cgroup_css_free: statistics live until the last reference", _TRACED),
    )
    yield ConsumerRecord(
        kind="cgroup-disk",
        needs=("BLK_CGROUP",),
        summary="a control group's share of one disk, from its first I/O there",
        requests=_disk,
        memory=taking(m.BLKG),
        parameters=CgroupDisk,
        unit="pair",
        family=family,
        since="2.6.39",
        sources=("block/blk-cgroup.c:blkg_alloc (GFP_NOWAIT on the I/O path)", _TRACED),
    )
    yield ConsumerRecord(
        kind="cgroup-writeback",
        needs=("CGROUP_WRITEBACK",),
        summary="a memory cgroup that has dirtied pages of one backing device",
        requests=_writeback,
        unit="pair",
        family=family,
        since="4.2",
        sources=("mm/backing-dev.c:cgwb_create",),
    )
