"""Keeping the books of a trace: live allocations by call site, chunks, failures, and how it went over time."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from planner.observe.callers import caller_of_stack
from planner.observe.parsers.trace import TraceEvent

_SAMPLES: Final = 60
_BURST: Final = 0.1
"""Seconds before a failed atomic request within which others count as the same burst."""
_MAXIMUM_FAILURES: Final = 1000
_MAXIMUM_SITES: Final = 20_000
_MAXIMUM_LIVE: Final = 5_000_000

Place = tuple[str, int]
"""Chunk as printed, and offset from it in bytes."""


@dataclass(slots=True)
class Site:
    """One call site (or, in traces without call sites, one size and alignment). Bytes are those of one CPU.

    ``what`` names the object and ``kind`` planner's consumer where they are known. ``charged`` is what the kernel itself says
    that the live ones cost over all CPUs (``bytes_alloc``; 0 where the trace has none).
    """

    name: str
    what: str = ""
    kind: str = ""
    allocs: int = 0
    frees: int = 0
    atomic: int = 0
    live: int = 0
    live_bytes: int = 0
    peak_bytes: int = 0
    charged: int = 0
    sizes: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class TraceChunk:
    """A chunk as the trace shows it: when it was made and destroyed (``None``: outside the trace), live bytes, the stretch it used."""

    base: str
    created: float | None = None
    destroyed: float | None = None
    live: int = 0
    live_bytes: int = 0
    start: int | None = None
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failed request, and what was going on: atomic requests within the last 0.1 s (this one included)."""

    time: float
    size: int
    align: int
    atomic: bool
    reserved: bool
    task: str
    burst: int
    what: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: live bytes of one CPU, chunks with something in them, bytes of holes in the stretch that each chunk used."""

    time: float
    live_bytes: int
    chunks: int
    holes: int


@dataclass(slots=True)
class Ledger:
    """Feed it events in order; everything else is there to be read."""

    sites: dict[str, Site] = field(default_factory=dict)
    chunks: dict[str, TraceChunk] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    live: dict[Place, tuple[Site, int, int]] = field(default_factory=dict)
    allocs: int = 0
    frees: int = 0
    failed: int = 0
    freed_from_before: int = 0
    overlaps: int = 0
    created: int = 0
    destroyed: int = 0
    first_time: float | None = None
    last_time: float = 0.0
    live_bytes: int = 0
    peak_bytes: int = 0
    _atomics: deque[float] = field(default_factory=deque)
    _since: int = 0
    _every: int = 1

    def read(self, events: Iterable[TraceEvent]) -> None:
        """Take events in the order of the trace."""
        for event in events:
            self.take(event)
        self._sample(self.last_time)

    def take(self, event: TraceEvent) -> None:
        """Take one event."""
        self.first_time = event.time if self.first_time is None else self.first_time
        self.last_time = event.time
        if event.kind == "alloc":
            self._alloc(event)
        elif event.kind == "free":
            self._free((event.base, event.off))
        elif event.kind == "fail":
            self._fail(event)
        elif event.kind == "create":
            self.created += 1
            self._chunk(event.base).created = event.time
        else:
            self.destroyed += 1
            self._chunk(event.base).destroyed = event.time
        self._since += 1
        if self._since >= self._every:
            self._sample(event.time)

    def _alloc(self, event: TraceEvent) -> None:
        self.allocs += 1
        place = event.base, event.off
        if place in self.live:  # its free was lost
            self.overlaps += 1
            self._free(place)
            self.frees -= 1
        site = self._site(event)
        site.allocs += 1
        site.atomic += event.atomic
        site.live += 1
        site.live_bytes += event.size
        site.peak_bytes = max(site.peak_bytes, site.live_bytes)
        site.charged += event.bytes_alloc
        site.sizes[event.size] = site.sizes.get(event.size, 0) + 1
        chunk = self._chunk(event.base)
        chunk.live += 1
        chunk.live_bytes += event.size
        chunk.start = event.off if chunk.start is None else min(chunk.start, event.off)
        chunk.end = max(chunk.end, event.off + event.size)
        self.live_bytes += event.size
        self.peak_bytes = max(self.peak_bytes, self.live_bytes)
        if len(self.live) < _MAXIMUM_LIVE:
            self.live[place] = site, event.size, event.bytes_alloc
        if event.atomic:
            self._note_atomic(event.time)

    def _free(self, place: Place) -> None:
        self.frees += 1
        found = self.live.pop(place, None)
        if found is None:
            self.freed_from_before += 1
            return
        site, size, charged = found
        site.frees += 1
        site.live -= 1
        site.live_bytes -= size
        site.charged -= charged
        chunk = self._chunk(place[0])
        chunk.live -= 1
        chunk.live_bytes -= size
        self.live_bytes -= size

    def _fail(self, event: TraceEvent) -> None:
        self.failed += 1
        if event.atomic:
            self._note_atomic(event.time)
        if len(self.failures) < _MAXIMUM_FAILURES:
            caller = caller_of_stack(event.stack)
            self.failures.append(
                Failure(
                    time=event.time,
                    size=event.size,
                    align=event.align,
                    atomic=event.atomic,
                    reserved=event.reserved,
                    task=event.task,
                    burst=len(self._atomics) if event.atomic else 0,
                    what=caller.what if caller is not None else "",
                )
            )

    def _note_atomic(self, time: float) -> None:
        self._atomics.append(time)
        while self._atomics and not 0 <= time - self._atomics[0] <= _BURST:
            self._atomics.popleft()

    def _site(self, event: TraceEvent) -> Site:
        name = event.site or f"{event.size} bytes at {event.align}"
        caller = caller_of_stack([event.function, *event.stack])
        if event.stack and caller is not None and caller.what:
            name = f"{name} for {caller.what}"
        site = self.sites.get(name)
        if site is None:
            if len(self.sites) >= _MAXIMUM_SITES:
                return self.sites.setdefault("(further call sites)", Site("(further call sites)"))
            site = Site(name, caller.what if caller else "", caller.kind if caller else "")
            self.sites[name] = site
        return site

    def _chunk(self, base: str) -> TraceChunk:
        chunk = self.chunks.get(base)
        if chunk is None:
            chunk = self.chunks[base] = TraceChunk(base)
        return chunk

    def _sample(self, time: float) -> None:
        """Note the state; when there are too many notes, drop every other and note half as often."""
        self._since = 0
        held = [chunk for chunk in self.chunks.values() if chunk.live]
        holes = sum(chunk.end - (chunk.start or 0) - chunk.live_bytes for chunk in held)
        self.moments.append(Moment(time, self.live_bytes, len(held), holes))
        if len(self.moments) > 2 * _SAMPLES:
            self.moments = self.moments[::2]
            self._every *= 2

    def by_consumer(self) -> list[Site]:
        """Return the sites summed up by what they allocate, those with most live bytes first."""
        sums: dict[str, Site] = {}
        for site in self.sites.values():
            name = site.what or site.name
            total = sums.setdefault(name, Site(name, site.what, site.kind))
            total.allocs += site.allocs
            total.frees += site.frees
            total.atomic += site.atomic
            total.live += site.live
            total.live_bytes += site.live_bytes
            total.peak_bytes += site.peak_bytes
            total.charged += site.charged
        return sorted(sums.values(), key=lambda site: (-site.live_bytes, -site.allocs, site.name))
