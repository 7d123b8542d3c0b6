"""BPF: maps by type, programs, attachments."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from planner.plugin import ConsumerRecord, Gfp, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_bpf as s
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import taking
from planner_consumers.sizing import Object
from planner_consumers.workqueue import thread_memory

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"
_MAP_TYPES = (
    "array",
    "percpu-array",
    "hash",
    "percpu-hash",
    "lru-hash",
    "lru-percpu-hash",
    "lpm-trie",
    "queue",
    "ringbuf",
    "devmap",
    "cpumap",
    "perf-event-array",
    "hash-of-maps",
    "stack-trace",
    "task-storage",
    "cgrp-storage",
)
_SIDE_CACHES = 8  # HASHTAB_MAP_LOCK_COUNT
_COUNTED = 64  # entries for each online CPU: 2 * PERCPU_COUNTER_BATCH, beyond which a table counts on each CPU
_SMALL = 256  # bytes: kernel/bpf/memalloc.c:prefill_mem_cache


@dataclass(frozen=True, slots=True, kw_only=True)
class BpfMap:
    """A BPF map, as bpf(BPF_MAP_CREATE) makes it."""

    type: str = parameter(default="percpu-array", help="BPF_MAP_TYPE_…", choices=_MAP_TYPES)
    max_entries: int = parameter(default=1, help="max_entries", minimum=1, maximum=4_294_967_295)
    value_size: int = parameter(default=8, help="value_size in bytes", minimum=1, size=True)
    key_size: int = parameter(default=4, help="key_size in bytes (hash tables)", minimum=1, size=True)
    prealloc: bool = parameter(default=True, help="elements are made with the map (no BPF_F_NO_PREALLOC)")
    elements: int = parameter(
        default=0, help="elements in it, where they are not preallocated", minimum=0, maximum=4_294_967_295
    )
    no_common_lru: bool = parameter(default=False, help="BPF_F_NO_COMMON_LRU: a list for each CPU")


@dataclass(frozen=True, slots=True, kw_only=True)
class BpfProgram:
    """A loaded program."""

    classic: bool = parameter(default=False, help="a classic socket filter (SO_ATTACH_FILTER, seccomp): not charged")
    private_stack: int = parameter(
        default=0,
        help="bytes of its private stack with guards (6.13 and later; struct_ops, kprobes)",
        minimum=0,
        size=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalAllocator:
    """The allocator behind bpf_percpu_obj_new()."""

    largest: int = parameter(
        default=4096,
        help="largest object that programs ask for (6.8 and later: caches are made as needed, up to 512)",
        minimum=16,
        size=True,
    )


def _charged(system: System) -> bool:
    return s.MAP_ACCOUNTED.at(system.kernel) and system.memcg_kmem


def _map_object(item: Object, system: System, count: int = 1, *, nowarn: bool = True) -> Iterator[Request]:
    """Yield an object that bpf_map_alloc_percpu makes: charged to the map's memory cgroup."""
    where = f"kernel/bpf/syscall.c:bpf_map_alloc_percpu; {item.where}"
    yield from item.requests(system, count, accounted=_charged(system), nowarn=nowarn, where=where)


def _values(parameters: BpfMap, system: System, count: int, what: str) -> Iterator[Request]:
    if count:
        yield Request(
            size=-(-parameters.value_size // 8) * 8,
            align=8,
            count=count,
            nowarn=True,
            accounted=_charged(system),
            what=what,
            source="kernel/bpf/syscall.c:bpf_map_alloc_percpu (GFP_USER | __GFP_NOWARN)",
        )


def _array(parameters: BpfMap, system: System) -> Iterator[Request]:
    yield from _values(parameters, system, parameters.max_entries, "element of a per-CPU array")


def _hash(parameters: BpfMap, system: System) -> Iterator[Request]:
    lru, percpu = parameters.type.startswith("lru"), "percpu" in parameters.type
    yield from _map_object(s.MAP_ELEMENTS, system)
    yield from _map_object(s.HASH_LOCKED, system, _SIDE_CACHES, nowarn=False)
    online = len(system.cpus_online) or system.nr_cpus
    if parameters.max_entries // 2 * 2 > online * _COUNTED:
        yield from s.HASH_COUNTER.requests(system)
    if not (parameters.prealloc or lru):
        yield from _not_preallocated(parameters, system, percpu=percpu)
        return
    if percpu:
        yield from _values(parameters, system, _entries(parameters, system, lru=lru), "value of a per-CPU hash table")
    if lru:
        yield from (s.LRU_LIST if parameters.no_common_lru else s.LRU_LOCAL).requests(system)
        return
    yield from s.FREELIST.requests(system)
    if not percpu:
        yield from _map_object(s.EXTRA_ELEMENTS, system)


def _entries(parameters: BpfMap, system: System, *, lru: bool) -> int:
    """Elements that are made: a table without a common LRU list rounds up to the number of CPUs."""
    if lru and parameters.no_common_lru:
        return -(-parameters.max_entries // system.nr_cpus) * system.nr_cpus
    return parameters.max_entries


def prefilled(size: int, system: System) -> int:
    """Return how many objects of ``size`` bytes the caches of all CPUs hold when they are made."""
    small, large = s.PREFILL.at(system.kernel)
    return system.nr_cpus * (small if size <= _SMALL else large)


def _not_preallocated(parameters: BpfMap, system: System, *, percpu: bool) -> Iterator[Request]:
    if not percpu:
        yield from s.MEM_CACHE.requests(system)
        return
    yield from s.MEM_CACHE.requests(system, 2)
    prefill = prefilled(parameters.value_size, system)
    for request in _values(parameters, system, prefill, "value in a per-CPU cache, made with the map"):
        yield replace(request, gfp=Gfp.NOWAIT if s.PREFILL_ATOMIC.at(system.kernel) else Gfp.KERNEL)
    for request in _values(parameters, system, max(0, parameters.elements - prefill), "value of a live element"):
        yield replace(request, gfp=Gfp.ATOMIC)


def _trie(_parameters: BpfMap, system: System) -> Iterator[Request]:
    if s.LPM_CACHE.at(system.kernel):
        yield from s.MEM_CACHE.requests(system, where="kernel/bpf/lpm_trie.c:trie_alloc (bpf_mem_alloc_init)")


def _map(parameters: BpfMap, system: System) -> Iterator[Request]:
    if parameters.type == "percpu-array":
        yield from _array(parameters, system)
    elif parameters.type == "lpm-trie":
        yield from _trie(parameters, system)
    elif parameters.type == "stack-trace":
        yield from s.FREELIST.requests(
            system, where="kernel/bpf/stackmap.c:prealloc_elems_and_freelist (pcpu_freelist_init)"
        )
    elif parameters.type in {"task-storage", "cgrp-storage"}:
        yield from s.MEM_CACHE.requests(system, 2 * s.STORAGE_CACHES.at(system.kernel), where=s.STORAGE_CACHES_WHERE)
    elif "hash" in parameters.type:
        yield from _hash(parameters, system)


def _map_memory(parameters: BpfMap, system: System) -> Iterator[KernelMemory]:
    """Yield what a map takes beside: for arrays and preallocated tables an area of vmalloc."""
    word = system.word
    if parameters.type in {"array", "percpu-array"}:
        size = word if parameters.type == "percpu-array" else -(-parameters.value_size // 8) * 8
        source = "kernel/bpf/arraymap.c:array_map_alloc"
    elif "hash" in parameters.type and (parameters.prealloc or parameters.type.startswith("lru")):
        value = word if "percpu" in parameters.type else -(-parameters.value_size // 8) * 8
        size = 48 + -(-parameters.key_size // 8) * 8 + value + 2 * word
        source = "kernel/bpf/hashtab.c:htab_map_alloc (element and bucket); element head assumed 48 bytes"
    else:
        return
    yield KernelMemory(  # one area for all entries
        size=size * parameters.max_entries, where="vmalloc", what="the map itself", source=source, basis="assumed"
    )


def _program(parameters: BpfProgram, system: System) -> Iterator[Request]:
    switched_off = s.PROG_SWITCH.at(system.kernel) and system.cmdline.has("cgroup.memory", "nobpf")
    charged = s.MAP_ACCOUNTED.at(system.kernel) and not (parameters.classic or switched_off)
    yield from s.PROG_ACTIVE.requests(system, accounted=charged)
    yield from s.PROG_STATS.requests(system, accounted=charged)
    if parameters.private_stack and s.PRIVATE_STACK.at(system.kernel):
        yield Request(
            size=parameters.private_stack,
            align=16,
            what="private stack",
            source="arch/x86/net/bpf_jit_comp.c:bpf_int_jit_compile",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CgroupStorage:
    """The per-CPU storage of a program attached to a control group."""

    value_size: int = parameter(default=8, help="value_size of the map in bytes", minimum=1, maximum=32768, size=True)


def _cgroup_storage(parameters: CgroupStorage, system: System) -> Iterator[Request]:
    yield Request(
        size=-(-parameters.value_size // 8) * 8,
        align=8,
        accounted=_charged(system),
        what="bpf_cgroup_storage.percpu_buf",
        source="kernel/bpf/local_storage.c:bpf_cgroup_storage_alloc",
    )


def _cpumap_memory(_parameters: object, system: System) -> Iterator[KernelMemory]:
    yield from thread_memory(system, "the entry's kthread")


def _cpumap_entry(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.CPUMAP_QUEUE.requests(system)


def _trampoline(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.TRAMPOLINE_REF.requests(system)


def _global(parameters: GlobalAllocator, system: System) -> Iterator[Request]:
    yield from s.MEM_CACHES.requests(system)
    for size in s.GLOBAL_SIZES.at(system.kernel):
        if size <= parameters.largest:
            yield Request(
                size=size,
                align=8,
                count=prefilled(size, system),
                nowarn=True,
                what=f"objects of {size} bytes in the caches of all CPUs",
                source="kernel/bpf/memalloc.c:prefill_mem_cache",
            )


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """List maps and programs."""
    family = "BPF"
    yield ConsumerRecord(
        kind="bpf-map",
        needs=("BPF_SYSCALL",),
        summary="a BPF map; a failure stays out of the kernel log",
        requests=_map,
        memory=_map_memory,
        parameters=BpfMap,
        unit="map",
        family=family,
        since="4.10",
        sources=("kernel/bpf/arraymap.c, hashtab.c, bpf_lru_list.c, lpm_trie.c, memalloc.c, syscall.c", _TRACED),
    )
    yield ConsumerRecord(
        kind="bpf-program",
        summary="a BPF program, or a classic socket filter",
        requests=_program,
        memory=taking(m.BPF_PROGRAM),
        parameters=BpfProgram,
        unit="program",
        family=family,
        since="3.18",
        sources=("kernel/bpf/core.c:bpf_prog_alloc", _TRACED),
    )
    yield ConsumerRecord(
        kind="bpf-trampoline",
        needs=("BPF_SYSCALL",),
        summary="the image of a BPF trampoline (fentry, fexit, LSM)",
        requests=_trampoline,
        unit="image",
        family=family,
        since="5.5",
        sources=("kernel/bpf/trampoline.c:bpf_tramp_image_alloc",),
    )
    yield ConsumerRecord(
        kind="bpf-cgroup-storage",
        needs=("BPF_SYSCALL",),
        summary="per-CPU storage of a BPF program in a control group: one for each pair of both",
        requests=_cgroup_storage,
        memory=taking(m.BPF_CGROUP_STORAGE),
        parameters=CgroupStorage,
        unit="pair",
        family=family,
        since="4.20",
        sources=("kernel/bpf/local_storage.c:bpf_cgroup_storage_alloc",),
    )
    yield ConsumerRecord(
        kind="bpf-cpumap-entry",
        needs=("BPF_SYSCALL",),
        summary="an entry in use of a CPU map: its queues for each CPU, and its thread",
        requests=_cpumap_entry,
        memory=_cpumap_memory,
        unit="entry",
        family=family,
        since="4.15",
        sources=("kernel/bpf/cpumap.c:__cpu_map_entry_alloc",),
    )
    yield ConsumerRecord(
        kind="bpf-global-percpu-allocator",
        summary="bpf_global_percpu_ma, made when the first program needs per-CPU objects",
        requests=_global,
        parameters=GlobalAllocator,
        unit="allocator",
        family=family,
        since="6.7",
        sources=("kernel/bpf/memalloc.c:bpf_mem_alloc_init, bpf_mem_alloc_percpu_init, prefill_mem_cache; BTF",),
    )
