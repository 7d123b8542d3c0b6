"""The tables of a profile: their keys, what each means, and what it may hold.

The check, the JSON Schema and the key reference are made from here; a key's help is its documentation.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from planner.plugin import KernelVersion
from planner.profile import readings as r
from planner.profile.counts import Growth
from planner.profile.fields import Reading
from planner.profile.numa import Nodes
from planner.quick import dataclass

BASES = ("captured", "declared", "calibrated", "modelled", "assumed")
LEVELS = ("off", "warn", "error")
ALLOCS = ("auto", "embed", "page")
CHUNKS = ("first", "reserved", "dynamic")
ORDERS = ("random", "oldest", "newest")

_REQUIRED: Final[Any] = object()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table. ``table`` is the class of a nested table, of which there are ``many`` (at most that number) or one."""

    reading: Reading
    help: str
    required: bool
    default: Any = None
    table: "type[Table] | None" = None
    many: int = 0


def key(reading: Reading, text: str, default: Any = _REQUIRED) -> Any:
    """Declare a key; without ``default`` it is required."""
    required = default is _REQUIRED
    return Key(reading, text, required, None if required else default)


def table(kind: "type[Table]", text: str, *, many: int = 0) -> Any:
    """Declare a nested table, or up to ``many`` of them."""
    return Key(r.ANYTHING, text, required=False, default=() if many else None, table=kind, many=many)


class Table:
    """A checked table: its attributes are the values of its keys, at their defaults where the file has none.

    Plain classes, not dataclasses: there are many of them, and making dataclasses would take half of the start-up.
    """

    keys: ClassVar[Mapping[str, Key]] = {}

    def __init_subclass__(cls) -> None:
        cls.keys = {name: value for name, value in vars(cls).items() if isinstance(value, Key)}

    def __init__(self, **values: Any) -> None:
        for name, declared in self.keys.items():
            setattr(self, name, values.get(name, declared.default))


class SystemTable(Table):
    """The machine and its kernel."""

    name: str = key(r.NAME, "what to call this system; default: the file's name", "")
    arch: str = key(r.NAME, "architecture: x86, arm64, powerpc … or a usual name of one (x86_64, i386, aarch64)")
    bits: int | None = key(r.BITS, "word size, where the architecture has both", None)
    kernel: KernelVersion = key(r.VERSION, "kernel version as uname -r prints it")
    page_size: int | None = key(r.SIZE, "page size, where the architecture offers several", None)
    config: str | None = key(r.LINE, "path of the kernel's .config (plain or .gz), relative to the profile", None)
    btf: str | None = key(r.LINE, "path of a copy of /sys/kernel/btf/vmlinux, relative to the profile", None)


class CpusTable(Table):
    """CPUs of the machine, before the command line limits them."""

    possible: tuple[int, ...] = key(
        r.SOME_CPUS, "possible CPUs (/sys/devices/system/cpu/possible): a per-CPU object exists once for each"
    )
    online: tuple[int, ...] | None = key(r.CPUS, "online CPUs; default: all, or as many as maxcpus= lets", None)


class NumaTable(Table):
    """NUMA nodes; without this table there is one node."""

    nodes: Nodes = key(r.NODES, "a number of equal nodes, a list of each node's CPUs, or a table from node to CPUs")
    distances: tuple[tuple[int, ...], ...] | None = key(
        r.DISTANCES, "distance of each node to each (numactl -H); default: 10 within a node, 20 between", None
    )


class MemoryTable(Table):
    """Memory of the machine."""

    ram: int | None = key(r.SIZE, "all RAM that the kernel sees", None)
    used: int | None = key(r.SIZE, "RAM that others use and do not give back", None)
    low: int | None = key(r.SIZE, "lowmem (LowTotal) of a 32-bit kernel with highmem", None)


class PercpuTable(Table):
    """The per-CPU allocator's set-up; what is declared outranks planner's tables."""

    static: int | None = key(r.SIZE, "static per-CPU data of the kernel: the s of the boot line", None)
    boot_log: tuple[str, ...] = key(r.LINES, "the boot line, or all lines of the boot log about per-CPU memory", ())
    alloc: str | None = key(r.word(ALLOCS), "the percpu_alloc= parameter", None)
    atom: int | None = key(r.SIZE, "atom size", None)
    reserved: int | None = key(r.SIZE, "size of the reserved chunk: the r of the boot line", None)
    dynamic: int | None = key(r.SIZE, "dynamic space of the first chunk: the d of the boot line", None)
    unit: int | None = key(r.SIZE, "unit size: the u of the boot line", None)
    in_use: int | None = key(r.SIZE, "bytes of each CPU's dynamic space that the kernel itself uses at boot", None)
    first_chunk_base: int | None = key(r.ADDRESS, "address of the first chunk's first unit", None)


class BootTable(Table):
    """How the kernel was started."""

    cmdline: str = key(r.LINE, "the kernel's command line (/proc/cmdline)", "")


class AreaTable(Table):
    """One area of the vmalloc space, as /proc/vmallocinfo prints it."""

    start: int = key(r.ADDRESS, "first address")
    end: int | None = key(r.ADDRESS, "address behind the last byte, guard page included", None)
    size: int | None = key(r.SIZE, "bytes, guard page included (instead of end)", None)
    caller: str = key(r.LINE, "who made it", "")


class VmallocTable(Table):
    """The vmalloc space and who else lives in it."""

    start: int | None = key(r.ADDRESS, "VMALLOC_START", None)
    end: int | None = key(r.ADDRESS, "VMALLOC_END", None)
    size: int | None = key(r.SIZE, "size of the space; default: what this kernel does with this RAM", None)
    used: int | None = key(r.SIZE, "bytes of address space that ordinary areas take", None)
    area: tuple[AreaTable, ...] = table(AreaTable, "the ordinary areas themselves", many=100_000)


class ChunkTable(Table):
    """One chunk of a captured allocator."""

    kind: str = key(r.word(CHUNKS), "which chunk it is", "dynamic")
    base: int | None = key(r.ADDRESS, "base address", None)
    slot: int | None = key(r.INDEX, "list that it is in", None)
    position: int | None = key(r.INDEX, "place in that list", None)
    pages: int | None = key(r.COUNT, "pages of a unit that it covers", None)
    start_offset: int = key(r.SIZE, "bytes hidden before its first usable one", 0)
    end_offset: int = key(r.SIZE, "bytes hidden behind its last usable one", 0)
    isolated: bool = key(r.FLAG, "taken off the lists for depopulation", default=False)
    populated: tuple[int, ...] | None = key(r.PAGES, "populated pages as ranges", None)
    areas: tuple[tuple[int, int], ...] | None = key(r.PAIRS, "live allocations: offset from the base, and size", None)
    hints: Mapping[str, int] | None = key(
        r.FIGURES, "struct pcpu_block_md by field, in the kernel's 4-byte units", None
    )
    stats: Mapping[str, int] | None = key(r.FIGURES, "this chunk's figures in percpu_stats", None)


class StateTable(Table):
    """The allocator's state, captured from a real kernel."""

    empty_populated_pages: int | None = key(r.COUNT, "pcpu_nr_empty_pop_pages", None)
    populated_pages: int | None = key(r.COUNT, "pcpu_nr_populated", None)
    stats: Mapping[str, int] | None = key(r.FIGURES, "global figures of percpu_stats", None)
    chunk: tuple[ChunkTable, ...] = table(ChunkTable, "the chunks, in the order of their lists", many=20_000)


class StructTable(Table):
    """Size of one kernel structure."""

    size: int = key(r.SIZE, "sizeof")
    align: int | None = key(r.SIZE, "alignment; default: that of a long", None)
    source: str = key(r.LINE, "where it was read", "")


class ChurnTable(Table):
    """Instances that come and go."""

    peak: int = key(r.COUNT, "instances at the top of each cycle")
    cycles: int = key(r.bounded(1, 1000), "how often the count rises and falls", 1)
    order: str = key(r.word(ORDERS), "which instances go", "random")
    seed: int = key(r.bounded(0, 2**32 - 1), "first seed", 0)
    seeds: int = key(r.bounded(1, 1000), "how many runs, each with its own seed", 5)


class BurstTable(Table):
    """Instances made all at once."""

    count: int = key(r.COUNT, "how many")
    atomic: bool = key(r.FLAG, "whether their requests may not sleep", default=True)
    within: float = key(r.DURATION, "how long the burst lasts", 0.001)


class ConsumerTable(Table):
    """Something that spends per-CPU memory; the kind's own parameters stand beside these keys."""

    kind: str = key(r.NAME, 'what it is: see "planner consumers", or a [consumer_type.NAME] of the profile')
    name: str = key(r.NAME, "its name in reports and for --set; default: the kind", "")
    count: int = key(r.COUNT, "how many exist; 0 asks only how many fit")
    growth: Growth | None = key(r.GROWTH, "how the count grows", None)
    churn: ChurnTable | None = table(ChurnTable, "instances that come and go")
    burst: BurstTable | None = table(BurstTable, "instances made at once")


class GateTable(Table):
    """A rule that the report must pass; the kind's own parameters stand beside these keys."""

    kind: str = key(r.NAME, "the gate's kind; default: the table's name", "")
    level: str = key(r.word(LEVELS), "what a failure does", "error")
    expires: dt.date | None = key(r.DAY, "last day of the waiver that reason explains", None)
    reason: str = key(r.LINE, "why a failure is waived for now", "")


class CompositeTable(Table):
    """A consumer made of others."""

    parts: Any = key(
        r.ANYTHING, "how many of each kind one consists of: { netns = 1, veth = { count = 2, queues = 4 } }"
    )
    unit: str = key(r.LINE, "noun for one", "")
    summary: str = key(r.LINE, "what it is", "")


class PartTable(Table):
    """One part of a composite; the kind's own parameters stand beside these keys."""

    kind: str = key(r.NAME, "consumer kind or composite; default: the key", "")
    count: int = key(r.COUNT, "how many in each", 1)


SECTIONS: dict[str, type[Table]] = {
    "system": SystemTable,
    "cpus": CpusTable,
    "numa": NumaTable,
    "memory": MemoryTable,
    "percpu": PercpuTable,
    "boot": BootTable,
    "vmalloc": VmallocTable,
    "state": StateTable,
}
"""Tables with keys of their own; the other tables hold names that the user or a plugin chooses."""

REQUIRED_SECTIONS = ("system", "cpus")

TOP_LEVEL = (*SECTIONS, "schema", "config", "structs", "measured", "basis", "consumer", "consumer_type", "gate")
"""Every key that may stand at the top."""
