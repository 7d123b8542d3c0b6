"""Real kernels' runs to failure as machines: every record's start state, and the run again on the model."""

import functools
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.allocator.address_space import AddressSpace, SpaceRules
from planner.allocator.allocator import Allocator
from planner.allocator.chunk_cost import ChunkConfig
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.machine import MachineBacking
from planner.allocator.memory import (
    Memory,
    left_on_list,
    list_at_rest,
    min_free_kib_of,
    parked_pages,
    untouchable_pages,
)
from planner.allocator.messages import failure_lines
from planner.allocator.request import Failure, Gfp
from planner.allocator.restore import CapturedChunk, Hints, Restored, restore
from planner.plugin import Config, Request, System
from planner_architectures.x86 import planner_architectures
from planner_consumers.workqueue import Workqueue, planner_consumers

DATA = Path(__file__).parent / "data"
FILES = ("exhaustion.jsonl.gz", "exhaustion_own.jsonl.gz")
"""The second was made here, after the model: runs that it never saw (tests/kernel/exhaust; the same Debian kernels in QEMU)."""
MEMORY = ("exhaustion_own_memory.jsonl.gz",)
"""Runs of that kind that memory ended, some of them the same boot several times."""
PAGE = 4096
HUGEPAGES_FROM_KIB = 512 * 1024
"""Less RAM than this, and transparent hugepages stay off (mm/huge_memory.c:hugepage_init)."""

Record = dict[str, Any]


@functools.cache
def records(names: tuple[str, ...] = FILES) -> tuple[Record, ...]:
    found: list[Record] = []
    for name in names:
        with gzip.open(DATA / name, "rt") as file:
            found += map(json.loads, file)
    return tuple(found)


@dataclass(frozen=True)
class Step:
    """One command of a record that allocates, with the state before it."""

    record: Record
    number: int

    def __str__(self) -> str:
        return f"{self.record['id']}-{self.number + 1}"

    @property
    def step(self) -> Record:
        return self.record["steps"][self.number]

    @property
    def command(self) -> list[str]:
        return self.step["cmd"].split()

    @property
    def made(self) -> int:
        return self.step["result"][0]["made"]

    @property
    def before(self) -> Record:
        """State, areas and meminfo before the step."""
        if self.number:
            return self.record["steps"][self.number - 1]
        return {key: self.record[f"{key}_before"] for key in ("state", "areas", "meminfo")}

    @property
    def bits(self) -> int:
        return 64 if "x86_64" in self.record["uname"] else 32

    @property
    def options(self) -> dict[str, str]:
        """What of the kernel's configuration its name tells."""
        pae = "n" if "-686 " in self.record["uname"] else "y"
        return {"X86_PAE": pae, "NR_CPUS": "32"} if self.bits == 32 else {"NR_CPUS": "8192"}

    @property
    def kernel(self) -> KernelVersion:
        return KernelVersion.parse(self.record["uname"])

    @property
    def cpus(self) -> int:
        return int(str(self.record["smp"]).split(",")[0])

    @property
    def system(self) -> System:
        return System(
            name=self.record["id"],
            arch="x86",
            bits=self.bits,
            kernel=self.kernel,
            cpus_possible=tuple(range(self.cpus)),
            config=Config(self.options),
        )

    @property
    def gfp(self) -> str:
        """KERNEL, NOWAIT or NORETRY, as the numbers of exhaust stand for."""
        return ("KERNEL", "NOWAIT", "NORETRY")[int(self.command[3])] if self.command[0] == "exhaust" else "KERNEL"

    @property
    def requests(self) -> list[Request]:
        """Per-CPU requests of one instance, or of the first of a mix."""
        return self.cycle[0]

    @property
    def cycle(self) -> list[list[Request]]:
        """Per-CPU requests of one instance after the other, from the first again after the last: those of a mix differ."""
        if self.command[0] == "exhaust":
            return [[Request(size=int(self.command[1]), align=int(self.command[2]))]]
        if self.command[0] == "mix":
            pairs = [word.split("/") for word in self.command[1:]]
            return [[Request(size=int(size), align=int(align))] for size, align in pairs]
        (record,) = planner_consumers()
        return [list(record.requests(self.workqueue, self.system))]

    @property
    def workqueue(self) -> Workqueue:
        return Workqueue(unbound=bool(int(self.command[1]) & 2))

    @property
    def kernel_memory(self) -> list[tuple[int, int]]:
        """Size and count of the slab objects of one instance."""
        if self.command[0] != "wq":
            return []
        (record,) = planner_consumers()
        return [(item.size, item.count) for item in record.memory(self.workqueue, self.system)]

    @property
    def bag(self) -> int:
        """Instances whose pointers the probe module keeps in one page."""
        return (PAGE - 2 * self.bits // 8) // (self.bits // 8)


def steps(names: tuple[str, ...] = FILES) -> Iterator[Step]:
    """Every step of a complete record that allocates."""
    for record in records(names):
        for number, step in enumerate(record["steps"]):
            if step["cmd"].split()[0] in {"exhaust", "wq", "mix"}:
                yield Step(record, number)


def layout(step: Step) -> Layout:
    first = step.record["first_chunk"]
    alloc = first["upa_alloc_n"] * first["alloc_size"]
    return Layout(
        bits=step.bits,
        page_size=PAGE,
        static=first["static"],
        reserved=first["reserved"],
        dynamic=first["dyn"],
        unit_size=first["unit"],
        atom_size=first["alloc_size"],
        alloc_size=alloc,
        nr_cpus=step.cpus,
        groups=(Group(0, tuple(range(step.cpus))),),
        mode=first["kind"],
    )


def space(step: Step) -> AddressSpace:
    """The vmalloc space before the step: its end by the architecture's rules, its size as /proc/meminfo gives it."""
    (architecture,) = planner_architectures()
    end = architecture.build(step.system).vmalloc.end
    start = end - step.record["meminfo_before"]["VmallocTotal"] * 1024
    if step.bits == 64:
        start = architecture.build(step.system).vmalloc.start
    rules = SpaceRules.of(step.kernel, page_size=PAGE, online_cpus=step.cpus)
    busy = [(at, size) for at, size, owner in step.before["areas"] if owner != "lazy"]
    lazy = [(at, size) for at, size, owner in step.before["areas"] if owner == "lazy"]
    made = AddressSpace(start, end, rules, busy + lazy)
    for at, size in lazy:
        made.free(at, size)
    return made


def memory(step: Step) -> Memory:
    """RAM before the step; without limit where the step before did not measure free pages (RAM does not end those runs).

    The step before is the ballast: N single pages. If it lowered the free pages by more than N, the rest lies on the list of the CPU
    that allocated, ready for the next request. The lists of the other CPUs hold what they hold at rest.
    """
    results = step.before.get("result")
    if not results or "free_pages" not in results[0]:
        return Memory(nr_cpus=step.cpus)
    info = step.record["meminfo_before"]
    lowmem = info.get("LowTotal", info["MemTotal"])
    highmem = step.before["meminfo"].get("HighFree", 0) * 1024 // PAGE
    minimum = min_free_kib_of(lowmem, hugepages=info["MemTotal"] >= HUGEPAGES_FROM_KIB)
    parked = parked_pages(step.kernel, lowmem_kib=lowmem, online_cpus=step.cpus, min_free_kib=minimum)
    pages = max(results[0]["free_pages"], info["MemFree"] * 1024 // PAGE - results[0]["pages"])
    pages += (step.cpus - 1) * list_at_rest(step.kernel, lowmem)
    pages -= left_on_list(step.kernel, lowmem, online_cpus=step.cpus) if step.command[0] == "exhaust" else 0
    return Memory(
        lowmem=pages - highmem - untouchable_pages(lowmem_kib=lowmem, min_free_kib=minimum),
        highmem=highmem,
        page_size=PAGE,
        nr_cpus=step.cpus,
        uncertain_pages=parked,
    )


def captured(chunk: Record, word: int) -> CapturedChunk:
    digits = word // 4
    text = chunk["populated"]
    words = [int(text[at : at + digits], 16) for at in range(0, len(text), digits)]
    kind = "first" if chunk["immutable"] else "dynamic"
    return CapturedChunk(
        kind="reserved" if chunk["slot"] < 0 else kind,
        base=int(chunk["base_addr"], 16),
        slot=chunk["slot"],
        position=chunk["pos"],
        populated=sum(value << (word * number) for number, value in enumerate(words)),
        empty_pages=chunk["nr_empty_pop_pages"],
        isolated=bool(chunk["isolated"]),
        free_bytes=chunk["free_bytes"],
        hints=Hints(
            chunk["contig_hint"],
            chunk["contig_hint_start"],
            chunk["scan_hint"],
            chunk["scan_hint_start"],
            chunk["first_free"],
        ),
    )


def start(step: Step) -> tuple[Allocator, MachineBacking, Restored]:
    """Bring allocator and machine into the state before the step."""
    head, *chunks = step.before["state"]
    config = ChunkConfig(kmem="nokmem" not in step.record["append"])
    backing = MachineBacking(step.kernel, layout(step), space(step), memory(step), config, comm="tr")
    dynamic = [int(chunk["base_addr"], 16) for chunk in chunks if not chunk["immutable"]]
    backing.adopt(dynamic, [(at, size) for at, size, owner in step.before["areas"] if owner == "meta"])
    backing.page_array = bool(dynamic)
    allocator = Allocator(step.kernel, layout(step), backing)
    state = restore(
        allocator,
        [captured(chunk, step.bits) for chunk in chunks],
        populated=head["nr_populated"],
        empty=head["nr_empty_pop_pages"],
    )
    return allocator, backing, state


@dataclass
class Run:
    """What the model made: instances and their pointers, what ended them, and the lines logged."""

    made: int
    pointers: list[int]
    failure: Failure | None
    limit: str
    lines: tuple[str, ...]


def run(allocator: Allocator, backing: MachineBacking, step: Step, *, worker: bool = True) -> Run:
    """Make instances as the probe module did until one fails.

    ``worker``: the balance worker runs as soon as it may; it never did in time among atomic requests.
    """
    cycle = [[(request.size, request.align) for request in requests] for requests in step.cycle]
    memory_of_one = step.kernel_memory
    atomic = step.gfp == "NOWAIT"
    gfp = Gfp.NOWAIT if atomic else Gfp.KERNEL
    backing.provider.noretry = step.gfp == "NORETRY"
    backing.refusals.clear()
    pointers: list[int] = []
    made = 0
    while True:
        if made % step.bag == 0 and not backing.take_memory(PAGE, where="pages"):
            break
        if not all(backing.take_memory(size, count) for size, count in memory_of_one):
            break
        got = [allocator.alloc(size, align, gfp, nowarn=atomic) for size, align in cycle[made % len(cycle)]]
        failed = next((pointer for pointer in got if isinstance(pointer, Failure)), None)
        if failed is not None:
            lines = _lines(step, failed, made)
            if failed is Failure.ATOMIC:
                return Run(made, pointers, failed, "atomic", lines)
            refusal = backing.refusals[-1]
            return Run(made, pointers, failed, refusal.limit, refusal.lines + (() if refusal.killer else lines))
        pointers += got
        made += 1
        if allocator.pending and worker and not atomic:
            with backing.background():
                allocator.balance()
    refusal = backing.refusals[-1]
    return Run(made, pointers, None, refusal.limit, refusal.lines)


def _lines(step: Step, failure: Failure, made: int) -> tuple[str, ...]:
    """The allocator's own lines for the request that failed after ``made`` instances."""
    request = step.cycle[made % len(step.cycle)][0]
    atomic = step.gfp == "NOWAIT"
    size, align = -(-request.size // 4) * 4, max(request.align, 4)
    return failure_lines(step.kernel, size=size, align=align, reason=failure.value, atomic=atomic, nowarn=atomic)
