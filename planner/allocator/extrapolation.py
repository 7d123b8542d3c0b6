"""Going on in proportion where a mix of requests does not repeat: an estimate, and marked as one.

A mix whose small requests fill the gaps that large ones left in older chunks may not come back to the same state for thousands of
chunks. After a budget of walked calls, the chunks filled so far stand for those to come: so many of each are added, with
what they hold, as the backing grants them, and the rest of the fill is walked to its end.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from planner.allocator.chunk_twin import twin
from planner.allocator.crowd import Crowd

if TYPE_CHECKING:
    from planner.allocator.allocator import Allocator
    from planner.allocator.chunk import Chunk

LEAST_CHUNKS = 3
"""Settled chunks from which may be concluded on others."""
MOST_CHUNKS = 64
"""Settled chunks that are looked at."""
UNSETTLED = 2
"""Newest chunks that are still being filled."""
LEAST_LOOKS = 6
"""Creations of chunks that a mix is watched for, whatever its budget."""
LEAST_LOOKS_ALIKE = 24
"""The same for equal requests, which nearly always repeat."""
MOST_TRIES = 16
"""Times that the rest is extrapolated: the backing may grant it in parts."""
WIDENED = 2
"""The spread between parts of what was walked, times this, is what the estimate may be too high."""

PARTS = 4
"""Parts of what was walked that are compared."""

Charge = tuple[int, int, str]
Call = tuple[int, int, int, bool, bool, bool]


@dataclass(frozen=True, slots=True)
class Added:
    """``instances`` added in proportion; ``least`` as the parts of what was walked differ, ``most`` if nothing is left free."""

    instances: int
    least: int
    most: int


class Extrapolator:
    """Decides when a fill of ``calls`` has been walked long enough; ``off`` is by how much the count may be too high and too low."""

    def __init__(
        self, allocator: "Allocator", backing: Any, calls: Sequence[Call], charges: Sequence[Charge], budget: int
    ) -> None:
        self.allocator = allocator
        self.backing = backing
        self.charges = charges
        self.budget = budget
        self.least_looks = LEAST_LOOKS if len(set(calls)) > 1 else LEAST_LOOKS_ALIKE
        self.first = allocator.created + 1
        self.tries = 0
        self.off = (0, 0)
        self.marks: list[tuple[int, float]] = []
        granule = allocator.rules.granule
        self.placed = [0, *accumulate(-(-size // granule) * granule for size, *_rest in calls)]

    def more(self, looks: int, walked: int, progress: tuple[int, int], wanted: int) -> int:
        """Return how many instances were added, at the creation of a chunk, after so many looks and walked calls.

        ``progress``: whole instances made, and the number of the call under way: an instance may fill several chunks.
        """
        self.marks.append((self.allocator.created, progress[0] + self.placed[progress[1]] / self.placed[-1]))
        if walked < self.budget or looks < self.least_looks or self.tries >= MOST_TRIES or wanted <= 0:
            return 0
        if len(self.marks) < LEAST_LOOKS:
            return 0
        self.tries += 1
        added = extrapolate(
            self.allocator, self.backing, self.placed[-1], self.charges, self.first, wanted, self._rates()
        )
        if added is None:
            return 0
        self.marks.clear()
        less, more = self.off
        self.off = (less + added.instances - added.least, more + added.most - added.instances)
        return added.instances

    def _rates(self) -> list[float]:
        """Return the instances that came with each chunk: in the later half of what was walked, then in parts of that."""
        marks = self.marks[len(self.marks) // 2 :]
        step = max((len(marks) - 1) // PARTS, 1)
        pairs = [(marks[0], marks[-1]), *zip(marks[:-step:step], marks[step::step], strict=False)]
        return [(later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in pairs if later[0] > earlier[0]]


def extrapolate(  # noqa: PLR0913, PLR0917 - what is to be continued, and how
    allocator: "Allocator",
    backing: Any,
    need: int,
    charges: Sequence[Charge],
    first: int,
    wanted: int,
    rates: Sequence[float],
) -> Added | None:
    """Add chunks like those numbered ``first`` and up for up to ``wanted`` instances of ``need`` bytes; ``None``: impossible.

    ``rates`` are the instances that came with a chunk lately, and in parts of that time. The estimate goes by the first; where what the
    chunks hold says otherwise, it is off by as much.
    """
    last = allocator.created - UNSETTLED
    models = _settled(allocator, max(first, last - MOST_CHUNKS + 1), last)
    if (
        len(models) < LEAST_CHUNKS
        or not rates
        or rates[0] <= 0
        or any(where == "vmalloc" for _size, _count, where in charges)
    ):
        return None
    unit = allocator.rules.unit_size
    used = [(unit - chunk.free_bytes) / need for chunk in models]
    each = min(rates[0], unit / need)
    ahead = math.ceil(each * 64) / 64  # kernel memory of so many instances comes with a chunk
    count = int(wanted / (unit / need))
    if each <= 0 or count * each < 1:
        return None
    bases = _create(allocator, backing, models, charges, count, ahead) if count > 0 else ()
    if not bases:
        return None
    instances = int(len(bases) * each)
    if charges and hasattr(backing, "return_charges"):
        backing.return_charges(charges, max(int(len(bases) * ahead) - instances, 0))
    _add(allocator, models, bases)
    parts = [used[number::PARTS] for number in range(PARTS)] if len(used) >= 2 * PARTS else [[one] for one in used]
    least = min(*rates, *(sum(part) / len(part) for part in parts))
    off = WIDENED * (each - least) * len(bases) + max(each, 1)
    return Added(instances, max(int(instances - off), 0), int(len(bases) * unit / need + each) + 1)


def _settled(allocator: "Allocator", first: int, last: int) -> list["Chunk"]:
    known = {chunk.index: chunk for chunk in allocator.all_chunks()}
    models = [known[index] for index in range(max(first, 1), last + 1) if index in known]
    return [chunk for chunk in models if chunk.accounted == models[-1].accounted and chunk.nr_alloc]


def _create(  # noqa: PLR0913, PLR0917 - what each of the chunks takes
    allocator: "Allocator",
    backing: Any,
    models: Sequence["Chunk"],
    charges: Sequence[Charge],
    count: int,
    instances: float,
) -> Sequence[int]:
    """Let the backing make ``count`` chunks like ``models``, each with the kernel memory of so many instances."""
    rules = allocator.rules
    pages = -(-sum(chunk.nr_populated for chunk in models) // len(models)) * rules.nr_cpus
    slabs = [(size, math.ceil(number * instances)) for size, number, where in charges if where == "slab"]
    low = math.ceil(
        sum(-(-size // rules.page_size) * number for size, number, where in charges if where == "pages") * instances
    )
    room = max((getattr(chunk, "map_alloc", 0) for chunk in models), default=0)
    maps, entries = [], 16
    while entries < room:
        maps.append((entries * 4, entries * 8))
        entries *= 2
    made: Sequence[int] = backing.create_chunks(
        min(count, 1 << 40), accounted=models[0].accounted, pages=pages, maps=maps, slabs=slabs, low_pages=low
    )
    held = sum(chunk.nr_populated * len(range(number, len(made), len(models))) for number, chunk in enumerate(models))
    backing.give_pages(len(made) * pages - held * rules.nr_cpus)
    return made


def _add(allocator: "Allocator", models: Sequence["Chunk"], bases: Sequence[int]) -> None:
    """Enter chunks like ``models`` in turn, on the list of full chunks: what little is free in them is not used again."""
    stats, period, placed = allocator.stats, len(models), 0
    for number, model in enumerate(models):
        indexes = range(allocator.created + 1 + number, allocator.created + 1 + len(bases), period)
        if not indexes:
            break
        template = twin(model)
        allocator.lists[model.accounted][0].push_back(template)
        allocator.crowds.append(Crowd(template, indexes, bases[number::period]))
        placed += len(indexes) * model.nr_alloc
        allocator.nr_populated += len(indexes) * model.nr_populated
    stats.nr_alloc += placed
    stats.nr_max_alloc = max(stats.nr_max_alloc, stats.nr_cur_alloc)
    allocator.created += len(bases)
    stats.nr_chunks += len(bases)
    stats.nr_max_chunks = max(stats.nr_max_chunks, stats.nr_chunks)
