"""What each live chunk holds, by base; a run of equal chunks is one entry until one of them goes."""

from collections.abc import Iterator
from dataclasses import replace

from planner.allocator.provider import Held
from planner.allocator.space_run import Run

Pieces = tuple[Held, ...]


class ChunkRegister:
    """Pieces of live chunks. Chunks without an address (percpu-km) are numbered."""

    __slots__ = ("_number", "_runs", "_single")

    def __init__(self) -> None:
        self._single: dict[int, Pieces] = {}
        self._runs: list[tuple[Run, Pieces]] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self._single) + sum(run.count for run, _first in self._runs)

    def copy(self) -> "ChunkRegister":
        """Return an independent copy."""
        twin = ChunkRegister()
        twin._single, twin._runs, twin._number = self._single.copy(), self._runs.copy(), self._number
        return twin

    def next_number(self) -> int:
        """Return a number for a chunk without address."""
        self._number += 1
        return self._number

    def take_numbers(self, count: int) -> int:
        """Return the first of ``count`` numbers for chunks without address."""
        self._number += count
        return self._number - count + 1

    def add(self, base: int, pieces: Pieces) -> None:
        """Enter one chunk.

        :raises ValueError: there is one at ``base``.
        """
        if base in self._single or self._run_with(base) is not None:
            raise ValueError(f"there is a chunk at {base:#x}")
        self._single[base] = pieces

    def add_run(self, run: Run, first: Pieces) -> None:
        """Enter the chunks of ``run``; ``first`` are the pieces of its first chunk, the others' lie a step higher each."""
        self._runs.append((run, first))

    def remove(self, base: int) -> Pieces:
        """Take a chunk out and return its pieces.

        :raises KeyError: there is none at ``base``.
        """
        if base not in self._single:
            number = self._run_with(base)
            if number is not None:
                run, first = self._runs.pop(number)
                self._runs += _without(run, first, run.bases.index(base))
                return _shifted(first, run.bases.index(base) * run.step)
        return self._single.pop(base)

    def swap_maps(self, one: int, other: int) -> None:
        """Exchange the area maps of two chunks: those that were extended, the last pieces.

        :raises KeyError: there is no chunk at one of the bases.
        """
        mine, its = self.remove(one), self.remove(other)
        self._single[one] = (*mine[:-1], its[-1])
        self._single[other] = (*its[:-1], mine[-1])

    def items(self) -> Iterator[tuple[int, Pieces]]:
        """Yield base and pieces of every live chunk."""
        yield from self._single.items()
        for run, first in self._runs:
            yield from _expanded(run, first)

    def _run_with(self, base: int) -> int | None:
        return next((number for number, (run, _first) in enumerate(self._runs) if base in run.bases), None)


def _without(run: Run, first: Pieces, number: int) -> Iterator[tuple[Run, Pieces]]:
    """Yield what is left of a run without its chunk ``number``."""
    if number:
        yield replace(run, count=number), first
    after = number + 1
    if after < run.count:
        rest = replace(run, count=run.count - after, base=run.bases[after], start=run.start + after * run.step)
        yield rest, _shifted(first, after * run.step)


def _expanded(run: Run, first: Pieces) -> Iterator[tuple[int, Pieces]]:
    for index, base in enumerate(run.bases):
        yield base, _shifted(first, index * run.step)


def _shifted(first: Pieces, shift: int) -> Pieces:
    return tuple(piece.shifted(shift) for piece in first)
