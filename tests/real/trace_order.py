"""In which order things happened, as far as it differs from the order in which they were traced.

A free and the worker's own steps are traced under the allocator's lock. A request is traced when it is done:
* one that makes a chunk or populates pages has its place before these show in the trace;
* a sleeping one holds the allocator's mutex from start to end, as the worker does: traced inside a run of the worker, it was over before
  that run began;
* one whose task the worker interrupted on its CPU is traced after the run, though its area was taken before. Nothing in the
  trace tells; what the worker then does can (``interrupted``).
"""

from dataclasses import dataclass

from tests.real.trace import Event

REQUESTS = ("alloc", "fail")


@dataclass(frozen=True)
class Run:
    """One run of the worker: rows from the start of its first part to its last event."""

    start: int
    end: int
    task: str


def worker_runs(rows: list[Event]) -> list[Run]:
    """Find the worker's runs (between the two calls of pcpu_balance_free, and the destruction of chunks after the second)."""
    runs: list[Run] = []
    start = -1
    for number, row in enumerate(rows):
        if row["t"] != "kp" or row["fn"] != "balfree":
            continue
        if not row["empty_only"]:
            start = number
        elif start >= 0:
            task = rows[start]["task"]
            runs.append(Run(start, _last_event(rows, number, task), task))
            start = -1
    return runs


def _last_event(rows: list[Event], number: int, task: str) -> int:
    end = number
    for later in range(number + 1, len(rows)):
        row = rows[later]
        if row["t"] == "kp" and row["fn"] in {"balance", "balfree"}:
            break
        if row.get("task") == task and row["t"] in {"destroy_chunk", "kp"}:
            end = later
    return end


def worker_rows(runs: list[Run], rows: list[Event]) -> set[int]:
    """Rows in which the worker itself populates, depopulates, makes or destroys a chunk."""
    return {
        number
        for run in runs
        for number in range(run.start, run.end + 1)
        if rows[number]["t"] in {"kp", "create_chunk", "destroy_chunk"} and rows[number]["task"] == run.task
    }


def applied_order(rows: list[Event], runs: list[Run], interrupted: frozenset[int]) -> list[int]:
    """Return all rows in the order in which they took effect. ``interrupted``: first rows of runs that interrupted a request."""
    before: dict[int, int] = {}
    for run in runs:
        before |= _inside(rows, run)
        if run.start in interrupted:
            before[_interrupted_request(rows, run)] = run.start
    after = _at_first_sign(rows, worker_rows(runs, rows))
    moved = after | before
    arriving: dict[int, list[int]] = {}
    for row, target in moved.items():
        arriving.setdefault(target, []).append(row)
    order: list[int] = []
    for number in range(2, len(rows)):
        if rows[number]["t"] == "create_chunk":
            order += [number, *arriving.get(number, ())]
        else:
            order += arriving.get(number, ())
            if number not in moved:
                order.append(number)
    return order


def _inside(rows: list[Event], run: Run) -> dict[int, int]:
    """Sleeping requests traced inside ``run`` as the first event of their task: they were over before it began."""
    seen: set[tuple[str, int]] = set()
    moved = {}
    for number in range(run.start, run.end + 1):
        row = rows[number]
        if row["t"] not in {"alloc", "fail", "free"}:
            continue
        task = (row["task"], row["cpu"])
        if row["t"] in REQUESTS and not row["atomic"] and task not in seen and row["task"] != run.task:
            moved[number] = run.start
        seen.add(task)
    return moved


def _interrupted_request(rows: list[Event], run: Run) -> int:
    """The next request, after ``run``, of the task that was last seen on its CPU before."""
    last = next(
        rows[number]
        for number in range(run.start, 1, -1)
        if rows[number]["t"] in {"alloc", "fail", "free"}
        and rows[number]["cpu"] == rows[run.start]["cpu"]
        and rows[number]["task"] != run.task
    )
    return next(
        number
        for number in range(run.end + 1, len(rows))
        if rows[number]["t"] in REQUESTS and rows[number]["task"] == last["task"]
    )


def _at_first_sign(rows: list[Event], by_worker: set[int]) -> dict[int, int]:
    """Sleeping requests that populated or made a chunk: where that is first seen."""
    signs: dict[str, dict[str, int]] = {}
    moved = {}
    for number, row in enumerate(rows):
        makes = row["t"] == "create_chunk"
        populates = row["t"] == "kp" and row["fn"] == "populate"
        if (makes or populates) and number not in by_worker:
            signs.setdefault(row["task"], {}).setdefault("populate" if populates else "create", number)
        elif row["t"] in REQUESTS and not row["atomic"]:
            sign = signs.pop(row["task"], None)
            if sign is not None:
                moved[number] = sign.get("populate", sign.get("create", number))
    return moved
