"""Building blocks of the kernel, for code that planner does not know: counters, references, locks, SRCU, slab caches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from planner.plugin import ConsumerRecord, Gfp, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers.kernel_memory import taking
from planner_consumers.sizes_generic import (
    COUNTERS_TOGETHER,
    KMEM_CACHE,
    PERCPU_COUNTER,
    PERCPU_REF,
    PERCPU_RWSEM,
    SHEAVES,
    SRCU,
)
from planner_consumers.sizing import Object

_TRACED = "traced: Debian 6.1.176, 6.12.95, 7.3.4; 6.18.44"
_GFP = {gfp.value: gfp for gfp in Gfp}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A building block."""

    gfp: str = parameter(default="GFP_KERNEL", help="flags that the caller passes", choices=tuple(_GFP))
    accounted: bool = parameter(default=False, help="the caller passes __GFP_ACCOUNT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters(Block):
    """Counters made by one call."""

    counters: int = parameter(
        default=1,
        help="made together by percpu_counter_init_many (6.6 and later; before, one by one)",
        minimum=1,
        maximum=8192,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A slab cache."""

    sheaves: bool = parameter(default=False, help="asks for sheaves (sheaf_capacity; 6.18)")


def counter_requests(
    system: System,
    counters: int,
    *,
    item: Object = PERCPU_COUNTER,
    gfp: Gfp = Gfp.KERNEL,
    accounted: bool = False,
) -> Iterator[Request]:
    """Yield what ``counters`` percpu_counters initialised together take: one allocation from 6.6 on, one each before."""
    if not counters:
        return
    together = COUNTERS_TOGETHER.at(system.kernel)
    for request in item.requests(system, 1 if together else counters, gfp=gfp, accounted=accounted):
        yield replace(request, size=request.size * counters) if together else request


def _block(item: Object) -> Callable[[Any, System], Iterable[Request]]:
    def requests(parameters: Block, system: System) -> Iterator[Request]:
        yield from item.requests(system, gfp=_GFP[parameters.gfp], accounted=parameters.accounted)

    return requests


def _counters(parameters: Counters, system: System) -> Iterator[Request]:
    gfp = _GFP[parameters.gfp]
    yield from counter_requests(system, parameters.counters, gfp=gfp, accounted=parameters.accounted)


def _cache(parameters: Cache, system: System) -> Iterator[Request]:
    yield from KMEM_CACHE.requests(system)
    if parameters.sheaves:
        yield from SHEAVES.requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Counters, references, locks, SRCU structures, slab caches."""
    family = "building block"
    yield ConsumerRecord(
        kind="percpu-counter",
        summary="a percpu_counter, or several made together",
        requests=_counters,
        parameters=Counters,
        unit="counter",
        family=family,
        sources=(PERCPU_COUNTER.where, _TRACED),
    )
    yield ConsumerRecord(
        kind="percpu-ref",
        summary="a percpu_ref",
        requests=_block(PERCPU_REF),
        parameters=Block,
        unit="reference",
        family=family,
        since="3.11",
        sources=(PERCPU_REF.where, _TRACED),
    )
    yield ConsumerRecord(
        kind="percpu-rwsem",
        summary="a percpu_rw_semaphore",
        requests=_block(PERCPU_RWSEM),
        parameters=Block,
        unit="semaphore",
        family=family,
        since="3.7",
        sources=(PERCPU_RWSEM.where, _TRACED),
    )
    yield ConsumerRecord(
        kind="srcu",
        summary="an srcu_struct (init_srcu_struct, SRCU notifier heads)",
        requests=_block(SRCU),
        parameters=Block,
        unit="structure",
        family=family,
        sources=(SRCU.where, "traced: Debian 6.1.176, 7.3.4; 6.18.44"),
    )
    yield ConsumerRecord(
        kind="kmem-cache",
        summary="a slab cache of its own (merged ones take nothing)",
        requests=_cache,
        memory=taking(m.KMEM_CACHE),
        parameters=Cache,
        unit="cache",
        family=family,
        sources=(KMEM_CACHE.where, _TRACED),
    )
