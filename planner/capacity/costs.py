"""What one instance of a consumer takes on each kernel: the plugin asked release by release, equal ones joined."""

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from typing import Any

from planner.plugin import ConsumerRecord, KernelVersion, Request, System
from planner.plugin.releases import MAINLINE, make_system
from planner.quick import dataclass

CPUS = 4
"""Possible CPUs of the machines that are asked about; per-CPU requests do not depend on them, kernel memory may."""


@dataclass(frozen=True, slots=True)
class WordCost:
    """On kernels of one word size: calls and bytes of one instance on each CPU, those of the first beside them, kernel memory in all."""

    allocations: int
    bytes_per_cpu: int
    once_bytes_per_cpu: int
    kernel_memory_bytes: int


@dataclass(frozen=True, slots=True)
class KernelCost:
    """The cost from release ``since`` until the next line's."""

    since: str
    bits64: WordCost
    bits32: WordCost


def defaults(record: ConsumerRecord) -> Any:
    """Return the record's parameters at their defaults, ``None`` where some have none."""
    if any(item.default is MISSING and item.default_factory is MISSING for item in fields(record.parameters)):
        return None
    return record.parameters()


def history(record: ConsumerRecord, parameters: Any) -> tuple[KernelCost, ...]:
    """Return what an instance costs, oldest kernel first; a release that the plugin has no answer for is left out."""
    found: list[KernelCost] = []
    first = KernelVersion.parse(record.since)
    for release in MAINLINE:
        if KernelVersion.parse(release) < first:
            continue
        try:
            wide, narrow = (_cost(record, parameters, make_system(release, bits=bits, cpus=CPUS)) for bits in (64, 32))
        except LookupError:
            continue
        if not found or (found[-1].bits64, found[-1].bits32) != (wide, narrow):
            found.append(KernelCost(release, wide, narrow))
    return tuple(found)


def newest(record: ConsumerRecord, parameters: Any) -> Iterator[Request]:
    """Yield the requests of one instance on the newest 64-bit kernel that is modelled."""
    yield from record.requests(parameters, make_system(MAINLINE[-1], cpus=CPUS))


def _cost(record: ConsumerRecord, parameters: Any, system: System) -> WordCost:
    requests = tuple(record.requests(parameters, system))
    memory = sum(item.size * item.count for item in record.memory(parameters, system))
    once = _bytes(record.once(parameters, system))
    return WordCost(sum(item.count for item in requests), _bytes(requests), once, memory)


def _bytes(requests: Iterable[Request]) -> int:
    return sum(item.size * item.count for item in requests)
