"""Rows sorted without holding them all: sorted stretches go to temporary files and are merged when they are read.

Few rows never leave memory. What is read is what was added: rows are plain JSON data.
"""

import heapq
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

Row = dict[str, Any]

STRETCH: Final = 10_000
"""Rows in memory at once."""
_FILES: Final = 32
"""Files that are merged at once; so many of one size become one of the next, so that few are ever open."""


class Spool:
    """Rows by ``key``, smallest first; equal ones as they were added. Reading may be repeated. To be used in ``with``."""

    def __init__(self, key: Callable[[Row], Any], *, stretch: int = STRETCH) -> None:
        self._key = key
        self._stretch = stretch
        self._waiting: list[Row] = []
        self._tiers: list[list[Path]] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files = 0
        self._number = 0

    def __len__(self) -> int:
        """Count the rows."""
        return self._number

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the temporary files."""
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows.

        :raises OSError: there is no room for temporary files.
        """
        for row in rows:
            self._waiting.append(row)
            self._number += 1
            if len(self._waiting) >= self._stretch:
                self._waiting.sort(key=self._key)
                self._store(0, iter(self._waiting))
                self._waiting = []

    def __iter__(self) -> Iterator[Row]:
        """Yield all rows in order.

        :raises OSError: a temporary file cannot be read.
        """
        self._waiting.sort(key=self._key)
        files = [file for tier in reversed(self._tiers) for file in tier]  # the oldest rows first, for equal ones
        with ExitStack() as stack:
            yield from self._merged(stack, files, self._waiting)

    def _merged(self, stack: ExitStack, files: Iterable[Path], more: Iterable[Row] = ()) -> Iterator[Row]:
        streams = [map(json.loads, stack.enter_context(file.open(encoding="ascii"))) for file in files]
        return heapq.merge(*streams, more, key=self._key)

    def _store(self, tier: int, rows: Iterator[Row]) -> None:
        """Write sorted rows to a file of a tier; a full tier becomes one file of the next."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="planner-")
        file = Path(self._folder.name, str(self._files))
        self._files += 1
        with file.open("w", encoding="ascii") as out:
            while part := "".join(json.dumps(row) + "\n" for row in islice(rows, 1000)):
                out.write(part)
        while len(self._tiers) <= tier:
            self._tiers.append([])
        self._tiers[tier].append(file)
        if len(self._tiers[tier]) < _FILES:
            return
        full, self._tiers[tier] = self._tiers[tier], []
        with ExitStack() as stack:
            self._store(tier + 1, self._merged(stack, full))
        for one in full:
            one.unlink()
