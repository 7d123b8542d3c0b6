"""Traces of real kernels replayed in full: every offset, failure, step of the worker, and dump, percpu_stats' text to the letter.

Where the order of things on several CPUs cannot be read off the trace, it is inferred from what followed. Each inference stands in the
table, and the test asserts that without it model and kernel part at just the row that proves it, so that none can rot.
infer_order.py finds them for a new trace.
"""

from dataclasses import dataclass
from typing import Literal

import pytest

from tests.real.trace import load, percpu_stats
from tests.real.trace_replay import DivergenceError, Inferred, TraceReplay


@dataclass(frozen=True)
class Order:
    """One inference: its ``kind`` and ``row`` (see :class:`Inferred`), and the row at which the model would part without it."""

    kind: Literal["interrupted", "flushed"]
    row: int
    proof: int


@dataclass(frozen=True)
class Expected:
    allocations: int
    failures: int
    runs: int
    orders: tuple[Order, ...] = ()


TRACES = {
    # One CPU: nothing runs beside the worker, nothing is inferred.
    "a61-1": Expected(11204, 43, 492),
    "a61-2": Expected(11145, 22, 467),
    "a61-page2": Expected(11131, 38, 404),
    "a612-2": Expected(11448, 39, 310),
    "a612-hp8": Expected(11504, 23, 414),
    # After depopulating page 10 of one chunk (17518) the worker flushed TLBs and went on to the next chunk of its list before the last of
    # the six frees traced in between: that free puts a chunk at the front of the list, and the worker did not take it.
    "i61pae-2": Expected(11124, 30, 536, (Order("flushed", 17518, 17525),)),
    # The same with the one free at 19239.
    "own-i386-flat4": Expected(11040, 90, 261, (Order("flushed", 19238, 19240),)),
    # 7.3 tests the stock before it populates, long before a request is traced, and the worker interrupts requests on its CPU:
    # 1885, 5770: the request traced after the run had taken one of the empty pages, so the worker populated one page more;
    # 14876, 14995: an atomic request had failed before the worker populated the pages that it needed.
    "a73-2": Expected(
        11596,
        92,
        232,
        (
            Order("interrupted", 1885, 1887),
            Order("interrupted", 5770, 5772),
            Order("interrupted", 14876, 14880),
            Order("interrupted", 14995, 14999),
        ),
    ),
}


def inferred(orders: tuple[Order, ...]) -> Inferred:
    return Inferred(
        interrupted=frozenset(order.row for order in orders if order.kind == "interrupted"),
        flushed=frozenset(order.row for order in orders if order.kind == "flushed"),
    )


@pytest.mark.parametrize("name", TRACES)
def test_whole_trace(name: str) -> None:
    expected = TRACES[name]
    trace = load(name)
    replay = TraceReplay(trace, inferred(expected.orders), percpu_stats(name))
    replay.run()
    assert replay.counts == {
        "alloc": expected.allocations,
        "fail": expected.failures,
        "dump": 12,
        "worker": expected.runs,
    }
    assert (trace.count("alloc"), trace.count("fail"), trace.count("dump")) == (
        expected.allocations,
        expected.failures,
        12,
    )


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, expected in TRACES.items() for number in range(len(expected.orders))]
)
def test_each_inference_is_needed(name: str, number: int) -> None:
    orders = TRACES[name].orders
    with pytest.raises(DivergenceError) as parted:
        TraceReplay(load(name), inferred(orders[:number])).run()
    assert parted.value.row == orders[number].proof
