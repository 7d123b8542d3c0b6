"""The deferred worker: frees surplus chunks, keeps a stock of populated pages, takes memory from sparse chunks."""

from typing import TYPE_CHECKING

from planner.allocator.request import BalanceWork
from planner.allocator.rules import EMPTY_POP_PAGES_HIGH, raw_slot

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk


def run(allocator: "Allocator") -> BalanceWork:
    """Run pcpu_balance_workfn (3.18 on) or pcpu_reclaim (before) once and return what it did."""
    work = BalanceWork()
    worker = allocator.rules.worker
    if worker == "depopulate":
        _free_surplus(allocator, 0, work)
        _reclaim_populated(allocator, work)
        _populate_stock(allocator, 0, work)
        _free_surplus(allocator, 0, work, only_empty=True)
        return work
    for kind in range(allocator.rules.types):
        _free_surplus(allocator, kind, work)
        if worker == "populate":
            allocator.engine.work()
            _populate_stock(allocator, kind, work)
    return work


def _free_surplus(allocator: "Allocator", kind: int, work: BalanceWork, *, only_empty: bool = False) -> None:
    """Destroy all fully free chunks but the first; ``only_empty``: only those without empty populated pages (5.14 on)."""
    free = list(allocator.lists[kind][allocator.rules.free_slot])[1:]
    for chunk in reversed(free):
        if only_empty and chunk.nr_empty_pop_pages:
            continue
        if not allocator.rules.km:
            work.depopulated += chunk.nr_populated
        allocator.destroy_chunk(chunk)
        work.destroyed += 1


def _populate_stock(allocator: "Allocator", kind: int, work: BalanceWork) -> None:
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
                want = _populate_chunk(allocator, chunk, want, work)
        if not want:
            return
        if allocator.create_chunk(accounted=bool(kind)) is None:
            return
        work.created += 1


def _populate_chunk(allocator: "Allocator", chunk: "Chunk", want: int, work: BalanceWork) -> int:
    """Populate up to ``want`` pages of ``chunk`` from page 0 up; return how many are still wanted (0 after a refusal)."""
    for start, end in chunk.unpopulated_within(0, chunk.nr_pages):
        pages = min(end - start, want)
        if not allocator.populate(chunk, start, start + pages):
            return 0
        work.populated += pages
        want -= pages
        if not want:
            break
    return want


def _reclaim_populated(allocator: "Allocator", work: BalanceWork) -> None:
    """Depopulate the chunks that free_percpu queued (5.14 on), last page first."""
    rules = allocator.rules
    queue = allocator.lists[0][rules.depopulate_slot]
    while queue.first is not None:
        chunk = queue.first
        reintegrate = _depopulate_chunk(allocator, chunk, work)
        if reintegrate or chunk.free_bytes == rules.unit_size:
            allocator.reintegrate(chunk)
        else:
            allocator.lists[0][rules.sidelined_slot].push_back(chunk)


def _depopulate_chunk(allocator: "Allocator", chunk: "Chunk", work: BalanceWork) -> bool:
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
        allocator.depopulate(chunk, first, end + 1)
        work.depopulated += end + 1 - first
        end = -1
    return False
