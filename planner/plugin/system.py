"""The system that a profile describes, as plugins see it: plain frozen data, nothing read, nothing run."""

from collections.abc import Iterator, Mapping
from dataclasses import field

from planner.allocator.kernel_version import KernelVersion
from planner.quick import dataclass
from planner.report.model import Basis


@dataclass(frozen=True, slots=True)
class Config:
    """The kernel's configuration as far as it is known: ``{"MEMCG": "y", "HZ": "250", "SLUB_DEBUG": "n"}``.

    Names stand without ``CONFIG_``. An option that is not listed is unknown, not off.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    basis: Basis = "assumed"

    def get(self, name: str) -> str | None:
        """Return the option's value, ``"n"`` where it is known to be off and ``None`` where it is unknown."""
        return self.options.get(name)

    def enabled(self, name: str, *, default: bool) -> bool:
        """Return whether the option is ``y`` or ``m``; ``default`` (what distributions ship) where it is unknown."""
        value = self.options.get(name)
        return default if value is None else value in {"y", "m"}


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The kernel's command line, read as the kernel reads it: words, the last value of a key counts."""

    text: str = ""

    def words(self) -> Iterator[tuple[str, str | None]]:
        """Yield ``(key, value)`` in order; ``value`` is ``None`` for a word without ``=``. Double quotes group."""
        word, quoted = "", False
        for character in self.text:
            if character == '"':
                quoted = not quoted
            elif character.isspace() and not quoted:
                if word:
                    key, equals, value = word.partition("=")
                    yield key, value if equals else None
                word = ""
            else:
                word += character
        if word:
            key, equals, value = word.partition("=")
            yield key, value if equals else None

    def get(self, key: str) -> str | None:
        """Return the last value of ``key``: ``""`` for a bare word, ``None`` when absent. ``-`` and ``_`` are alike."""
        wanted, found = key.replace("-", "_"), None
        for name, value in self.words():
            if name.replace("-", "_") == wanted:
                found = value or ""
        return found

    def has(self, key: str, item: str) -> bool:
        """Return whether any ``key=a,b,c`` lists ``item`` (as in ``cgroup.memory=nosocket,nokmem``)."""
        wanted = key.replace("-", "_")
        return any(
            name.replace("-", "_") == wanted and item in (value or "").split(",") for name, value in self.words()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the profile declares over the architecture's tables; ``None`` = not declared. Bytes and addresses.

    A declared value, or one read off the machine's own boot line, always outranks a table.
    """

    atom_size: int | None = None
    reserved: int | None = None
    dynamic: int | None = None
    unit_size: int | None = None
    vmalloc_start: int | None = None
    vmalloc_end: int | None = None
    vmalloc_size: int | None = None
    basis: Basis = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class StructSize:
    """Size and alignment of a kernel structure in bytes, and where they were read."""

    size: int
    align: int
    source: str
    basis: Basis = "captured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFile:
    """What a kernel module's file says of its per-CPU data, and where that was read.

    ``size`` and ``align`` are those of its section ``.data..percpu`` in bytes (0 and 1 where it has none), as the loader passes
    them on; ``srcu`` is the number of its SRCU structures (section ``___srcu_struct_ptrs``), ``bits`` its word size,
    ``vermagic`` what it was built for.
    """

    name: str
    size: int
    align: int
    srcu: int
    bits: int
    vermagic: str
    source: str
    basis: Basis = "captured"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One machine with one kernel.

    ``arch`` is the kernel's name of the architecture's directory (``x86``, ``arm64``, ``powerpc`` …); ``bits`` is 32 or 64.
    ``cpus_possible`` ascends; ``node_of`` maps each of them to its NUMA node; ``distances[a][b]`` is the SLIT distance
    of node ``a`` to ``b`` (``None`` = 10 within a node, 20 between). ``ram`` is bytes, ``None`` when unknown.
    ``static`` is the size of the kernel's static per-CPU section in bytes, ``None`` when unknown.
    ``page_size`` is declared only where the architecture offers several. ``structs`` holds sizes read from BTF,
    ``modules`` what was read from the modules that consumers' parameters name (:func:`planner.plugin.parameter` with
    ``file="module"``), by the text that names them.
    """

    name: str
    arch: str
    bits: int
    kernel: KernelVersion
    cpus_possible: tuple[int, ...]
    cpus_online: tuple[int, ...] = ()
    node_of: Mapping[int, int] = field(default_factory=dict)
    distances: tuple[tuple[int, ...], ...] | None = None
    ram: int | None = None
    static: int | None = None
    page_size: int | None = None
    percpu_alloc: str | None = None
    config: Config = field(default_factory=Config)
    cmdline: CommandLine = field(default_factory=CommandLine)
    declared: Declared = field(default_factory=Declared)
    structs: Mapping[str, StructSize] = field(default_factory=dict)
    modules: Mapping[str, ModuleFile] = field(default_factory=dict)

    @property
    def word(self) -> int:
        """``sizeof(long)`` in bytes."""
        return self.bits // 8

    @property
    def nr_cpus(self) -> int:
        """Possible CPUs; every per-CPU object exists once for each."""
        return len(self.cpus_possible)

    @property
    def nodes(self) -> tuple[int, ...]:
        """NUMA nodes that the profile names, ascending; one node 0 when it names none."""
        named = set(self.node_of.values())
        if self.distances:
            named |= set(range(len(self.distances)))
        return tuple(sorted(named or {0}))

    @property
    def memcg_kmem(self) -> bool:
        """Whether memory cgroups account kernel memory: built in (MEMCG, before 6.11 MEMCG_KMEM) and not switched off.

        ``cgroup.memory=nokmem`` on the command line switches it off (mm/memcontrol.c:cgroup_memory).
        """
        built = self.config.enabled("MEMCG", default=True) and self.config.enabled("MEMCG_KMEM", default=True)
        return built and not self.cmdline.has("cgroup.memory", "nokmem")
