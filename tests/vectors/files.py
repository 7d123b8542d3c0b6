"""Reading vector files: which there are, what stands in a line, and the short forms of operations and results written out."""

import functools
import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data")
_ID = re.compile(r'"id": ?"([^"]*)"')
_OPERATIONS = re.compile(r'"n_ops": ?(\d+)')
_SUFFIXES = (".jsonl", ".jsonl.gz")

Op = tuple[Any, ...]
Result = tuple[int, int] | str
"""(chunk, offset), or ``-`` and the letter of the failure."""


@dataclass(frozen=True)
class Line:
    """One case or sequence: the ``number``-th line of ``path`` (from 0)."""

    path: Path
    number: int
    id: str
    operations: int

    def __str__(self) -> str:
        return f"{self.path.name.partition('.jsonl')[0]}:{self.id}"

    def load(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(_lines(self.path)[self.number])
        return record


def find(stem: str) -> list[Line]:
    """Every line of the files named ``<stem>*.jsonl[.gz]`` in the data and in the directories of $PLANNER_VECTORS."""
    folders = [DATA, *(Path(name) for name in os.environ.get("PLANNER_VECTORS", "").split(os.pathsep) if name)]
    found = []
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.name.startswith(stem) and path.name.endswith(_SUFFIXES):
                found += list(_index(path))
    return found


def _index(path: Path) -> Iterator[Line]:
    for number, text in enumerate(_lines(path)):
        name, operations = _ID.search(text), _OPERATIONS.search(text)
        yield Line(path, number, name[1] if name else str(number), int(operations[1]) if operations else 0)


@functools.lru_cache(maxsize=2)
def _lines(path: Path) -> list[str]:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    return data.decode().splitlines()


def operations(text: str) -> Iterator[Op]:
    """Write operations out: ``("a", size, align, gfp, reserved)``, ``("f", handle)``, ``("K", n)``, ``("b",)`` …"""
    for token in text.split():
        kind, rest = token[0], token[1:]
        if kind == "a":
            head, _, times = rest.partition("*")
            numbers = [int(number) for number in head.split(",")] + [0, 0]
            yield from [("a", *numbers[:4])] * int(times or 1)
        elif kind == "f":
            head, _, more = rest.partition("+")
            step, times = (int(number) for number in more.split("*")) if more else (0, 1)
            for i in range(times):
                yield ("f", int(head) + step * i)
        else:
            yield (kind, int(rest)) if rest else (kind,)


def results(text: str) -> Iterator[Result]:
    """Write the results of the allocations out."""
    chunk = 0
    for token in text.split():
        if token[0] == "-" and token[1].isalpha():
            reason, _, times = token.partition("*")
            yield from [reason] * int(times or 1)
            continue
        rest = token
        if ":" in token:
            name, rest = token.split(":")
            chunk = int(name)
        head, _, more = rest.partition("+")
        step, times = (int(number) for number in more.split("*")) if more else (0, 1)
        for i in range(times):
            yield (chunk, int(head) + step * i)


def cpu_list(text: str) -> list[int]:
    """Read ``0-3 8-11``."""
    cpus: list[int] = []
    for part in text.replace(",", " ").split():
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return cpus
