"""Instances placed one after another until there are enough or the kernel refuses one; a fill that repeats is not walked.

:func:`fill` watches the allocator at every creation of a chunk. When its state there equals an earlier one but for more chunks
of a kind that had none of its members touched meanwhile (:mod:`planner.allocator.repetition`), every further
cycle does the same, so it does them all in one step. The result, the figures and the final state are those of walking.
"""

from collections.abc import Sequence
from dataclasses import replace

from planner.allocator.allocator import Allocator
from planner.allocator.backing import Backing, MemoryBacking
from planner.allocator.crowd import disperse
from planner.allocator.estimate import Effort, Estimator
from planner.allocator.page_run import PageRun
from planner.allocator.repetition import Watcher
from planner.allocator.request import Failure
from planner.quick import dataclass

Call = tuple[int, int, int, bool, bool, bool]
"""Arguments of :meth:`Allocator.alloc`: size, align (bytes), gfp, reserved, accounted, nowarn."""
Charge = tuple[int, int, str]
"""Kernel memory beside the allocator: size in bytes, count, and where: slab, pages or vmalloc."""

ENDLESS = 1 << 62
"""More instances than any address space holds."""


@dataclass(frozen=True, slots=True)
class Filled:
    """``made`` whole instances, and what ended it.

    That is the ``failure`` of ``call`` (its number in the instance), or a refusal of charge number ``charge``.
    ``off`` is ``None`` where this is exact; else a part was estimated, and a fill to the end may be too high and too low by so much.
    """

    made: int
    failure: Failure | None = None
    call: int | None = None
    charge: int | None = None
    off: tuple[int, int] | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing was refused."""
        return self.failure is None and self.charge is None


def fill(  # noqa: PLR0913 - what to place and how far, all but two by name
    allocator: Allocator,
    calls: Sequence[Call],
    limit: int = ENDLESS,
    *,
    charges: Sequence[Charge] = (),
    jump: bool = True,
    effort: Effort | None = None,
) -> Filled:
    """Place up to ``limit`` instances, each of ``calls`` in order after its ``charges`` are taken from the backing.

    The worker runs as soon as it is pending, as on a machine with an idle CPU. An instance that fails half-way gives back
    what it got, as the kernel's callers do. ``jump=False`` walks every instance.
    Without an ``effort`` the result is exact, however long it takes; with one, a fill that did not repeat within so many calls is
    gone on with in proportion (:mod:`planner.allocator.estimate`), and the result says so.

    :raises ValueError: there is nothing to place and no limit, so it would never end.
    """
    if not calls and not (charges and isinstance(allocator.backing, MemoryBacking)):
        if limit >= ENDLESS:
            raise ValueError("an instance that takes nothing has no end")
        return Filled(limit)
    if allocator.crowded:
        disperse(allocator)
    purse = _Purse(allocator.backing, charges, margin=bool(calls))
    watcher = Watcher(allocator, charges, limit) if jump and allocator.listener is None else None
    estimator = None
    if watcher is not None and effort is not None and calls:
        estimator = Estimator(allocator, calls, charges, effort, watcher.backing)
    try:
        filled = _walk(allocator, calls, limit, purse, watcher, estimator)
        return filled if estimator is None or estimator.off == (0, 0) else replace(filled, off=estimator.off)
    finally:
        purse.close()
        if watcher is not None:
            watcher.close()


class _Purse:
    """Takes instances' kernel memory from the backing, many instances at once where that certainly changes nothing else."""

    def __init__(self, backing: Backing, charges: Sequence[Charge], *, margin: bool) -> None:
        """``margin``: leave enough memory that taking it early is not felt by the requests in between."""
        self.backing = backing if isinstance(backing, MemoryBacking) else None
        self.charges = charges
        self.margin = margin
        self.ahead = 0

    @property
    def due(self) -> Sequence[Charge]:
        """What each instance takes from the backing beside its areas."""
        return () if self.backing is None else self.charges

    def pay(self, left: int) -> int | None:
        """Take one instance's memory, ``left`` being the most that may follow; return the number of the charge that is refused."""
        if self.backing is None or not self.charges:
            return None
        if self.ahead:
            self.ahead -= 1
            return None
        batch = min(self.backing.certain_charges(self.charges, margin=self.margin), left)
        if batch > 1:
            for size, count, where in self.charges:
                self.backing.take_memory(size, count * batch, where)
            self.ahead = batch - 1
            return None
        for number, (size, count, where) in enumerate(self.charges):
            if not self.backing.take_memory(size, count, where):
                return number
        return None

    def certain(self, wanted: int) -> int:
        """Return for how many instances more, up to ``wanted``, the memory is taken already or is certainly there."""
        if self.backing is None or not self.charges:
            return wanted
        if self.ahead >= wanted:
            return wanted
        sure: int = self.ahead + self.backing.certain_charges(self.charges, margin=False)
        return min(sure, wanted)

    def spend(self, instances: int) -> None:
        """Take the memory of instances that :meth:`certain` granted and that took nothing else on the way."""
        if self.backing is None or not self.charges or not instances:
            return
        paid = min(self.ahead, instances)
        self.ahead -= paid
        if instances > paid:
            for size, count, where in self.charges:
                self.backing.take_memory(size, count * (instances - paid), where)

    def skip_to_end(self) -> int:
        """Return for how many more instances is paid, and take them as made: there is nothing else to an instance."""
        paid, self.ahead = self.ahead, 0
        return paid

    def close(self) -> None:
        """Give back what was paid for instances that never came."""
        if self.ahead and self.backing is not None:
            self.backing.return_charges(self.charges, self.ahead)
            self.ahead = 0


def _walk(  # noqa: PLR0913, PLR0917 - who takes part
    allocator: Allocator,
    calls: Sequence[Call],
    limit: int,
    purse: _Purse,
    watcher: Watcher | None,
    estimator: Estimator | None,
) -> Filled:
    made = 0
    run = PageRun(allocator, calls[0], purse.due) if watcher is not None and len(calls) == 1 else None
    while made < limit:
        if watcher is not None and estimator is not None and watcher.walked >= estimator.due:
            made += estimator.more(watcher.walked, limit - made)
            watcher.restart()
            if run is not None:
                run.disturbed()
            continue
        refused = purse.pay(limit - made)
        if refused is not None:
            return Filled(made, charge=refused)
        if not calls:
            made += 1 + purse.skip_to_end()
            continue
        if watcher is not None:
            watcher.made = made
        ended = _instance(allocator, calls, watcher, run)
        if watcher is not None:
            made = watcher.made
        if ended is not None:
            return Filled(made, *ended)
        made += 1
        if run is not None and watcher is not None and watcher.got:
            more = run.more(watcher.got[0], min(limit - made, purse.certain(limit - made)))
            purse.spend(more)
            made += more
    return Filled(made)


def _work(allocator: Allocator, watcher: Watcher | None, run: PageRun | None) -> None:
    """Let the worker run."""
    if watcher is not None:
        watcher.in_worker = True
    allocator.run_pending()
    if watcher is not None:
        watcher.in_worker = False
    if run is not None:
        run.disturbed()


def _instance(
    allocator: Allocator, calls: Sequence[Call], watcher: Watcher | None, run: PageRun | None
) -> tuple[Failure, int] | None:
    """Place one instance; return the failure and the number of its call."""
    got: list[int] = []
    if watcher is not None:
        watcher.got = got
    alloc = allocator.alloc
    created = allocator.created
    for number, call in enumerate(calls):
        if watcher is not None:
            watcher.call = number
            watcher.walked += 1
        pointer = alloc(*call)
        if isinstance(pointer, Failure):
            for earlier in reversed(got):
                allocator.free(earlier)
            return pointer, number
        got.append(pointer)
        if allocator.pending:
            _work(allocator, watcher, run)
    if run is not None and allocator.created != created:
        run.disturbed()
    return None
