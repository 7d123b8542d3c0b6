"""Many equal chunks in one step: how often a cycle of equal searches certainly repeats side by side, and doing it.

With nothing freed in between, an ordinary search that is served by the lowest block that could serve any of its sizes
goes on in that block, and a per-CPU search whose groups are all of one size goes on directly below the last place.
"""

from collections.abc import Sequence
from itertools import pairwise

from planner.allocator.address_space import AddressSpace, Groups
from planner.quick import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """``count`` cycles: chunk ``i`` lies at ``base - i * stride``, its ordinary areas from ``start + i * step`` up, in order. Bytes."""

    count: int
    base: int
    stride: int
    start: int
    step: int

    @property
    def bases(self) -> range:
        """Bases of the chunks in order of creation."""
        return range(self.base, self.base - self.count * self.stride, -self.stride)


def find_run(space: AddressSpace, sizes: Sequence[int], groups: Groups, atom: int, count: int) -> Run | None:
    """Return the longest run of at most ``count`` cycles that is certain, ``None`` where not even one is.

    A cycle takes ordinary areas of ``sizes`` (guard pages included) and a chunk's ``groups``, in any order.
    """
    stride = groups[0][1]
    if space.rules.percpu not in {"top", "hint"} or any(size != stride for _offset, size in groups):
        return None
    base = space.find_percpu(groups, atom)
    if base is None:
        return None
    step = sum(sizes)
    block = space.steady_block(sizes) if sizes else -1
    if block is None:
        return None
    start = space.blocks.starts[block] if sizes else 0
    low = -(-space.start // atom) * atom
    count = min(count, (base - low) // stride + 1, _clear_of_each_other(space, base, groups))
    lowest_in_block = True
    for offset, size in sorted(groups):
        own = space.blocks.index(base + offset)
        if own == block and lowest_in_block:
            count = min(count, (base + offset + size - start) // (step + size))
            lowest_in_block = False
        elif own != block:
            count = min(count, (base + offset - space.blocks.starts[own]) // size + 1)
    if sizes:
        count = min(count, (space.blocks.ends[block] - start) // step)
    return Run(count, base, stride, start, step) if count > 0 else None


def find_area_run(space: AddressSpace, sizes: Sequence[int], count: int) -> Run | None:
    """Return the longest run of cycles that take ordinary areas of ``sizes`` alone, as :func:`find_run` does.

    It is for chunks without address, which are numbered from 0 up.
    """
    block = space.steady_block(sizes)
    if block is None:
        return None
    start, step = space.blocks.starts[block], sum(sizes)
    count = min(count, (space.blocks.ends[block] - start) // step)
    return Run(count, 0, -1, start, step) if count > 0 else None


def _clear_of_each_other(space: AddressSpace, base: int, groups: Groups) -> int:
    """Return how many cycles pass before a group's areas come down to where the group below it began."""
    ordered = sorted(groups)
    limits = [
        (upper - lower) // size
        for (lower, size), (upper, _size) in pairwise(ordered)
        if space.blocks.index(base + lower) == space.blocks.index(base + upper)
    ]
    return min(limits, default=1 << 62)


def do_run(space: AddressSpace, run: Run, groups: Groups) -> None:
    """Take the addresses of ``run``, which was just found; without ``groups`` those of its ordinary areas alone."""
    down = (run.count - 1) * run.stride
    for offset, size in groups:
        space.blocks.take(run.base + offset - down, run.base + offset + size)
    if groups:
        space.hint = run.base - down + max(offset for offset, _size in groups)
    if run.step:
        space.take_steady(run.start, run.start + run.count * run.step)
