"""perf and tracing."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_misc as s


@dataclass(frozen=True, slots=True, kw_only=True)
class PerfTracepoint:
    """Tracepoints, kprobes or uprobes that perf records."""

    tracepoints: int = parameter(
        default=1, help="distinct ones (perf record -e 'sched:*' has about 30)", minimum=1, maximum=100_000
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceInstance:
    """A tracing instance (a directory of tracefs/instances)."""

    snapshot: bool = parameter(default=False, help="CONFIG_TRACER_MAX_TRACE: with a second buffer for snapshots")


def _perf(parameters: PerfTracepoint, system: System) -> Iterator[Request]:
    yield from s.PERF_TRACEPOINT.requests(system, parameters.tracepoints)


def _perf_once(_parameters: PerfTracepoint, system: System) -> Iterator[Request]:
    yield from s.PERF_BUFFER.requests(system, 4)


def _pmu(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.PMU_DISABLE.requests(system)
    if s.PMU_POINTER.size(system).size:
        yield from s.PMU_POINTER.requests(system)
    else:
        yield from s.PMU_CONTEXT.requests(system)


def _instance(parameters: TraceInstance, system: System) -> Iterator[Request]:
    yield from s.TRACE_ARRAY_CPU.requests(system, 2 if parameters.snapshot else 1)


def _printk(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.TRACE_PRINTK.requests(system)


def _probe(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.TRACE_PROBE.requests(system)


def _graph(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.TRACE_GRAPH.requests(system)


def _blktrace(_parameters: object, system: System) -> Iterator[Request]:
    yield from s.BLKTRACE_SEQUENCE.requests(system)
    yield from s.BLKTRACE_MESSAGE.requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """List perf's and ftrace's users of per-CPU memory."""
    family = "tracing"
    yield ConsumerRecord(
        kind="perf-tracepoint",
        summary="tracepoints or probes opened by perf; the first brings buffers of 8 or 32 KiB",
        requests=_perf,
        once=_perf_once,
        parameters=PerfTracepoint,
        unit="session",
        family=family,
        sources=("kernel/trace/trace_event_perf.c:perf_trace_event_reg", "traced: 6.18.44 (4 x 8192 bytes)"),
    )
    yield ConsumerRecord(
        kind="perf-pmu",
        summary="a registered performance monitoring unit (uncore units: dozens); events themselves take nothing",
        requests=_pmu,
        unit="PMU",
        family=family,
        sources=("kernel/events/core.c:perf_pmu_register; BTF",),
    )
    yield ConsumerRecord(
        kind="trace-instance",
        summary="a tracing instance; its ring buffer's pages are no per-CPU memory",
        requests=_instance,
        parameters=TraceInstance,
        unit="instance",
        family=family,
        sources=("kernel/trace/trace.c:allocate_trace_buffer", "traced: 6.18.44"),
    )
    yield ConsumerRecord(
        kind="trace-printk",
        summary="the buffers of trace_printk, once for the kernel",
        requests=_printk,
        unit="buffer",
        family=family,
        sources=("kernel/trace/trace.c:alloc_percpu_trace_buffer; BTF",),
    )
    yield ConsumerRecord(
        kind="trace-probe",
        summary="a kprobe or uprobe event of tracefs",
        requests=_probe,
        unit="probe",
        family=family,
        sources=("kernel/trace/trace_kprobe.c:alloc_trace_kprobe",),
    )
    yield ConsumerRecord(
        kind="function-graph",
        summary="a reader of the function_graph tracer",
        requests=_graph,
        unit="reader",
        family=family,
        sources=("kernel/trace/trace_functions_graph.c:graph_trace_open; BTF",),
    )
    yield ConsumerRecord(
        kind="blktrace",
        summary="a blktrace session on one device",
        requests=_blktrace,
        unit="session",
        family=family,
        sources=("kernel/trace/blktrace.c:do_blk_trace_setup",),
    )
