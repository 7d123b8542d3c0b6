"""Changes to the consumers themselves."""

from collections.abc import Iterable, Iterator

from planner.plugin import AdviceRecord, Change, Report, System, hookimpl

_MULTIPLIERS = ("queues", "tx_queues", "rx_queues")
"""Parameters that multiply what one device costs."""


def fewer_queues(_system: System, report: Report) -> Iterator[Change]:
    """Propose one queue for devices that are declared with several."""
    for consumer in report.consumers:
        for key, value in consumer.parameters:
            if key in _MULTIPLIERS and value.isdecimal() and int(value) > 1:
                yield Change(
                    change=f"one {key.removesuffix('s').replace('_', ' ')} instead of {value} for {consumer.name}",
                    paste=f"{key} = 1",
                    sets={f"consumer.{consumer.name}.{key}": "1"},
                )


def no_preallocation(_system: System, report: Report) -> Iterator[Change]:
    """Propose BPF maps that allocate elements when they are used (BPF_F_NO_PREALLOC)."""
    for consumer in report.consumers:
        if ("prealloc", "true") in consumer.parameters:
            yield Change(
                change=f"BPF_F_NO_PREALLOC for {consumer.name}",
                paste="BPF_F_NO_PREALLOC",
                sets={f"consumer.{consumer.name}.prealloc": "false"},
            )


def unbound_workqueues(system: System, report: Report) -> Iterator[Change]:
    """Propose WQ_UNBOUND where unbound workqueues take nothing from the per-CPU allocator (2.6.36 to 6.5, kernel/workqueue.c)."""
    if not (2, 6, 36) <= system.kernel.release < (6, 6, 0):
        return
    for consumer in report.consumers:
        if consumer.kind == "workqueue" and ("unbound", "true") not in consumer.parameters:
            yield Change(
                change=f"WQ_UNBOUND for {consumer.name}: this kernel keeps unbound queues out of per-CPU memory",
                paste="WQ_UNBOUND",
                sets={f"consumer.{consumer.name}.unbound": "true"},
            )


@hookimpl
def planner_advice() -> Iterable[AdviceRecord]:
    """Advice about consumers."""
    return (
        AdviceRecord(name="fewer-queues", summary="fewer queues a device", propose=fewer_queues),
        AdviceRecord(name="no-prealloc", summary="BPF maps without preallocation", propose=no_preallocation),
        AdviceRecord(name="unbound", summary="unbound workqueues", propose=unbound_workqueues),
    )
