"""The built-in probes of ``planner capture``: each reads one kind of fact through a :class:`~planner.observe.root.Root`.

An :class:`~planner.plugin.Observation` with a key such as ``vmalloc.area`` or ``consumer`` may come many times; the others set one key.
"""

from collections.abc import Iterator

from planner.observe.probes import (
    blocks,
    boot,
    bpf,
    cgroups,
    configuration,
    modules,
    network,
    objects,
    processes,
    state,
    system,
    types,
    vmalloc,
)
from planner.plugin import ProbeRecord, hookimpl

_PROBES = (
    ProbeRecord(name="system", summary="kernel, CPUs, NUMA nodes, memory, command line", read=system.read),
    ProbeRecord(name="boot", summary="the boot log's lines and the size of the static section", read=boot.read),
    ProbeRecord(name="vmalloc", summary="the vmalloc space and its areas", read=vmalloc.read),
    ProbeRecord(name="config", summary="the kernel's configuration", read=configuration.read),
    ProbeRecord(name="types", summary="sizes of structures from BTF", read=types.read),
    ProbeRecord(name="state", summary="percpu_stats and the Percpu line", read=state.read),
    ProbeRecord(name="modules", summary="static per-CPU data of loaded modules", read=modules.read),
    ProbeRecord(name="network", summary="network devices by kind, routes", read=network.read),
    ProbeRecord(name="processes", summary="processes, namespaces, mounts, descriptors that cost", read=processes.read),
    ProbeRecord(name="cgroups", summary="control groups by controllers, dying ones", read=cgroups.read),
    ProbeRecord(name="blocks", summary="disks, loop, device-mapper and md devices", read=blocks.read),
    ProbeRecord(name="bpf", summary="BPF maps and programs", read=bpf.read),
    ProbeRecord(name="objects", summary="slab caches, interrupts, workqueues that can be seen", read=objects.read),
)


@hookimpl
def planner_probes() -> Iterator[ProbeRecord]:
    """Return the built-in probes."""
    yield from _PROBES
