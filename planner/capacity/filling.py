"""Instances placed one after another, until there are enough or the kernel refuses one."""

from dataclasses import dataclass

from planner.allocator.allocator import Allocator
from planner.allocator.machine import MachineBacking
from planner.allocator.request import Failure
from planner.capacity.plan import Call, Plan
from planner.plugin import KernelMemory

ENDLESS = 1 << 62
"""More instances than any address space holds."""


@dataclass(frozen=True, slots=True)
class Filled:
    """How many instances were made, and what ended it: a call that failed, or kernel memory that was refused."""

    made: int
    failure: Failure | None = None
    call: Call | None = None
    memory: KernelMemory | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing was refused."""
        return self.failure is None and self.memory is None


def place(allocator: Allocator, backing: MachineBacking, plan: Plan, count: int, *, first: bool = True) -> Filled:
    """Place ``count`` instances of ``plan``; ``first``: the one-time requests come with the first of them.

    The worker runs as soon as it is pending, as on a machine with an idle CPU. An instance that fails half-way
    gives back what it got, as the kernel's callers do.
    """
    each = plan.each
    if not each and not plan.memory and not (first and plan.once):
        return Filled(count)
    made = 0
    while made < count:
        wanted = plan.once + each if first and made == 0 else each
        ended = _instance(allocator, backing, plan, wanted)
        if ended is not None:
            failure, call, memory = ended
            return Filled(made, failure, call, memory)
        made += 1
    return Filled(made)


def _instance(
    allocator: Allocator, backing: MachineBacking, plan: Plan, wanted: tuple[Call, ...]
) -> tuple[Failure | None, Call | None, KernelMemory | None] | None:
    for item in plan.memory:
        if not backing.take_memory(item.size, item.count, item.where):
            return None, None, item
    got: list[int] = []
    for call in wanted:
        pointer = allocator.alloc(*call)
        if isinstance(pointer, Failure):
            for earlier in reversed(got):
                allocator.free(earlier)
            return pointer, call, None
        got.append(pointer)
        if allocator.pending:
            allocator.run_pending()
    return None
