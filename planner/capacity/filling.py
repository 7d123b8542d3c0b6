"""Instances of a plan placed one after another, until there are enough or the kernel refuses one."""

from dataclasses import replace

from planner.allocator.allocator import Allocator
from planner.allocator.fill import ENDLESS, Charge, Filled, fill
from planner.capacity.plan import Call, Plan

BUDGET = 20_000
"""Calls of a mix that does not repeat that are followed one by one; the rest goes in proportion, and the answer gets a range."""

EXACT = 200_000
"""Calls up to which a declared count is placed one by one; beyond, a mix that does not repeat is estimated, and the report says so."""

__all__ = ["BUDGET", "ENDLESS", "EXACT", "Filled", "place"]


def place(allocator: Allocator, plan: Plan, count: int, *, first: bool = True) -> Filled:
    """Place ``count`` instances of ``plan``; ``first``: the one-time requests come with the first of them.

    A plan that takes nothing always succeeds; with a ``count`` of :data:`ENDLESS` that has to be excluded before.
    """
    charges = _charges(allocator, plan)
    each = plan.each
    if count >= ENDLESS and len(each) > 1 and len(set(each)) == 1 and not charges and not (first and plan.once):
        # one call after the other is all there is to it, so the single calls are counted, which repeat sooner
        single = fill(allocator, each[:1], ENDLESS, budget=BUDGET)
        off = None if single.off is None else (single.off[0] // len(each) + 1, single.off[1] // len(each) + 1)
        return replace(single, made=single.made // len(each), off=off)
    if not (first and plan.once and count):
        return fill(allocator, each, count, charges=charges, budget=_budget(each, count))
    opening = fill(allocator, plan.once + each, 1, charges=charges)
    if not opening.complete or count == 1:
        return opening
    rest = fill(allocator, each, count - 1, charges=charges, budget=_budget(each, count))
    return replace(rest, made=rest.made + 1)


def _budget(each: tuple[Call, ...], count: int) -> int | None:
    return BUDGET if len(each) * count > EXACT else None


def _charges(allocator: Allocator, plan: Plan) -> tuple[Charge, ...]:
    """Return an instance's kernel memory; on 64 bits vmalloc is counted as its pages, for address space never ends there."""
    ample = allocator.layout.bits == 64
    return tuple(
        (item.size, item.count, "pages" if ample and item.where == "vmalloc" else item.where) for item in plan.memory
    )
