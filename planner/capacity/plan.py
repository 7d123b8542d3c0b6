"""From declared consumers to what each instance asks of the kernel: calls of the allocator and kernel memory.

A composite (``[consumer_type.pod]``) is flattened into the calls of its parts, in the order of the profile.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import repeat

from planner.allocator import request as allocator_request
from planner.plugin import ConsumerRecord, Gfp, KernelMemory, Request, System
from planner.quick import dataclass

Call = tuple[int, int, allocator_request.Gfp, bool, bool, bool]
"""Arguments of ``Allocator.alloc``: size, align (bytes), gfp, reserved, accounted, nowarn."""

_GFP: Mapping[Gfp, allocator_request.Gfp] = {
    Gfp.KERNEL: allocator_request.Gfp.KERNEL,
    Gfp.NOFS: allocator_request.Gfp.NOFS,
    Gfp.NOIO: allocator_request.Gfp.NOIO,
    Gfp.NOWAIT: allocator_request.Gfp.NOWAIT,
    Gfp.ATOMIC: allocator_request.Gfp.NOWAIT,
}


MOST_CALLS = 120_000
"""Requests that one instance of a composite makes at most: an instance is always placed request by request."""


class PlanError(ValueError):
    """A consumer has no answer for this system (its kernel is older than the plugin's tables, say)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a consumer asks for: ``once`` by the first instance alone, ``each`` by every instance, in order.

    ``once_requests`` have each the key that it is known by on the machine.

    ``memory`` is what an instance costs beside the per-CPU allocator; ``parts`` are a composite's, with how many of each.
    """

    requests: tuple[Request, ...]
    once_requests: tuple[Request, ...]
    memory: tuple[KernelMemory, ...]
    parts: tuple[tuple[int, "NamedPlan"], ...] = ()

    @property
    def once(self) -> tuple[Call, ...]:
        """Calls of the first instance alone."""
        return tuple(calls(self.once_requests))

    @property
    def each(self) -> tuple[Call, ...]:
        """Calls of one instance."""
        return tuple(calls(self.requests))

    @property
    def nr_calls(self) -> int:
        """Number of calls of one instance."""
        return sum(request.count for request in self.requests)

    @property
    def bytes_per_instance(self) -> int:
        """Bytes of each CPU's space that one instance asks for, unrounded."""
        return sum(request.size * request.count for request in self.requests)

    @property
    def memory_bytes(self) -> int:
        """Bytes of kernel memory that one instance takes elsewhere."""
        return sum(item.size * item.count for item in self.memory)

    @property
    def estimated_bytes(self) -> int:
        """Bytes of kernel memory among them that are an estimate."""
        return sum(item.size * item.count for item in self.memory if item.basis == "assumed")


@dataclass(frozen=True, slots=True)
class NamedPlan:
    """A plan with the name and kind that users know it by."""

    name: str
    kind: str
    unit: str
    plan: Plan


def calls(requests: tuple[Request, ...]) -> Iterator[Call]:
    """Yield the allocator's arguments for ``requests``, each repeated ``count`` times."""
    known: dict[int, Call] = {}
    for item in requests:  # a composite repeats its parts' by the thousand
        call = known.get(id(item))
        if call is None:
            call = known[id(item)] = _call(item)
        yield from repeat(call, item.count)


def _call(item: Request) -> Call:
    return item.size, item.align, _GFP[item.gfp], item.reserved, item.accounted, item.nowarn


def plan_of(record: ConsumerRecord, parameters: object, system: System) -> Plan:
    """Ask one consumer record for its plan.

    :raises PlanError: the record has no answer for this system, or its kernel is built without such a thing.
    """
    missing = [option for option in record.needs if system.config.get(option) == "n"]
    if missing:
        raise PlanError(f"consumer {record.kind}: this kernel is built without it (CONFIG_{missing[0]} is off)")
    try:
        return Plan(
            requests=tuple(record.requests(parameters, system)),
            once_requests=tuple(_with_key(item, record.kind) for item in record.once(parameters, system)),
            memory=tuple(record.memory(parameters, system)),
        )
    except LookupError as error:
        text = error.args[0] if error.args else error
        raise PlanError(f"consumer {record.kind}: {text}; it answers for kernels from {record.since} on") from error


def _with_key(item: Request, kind: str) -> Request:
    return item if item.key else replace(item, key=f"{kind}: {item.what}")


def once_each(machine: Iterable[tuple[NamedPlan, int]]) -> tuple[tuple[NamedPlan, int], ...]:
    """Return the consumers of one machine with every one-time request left to the one consumer that makes it.

    That is the first with instances, in the given order; where none has any, each keeps it, for each is asked about alone.
    """
    consumers = tuple(machine)
    paid = _Paid()
    first = {number: paid.take(named.plan.once_requests) for number, (named, count) in enumerate(consumers) if count}
    found = []
    for number, (named, count) in enumerate(consumers):
        requests = first[number] if number in first else paid.left(named.plan.once_requests)
        plan = named.plan if requests == named.plan.once_requests else replace(named.plan, once_requests=requests)
        found.append((replace(named, plan=plan), count))
    return tuple(found)


class _Paid:
    """Keys of the one-time requests that somebody makes."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def left(self, requests: Sequence[Request]) -> tuple[Request, ...]:
        """Return those that nobody makes yet."""
        return tuple(item for item in requests if item.key not in self.keys)

    def take(self, requests: Sequence[Request]) -> tuple[Request, ...]:
        """Return those that nobody makes yet, which from now on somebody does."""
        found = self.left(requests)
        self.keys.update(item.key for item in found)
        return found


def composite(parts: tuple[tuple[int, NamedPlan], ...]) -> Plan:
    """Join parts into one plan: ``count`` instances of each, in order; the parts' one-time requests come with the first.

    :raises PlanError: an instance would make more than :data:`MOST_CALLS` requests.
    """
    asked = sum(count * part.plan.nr_calls for count, part in parts)
    if asked > MOST_CALLS:
        raise PlanError(f"one instance makes {asked} requests of the allocator; allowed: up to {MOST_CALLS}")
    requests: list[Request] = []
    memory: list[KernelMemory] = []
    for count, part in parts:
        if len(part.plan.requests) == 1:
            requests += [replace(item, count=item.count * count) for item in part.plan.requests]
        else:
            requests += part.plan.requests * count
        memory += [replace(item, count=item.count * count) for item in part.plan.memory]
    paid = _Paid()
    once = tuple(item for count, part in parts if count for item in paid.take(part.plan.once_requests))
    return Plan(requests=tuple(requests), once_requests=once, memory=tuple(memory), parts=parts)
