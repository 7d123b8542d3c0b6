"""The deferred worker: frees surplus chunks, keeps a stock of populated pages, takes memory from sparse chunks.

The worker drops the lock for everything that takes long; other CPUs free and (atomically) allocate meanwhile. :func:`steps` stops
at each such point, so that a replay of a real trace can put the others' requests where they were; :func:`run` goes through.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from planner.allocator import isolation
from planner.allocator.request import BalanceWork
from planner.allocator.rules import EMPTY_POP_PAGES_HIGH, raw_slot

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk


@dataclass(frozen=True, slots=True)
class Step:
    """What the worker does next, unlocked: pages ``[start, end)`` of ``chunk``, the whole of it, or a new chunk (``None``).

    ``flush`` changes nothing here: it is the TLB flush after a chunk was depopulated, a while in which others get the lock.
    """

    kind: Literal["depopulate", "flush", "destroy", "populate", "create"]
    chunk: "Chunk | None" = None
    start: int = 0
    end: int = 0


def run(allocator: "Allocator") -> BalanceWork:
    """Run pcpu_balance_workfn (3.18 on) or pcpu_reclaim (before) once and return what it did."""
    work = BalanceWork()
    for _ in steps(allocator, work):
        pass
    return work


def steps(allocator: "Allocator", work: BalanceWork) -> Iterator[Step]:
    """Run the worker once, step by step: each :class:`Step` is done when the next one is asked for. Adds up in ``work``."""
    allocator.engine.settle()
    worker = allocator.rules.worker
    if worker == "depopulate":
        yield from _free_surplus(allocator, 0, work)
        yield from _reclaim_populated(allocator, work)
        yield from _populate_stock(allocator, 0, work)
        yield from _free_surplus(allocator, 0, work, only_empty=True)
        return
    for kind in range(allocator.rules.types):
        yield from _free_surplus(allocator, kind, work)
        if worker == "populate":
            allocator.engine.work()
            yield from _populate_stock(allocator, kind, work)


def _free_surplus(allocator: "Allocator", kind: int, work: BalanceWork, *, only_empty: bool = False) -> Iterator[Step]:
    """Destroy all fully free chunks but the first; ``only_empty``: only those without empty populated pages (5.14 on).

    The first chunk of a kernel without SMP can be among them, for it holds no static data: the kernel warns of that; here it stays.
    """
    surplus = [chunk for chunk in list(allocator.lists[kind][allocator.rules.free_slot])[1:] if not chunk.immutable]
    if only_empty:
        surplus = [chunk for chunk in surplus if not chunk.nr_empty_pop_pages]
    for chunk in surplus:
        allocator.lists[kind][allocator.rules.free_slot].remove(chunk)
    for chunk in reversed(surplus):
        for start, end in [] if allocator.rules.km else chunk.populated_ranges:
            yield from _depopulate(allocator, chunk, start, end, work)
        yield Step("destroy", chunk)
        allocator.destroy_chunk(chunk)
        work.destroyed += 1


def _depopulate(allocator: "Allocator", chunk: "Chunk", start: int, end: int, work: BalanceWork) -> Iterator[Step]:
    yield Step("depopulate", chunk, start, end)
    allocator.depopulate(chunk, start, end)
    work.depopulated += end - start


def _populate_stock(allocator: "Allocator", kind: int, work: BalanceWork) -> Iterator[Step]:
    """Populate pages until four are empty (or four more after an atomic failure)."""
    rules = allocator.rules
    lists = allocator.lists[kind]
    counter = kind if rules.counters > 1 else 0
    while True:
        if allocator.atomic_failed:
            allocator.atomic_failed = False
            want = EMPTY_POP_PAGES_HIGH
        else:
            want = min(max(EMPTY_POP_PAGES_HIGH - allocator.empty[counter], 0), EMPTY_POP_PAGES_HIGH)
        for slot in range(raw_slot(rules.page_size), rules.free_slot + 1):
            if not want:
                break
            chunk = next((chunk for chunk in lists[slot] if chunk.nr_populated < chunk.nr_pages), None)
            if chunk is not None:
                want = yield from _populate_chunk(allocator, chunk, want, work)
        if not want:
            return
        yield Step("create")
        if allocator.create_chunk(accounted=bool(kind)) is None:
            return
        work.created += 1


def _populate_chunk(allocator: "Allocator", chunk: "Chunk", want: int, work: BalanceWork) -> Generator[Step, None, int]:
    """Populate up to ``want`` pages of ``chunk`` from page 0 up; return how many are still wanted (0 after a refusal)."""
    for start, end in chunk.unpopulated_within(0, chunk.nr_pages):
        pages = min(end - start, want)
        yield Step("populate", chunk, start, start + pages)
        if not allocator.populate(chunk, start, start + pages):
            return 0
        work.populated += pages
        want -= pages
        if not want:
            break
    return want


def _reclaim_populated(allocator: "Allocator", work: BalanceWork) -> Iterator[Step]:
    """Depopulate the chunks that free_percpu queued (5.14 on), last page first."""
    rules = allocator.rules
    queue = allocator.lists[0][rules.depopulate_slot]
    while queue.first is not None:
        chunk = queue.first
        before = work.depopulated
        reintegrate = yield from _depopulate_chunk(allocator, chunk, work)
        if work.depopulated > before:
            yield Step("flush", chunk)
        if reintegrate or chunk.free_bytes == rules.unit_size:
            isolation.reintegrate(allocator, chunk)
        else:
            allocator.lists[0][rules.sidelined_slot].push_back(chunk)


def _depopulate_chunk(allocator: "Allocator", chunk: "Chunk", work: BalanceWork) -> Generator[Step, None, bool]:
    """Take memory from runs of empty pages; return whether the stock fell below its high mark, so that the chunk must stay in use."""
    empty_pages = chunk.empty_page_mask()
    end = -1
    for page in range(chunk.nr_pages - 1, -1, -1):
        if not chunk.nr_empty_pop_pages:
            return False
        if allocator.nr_empty_pop_pages < EMPTY_POP_PAGES_HIGH:
            return True
        if empty_pages >> page & 1 and chunk.populated >> page & 1:
            if end < 0:
                end = page
            if page > 0:
                continue
            first = 0
        else:
            first = page + 1
        if end < 0:
            continue
        yield from _depopulate(allocator, chunk, first, end + 1, work)
        empty_pages = chunk.empty_page_mask()
        end = -1
    return False
