"""Laws of any allocator, in every generation: what is given out lies apart, aligned and inside; figures equal a recount; frees restore."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from planner.allocator.allocator import Allocator
from planner.allocator.area_map import AreaMapChunk
from planner.allocator.backing import CountedBacking
from planner.allocator.chunk import Chunk
from planner.allocator.first_chunk import uniprocessor
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.request import Failure, Gfp

VERSIONS = (
    "2.6.32.67",
    "3.2.7",
    "3.10.105",
    "3.14.4",
    "3.16",
    "3.18.20",
    "4.4.11",
    "4.9.80",
    "4.13.9",
    "4.14.5",
    "4.19.95",
    "5.1",
    "5.4.286",
    "5.9.1",
    "5.10.44",
    "5.12.9",
    "5.15.135",
    "6.1.192",
    "6.12.117",
    "6.13.7",
    "6.18.35",
    "7.3.4",
)
PAGE = 4096
SMALL = Layout(
    bits=64,
    page_size=PAGE,
    static=12002,
    reserved=4096,
    dynamic=24862,
    unit_size=40960,
    atom_size=PAGE,
    alloc_size=40960,
    nr_cpus=2,
    groups=(Group(0, (0, 1)),),
)
BIG_UNIT = Layout(
    bits=32,
    page_size=PAGE,
    static=8192,
    reserved=0,
    dynamic=28672,
    unit_size=131072,
    atom_size=131072,
    alloc_size=131072,
    nr_cpus=1,
    groups=(Group(0, (0,)),),
)


def layouts(version: KernelVersion) -> list[Layout]:
    found = [SMALL, BIG_UNIT]
    if version >= KernelVersion.parse("2.6.37"):
        found.append(uniprocessor(version, bits=32, page_size=PAGE, dynamic_reserve=20480).layout)
    return found


class Laws(RuleBasedStateMachine):
    """Random requests, frees, worker runs and shortages; a naive account of what is where beside the model."""

    live = Bundle("live")

    @initialize(version=st.sampled_from(VERSIONS), which=st.integers(0, 2), memcg=st.booleans())
    def boot(self, version: str, which: int, memcg: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        parsed = KernelVersion.parse(version)
        choice = layouts(parsed)
        self.layout = choice[which % len(choice)]
        self.backing = CountedBacking()
        self.allocator = Allocator(parsed, self.layout, self.backing, memcg=memcg)
        self.account: dict[int, tuple[int, int, int]] = {}
        self.successes = self.failed_populations = 0
        if self.layout.km:
            # No UP system has an empty first chunk; the kernel's worker would destroy it like any other (WARN_ON(chunk->immutable)).
            self.request(4, 2, Gfp.KERNEL, 1, accounted=False, times=1)
        self.pinned = set(self.account)

    @rule(
        target=live,
        size=st.one_of(st.integers(1, 64), st.integers(1, 5000), st.sampled_from([4096, 32768, 20000])),
        shift=st.integers(0, 12),
        gfp=st.sampled_from([Gfp.KERNEL, Gfp.KERNEL, Gfp.NOWAIT, Gfp.NOFS]),
        reserved=st.integers(0, 7),
        accounted=st.booleans(),
        times=st.sampled_from([1, 1, 1, 5, 40]),
    )
    def request(self, size: int, shift: int, gfp: Gfp, reserved: int, accounted: bool, times: int) -> Any:  # noqa: FBT001, PLR0917
        made = []
        for _ in range(times):
            pointer = self.allocator.alloc(size, 1 << shift, gfp, not reserved, accounted)
            if isinstance(pointer, Failure):
                self.failed_populations += pointer is Failure.POPULATE
                continue
            self.successes += 1
            index, offset = self.allocator.locate(pointer)
            assert pointer not in self.account
            assert offset % (1 << shift) == 0
            assert self.allocator.pointer(index, offset) == pointer
            self.account[pointer] = (index, offset, size)
            made.append(pointer)
        return multiple(*made)

    @rule(pointer=consumes(live))
    def free(self, pointer: int) -> None:
        self.allocator.free(pointer)
        del self.account[pointer]

    @rule()
    def work(self) -> None:
        self.allocator.run_pending()
        assert not self.allocator.pending

    @rule()
    def work_unasked(self) -> None:
        self.allocator.balance(keep_pending=True)

    @rule(chunks=st.one_of(st.none(), st.integers(0, 4)))
    def limit_chunks(self, chunks: int | None) -> None:
        self.backing.max_chunks = chunks

    @rule(pages=st.one_of(st.none(), st.integers(0, 12)))
    def limit_pages(self, pages: int | None) -> None:
        self.backing.max_pages = None if pages is None else self.backing.pages_out + pages

    # -- laws -------------------------------------------------------------------------------------------------------

    def everything(self) -> list[Chunk]:
        reserved = self.allocator.reserved_chunk
        return [*([reserved] if reserved is not None else []), *self.allocator.chunks]

    def region(self, chunk: Chunk) -> tuple[int, int]:
        """Bytes of the unit that the chunk may give out."""
        layout = self.layout
        static = layout.static if isinstance(chunk, AreaMapChunk) else -(-layout.static // 4) * 4
        if chunk.index < 0:
            return static, static + layout.reserved
        if chunk.index == 0:
            return static + layout.reserved, layout.size_sum
        return 0, layout.unit_size

    @invariant()
    def areas_lie_apart_and_inside(self) -> None:
        found = {}
        for chunk in self.everything():
            low, high = self.region(chunk)
            position = low
            for offset, length in chunk.areas():
                assert position <= offset
                position = offset + length
                found[chunk.index, offset] = length
            assert position <= high
        asked = {(index, offset): size for index, offset, size in self.account.values()}
        assert found.keys() == asked.keys()
        assert all(found[place] >= size for place, size in asked.items())

    @invariant()
    def free_bytes_are_what_is_not_used(self) -> None:
        for chunk in self.everything():
            low, high = self.region(chunk)
            lost = head_slack(chunk) if isinstance(chunk, AreaMapChunk) else 0
            assert chunk.free_bytes == high - low - lost - sum(length for _, length in chunk.areas())

    @invariant()
    def areas_have_memory(self) -> None:
        if not hasattr(self, "layout"):
            return
        for chunk in self.everything():
            for offset, length in chunk.areas():
                first, last = (offset - chunk.origin) // PAGE, (offset - chunk.origin + length - 1) // PAGE
                wanted = self.account[self.allocator.pointer(chunk.index, offset)][2]
                last = min(last, (offset - chunk.origin + wanted - 1) // PAGE)
                assert chunk.populated >> first & ((1 << (last + 1 - first)) - 1) == (1 << (last + 1 - first)) - 1
            assert chunk.nr_populated == chunk.populated.bit_count()

    @invariant()
    def figures_equal_a_recount(self) -> None:
        allocator, stats = self.allocator, self.allocator.stats
        chunks = self.everything()
        own = [chunk for chunk in chunks if not chunk.immutable]
        assert stats.nr_cur_alloc == len(self.account)
        assert stats.nr_alloc == self.successes + self.failed_populations
        assert stats.nr_chunks == len([chunk for chunk in chunks if not chunk.reserved]) == 1 + len(own)
        assert allocator.created - allocator.destroyed == len(own) == self.backing.chunks
        if not allocator.rules.stale_pages and not self.layout.km:
            assert self.backing.pages_out == self.layout.nr_cpus * sum(chunk.nr_populated for chunk in own)
            assert allocator.nr_populated == self.layout.size_sum // PAGE + sum(chunk.nr_populated for chunk in own)
        for chunk in chunks:
            assert chunk.nr_alloc == len(chunk.areas())

    @invariant()
    def empty_pages_equal_a_recount(self) -> None:
        if self.allocator.rules.engine == "bitmap":
            return  # 4.14 to 5.1 count only what their records show at the last refresh
        counted = 0
        for chunk in self.everything():
            low, high = self.region(chunk)
            free = set(range(-(-(low - chunk.origin) // PAGE), (high - chunk.origin) // PAGE))
            for offset, length in chunk.areas():
                free -= set(range((offset - chunk.origin) // PAGE, -(-(offset - chunk.origin + length) // PAGE)))
            empty = sum(chunk.populated >> page & 1 for page in free)
            assert chunk.nr_empty_pop_pages == empty
            if not chunk.reserved and not chunk.isolated:
                counted += empty
        assert self.allocator.nr_empty_pop_pages == counted

    @invariant()
    def lists_hold_every_chunk_once(self) -> None:
        on_lists = [chunk for lists in self.allocator.lists for slot in lists for chunk in slot]
        assert len({id(chunk) for chunk in on_lists}) == len(on_lists)
        for lists in self.allocator.lists:
            assert lists.occupied == sum(1 << slot.number for slot in lists if slot.first is not None)
            for slot in lists:
                backwards, chunk = [], slot.last
                while chunk is not None:
                    backwards.append(chunk)
                    chunk = chunk.prev
                assert backwards[::-1] == list(slot)

    def teardown(self) -> None:
        """Everything freed: each chunk is as free as when it was made."""
        if not hasattr(self, "allocator"):
            return
        for pointer in self.account.keys() - self.pinned:
            self.free(pointer)
        self.areas_lie_apart_and_inside()
        self.free_bytes_are_what_is_not_used()
        self.backing.max_chunks = self.backing.max_pages = None
        self.allocator.run_pending()
        self.allocator.run_pending()
        assert len(self.allocator.chunks) <= 1 + 3 * self.allocator.rules.types


def head_slack(chunk: AreaMapChunk) -> int:
    """Bytes that the static head of an area map absorbed."""
    entries = chunk.raw_map()
    if chunk.head < 0:
        return 0
    first = -entries[0] if chunk.signed else (entries[1] & ~1)
    return first - chunk.head


Laws.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestLaws = Laws.TestCase
