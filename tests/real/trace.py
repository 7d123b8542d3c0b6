"""Traces of real kernels' per-CPU allocators: the records, and what was there before tracing began (format: data/PLACEMENT.md)."""

import functools
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout

DATA = Path(__file__).with_name("data")
Event = dict[str, Any]


@dataclass(frozen=True)
class Trace:
    """One boot: a row is the number of a line in the file, so rows 0 and 1 are the header and what was there before."""

    rows: list[Event]

    @property
    def version(self) -> KernelVersion:
        name = self.rows[0]["uname"]
        return KernelVersion.parse(name if "Debian" in name else name.split()[2])

    @property
    def layout(self) -> Layout:
        header = self.rows[0]
        first = header["first_chunk"]
        groups: dict[int, list[int | None]] = {}
        for allocation in first["allocs"]:
            groups.setdefault(allocation["group"], []).extend(allocation["cpus"])
        return Layout(
            bits=32 if "i686" in header["uname"] else 64,
            page_size=4096,
            static=first["static"],
            reserved=first["reserved"],
            dynamic=first["dyn"],
            unit_size=first["unit"],
            atom_size=first["alloc_size"],
            alloc_size=first["upa_alloc_n"] * first["alloc_size"],
            nr_cpus=sum(cpu is not None for cpus in groups.values() for cpu in cpus),
            groups=tuple(Group(0, tuple(cpus)) for cpus in groups.values()),
            mode=first["kind"],
        )

    @property
    def reserved_base(self) -> str:
        """base_addr of the reserved chunk, which every dump has first."""
        dump = next(row for row in self.rows if row["t"] == "dump")
        return str(next(chunk["base_addr"] for chunk in dump["chunks"] if chunk["slot"] < 0))

    def count(self, kind: str) -> int:
        return sum(row["t"] == kind for row in self.rows)

    def areas_before(self) -> list[tuple[str, int, int]]:
        """What was allocated before the first event, as (base, offset, size) in order of address.

        The file has everything of the first dump that no event explains. Among that can be objects of the recording process,
        made during the dump: those lie where a traced event had placed something before.
        """
        traced: list[tuple[str, int, int]] = []
        for row in self.rows:
            if row["t"] == "dump":
                break
            if row["t"] == "alloc":
                traced.append((row["base"], row["off"], row["off"] + row["size"]))
        return [
            (base, start, size)
            for base, start, size in self.rows[1]["allocs"]
            if not any(base == other and start < high and low < start + size for other, low, high in traced)
        ]


@functools.lru_cache(maxsize=1)
def load(name: str) -> Trace:
    text = gzip.decompress((DATA / f"placement_{name}.jsonl.gz").read_bytes()).decode()
    return Trace([json.loads(line) for line in text.splitlines()])


def percpu_stats(name: str) -> dict[int, str]:
    """The text of debugfs percpu_stats during the dumps of a trace, where the kernel had it, by the dump's number."""
    text = gzip.decompress((DATA / "percpu_stats.jsonl.gz").read_bytes()).decode()
    rows = [json.loads(line) for line in text.splitlines()]
    return {row["dump"]: row["text"] for row in rows if row["id"] == name}


def populated_pages(dump: Event, bits: int) -> int:
    """Return a dumped chunk's populated bitmap as an integer: hexadecimal words of ``bits``, the low word first."""
    digits = bits // 4
    text = dump["populated"]
    return sum(int(text[at : at + digits], 16) << (at * 4) for at in range(0, len(text), digits))
