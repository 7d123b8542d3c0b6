"""Find what a trace does not tell of its order: ``python -m tests.real.infer_order NAME`` prints what stands in test_traces.py.

Where model and kernel part, the last two runs of the worker may have interrupted a request, or the worker went on at once after one of
its last flushes. Whichever brings the replay furthest is kept.
"""

import sys

from tests.real.trace import Trace, load
from tests.real.trace_order import worker_runs
from tests.real.trace_replay import DivergenceError, Inferred, TraceReplay

END = sys.maxsize


def reach(trace: Trace, inferred: Inferred) -> tuple[int, str]:
    """Return the row where model and kernel part, and why."""
    try:
        TraceReplay(trace, inferred).run()
    except DivergenceError as parted:
        return parted.row, str(parted)
    return END, "in full"


def candidates(trace: Trace, inferred: Inferred, row: int) -> list[Inferred]:
    runs = [run.start for run in worker_runs(trace.rows) if run.start <= row][-2:]
    flushes = [
        number
        for number in range(max(row - 50, 2), row)
        if trace.rows[number]["t"] == "kp" and trace.rows[number]["fn"] == "depopulated"
    ][-4:]
    return [Inferred(inferred.interrupted | {start}, inferred.flushed) for start in runs] + [
        Inferred(inferred.interrupted, inferred.flushed | {number}) for number in flushes
    ]


def infer(trace: Trace) -> Inferred:
    inferred = Inferred()
    row, why = reach(trace, inferred)
    while row != END:
        options = [
            (reach(trace, option)[0], number, option) for number, option in enumerate(candidates(trace, inferred, row))
        ]
        best, _, option = max(options, key=lambda entry: (entry[0], -entry[1]))
        print(why, "->", option if best > row else "no order explains this", flush=True)  # noqa: T201 - a tool to look at
        if best <= row:
            break
        inferred = option
        row, why = reach(trace, inferred)
    return inferred


if __name__ == "__main__":
    infer(load(sys.argv[1]))
