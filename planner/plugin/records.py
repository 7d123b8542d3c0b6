"""What hooks return: frozen, typed records.

Callables in a record are pure: the same arguments give the same answer, nothing is changed or read from the machine
(:class:`ProbeRecord` alone reads, and only through the root it is given).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from enum import Enum
from typing import Any, Literal

from planner.allocator.architecture import Architecture
from planner.plugin.parameters import NoParameters
from planner.plugin.system import System
from planner.quick import dataclass
from planner.report.model import Basis, Document, Report


class Gfp(Enum):
    """How a request may behave: the flags that decide something in mm/percpu.c:pcpu_alloc."""

    KERNEL = "GFP_KERNEL"
    NOFS = "GFP_NOFS"
    NOIO = "GFP_NOIO"
    NOWAIT = "GFP_NOWAIT"
    ATOMIC = "GFP_ATOMIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``count`` equal calls of ``__alloc_percpu`` for one instance: ``size`` and ``align`` in bytes as the caller passes them.

    ``reserved``: from the reserved chunk (modules' static data). ``accounted``: ``__GFP_ACCOUNT``. ``nowarn``: ``__GFP_NOWARN``.
    ``what`` names the object (``struct pool_workqueue``), ``source`` the kernel file or measurement. ``key`` is read where the
    request is a one-time one (:attr:`ConsumerRecord.once`): whatever bears the same key is made once on a machine, whichever consumer
    is there first (``"module ip_gre"``). Without one the consumer's kind and ``what`` say what it is.
    """

    size: int
    align: int = 8
    count: int = 1
    gfp: Gfp = Gfp.KERNEL
    reserved: bool = False
    accounted: bool = False
    nowarn: bool = False
    what: str = ""
    source: str = ""
    basis: Basis = "modelled"
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelMemory:
    """What an instance costs beside the per-CPU allocator: ``count`` objects of ``size`` bytes.

    ``where``: ``slab`` (kmalloc), ``pages`` (page allocator, lowmem), ``vmalloc`` (address space and pages).
    """

    size: int
    count: int = 1
    where: Literal["slab", "pages", "vmalloc"] = "slab"
    what: str = ""
    source: str = ""
    basis: Basis = "modelled"


def _no_requests(_parameters: Any, _system: System) -> tuple[Request, ...]:
    return ()


def _no_memory(_parameters: Any, _system: System) -> tuple[KernelMemory, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerRecord:
    """Something that spends per-CPU memory.

    ``requests(parameters, system)`` are the allocations of one instance in order; ``once`` those that only the first instance on the
    machine makes (see :attr:`Request.key`); ``memory`` what an instance costs elsewhere. ``parameters`` is a frozen dataclass made
    with :func:`planner.plugin.parameter`. ``unit`` is the noun for an instance ("workqueue"). ``since`` is the oldest kernel
    that the plugin answers for: older ones get a clear error. ``needs`` are configuration options without which there is no such
    thing (``("NET_NS",)``): where one is known to be off, that is an error too. ``sources`` cite the facts.
    """

    kind: str
    summary: str
    requests: Callable[[Any, System], Iterable[Request]]
    sources: tuple[str, ...]
    parameters: type = NoParameters
    once: Callable[[Any, System], Iterable[Request]] = _no_requests
    memory: Callable[[Any, System], Iterable[KernelMemory]] = _no_memory
    unit: str = ""
    since: str = "2.6.30"
    family: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchitectureRecord:
    """An architecture: ``build(system)`` gives what the allocator needs to know of it at that kernel and configuration."""

    name: str
    summary: str
    bits: tuple[int, ...]
    build: Callable[[System], Architecture]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatRecord:
    """An output format: ``render(document)`` is the whole text, ending in a newline.

    ``curves``: it draws fill curves, which are made for it alone since they cost another fill (:attr:`Report.curves`).
    """

    name: str
    summary: str
    render: Callable[[Document], str]
    suffix: str = ".txt"
    curves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a gate found: ``passed`` is ``None`` where it cannot be judged (which never passes).

    ``expected`` and ``found`` are short texts with units; ``margin`` says how far from the limit; ``remedy`` what to do.
    """

    passed: bool | None
    expected: str
    found: str
    margin: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRecord:
    """A rule that a report is held against: ``judge(parameters, report)``; file paths in it are relative to the profile."""

    kind: str
    summary: str
    judge: Callable[[Any, Report], Finding]
    parameters: type = NoParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that the user could change, to be tried on the model.

    ``sets`` are profile keys and values as for ``--set`` (``{"cpus.possible": "4"}``); ``cmdline`` are words appended to the
    kernel's command line. ``paste`` is what the user pastes where, ready to use.
    """

    change: str
    paste: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    cmdline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRecord:
    """Proposes changes for a system and its report; the core re-simulates each and ranks them by what they buy."""

    name: str
    summary: str
    propose: Callable[[System, Report], Iterable[Change]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One fact read off a machine: the profile key it sets, its value, and where it was read."""

    key: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRecord:
    """Reads facts for ``planner capture``; ``read(root)`` gets a bounded, read-only view of a file-system root."""

    name: str
    summary: str
    read: Callable[[Any], Iterable[Observation]]
