"""Finding that a fill repeats from chunk to chunk, and doing the repetitions in one step.

The state is looked at just before a chunk is created. Two states are related when their lists hold the same sequence of
runs of equal chunks, where a run may have more members in the later one, all else being equal. If the members that a run had at
the earlier look are still in it, nothing of this cycle changed them: each request that passed the run was refused by all
of them without a trace. One more member would have been passed likewise. So the next cycle does what this one did, and all that
follow, until the backing refuses or enough instances are made.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planner import quick
from planner.allocator.backing import BulkBacking
from planner.allocator.chunk import Chunk
from planner.allocator.chunk_twin import alike, figures, twin
from planner.allocator.crowd import Crowd, insert_beside

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.backing import Backing

MOST_LOOKS = 64
"""Creations looked at before the search for a repetition is given up."""
MOST_CHUNKS = 4000
"""Chunks on the lists beyond which looking at them all costs more than it can save."""


@dataclass(slots=True, eq=False, repr=False)
class Run:
    """Neighbours on a list that are alike: their common ``twin``, the objects, their indexes at the time, and how many they stand for."""

    twin: Chunk
    members: list[Chunk]
    indexes: list[int]
    count: int


@dataclass(slots=True, eq=False, repr=False)
class Look:
    """The allocator's state at one creation: ``runs`` by list, ``fixed`` what must be equal, ``counts`` what may grow.

    ``spent`` is how far the account of what the backing gave had come.
    """

    fixed: tuple[Any, ...]
    made: int
    runs: list[list[Run]]
    counts: dict[str, int]
    spent: tuple[int, int, int] = (0, 0, 0)


@dataclass(slots=True, eq=False, repr=False)
class Spent:
    """What was taken from the backing since the account was opened: pages, extensions of maps, chunks by whether accounted."""

    pages: int = 0
    maps: list[tuple[int, int]] = field(default_factory=list)
    kinds: list[bool] = field(default_factory=list)
    plain: bool = True
    """Nothing was refused or given back, so that a cycle is a sum."""

    def mark(self) -> tuple[int, int, int]:
        """Return how far the account has come."""
        return self.pages, len(self.maps), len(self.kinds)

    def since(self, mark: tuple[int, int, int]) -> "Spent":
        """Return what was taken after ``mark``."""
        pages, maps, kinds = mark
        return Spent(self.pages - pages, self.maps[maps:], self.kinds[kinds:], self.plain)


@dataclass(slots=True, eq=False, repr=False)
class Growth:
    """A run that gained members: the ``gained`` objects, before the old members in the list or after them."""

    run: Run
    gained: list[Chunk]
    before: bool


class Watcher:
    """Stands between allocator and backing during a fill, keeps the account of a cycle, and jumps.

    ``made`` is the number of whole instances, which a jump advances; ``call`` the number of the call under way, ``got`` what the
    calls before it got, ``in_worker`` whether the worker runs, ``walked`` the calls made one by one.
    """

    def __init__(self, allocator: "Allocator", charges: Sequence[tuple[int, int, str]], limit: int) -> None:
        self.allocator = allocator
        self.backing: Backing = allocator.backing
        self.charges = charges
        self.limit = limit
        self.made = self.call = 0
        self.in_worker = False
        self.got: list[int] = []
        self.looks = self.walked = 0
        self.seen: dict[tuple[Any, ...], list[Look]] = {}
        self.spent = Spent()
        self.twins: dict[tuple[Any, ...], list[Chunk]] = {}
        self.known: dict[int, tuple[Chunk, Chunk, tuple[Any, ...]]] = {}
        self._granted: dict[tuple[Any, ...], int] = {}  # chunks that a trial gave, by what each takes, at one look
        self.bulk = self.backing if isinstance(self.backing, BulkBacking) else None
        allocator.backing = self

    def close(self) -> None:
        """Give the allocator its own backing back."""
        allocator = self.allocator
        allocator.backing = self.backing
        allocator.crowded = any(crowd.chunk.list is not None and crowd.chunk.list.number for crowd in allocator.crowds)

    # -- the backing, with an account ------------------------------------------------------------------------------------

    def create_chunk(self, *, accounted: bool) -> int | None:
        """Look at the state, jump if it repeats, and pass the request on."""
        if self.bulk is not None and self.looks < MOST_LOOKS:
            self._look()
        self.spent.kinds.append(accounted)
        base = self.backing.create_chunk(accounted=accounted)
        self.spent.plain = self.spent.plain and base is not None
        return base

    def destroy_chunk(self, base: int) -> None:
        """Pass on; a cycle that destroys is no sum."""
        self.spent.plain = False
        self.backing.destroy_chunk(base)

    def extend_map(self, old_bytes: int, new_bytes: int, base: int | None = None) -> bool:
        """Pass on and count."""
        self.spent.maps.append((old_bytes, new_bytes))
        done = self.backing.extend_map(old_bytes, new_bytes, base)
        self.spent.plain = self.spent.plain and done
        return done

    def take_pages(self, pages: int) -> bool:
        """Pass on and count."""
        self.spent.pages += pages
        done = self.backing.take_pages(pages)
        self.spent.plain = self.spent.plain and done
        return done

    def give_pages(self, pages: int) -> None:
        """Pass on; a cycle that gives back is no sum."""
        self.spent.plain = False
        self.backing.give_pages(pages)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backing, name)

    # -- looking -----------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        self.looks += 1
        look = self._state()
        if look is None:
            self.looks = MOST_LOOKS
            return
        if not self.spent.plain:
            self.restart()
        look.spent = self.spent.mark()
        self._granted.clear()
        same = self.seen.setdefault(look.fixed, [])
        for earlier in reversed(same):
            growth = _related(earlier, look)
            if growth is not None and self._jump(earlier, look, growth):
                self.restart()
                return
        same.append(look)

    def restart(self) -> None:
        """Open a new account: what was seen so far does not lead to what comes."""
        self.seen.clear()
        self.spent = Spent()

    def _state(self) -> Look | None:
        allocator = self.allocator
        crowds = {id(crowd.chunk): len(crowd) for crowd in allocator.crowds}
        total = 0
        runs: list[list[Run]] = []
        for lists in allocator.lists:
            for slot in lists:
                found: list[Run] = []
                for chunk in slot:
                    total += 1
                    image = self._image(chunk)
                    if found and found[-1].twin is image:
                        run = found[-1]
                    else:
                        run = Run(image, [], [], 0)
                        found.append(run)
                    run.members.append(chunk)
                    run.indexes.append(chunk.index)
                    run.count += crowds.get(id(chunk), 1)
                runs.append(found)
        if total > MOST_CHUNKS:
            return None
        reserved = allocator.reserved_chunk
        stats = allocator.stats
        fixed = (
            self.call,
            self.in_worker,
            tuple(tuple(id(run.twin) for run in found) for found in runs),
            tuple(allocator.empty),
            allocator.pending,
            allocator.atomic_failed,
            len(allocator.warnings),
            stats.nr_dealloc,
            stats.min_alloc_size,
            stats.max_alloc_size,
            allocator.destroyed,
            None if reserved is None else id(self._image(reserved)),
        )
        counts = {
            "alloc": stats.nr_alloc,
            "created": allocator.created,
            "populated": allocator.nr_populated,
            "scheduled": allocator.times_scheduled,
        }
        return Look(fixed, self.made, runs, counts)

    def _image(self, chunk: Chunk) -> Chunk:
        """Return the one twin that stands for all chunks in this state."""
        key = figures(chunk)
        now = (*key, self.allocator.stats.nr_dealloc)
        known = self.known.get(id(chunk))
        if known is not None and known[0] is chunk and known[2] == now:
            return known[1]
        bucket = self.twins.setdefault(key, [])
        image = next((other for other in bucket if alike(chunk, other)), None)
        if image is None:
            image = twin(chunk)
            bucket.append(image)
        self.known[id(chunk)] = (chunk, image, now)
        return image

    # -- jumping -----------------------------------------------------------------------------------------------------------

    def _jump(self, earlier: Look, now: Look, growth: Sequence[Growth]) -> bool:
        """Do as many cycles as fit below the limit and as the backing certainly grants; return whether any was done."""
        step = now.made - earlier.made
        period = now.counts["created"] - earlier.counts["created"]
        spent = self.spent.since(earlier.spent)
        if (
            step <= 0
            or period <= 0
            or len(set(spent.kinds)) != 1
            or sum(len(grown.gained) for grown in growth) > period
        ):
            return False
        cycles = (self.limit - 1 - now.made) // step
        bases = self._create(spent, cycles, period, step) if cycles > 0 else ()
        cycles = len(bases) // period
        if not cycles:
            return False
        allocator = self.allocator
        created = allocator.created
        known = {chunk.index: chunk.base for chunk in allocator.all_chunks()}
        for grown in growth:
            self._crowd(grown, cycles, period, _NewBases(created, bases, known))
        self._shift_roles(earlier, now, cycles, period, _NewBases(created, bases, known))
        for name, difference in {name: now.counts[name] - earlier.counts[name] for name in now.counts}.items():
            _advance(allocator, name, difference * cycles)
        self.made += step * cycles
        self.got[:] = [_moved(allocator, pointer, cycles * period) for pointer in self.got]
        return True

    def _create(self, spent: Spent, cycles: int, period: int, step: int) -> Sequence[int]:
        """Let the backing do whole cycles of ``step`` instances each; return the bases of the chunks made."""
        page = self.allocator.rules.page_size
        maps = spent.maps[: len(spent.maps) // period]
        slabs = [(size, count * step) for size, count, where in self.charges if where == "slab"]
        low = sum(-(-size // page) * count * step for size, count, where in self.charges if where == "pages")
        sums = (spent.pages, low, *(count for _size, count in slabs))
        if any(number % period for number in sums) or maps * period != spent.maps:
            return ()
        if any(where == "vmalloc" for _size, _count, where in self.charges):
            return ()
        what: dict[str, Any] = {
            "accounted": spent.kinds[0],
            "pages": spent.pages // period,
            "maps": maps,
            "slabs": [(size, count // period) for size, count in slabs],
            "low_pages": low // period,
        }
        wanted = min(cycles * period, 1 << 40)
        key = (spent.kinds[0], *(part // period for part in sums), *maps)
        if period > 1:
            if key not in self._granted:
                self._granted[key] = len(self.bulk.copy().create_chunks(wanted, **what)) if self.bulk is not None else 0
            wanted = min(wanted, self._granted[key]) // period * period
        bases = self.bulk.create_chunks(wanted, **what) if wanted and self.bulk is not None else ()
        if period == 1:
            self._granted[key] = len(bases)
        return bases

    def _crowd(self, grown: Growth, cycles: int, period: int, bases: "_NewBases") -> None:
        """Put the chunks that ``grown`` would gain in ``cycles`` more cycles beside it."""
        first = [chunk.index for chunk in grown.gained]
        order = range(cycles, 0, -1) if grown.before else range(1, cycles + 1)
        if len(first) == 1:
            offset = first[0]
            ends = (offset + order[0] * period, offset + order[-1] * period)
            sign = 1 if ends[1] >= ends[0] else -1
            indexes: Sequence[int] = range(ends[0], ends[1] + sign, sign * period)
        else:
            indexes = _Turns(first, order, period)
        template = twin(grown.gained[0])
        neighbour = grown.run.members[0] if grown.before else grown.run.members[-1]
        insert_beside(neighbour, template, before=grown.before)
        self.allocator.crowds.append(Crowd(template, indexes, _Bases(indexes, bases)))

    def _shift_roles(self, earlier: Look, now: Look, cycles: int, period: int, bases: "_NewBases") -> None:
        """Renumber the chunks that stand where, a cycle ago, a chunk created ``period`` earlier stood."""
        allocator = self.allocator
        moved: list[tuple[Chunk, int]] = []
        for olds, news in zip(earlier.runs, now.runs, strict=True):
            for old, new in zip(olds, news, strict=True):
                if old.count == new.count:
                    pairs = zip(old.indexes, new.indexes, new.members, strict=True)
                    moved += [(chunk, index + cycles * period) for before, index, chunk in pairs if index != before]
        for chunk, _index in moved:
            allocator.forget(chunk)
        swap = self.bulk.swap_maps if self.spent.maps and self.bulk is not None else None
        for chunk, index in moved:
            base = bases.of(index)
            if swap is not None and base != chunk.base:
                swap(chunk.base, base)
            chunk.index = index
            chunk.base = base
            allocator.register(chunk)


@quick.dataclass(frozen=True, slots=True)
class _NewBases:
    """Bases by creation number: of the chunks up to ``created`` from ``known``, of those made by the jump from ``bases``."""

    created: int
    bases: Sequence[int]
    known: dict[int, int]

    def of(self, index: int) -> int:
        """Return the base of chunk ``index``."""
        return self.known[index] if index <= self.created else self.bases[index - self.created - 1]


class _Turns(Sequence[int]):
    """Indexes of a crowd's chunks: each of ``first`` in every turn of ``order``, ``period`` later for each turn."""

    __slots__ = ("first", "order", "period")

    def __init__(self, first: Sequence[int], order: range, period: int) -> None:
        self.first = first
        self.order = order
        self.period = period

    def __len__(self) -> int:
        return len(self.first) * len(self.order)

    def __getitem__(self, number: Any) -> Any:
        turn, place = divmod(range(len(self))[number], len(self.first))
        return self.first[place] + self.order[turn] * self.period


class _Bases(Sequence[int]):
    """Bases of a crowd's chunks, in its order, looked up when asked for."""

    __slots__ = ("bases", "indexes")

    def __init__(self, indexes: Sequence[int], bases: _NewBases) -> None:
        self.indexes = indexes
        self.bases = bases

    def __len__(self) -> int:
        return len(self.indexes)

    def __getitem__(self, number: Any) -> Any:
        return self.bases.of(self.indexes[number])


def _moved(allocator: "Allocator", pointer: int, by: int) -> int:
    """Return the pointer to the same area of the chunk created ``by`` later: it holds what of an instance is there at a jump."""
    index, offset = allocator.locate(pointer)
    return allocator.pointer(index + by, offset)


def _advance(allocator: "Allocator", name: str, by: int) -> None:
    """Advance one of the counts of a :class:`Look`."""
    stats = allocator.stats
    if name == "alloc":
        stats.nr_alloc += by
        stats.nr_max_alloc = max(stats.nr_max_alloc, stats.nr_alloc - stats.nr_dealloc)
    elif name == "created":
        allocator.created += by
        stats.nr_chunks += by
        stats.nr_max_chunks = max(stats.nr_max_chunks, stats.nr_chunks)
    elif name == "populated":
        allocator.nr_populated += by
    else:
        allocator.times_scheduled += by


def _related(earlier: Look, now: Look) -> list[Growth] | None:
    """Return what grew between two looks whose ``fixed`` is equal if they are the same state otherwise, else ``None``."""
    period = now.counts["created"] - earlier.counts["created"]
    grown: list[Growth] = []
    for olds, news in zip(earlier.runs, now.runs, strict=True):
        for old, new in zip(olds, news, strict=True):
            if old.count > new.count:
                return None
            if old.count < new.count:
                growth = _growth(old, new)
                if growth is None:
                    return None
                grown.append(growth)
            elif not _same_roles(old, new, period):
                return None
    return grown or None


def _same_roles(old: Run, new: Run, period: int) -> bool:
    """Tell whether the members are the same chunks, or ones created ``period`` later that stand where they stood."""
    return len(old.indexes) == len(new.indexes) and all(
        later - index in {0, period} for index, later in zip(old.indexes, new.indexes, strict=True)
    )


def _growth(old: Run, new: Run) -> Growth | None:
    """Return the growth of a run whose old members are all still in it, side by side at one end."""
    size = len(old.members)
    if all(one is other for one, other in zip(old.members, new.members[-size:], strict=True)):
        return Growth(new, new.members[:-size], before=True)
    if all(one is other for one, other in zip(old.members, new.members[:size], strict=True)):
        return Growth(new, new.members[size:], before=False)
    return None
