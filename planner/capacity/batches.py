"""Batches of work on this process, local processes or a Dask cluster: results in order, lost workers replaced, memory bounded.

The three give the same results: a batch is a pure function of what is sent with it.
"""

import contextlib
import ctypes
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

LOSSES: Final = 3
"""Times that one batch may lose its worker before the run gives up: it is likely the batch that kills it."""
_LOST: Final = frozenset({"BrokenProcessPool", "KilledWorker", "CommClosedError", "FutureCancelledError"})
"""Errors that mean that a worker died, by name: those of Dask are not to be imported."""
_PR_SET_PDEATHSIG: Final = 1
"""include/uapi/linux/prctl.h"""


class WorkersLostError(RuntimeError):
    """Workers died again and again over the same batch, or the cluster cannot be reached."""


class MissingClusterError(ImportError):
    """Dask is not installed."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Where batches run: ``processes`` local ones (1: this very process), or the Dask scheduler at ``scheduler``."""

    processes: int = 1
    scheduler: str | None = None

    def run(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the result of each task in the order of ``tasks``; no more than a few a worker are under way.

        ``function`` must be importable and the tasks picklable, unless this process does the work.

        :raises WorkersLostError: workers die over one batch.
        :raises MissingClusterError: a scheduler is named and Dask is not there.
        """
        if self.scheduler is None and self.processes <= 1:
            yield from map(function, tasks)
            return
        yield from _in_order(_local if self.scheduler is None else _cluster, self, function, iter(tasks))


Open = Callable[[Workers], contextlib.AbstractContextManager[tuple[Executor, int]]]


def _in_order(
    open_pool: Open, workers: Workers, function: Callable[[Task], Result], tasks: Iterator[Task]
) -> Iterator[Result]:
    """Submit and wait; where the pool breaks, open another and submit again what has no result yet."""
    waiting: deque[Task] = deque()
    losses = 0
    while True:
        with open_pool(workers) as (pool, window):
            futures: deque[Future[Result]] = deque()
            try:
                futures.extend(pool.submit(function, task) for task in waiting)
                while True:
                    while len(futures) < window and (task := next(tasks, _END)) is not _END:
                        waiting.append(task)  # before it is submitted: a pool that breaks right now must not lose it
                        futures.append(pool.submit(function, task))
                    if not futures:
                        return
                    result = futures[0].result()
                    futures.popleft()
                    waiting.popleft()
                    losses = 0
                    yield result
            except (Exception, CancelledError) as error:
                if type(error).__name__ not in _LOST:
                    raise
                losses += 1
                if losses >= LOSSES:
                    raise WorkersLostError(
                        f"a worker died {losses} times over the same batch (out of memory?); try fewer at once"
                    ) from error


_END: Any = object()


@contextlib.contextmanager
def _local(workers: Workers) -> Iterator[tuple[Executor, int]]:
    pool = ProcessPoolExecutor(workers.processes, initializer=_settle)
    try:
        yield pool, workers.processes * 2 + 1
    except BaseException:
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _settle() -> None:
    """Leave interrupts to the parent, and die with it: a parent killed outright cannot end its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def _cluster(workers: Workers) -> Iterator[tuple[Executor, int]]:
    try:
        distributed: Any = import_module("distributed")  # an extra, slow to import, without types
    except ImportError as error:
        raise MissingClusterError("a scheduler needs Dask: pip install percpu-planner[cluster]") from error
    try:
        client = distributed.Client(workers.scheduler, timeout=10, set_as_default=False)
    except OSError as error:
        raise WorkersLostError(f"no Dask scheduler answers at {workers.scheduler}") from error
    try:
        threads = sum(client.nthreads().values())
        yield client.get_executor(pure=False, retries=LOSSES), max(threads, 1) * 2 + 1
    finally:
        client.close()
