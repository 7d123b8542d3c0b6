"""Workqueues: every kind, every generation of kernel/workqueue.c."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers.sizes_workqueue import (
    CPU_WORKQUEUE_STRUCT,
    FLAG_BITS,
    GENERATION,
    POINTER,
    POOL_WORKQUEUE,
    PWQ_FOR_EACH_CPU_OF_UNBOUND,
    TASK_STRUCT,
    THREAD_STACK,
    WORKER,
    WORKQUEUE_ATTRS,
    WORKQUEUE_STRUCT,
)
from planner_consumers.sizing import slab


@dataclass(frozen=True, slots=True, kw_only=True)
class Workqueue:
    """How the queue is made: ``alloc_workqueue(name, flags, max_active)`` and its elder forms."""

    unbound: bool = parameter(default=False, help="WQ_UNBOUND: workers are not bound to a CPU")
    ordered: bool = parameter(
        default=False, help="alloc_ordered_workqueue or create_singlethread_workqueue: one item at a time, unbound"
    )
    mem_reclaim: bool = parameter(default=False, help="WQ_MEM_RECLAIM: has a rescuer thread (kernel memory only)")


def align_of_queue(system: System) -> int:
    """Alignment of a queue's per-CPU structure: the flag bits of work_struct.data must be zero in its address."""
    debug = 1 if system.config.enabled("DEBUG_OBJECTS_WORK", default=False) else 0
    return 1 << (FLAG_BITS.at(system.kernel) + debug)


def queue_requests(system: System, count: int = 1, *, unbound: bool = False) -> Iterator[Request]:
    """Yield what ``count`` times ``alloc_workqueue`` takes; ``unbound`` queues include ordered ones.

    :raises LookupError: the kernel is older than 2.6.30.
    """
    generation = GENERATION.at(system.kernel)
    if generation == "pwq-pointer":
        yield from POINTER.requests(system, count)
    elif generation == "old-cwq":
        yield from CPU_WORKQUEUE_STRUCT.requests(system, count)
    elif not unbound and (generation == "pwq" or system.config.enabled("SMP", default=True)):
        item = POOL_WORKQUEUE if generation == "pwq" else CPU_WORKQUEUE_STRUCT
        align = align_of_queue(system)
        for request in item.requests(system, count):
            # the type pool_workqueue carries the alignment itself, so its size is a multiple of it
            size = -(-request.size // align) * align if generation == "pwq" else request.size
            yield replace(request, size=size, align=align)


def _requests(parameters: Workqueue, system: System) -> Iterable[Request]:
    return queue_requests(system, unbound=parameters.unbound or parameters.ordered)


def thread_memory(system: System, what: str, count: int = 1) -> Iterator[KernelMemory]:
    """Yield stack and task_struct of ``count`` threads."""
    stack, task = THREAD_STACK.size(system), TASK_STRUCT.size(system)
    yield KernelMemory(size=stack.size, count=count, where="pages", what=f"stack of {what}", source=stack.source)
    yield KernelMemory(size=task.size, count=count, what=f"task_struct of {what}", source=task.source, basis=task.basis)


def _pool_workqueues(parameters: Workqueue, system: System) -> int:
    """How many slab objects ``pool_workqueue`` one queue has."""
    per_cpu = PWQ_FOR_EACH_CPU_OF_UNBOUND.at(system.kernel)
    if parameters.ordered:
        return 1
    if parameters.unbound:
        nodes = len(system.nodes)
        return 1 + (system.nr_cpus if per_cpu else nodes if nodes > 1 else 0)
    return system.nr_cpus if per_cpu else 0


def _memory(parameters: Workqueue, system: System) -> Iterator[KernelMemory]:
    """Yield the rest of the kernel's share of a queue: it decides where the per-CPU allocator does not."""
    generation = GENERATION.at(system.kernel)
    unbound = parameters.unbound or parameters.ordered
    queue = WORKQUEUE_STRUCT.size(system)
    size = queue.size
    if generation in {"pwq", "pwq-pointer"} and unbound:  # one pointer a node stands behind the structure
        size += system.word * (len(system.nodes) + (generation == "pwq-pointer"))
    yield slab(size, "workqueue_struct", f"{WORKQUEUE_STRUCT.where}; {queue.source}")
    if generation == "old-cwq":
        yield from thread_memory(system, "the queue's own worker", 1 if parameters.ordered else system.nr_cpus)
        return
    if generation == "cwq" and unbound:
        cwq = CPU_WORKQUEUE_STRUCT.size(system)
        padded = cwq.size + align_of_queue(system) + system.word
        yield slab(padded, "cpu_workqueue_struct", f"{CPU_WORKQUEUE_STRUCT.where}: room to align; {cwq.source}")
    if generation in {"pwq", "pwq-pointer"}:
        count = _pool_workqueues(parameters, system)
        if count:
            pwq = POOL_WORKQUEUE.size(system)
            yield slab(pwq.size, "pool_workqueue", f"kernel/workqueue.c:alloc_unbound_pwq; {pwq.source}", count=count)
        if unbound:
            attrs = WORKQUEUE_ATTRS.size(system)
            yield slab(attrs.size, "workqueue_attrs", f"{WORKQUEUE_ATTRS.where}; {attrs.source}")
    if parameters.mem_reclaim:
        worker = WORKER.size(system)
        yield slab(worker.size, "worker", f"{WORKER.where}; {worker.source}")
        yield from thread_memory(system, "the rescuer")


def queue_memory(system: System, count: int = 1, *, unbound: bool = False) -> Iterator[KernelMemory]:
    """Yield the kernel's share of ``count`` queues beside the per-CPU allocator."""
    for item in _memory(Workqueue(unbound=unbound), system) if count > 0 else ():
        yield replace(item, count=item.count * count)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Workqueues."""
    yield ConsumerRecord(
        kind="workqueue",
        summary="a workqueue: bound (the default), WQ_UNBOUND or ordered",
        requests=_requests,
        memory=_memory,
        parameters=Workqueue,
        unit="workqueue",
        family="workqueue",
        since="2.6.30",
        sources=(
            "kernel/workqueue.c:alloc_workqueue, alloc_and_link_pwqs, alloc_cwqs, __create_workqueue_key",
            "include/linux/workqueue.h:WORK_STRUCT_FLAG_BITS",
            "traced: Debian 6.1.176, 6.12.95, 7.3.4 amd64 (alloc_workqueue with flags 0..128)",
            "run to failure: Debian 6.1.176 i386 (152,100 on 2 CPUs), amd64 6.1 and 6.12 with 512 MiB",
        ),
    )
