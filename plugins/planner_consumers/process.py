"""Processes, IPC namespaces, and rings."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers import sizes_process as s
from planner_consumers.generic import counter_requests
from planner_consumers.kernel_memory import costs, pages, taking
from planner_consumers.mount import mount_requests, superblock_requests
from planner_consumers.workqueue import thread_memory

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process, counted by its address space: threads share one, every exec makes a new one."""

    threads: int = parameter(
        default=1, help="its threads (more than one: a private futex hash from 6.17 on)", minimum=1, maximum=4_194_304
    )
    rss: int = parameter(
        default=0,
        help="its own user memory (pages that it shares with nobody), which ends in the same RAM",
        minimum=0,
        size=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """An io_uring instance."""

    new_task: bool = parameter(default=False, help="made by a task that had none: it keeps a counter of its own")


def _process(parameters: Process, system: System) -> Iterator[Request]:
    if system.config.enabled("SCHED_MM_CID", default=True):
        yield from s.MM_CID.requests(system)
    if system.config.enabled("SCHED_CACHE", default=True):
        yield from s.SCHED_CACHE_TIME.requests(system)
    yield from counter_requests(system, s.RSS_COUNTERS.at(system.kernel), item=s.RSS_COUNTER, accounted=True)
    if parameters.threads > 1:
        yield from s.FUTEX_REF.requests(system)


def _process_memory(parameters: Process, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.PROCESS)
    yield from pages(system, m.PAGE_TABLES)
    yield from thread_memory(system, "each thread", parameters.threads)
    yield from costs(system, m.THREAD, parameters.threads)
    if parameters.rss:
        page = system.page_size or 4096
        size = -(-parameters.rss // page) * page
        yield KernelMemory(size=size, where="pages", what="its user memory", source="the profile", basis="declared")


def _ring_memory(_parameters: object, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.IO_URING)
    yield from pages(system, m.RING_PAGES)


def _ipc(_parameters: object, system: System) -> Iterator[Request]:
    if system.config.enabled("POSIX_MQUEUE", default=True):
        yield from superblock_requests(system)
        yield from mount_requests(system, where="ipc/mqueue.c:mq_init_ns")
    if s.IPC_MSG_PRESENT.at(system.kernel):
        yield from s.IPC_MSG.requests(system, 2)


def _io_uring(parameters: Ring, system: System) -> Iterator[Request]:
    yield from s.IO_URING_REF.requests(system)
    if s.IO_URING_RSRC_REF.at(system.kernel):
        yield from s.IO_URING_REF.requests(
            system, where="io_uring/rsrc.c:io_rsrc_node_switch_start", what="io_rsrc_node.refs"
        )
    if parameters.new_task:
        yield from s.IO_URING_TASK.requests(system)


def _aio(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.AIO_REF.requests(system, 2)
    yield from s.KIOCTX_CPU.requests(system)


def _user(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.EPOLL_WATCHES.requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """List processes and what belongs to them."""
    family = "process"
    yield ConsumerRecord(
        kind="process",
        summary="a process (an address space); threads take nothing",
        requests=_process,
        memory=_process_memory,
        parameters=Process,
        unit="process",
        family=family,
        sources=("kernel/fork.c:mm_init", _TRACED),
    )
    yield ConsumerRecord(
        kind="ipc-namespace",
        needs=("IPC_NS",),
        summary="an IPC namespace with its message queue file system",
        requests=_ipc,
        memory=taking(m.IPC_NAMESPACE),
        unit="namespace",
        family=family,
        sources=("ipc/namespace.c:create_ipc_ns; ipc/mqueue.c:mq_init_ns", "traced: Debian 6.12.95; 6.18.44"),
    )
    yield ConsumerRecord(
        kind="io-uring",
        needs=("IO_URING",),
        summary="an io_uring instance",
        requests=_io_uring,
        memory=_ring_memory,
        parameters=Ring,
        unit="ring",
        family=family,
        since="5.1",
        sources=("io_uring/io_uring.c:io_ring_ctx_alloc; io_uring/tctx.c", "traced: Debian 6.1.176, 6.12.95; 6.18.44"),
    )
    yield ConsumerRecord(
        kind="aio-context",
        needs=("AIO",),
        summary="an asynchronous I/O context (io_setup)",
        requests=_aio,
        memory=taking(m.AIO),
        unit="context",
        family=family,
        since="3.13",
        sources=("fs/aio.c:ioctx_alloc", "traced: Debian 6.1.176, 7.3.4; 6.18.44"),
    )
    yield ConsumerRecord(
        kind="user",
        summary="a user id with processes",
        requests=_user,
        memory=taking(m.USER),
        unit="user",
        family=family,
        sources=("kernel/user.c:alloc_uid",),
    )
