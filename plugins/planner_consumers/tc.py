"""Traffic control: queueing disciplines, filters and actions."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import costs, taking
from planner_consumers.sizes_tc import (
    ACTION_CPUSTATS,
    BASIC_COUNT,
    BASIC_STATS,
    CLSACT_CPUSTATS,
    HARDWARE_STATS,
    MATCHALL_COUNT,
    NO_PERCPU_FLAG,
    QDISC_CPUSTATS,
    QUEUE_STATS,
    U32_COUNT,
    U32_MARK,
)

_SOURCES = (
    "net/sched/sch_generic.c:qdisc_alloc; net/sched/act_api.c:tcf_idr_create",
    "traced: Debian 6.1.176, 6.12.95, 7.3.4 (clsact, matchall with gact; htb and fq_codel take nothing)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Qdisc:
    """A queueing discipline."""

    discipline: str = parameter(
        default="pfifo_fast",
        help="which one; mq stands for a pfifo_fast on each transmit queue",
        choices=("pfifo_fast", "mq", "ingress", "clsact", "fq_codel", "fq", "htb", "noqueue"),
    )
    tx_queues: int = parameter(default=1, help="transmit queues of the device (mq)", minimum=1, maximum=65536)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter with its actions."""

    classifier: str = parameter(
        default="matchall", help="its kind", choices=("matchall", "basic", "u32", "flower", "bpf")
    )
    keys: int = parameter(default=1, help="keys of a u32 filter", minimum=0, maximum=128)
    actions: int = parameter(default=1, help="actions made with it", minimum=0, maximum=32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A tc action."""

    no_percpu: bool = parameter(default=False, help="made with the flag no_percpu (5.5 and later)")


def qdisc_memory(system: System, count: int = 1) -> Iterator[KernelMemory]:
    """Yield the kernel memory of ``count`` pfifo_fast."""
    yield from costs(system, m.QDISC, count)
    yield from costs(system, m.PFIFO_FAST, count)


_QDISC_COSTS = {"clsact": m.CLSACT, "ingress": m.CLSACT, "fq_codel": m.FQ_CODEL, "fq": m.FQ}


def _qdisc_memory(parameters: Qdisc, system: System) -> Iterator[KernelMemory]:
    if parameters.discipline == "noqueue":
        return
    if parameters.discipline in {"pfifo_fast", "mq"}:
        yield from qdisc_memory(system, parameters.tx_queues if parameters.discipline == "mq" else 1)
    else:
        yield from costs(system, _QDISC_COSTS.get(parameters.discipline, m.QDISC))


def _pair(system: System, count: int, where: str) -> Iterator[Request]:
    yield from BASIC_STATS.requests(system, count, where=where)
    yield from QUEUE_STATS.requests(system, count, where=where)


def default_qdisc_requests(system: System, queues: int) -> Iterator[Request]:
    """Yield what ``queues`` times pfifo_fast takes: nothing before 4.16."""
    if QDISC_CPUSTATS.size(system).size:
        for _ in range(queues):
            yield from _pair(system, 1, "net/sched/sch_generic.c:qdisc_alloc (pfifo_fast)")


def _qdisc(parameters: Qdisc, system: System) -> Iterator[Request]:
    if parameters.discipline in {"ingress", "clsact"}:
        if CLSACT_CPUSTATS.size(system).size:
            yield from _pair(system, 1, f"net/sched/sch_ingress.c ({parameters.discipline})")
    elif parameters.discipline in {"pfifo_fast", "mq"}:
        yield from default_qdisc_requests(system, parameters.tx_queues if parameters.discipline == "mq" else 1)


def action_requests(system: System, count: int = 1) -> Iterator[Request]:
    """Yield what ``count`` actions take."""
    for _ in range(count if ACTION_CPUSTATS.at(system.kernel) else 0):
        yield from BASIC_STATS.requests(system, where="net/sched/act_api.c:tcf_idr_create")
        yield from HARDWARE_STATS.requests(system)
        yield from QUEUE_STATS.requests(system, where="net/sched/act_api.c:tcf_idr_create")


def _filter(parameters: Filter, system: System) -> Iterator[Request]:
    if parameters.classifier == "matchall":
        yield from MATCHALL_COUNT.requests(system)
    elif parameters.classifier == "basic":
        yield from BASIC_COUNT.requests(system)
    elif parameters.classifier == "u32":
        if system.config.enabled("CLS_U32_PERF", default=True):
            for request in U32_COUNT.requests(system):
                yield replace(request, size=request.size + 8 * parameters.keys)
        if system.config.enabled("CLS_U32_MARK", default=True):
            yield from U32_MARK.requests(system)
    yield from action_requests(system, parameters.actions)


def _action(parameters: Action, system: System) -> Iterator[Request]:
    if not (parameters.no_percpu and NO_PERCPU_FLAG.at(system.kernel)):
        yield from action_requests(system)


def _filter_memory(parameters: Filter, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.TC_FILTER)
    yield from costs(system, m.TC_ACTION, parameters.actions)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Queueing disciplines, filters, actions."""
    yield ConsumerRecord(
        kind="qdisc",
        summary="a queueing discipline on a device",
        requests=_qdisc,
        memory=_qdisc_memory,
        parameters=Qdisc,
        unit="qdisc",
        family="traffic control",
        sources=_SOURCES,
    )
    yield ConsumerRecord(
        kind="tc-filter",
        summary="a tc filter with its actions",
        requests=_filter,
        memory=_filter_memory,
        parameters=Filter,
        unit="filter",
        family="traffic control",
        since="4.8",
        sources=(*_SOURCES, "net/sched/cls_matchall.c, cls_basic.c, cls_u32.c"),
    )
    yield ConsumerRecord(
        kind="tc-action",
        summary="a tc action",
        requests=_action,
        memory=taking(m.TC_ACTION),
        parameters=Action,
        unit="action",
        family="traffic control",
        sources=_SOURCES,
    )
