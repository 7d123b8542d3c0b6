"""Which options of the configuration decide about structures, and what each takes with it; and the ABI of an architecture.

A small module, for it is asked for every structure: what follows from the options stands in :mod:`planner_consumers.growing`.
"""

from typing import Final

from planner.plugin import System
from planner.quick import dataclass

OFF: Final = frozenset({
    "LOCKDEP", "PROVE_LOCKING", "LOCK_STAT", "DEBUG_LOCK_ALLOC", "DEBUG_SPINLOCK", "DEBUG_MUTEXES", "PREEMPT_RT", "SLUB_STATS",
    "DEBUG_KOBJECT_RELEASE", "DEBUG_OBJECTS_WORK", "SCHED_CORE", "MEMCG_V1",
})  # fmt: skip
"""Options that the tables take to be off where nobody told."""

ON: Final = frozenset({
    "SMP", "SWAP", "ZSWAP", "TRANSPARENT_HUGEPAGE", "THP_SWAP", "NUMA_BALANCING", "SLUB_CPU_PARTIAL", "NETPOLL",
    "HUGETLB_PAGE",
})  # fmt: skip
"""Options that the tables take to be on: distributions have them."""

_WIDE_ONLY: Final = frozenset({"NUMA_BALANCING", "THP_SWAP"})
"""Those among them that only 64-bit kernels have."""

_IMPLIED: Final = {
    "PROVE_LOCKING": ("LOCKDEP", "DEBUG_LOCK_ALLOC", "DEBUG_SPINLOCK", "DEBUG_MUTEXES"),
    "LOCK_STAT": ("LOCKDEP", "DEBUG_LOCK_ALLOC", "DEBUG_SPINLOCK", "DEBUG_MUTEXES"),
    "DEBUG_LOCK_ALLOC": ("LOCKDEP", "DEBUG_SPINLOCK", "DEBUG_MUTEXES"),
    "LOCKDEP": ("DEBUG_LOCK_ALLOC", "DEBUG_SPINLOCK", "DEBUG_MUTEXES"),
}
"""What options select (lib/Kconfig.debug). LOCKDEP has no question of its own: who has it has one of those that select it."""

_EXCLUDED: Final = {
    "PREEMPT_RT": ("NUMA_BALANCING", "TRANSPARENT_HUGEPAGE", "THP_SWAP"),
    "TRANSPARENT_HUGEPAGE": ("THP_SWAP",),
}
"""What the first one, switched from its usual state, leaves no place for (init/Kconfig, mm/Kconfig)."""

_LINES: Final = {"powerpc": 128, "s390": 256, "ia64": 128, "mips": 32, "sparc": 32}
"""SMP_CACHE_BYTES where it is not 64 (arch/*/include/asm/cache.h); on 32-bit powerpc 32."""

_NARROW: Final = {"x86": 4, "sh": 4, "m68k": 2}
"""Alignment of a 64-bit integer in bytes where a 32-bit ABI has less than 8."""


@dataclass(frozen=True, slots=True)
class Abi:
    """``word``, ``wide`` (alignment of a 64-bit integer) and ``line`` (SMP_CACHE_BYTES) in bytes."""

    word: int
    wide: int
    line: int


@dataclass(frozen=True, slots=True)
class Build:
    """What a structure's size depends on beside the version: the ABI, and the options that are on."""

    abi: Abi
    options: frozenset[str]


_USUAL: Final = {
    64: Build(Abi(8, 8, 64), ON | {"64BIT"}),
    32: Build(Abi(4, 4, 64), ON - _WIDE_ONLY),
}


def usual(system: System) -> Build:
    """Return the build that the tables are of: an x86 kernel of a distribution."""
    return _USUAL[system.bits]


def build_of(system: System) -> Build:
    """Return the build of ``system``: what its profile says, else what is usual."""
    abi, options = _abi(system), usual(system).options
    told = system.config.options
    if told:
        enabled = system.config.enabled
        on = {option for option in OFF if enabled(option, default=False)}
        on |= {more for option in on & _IMPLIED.keys() for more in _IMPLIED[option] if told.get(more) != "n"}
        off = {option for option in ON if not enabled(option, default=True)}
        off |= {gone for option in (on | off) & _EXCLUDED.keys() for gone in _EXCLUDED[option]}
        options = (options | on) - off
    return Build(abi, options)


def _abi(system: System) -> Abi:
    line = _LINES.get(system.arch, 64)
    if system.arch == "powerpc" and system.bits == 32:
        line = 32
    if system.arch == "x86":
        shift = system.config.get("X86_L1_CACHE_SHIFT") or ""
        line = 1 << int(shift) if shift in {"4", "5", "6", "7"} else line
    return Abi(system.word, 8 if system.bits == 64 else _NARROW.get(system.arch, 8), line)
