"""The per-CPU allocator: requests, slot lists, chunk life cycle. Places inside chunks are an engine's business."""

from collections.abc import Iterator

from planner.allocator import balance, statistics
from planner.allocator.backing import Backing, CountedBacking
from planner.allocator.balance import Step
from planner.allocator.chunk import Chunk, PageRange, SlotLists
from planner.allocator.crowd import Crowd, disperse
from planner.allocator.engines import ENGINES
from planner.allocator.isolation import isolate, should_reclaim
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Layout
from planner.allocator.page_array import PageArray, free_stale_pages
from planner.allocator.request import BalanceWork, Failure, FailureWarning, Gfp, Listener
from planner.allocator.rules import EMPTY_POP_PAGES_LOW, WARN_LIMIT, Rules

_REMEMBERED_REQUESTS = 4096
"""Kinds of requests whose adjusted form is remembered."""


class Allocator:
    """mm/percpu.c of one kernel version after boot, deterministic and without concurrency.

    A pointer is an integer that only this allocator understands: :meth:`locate` turns it into chunk and offset. Sizes and offsets
    are bytes, counts of pages are pages of one unit (times possible CPUs for memory).

    :param version: the kernel; behaviour follows the tables in ``kernel.py``.
    :param layout: units, groups and the first chunk of this boot.
    :param backing: where chunks and pages come from; by default without limits.
    :param memcg: CONFIG_MEMCG_KMEM: from 5.9 to 5.13 accounted requests use chunks of their own.
    :param async_enabled: the worker may be scheduled (false in early boot, before subsys_initcall: schedules are dropped).
    :raises LookupError: the version is older than what is modelled.
    """

    __slots__ = (
        "_by_key",
        "_counters",
        "_keeps_stock",
        "_mask",
        "_reclaims",
        "_requests",
        "_shift",
        "_tests_early",
        "_two_types",
        "_unit_size",
        "async_enabled",
        "atomic_failed",
        "backing",
        "created",
        "crowded",
        "crowds",
        "destroyed",
        "empty",
        "engine",
        "first_chunk",
        "layout",
        "listener",
        "lists",
        "nr_populated",
        "page_array",
        "pending",
        "reserved_chunk",
        "rules",
        "stats",
        "times_scheduled",
        "version",
        "warn_limit",
        "warnings",
    )

    def __init__(
        self,
        version: KernelVersion,
        layout: Layout,
        backing: Backing | None = None,
        *,
        memcg: bool = False,
        async_enabled: bool = True,
    ) -> None:
        self.version = version
        self.layout = layout
        self.backing: Backing = CountedBacking() if backing is None else backing
        self.rules = rules = Rules.of(version, layout, memcg=memcg)
        self.async_enabled = async_enabled or rules.worker == "reclaim"  # up to 3.17 nothing holds the worker back
        self.listener: Listener | None = None
        self.warnings: list[FailureWarning] = []
        self.engine = ENGINES[rules.engine](self)
        self.lists = [SlotLists(rules.nr_slots) for _ in range(rules.types)]
        self.pending = 0
        self.times_scheduled = 0
        self.atomic_failed = False
        self.created = 0
        self.destroyed = 0
        self.warn_limit = WARN_LIMIT
        self.stats = statistics.Statistics(rules.unit_size)
        self._shift = rules.unit_size.bit_length()
        self._mask = (1 << self._shift) - 1
        self._by_key: dict[int, Chunk] = {}
        self.crowds: list[Crowd] = []
        self.crowded = False
        self._requests: dict[tuple[int, int, int], tuple[int, int, bool]] = {}
        self._counters = rules.counters
        self._two_types = rules.types > 1
        self._tests_early, self._keeps_stock = rules.low_test_early, rules.keeps_stock
        self._unit_size = rules.unit_size
        self._reclaims = rules.depopulate_slot >= 0 and not rules.km
        self.empty = [0] * rules.counters
        self.reserved_chunk, self.first_chunk = self.engine.first_chunks()
        if self.reserved_chunk is not None:
            self.register(self.reserved_chunk)
        self.register(self.first_chunk)
        self.empty = [0] * rules.counters
        self.empty[0] = self.first_chunk.nr_empty_pop_pages
        self.nr_populated = layout.size_sum // layout.page_size
        self.stats.chunk_created()
        self.page_array = PageArray(rules.nr_cpus) if rules.stale_pages else None
        if layout.dynamic or self.reserved_chunk is None:
            # Up to 2.6.35 dynamic space may be nil beside a reserved part: then no first chunk stands on a list.
            self.relocate(self.first_chunk, -1)

    # -- requests -----------------------------------------------------------------------------------------------------

    def alloc(  # noqa: C901, PLR0912, PLR0913, PLR0917 - the hot path: one request, all its properties, no further calls
        self,
        size: int,
        align: int = 8,
        gfp: int = Gfp.KERNEL,
        reserved: bool = False,  # noqa: FBT001, FBT002 - hot path
        accounted: bool = False,  # noqa: FBT001, FBT002 - hot path
        nowarn: bool = False,  # noqa: FBT001, FBT002 - hot path
    ) -> int | Failure:
        """Serve one request and return its pointer or the failure.

        ``size`` and ``align`` are bytes as the caller gives them; ``gfp`` is a :class:`Gfp`; ``reserved`` asks for the reserved
        chunk (modules' static data); ``accounted`` is __GFP_ACCOUNT of a task outside the root cgroup; ``nowarn`` is __GFP_NOWARN.
        """
        if self.crowded:
            disperse(self)
        try:
            size, align, atomic = self._requests[size, align, gfp]
        except KeyError:
            request = self._adjust(size, align, gfp, nowarn=nowarn)
            if request is None:
                return Failure.ILLEGAL
            size, align, atomic = request
        kind = 1 if accounted and self._two_types else 0
        if reserved and self.reserved_chunk is not None:
            chunk = self.reserved_chunk
            found = self.engine.place_reserved(chunk, size, align, atomic)
            if isinstance(found, Failure):
                return self._fail(found, size, align, atomic, nowarn)
            offset = found
        else:
            placed = self.engine.place(size, align, atomic, self.lists[kind])
            if placed.__class__ is not tuple:
                again = self._make_room(size, align, atomic, kind) if placed is None else placed
                if isinstance(again, Failure):
                    return self._fail(again, size, align, atomic, nowarn)
                placed = again
            chunk, offset = placed
        stats = self.stats
        stats.nr_alloc = count = stats.nr_alloc + 1
        count -= stats.nr_dealloc
        if count > stats.nr_max_alloc:
            stats.nr_max_alloc = count
        if not stats.min_alloc_size <= size <= stats.max_alloc_size:
            stats.min_alloc_size = min(stats.min_alloc_size, size)
            stats.max_alloc_size = max(stats.max_alloc_size, size)
        if size > chunk.max_alloc_size:
            chunk.max_alloc_size = size
        counter = kind if kind and self._counters > 1 else 0
        if self._tests_early and self.empty[counter] < EMPTY_POP_PAGES_LOW:
            self.schedule()
        if offset + size > chunk.backed and not atomic and not self._populate_area(chunk, offset, size):
            self.engine_release(chunk, offset)
            return self._fail(Failure.POPULATE, size, align, atomic, nowarn)
        if self._keeps_stock and self.empty[counter] < EMPTY_POP_PAGES_LOW:
            self.schedule()
        if self.listener is not None:
            self.listener("alloc", chunk.index, offset, size)
        return chunk.key + offset

    def _adjust(self, size: int, align: int, gfp: int, *, nowarn: bool) -> tuple[int, int, bool] | None:
        """Return size, alignment and "is atomic" as the kernel takes the request, ``None`` if it refuses it (with a warning)."""
        rules = self.rules
        given = (size, align, gfp)
        granule = rules.granule
        align = max(align, granule)  # up to 3.14 the kernel takes 0 as given and ruins its map
        size = -(-size // granule) * granule
        if (
            size <= 0
            or size > rules.maximum
            or align > rules.page_size
            or (rules.align_checked and align & (align - 1))
        ):
            if not (nowarn and rules.nowarn):
                self.warnings.append(FailureWarning(Failure.ILLEGAL, size, align, atomic=False, printed=True))
            return None
        if len(self._requests) >= _REMEMBERED_REQUESTS:
            self._requests.clear()
        request = self._requests[given] = (size, align, rules.atomic_gfp[gfp])
        return request

    def request(self, size: int, align: int, gfp: int) -> tuple[int, int, bool] | None:
        """Return size, alignment and "is atomic" as the kernel takes a request that was served before; ``None`` if none was."""
        return self._requests.get((size, align, gfp))

    def free(self, pointer: int) -> None:
        """Free what :meth:`alloc` returned.

        :raises KeyError: ``pointer`` is not that of a live area.
        """
        try:
            chunk = self._by_key[pointer >> self._shift]
        except KeyError:
            chunk = self._out_of_crowd(pointer)
        old = chunk.slot
        size = chunk.release(pointer)
        self.stats.nr_dealloc += 1
        whole = False
        if chunk.slot != old:
            self.relocate(chunk, old)
            whole = chunk.free_bytes == self._unit_size  # never without another slot
        elif chunk.skipped and chunk.list is not None:
            chunk.list.recheck(chunk)
        if self.listener is not None:
            self.listener("free", chunk.index, pointer & self._mask, size)
        if whole and not chunk.isolated:
            first = self.lists[chunk.accounted][self.rules.free_slot].first
            if first is not None and (first is not chunk or chunk.next is not None):
                self.schedule()
        elif (
            self._reclaims
            and (chunk.nr_empty_pop_pages >= chunk.quarter or chunk.isolated)
            and not chunk.immutable
            and should_reclaim(self, chunk)
        ):
            isolate(self, chunk)
            self.schedule()

    def engine_release(self, chunk: Chunk, offset: int) -> None:
        """Free the area at ``offset`` of ``chunk`` and move the chunk, as after a failed population: nothing is scheduled."""
        old = chunk.slot
        size = chunk.release(chunk.key + offset)
        self.stats.nr_dealloc += 1
        if chunk.slot != old:
            self.relocate(chunk, old)
        elif chunk.skipped and chunk.list is not None:
            chunk.list.recheck(chunk)
        if self.listener is not None:
            self.listener("free", chunk.index, offset, size)

    def placed(self, chunk: Chunk, old: int, areas: int) -> None:
        """Count ``areas`` that the engine placed in ``chunk`` in one step, and move the chunk, which was in slot ``old`` before."""
        stats = self.stats
        stats.nr_alloc += areas
        stats.nr_max_alloc = max(stats.nr_max_alloc, stats.nr_alloc - stats.nr_dealloc)
        if chunk.slot != old:
            self.relocate(chunk, old)
        elif chunk.skipped and chunk.list is not None:
            chunk.list.recheck(chunk)

    def locate(self, pointer: int) -> tuple[int, int]:
        """Return (chunk index, offset within the unit): index 0 the first chunk, -1 the reserved one, 1 and up by creation."""
        return (pointer >> self._shift) - 1, pointer & self._mask

    def pointer(self, index: int, offset: int) -> int:
        """Return the pointer of the area at ``offset`` within the unit of chunk ``index``: the reverse of :meth:`locate`."""
        return (index + 1) << self._shift | offset

    def _make_room(self, size: int, align: int, atomic: bool, kind: int) -> tuple[Chunk, int] | Failure:  # noqa: FBT001
        """Nothing fits: create a chunk where the kernel does, and try again."""
        if atomic:
            return Failure.ATOMIC
        lists = self.lists[kind]
        while True:
            if self.rules.create_when_free or lists[self.rules.free_slot].first is None:
                chunk = self.create_chunk(accounted=bool(kind))
                if chunk is None:
                    return Failure.NEW_CHUNK
            placed = self.engine.place(size, align, atomic, lists)
            if placed is not None:
                return placed

    def _populate_area(self, chunk: Chunk, offset: int, size: int) -> bool:
        page = self.rules.page_size
        start = (offset - chunk.origin) // page
        end = -(-(offset - chunk.origin + size) // page)
        pages = (1 << (end - start)) - 1
        if chunk.populated >> start & pages == pages:
            return True
        done: list[PageRange] = []
        for run in chunk.unpopulated_within(start, end):
            if not self.populate(chunk, *run, for_request=True):
                if self.rules.populate_together:
                    for earlier in done:
                        self.depopulate(chunk, *earlier)
                return False
            done.append(run)
        return True

    def _fail(self, reason: Failure, size: int, align: int, atomic: bool, nowarn: bool) -> Failure:  # noqa: FBT001
        rules = self.rules
        quiet = (nowarn and rules.nowarn) or rules.warned == "none" or (atomic and rules.warned == "sleeping")
        if not quiet:
            printed = self.warn_limit > 0
            if printed:
                self.warn_limit -= 1
                last = self.warn_limit == 0
                stack = not (atomic and rules.stackless_atomic)
                self.warnings.append(FailureWarning(reason, size, align, atomic, printed=True, last=last, stack=stack))
        if atomic:
            self.atomic_failed = True
            self.schedule()
        return reason

    # -- the worker -----------------------------------------------------------------------------------------------------

    def schedule(self) -> None:
        """Ask for a run of the worker (pcpu_schedule_balance_work)."""
        if self.async_enabled and not self.pending:
            self.pending = 1
            self.times_scheduled += 1

    def balance(self, *, keep_pending: bool = False) -> BalanceWork:
        """Run the worker once, now, whether it is pending or not.

        As from the work queue, it is not pending when it starts; ``keep_pending`` calls the function past the queue, so that a
        scheduled run is still to come.
        """
        if self.crowded:
            disperse(self)
        if not keep_pending:
            self.pending = 0
        return balance.run(self)

    def balance_steps(self) -> Iterator[Step]:
        """Run the worker once, stopping wherever the kernel drops its lock: a step is done when the next one is asked for.

        ``pending`` is left to the caller: the work queue clears it before the worker waits for its mutex.
        """
        return balance.steps(self, BalanceWork())

    def run_pending(self) -> tuple[int, BalanceWork]:
        """Run the work items that are pending, until none is; return how many ran, and what the balance work among them did."""
        items, done = 0, BalanceWork()
        while ran := self.engine.run_items() + self.pending:
            items += ran
            if self.pending:
                done += self.balance()
        return items, done

    # -- chunks ---------------------------------------------------------------------------------------------------------

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The dynamic chunks, the first one included, in the order of the slot lists (by type, slot, position): read only."""
        if self.crowds:
            disperse(self)
        return tuple(chunk for lists in self.lists for slot in lists for chunk in slot)

    @property
    def nr_empty_pop_pages(self) -> int:
        """Empty populated pages over all counters."""
        self.engine.settle()
        return sum(self.empty)

    @property
    def percpu_bytes(self) -> int:
        """The Percpu figure of /proc/meminfo in bytes: populated pages times all units, unused ones included."""
        return self.nr_populated * self.layout.nr_units * self.rules.page_size

    def chunk(self, index: int) -> Chunk:
        """Return the live chunk ``index``.

        :raises KeyError: it does not exist or was destroyed.
        """
        return self._by_key.get(index + 1) or self._out_of_crowd((index + 1) << self._shift)

    def single(self, index: int) -> Chunk | None:
        """Return the live chunk ``index`` if it is an object of its own; ``None`` if it is one of a crowd (or does not exist)."""
        return self._by_key.get(index + 1)

    def register(self, chunk: Chunk) -> None:
        """Make pointers into ``chunk`` known."""
        chunk.key = (chunk.index + 1) << self._shift
        chunk.zero = chunk.key + chunk.origin
        chunk.page_bytes = self.rules.page_size
        chunk.note_backed()
        self._by_key[chunk.index + 1] = chunk

    def forget(self, chunk: Chunk) -> None:
        """Make pointers into ``chunk`` unknown."""
        del self._by_key[chunk.index + 1]

    def all_chunks(self) -> tuple[Chunk, ...]:
        """Return every chunk object, reserved and first included; a crowd is one object and not among them."""
        return tuple(self._by_key.values())

    def _out_of_crowd(self, pointer: int) -> Chunk:
        """Return the chunk of ``pointer`` once crowds have dispersed."""
        disperse(self)
        return self._by_key[pointer >> self._shift]

    def relocate(self, chunk: Chunk, old: int) -> None:
        """Move ``chunk`` to the list of its slot if that differs from ``old``: front when it rose, tail when it fell."""
        slot = chunk.slot
        if slot == old or chunk.index < 0 or chunk.isolated:
            return
        target = self.lists[chunk.accounted][slot]
        if slot > old:
            target.push_front(chunk)
        else:
            target.push_back(chunk)

    def create_chunk(self, *, accounted: bool = False) -> Chunk | None:
        """Create a chunk and put it at the front of the free list; ``None`` when the backing refuses."""
        rules = self.rules
        base = self.backing.create_chunk(accounted=accounted)
        if base is None:
            return None
        if rules.km and not self.backing.take_pages(rules.km_pages):
            self.backing.destroy_chunk(base)
            return None
        return self.adopt_chunk(base, accounted=accounted)

    def adopt_chunk(self, base: int, *, accounted: bool = False) -> Chunk:
        """Enter a chunk for which the backing has provided already; it is fully free and comes to the front of the free list."""
        rules = self.rules
        self.created += 1
        chunk = self.engine.new_chunk(self.created, base)
        chunk.accounted = accounted and rules.types > 1
        self.register(chunk)
        self.stats.chunk_created()
        if rules.km:
            self.engine.populated(chunk, 0, rules.unit_pages, for_request=False)
            self.count_empty(chunk, rules.unit_pages)
            self.nr_populated += rules.km_populated
        self.relocate(chunk, -1)
        if self.listener is not None:
            self.listener("create", chunk.index, 0, 0)
        return chunk

    def destroy_chunk(self, chunk: Chunk) -> None:
        """Depopulate and destroy ``chunk``, whatever is in it."""
        rules = self.rules
        if chunk.list is not None:
            chunk.list.remove(chunk)
        if rules.km:
            self.backing.give_pages(rules.km_pages)
            self.nr_populated -= rules.km_populated
            self.count_empty(chunk, -chunk.nr_empty_pop_pages)
        else:
            for start, end in chunk.populated_ranges:
                self.depopulate(chunk, start, end)
        self.engine.destroyed(chunk)
        self.backing.destroy_chunk(chunk.base)
        del self._by_key[chunk.index + 1]
        self.destroyed += 1
        self.stats.chunk_destroyed()
        if self.listener is not None:
            self.listener("destroy", chunk.index, 0, 0)

    def populate(self, chunk: Chunk, start: int, end: int, *, for_request: bool = False) -> bool:
        """Put memory behind pages ``[start, end)`` of ``chunk``; ``False`` when the backing refuses, and nothing changed."""
        if not self.backing.take_pages((end - start) * self.rules.nr_cpus):
            if self.page_array is not None:
                free_stale_pages(self.backing, self.page_array, start, end)
            return False
        if self.page_array is not None:
            self.page_array.written(start, end)
        self.count_empty(chunk, self.engine.populated(chunk, start, end, for_request=for_request))
        self.nr_populated += end - start
        if self.listener is not None:
            self.listener("populate", chunk.index, start, end)
        return True

    def depopulate(self, chunk: Chunk, start: int, end: int) -> None:
        """Take the memory from pages ``[start, end)`` of ``chunk``, all of them empty and populated."""
        chunk.mark_depopulated(start, end)
        if self.page_array is not None:
            self.page_array.written(start, end)
        chunk.nr_empty_pop_pages -= end - start
        self.count_empty(chunk, start - end)
        self.nr_populated -= end - start
        self.backing.give_pages((end - start) * self.rules.nr_cpus)
        if self.listener is not None:
            self.listener("depopulate", chunk.index, start, end)

    def count_empty(self, chunk: Chunk, pages: int) -> None:
        """Add ``pages`` to the global count of empty populated pages, unless ``chunk`` does not count there."""
        if chunk.index >= 0 and not chunk.isolated:
            self.empty[chunk.accounted if self.rules.counters > 1 else 0] += pages

    def percpu_stats_text(self) -> str:
        """Return what debugfs percpu_stats would show (kernels 4.13 on)."""
        return statistics.text(self)
