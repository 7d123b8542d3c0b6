"""Instances of a plan placed one after another, until there are enough or the kernel refuses one."""

from planner.allocator.allocator import Allocator
from planner.allocator.fill import ENDLESS, Filled, fill
from planner.capacity.plan import Plan

__all__ = ["ENDLESS", "Filled", "place"]


def place(allocator: Allocator, plan: Plan, count: int, *, first: bool = True) -> Filled:
    """Place ``count`` instances of ``plan``; ``first``: the one-time requests come with the first of them.

    A plan that takes nothing always succeeds; with a ``count`` of :data:`ENDLESS` that has to be excluded before.
    """
    charges = tuple((item.size, item.count, item.where) for item in plan.memory)
    each = plan.each
    if not (first and plan.once and count):
        return fill(allocator, each, count, charges=charges)
    opening = fill(allocator, plan.once + each, 1, charges=charges)
    if not opening.complete or count == 1:
        return opening
    rest = fill(allocator, each, count - 1, charges=charges)
    return Filled(rest.made + 1, rest.failure, rest.call, rest.charge)
