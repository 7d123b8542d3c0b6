"""Address spaces before 5.2, where every area is a node: the hole-based model against searches over lists of areas."""

from bisect import insort

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.address_space import AddressSpace, SpaceRules
from planner.allocator.kernel_version import KernelVersion

PAGE = 4096
START = 64


class Areas:
    """Busy areas one by one, in pages, searched area by area as mm/vmalloc.c did from 2.6.39 to 5.1 (``gap`` pages before 3.0)."""

    def __init__(self, pages: int, *, gap: int, strict: bool) -> None:
        self.end = START + pages
        self.gap, self.strict = gap, strict
        self.areas: list[tuple[int, int]] = []
        self.lazy: set[tuple[int, int]] = set()
        self.cache: tuple[int, int] | None = None
        self.seen_hole = 0
        self.seen_align = 1
        self.hole = self.end

    def _walk(self, pages: int, align: int) -> int | None:
        if self.cache is None or pages < self.seen_hole or align < self.seen_align:
            self.cache, self.seen_hole = None, 0
        self.seen_align = align
        following = [area for area in self.areas if self.cache is None or area > self.cache]
        at = up(START if self.cache is None else self.cache[1] + self.gap, align)
        for low, high in following:
            blocked = at + pages >= low if self.strict else at + pages > low
            if not blocked or at + pages > self.end:
                break
            self.seen_hole = max(self.seen_hole, low - at)
            at = up(high + self.gap, align)
        return at if at + pages <= self.end else None

    def take(self, pages: int, align: int) -> int | None:
        at = self._walk(pages, align)
        if at is None and self.lazy:
            self.purge()
            at = self._walk(pages, align)
        if at is not None:
            self.cache = (at, at + pages)
            insort(self.areas, self.cache)
        return at

    def percpu(self, groups, atom: int) -> int | None:
        top = self.end // atom * atom
        span = max(offset + size for offset, size in groups)
        if top - up(START, atom) < span:
            return None
        base = self._base(groups, atom, top)
        if base is None:
            self.purge()
            base = self._base(groups, atom, top)
        if base is not None:
            for offset, size in groups:
                insort(self.areas, (base + offset, base + offset + size))
            self.hole = base + max(offset for offset, _size in groups)
        return base

    def _base(self, groups, atom: int, top: int) -> int | None:
        above = [low for low, high in self.areas if high > self.hole]
        bound = min(min(above) // atom * atom, top) if above else top
        span = max(offset + size for offset, size in groups)
        for base in range(bound - span, up(START, atom) - 1, -1):
            spots = [(base + offset, base + offset + size) for offset, size in groups]
            if base % atom == 0 and all(high <= a or b <= low for low, high in spots for a, b in self.areas):
                return base
        return None

    def free(self, at: int, pages: int) -> None:
        self.lazy.add((at, at + pages))

    def purge(self) -> None:
        for area in sorted(self.lazy):
            index = self.areas.index(area)
            if self.cache is not None and area[0] <= self.cache[0]:
                self.cache = self.areas[index - 1] if index else None
            del self.areas[index]
            self.hole = max(self.hole, area[1])
        self.lazy.clear()


def up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


GROUPS = st.sampled_from([((0, 4),), ((0, 8),), ((0, 4), (12, 4)), ((8, 4), (0, 4)), ((0, 4), (4, 4), (20, 8))])
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 12), st.sampled_from([1, 1, 1, 2, 4])),
        st.tuples(st.just("percpu"), GROUPS, st.sampled_from([1, 2, 4])),
        st.tuples(st.just("free"), st.integers(0, 99), st.just(0)),
        st.tuples(st.just("purge"), st.just(0), st.just(0)),
    ),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(operations=OPERATIONS, pages=st.integers(16, 120), version=st.sampled_from(["2.6.39", "3.2", "4.9", "5.1"]))
def test_holes_and_areas_tell_the_same(operations, pages: int, version: str) -> None:
    rules = SpaceRules.of(KernelVersion.parse(version), page_size=PAGE, online_cpus=2)
    model = AddressSpace(START * PAGE, (START + pages) * PAGE, rules)
    naive = Areas(pages, gap=rules.gap // PAGE, strict=rules.strict)
    held: list[list[tuple[int, int]]] = []
    for kind, first, second in operations:
        got = expected = None
        if kind == "take":
            got, expected = model.allocate(first * PAGE, second * PAGE), naive.take(first, second)
            if expected is not None:
                held.append([(expected, first)])
        elif kind == "percpu" and not any(offset % second or size % second for offset, size in first):
            got = model.allocate_percpu([(offset * PAGE, size * PAGE) for offset, size in first], second * PAGE)
            expected = naive.percpu(first, second)
            if expected is not None:
                held.append([(expected + offset, size) for offset, size in first])
        elif kind == "free" and held:
            for at, size in held.pop(first % len(held)):
                model.free(at * PAGE, size * PAGE)
                naive.free(at, size)
        elif kind == "purge":
            model.purge()
            naive.purge()
        assert got == (None if expected is None else expected * PAGE)
    assert model.free_bytes == (pages - sum(high - low for low, high in naive.areas)) * PAGE
