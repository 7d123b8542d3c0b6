"""Kernel modules: their static per-CPU data (DEFINE_PER_CPU in a module), and what loading them makes."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, ModuleFile, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers.sizes_generic import (
    ALLOC_TAG,
    KMEM_CACHE,
    PERCPU_COUNTER,
    RTNL_LINK_SRCU,
    SRCU,
    SRCU_IN_MODULES_STATIC,
)
from planner_consumers.workqueue import queue_memory, queue_requests

_PAGE = 4096
_INIT = "the module's init function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module: its section ``.data..percpu``, from its file or as ``readelf -S MODULE.ko`` shows it, and what its init function makes."""

    file: str = parameter(
        default="",
        help="its file (.ko, also .gz, .xz, .zst), relative to the profile: static, align and srcu come from there",
        file="module",
    )
    static: int = parameter(default=0, help="bytes of the section .data..percpu (sh_size)", minimum=0, size=True)
    align: int = parameter(default=8, help="its alignment (sh_addralign)", minimum=1, size=True)
    workqueues: int = parameter(
        default=0, help="bound workqueues that it makes when loaded", minimum=0, maximum=100_000
    )
    unbound_workqueues: int = parameter(default=0, help="unbound and ordered ones", minimum=0, maximum=100_000)
    kmem_caches: int = parameter(
        default=0, help="slab caches of its own (merged ones take nothing)", minimum=0, maximum=10_000
    )
    counters: int = parameter(default=0, help="percpu_counters", minimum=0, maximum=100_000)
    srcu: int = parameter(
        default=0, help="DEFINE_SRCU in it (part of the section before 5.2)", minimum=0, maximum=10_000
    )
    link_kinds: int = parameter(
        default=0, help="kinds of network devices (rtnl_link_ops) that it registers", minimum=0, maximum=100
    )
    alloc_tags: int = parameter(
        default=0,
        help="allocation call sites, with CONFIG_MEM_ALLOC_PROFILING (part of the section before 6.14)",
        minimum=0,
    )

    def __post_init__(self) -> None:
        """Refuse numbers that contradict the file."""
        told = [name for name in ("static", "srcu") if getattr(self, name)]
        if self.file and told:
            raise ValueError(f"file and {told[0]} tell the same thing; leave one out")


def _section(parameters: Module, system: System) -> ModuleFile:
    """Return the module's section and SRCU structures, as its file or the profile tells them.

    :raises LookupError: the file was not read.
    """
    if not parameters.file:
        return ModuleFile(
            name="",
            size=parameters.static,
            align=parameters.align,
            srcu=parameters.srcu,
            bits=system.bits,
            vermagic="",
            source="the profile",
            basis="declared",
        )
    try:
        return system.modules[parameters.file]
    except KeyError:
        raise LookupError(f"{parameters.file} was not read") from None


def _requests(parameters: Module, system: System) -> Iterator[Request]:
    module = _section(parameters, system)
    if module.size:
        origin = f"{module.basis} from {module.source}; " if parameters.file else ""
        yield Request(
            size=module.size,
            align=min(module.align, system.page_size or _PAGE),  # the loader warns and cuts it
            reserved=True,
            what=f".data..percpu of {module.name or 'the module'}",
            source=f"{origin}kernel/module/main.c:percpu_modalloc (kernel/module.c before 5.19)",
            basis=module.basis,
        )
    if system.config.enabled("MEM_ALLOC_PROFILING", default=False):
        yield from ALLOC_TAG.requests(system, parameters.alloc_tags)
    if not SRCU_IN_MODULES_STATIC.at(system.kernel):
        where = "kernel/rcu/srcutree.c:srcu_module_coming"
        yield from SRCU.requests(system, module.srcu, where=where)
    yield from PERCPU_COUNTER.requests(system, parameters.counters, where=_INIT)
    yield from queue_requests(system, parameters.workqueues)
    yield from queue_requests(system, parameters.unbound_workqueues, unbound=True)
    yield from KMEM_CACHE.requests(system, parameters.kmem_caches, where=_INIT)
    yield from RTNL_LINK_SRCU.requests(system, parameters.link_kinds)


def _memory(parameters: Module, system: System) -> Iterator[KernelMemory]:
    yield from queue_memory(system, parameters.workqueues)
    yield from queue_memory(system, parameters.unbound_workqueues, unbound=True)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """List modules."""
    yield ConsumerRecord(
        kind="module",
        needs=("MODULES",),
        summary="a module: static per-CPU data from the reserved chunk where the architecture has one, and what its start makes",
        requests=_requests,
        memory=_memory,
        parameters=Module,
        unit="module",
        family="module",
        sources=(
            "kernel/module/main.c:percpu_modalloc, __alloc_reserved_percpu; kernel/rcu/srcutree.c; net/core/rtnetlink.c",
            "traced: Debian 6.1.176, 6.12.95, 7.3.4 amd64 (some eighty modules)",
        ),
    )
