"""The same events on the model of another system: what would its allocator do with them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from planner.allocator.allocator import Allocator
from planner.allocator.request import Failure, Gfp
from planner.observe.parsers.trace import TraceEvent
from planner.observe.replay.ledger import Place

_SAMPLE_EVERY: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The model put a request elsewhere than the kernel: the event's number, and both places (empty: failed)."""

    event: int
    size: int
    align: int
    kernel: str
    model: str


@dataclass(slots=True)
class Outcome:
    """What the model did with a trace. Pages and bytes are what /proc/meminfo would show as Percpu.

    ``exact``: requests placed (or failed) just as the kernel did; ``divergent``: the others, of which ``divergences`` has the first ones.
    ``unknown_frees``: objects that were freed and that the model does not have. ``gone``: objects of a start state that had been freed
    before the trace began; ``unfreed``: objects whose free the trace does not show, but whose place the kernel gave to another.
    """

    requests: int = 0
    exact: int = 0
    failures: int = 0
    unknown_frees: int = 0
    divergences: list[Divergence] = field(default_factory=list)
    divergent: int = 0
    gone: int = 0
    unfreed: int = 0
    peak_bytes: int = 0
    end_bytes: int = 0
    peak_chunks: int = 0
    end_chunks: int = 0


@dataclass(slots=True)
class Simulation:
    """One allocator fed with a trace's requests. The worker runs as soon as it has something to do, as with an idle CPU."""

    allocator: Allocator
    outcome: Outcome = field(default_factory=Outcome)
    _pointers: dict[Place, int] = field(default_factory=dict)

    def run(self, events: Iterable[TraceEvent]) -> Outcome:
        """Take all events and return what came of them."""
        allocator = self.allocator
        for number, event in enumerate(events):
            if event.kind == "alloc":
                self._alloc(event)
            elif event.kind == "free":
                self._free(event)
            elif event.kind == "fail":
                self._fail(event)
            if allocator.pending:
                allocator.run_pending()
            if number % _SAMPLE_EVERY == 0:
                measure(self.outcome, allocator)
        measure(self.outcome, allocator)
        return self.outcome

    def _ask(self, event: TraceEvent) -> int | Failure:
        self.outcome.requests += 1
        pointer = ask(self.allocator, event)
        self.outcome.failures += isinstance(pointer, Failure)
        return pointer

    def _alloc(self, event: TraceEvent) -> None:
        pointer = self._ask(event)
        if not isinstance(pointer, Failure):
            self._pointers[event.base, event.off] = pointer

    def _fail(self, event: TraceEvent) -> None:
        """Ask too; what failed where the trace was made was not there to be freed."""
        pointer = self._ask(event)
        if not isinstance(pointer, Failure):
            self.allocator.free(pointer)

    def _free(self, event: TraceEvent) -> None:
        pointer = self._pointers.pop((event.base, event.off), None)
        if pointer is None:
            self.outcome.unknown_frees += 1
        else:
            self.allocator.free(pointer)


def ask(allocator: Allocator, event: TraceEvent) -> int | Failure:
    """Put an event's request to a model."""
    return allocator.alloc(event.size, max(event.align, 1), Gfp.NOWAIT if event.atomic else Gfp.KERNEL, event.reserved)


def measure(outcome: Outcome, allocator: Allocator) -> None:
    """Note Percpu and the number of chunks as they are now; percpu_stats counts the reserved chunk as part of the first."""
    outcome.end_bytes = allocator.percpu_bytes
    outcome.end_chunks = sum(not chunk.reserved for chunk in allocator.all_chunks())
    outcome.peak_bytes = max(outcome.peak_bytes, outcome.end_bytes)
    outcome.peak_chunks = max(outcome.peak_chunks, outcome.end_chunks)
