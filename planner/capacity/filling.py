"""Instances of a plan placed one after another, until there are enough or the kernel refuses one."""

from dataclasses import replace

from planner.allocator.allocator import Allocator
from planner.allocator.estimate import Effort
from planner.allocator.fill import ENDLESS, Charge, Filled, fill
from planner.capacity.plan import Call, Plan

EXACT = 200_000
"""Calls up to which a declared count is placed one by one; beyond, a mix that does not repeat is estimated, and the report says so."""
QUICK = 1_500
"""The same where memory ends it and nobody said how much of that there is: the answer is a range whatever is done."""

PATIENT = {32: Effort(walked=600_000, sample=8_000), 64: Effort(walked=100_000, sample=8_000)}
"""For a machine of which everything is told, by word size, shared by its consumers: exact as far as it can be waited for. On 64 bits memory
ends it, which even then is known to some pages only."""
LEAST = 10_000
"""Calls that are walked for each of very many consumers."""
USUAL = Effort(walked=8_000, sample=1_000)
"""Where address space may end it: chunks are small, and most fills repeat."""
GUESSED = Effort(walked=2_000, sample=500)
"""The same where nobody told what else lives in it."""
HASTY = Effort(walked=0, sample=500)
"""Where memory ends it and is not told exactly. Of the shipped requests this tells the share within 0.1 %, of most within 0.01 %."""

__all__ = ["ENDLESS", "GUESSED", "HASTY", "LEAST", "PATIENT", "USUAL", "Effort", "Filled", "place"]


def place(allocator: Allocator, plan: Plan, count: int, effort: Effort, *, first: bool = True) -> Filled:
    """Place ``count`` instances of ``plan``; ``first``: the one-time requests come with the first of them.

    A plan that takes nothing always succeeds; with a ``count`` of :data:`ENDLESS` that has to be excluded before.
    """
    charges = charges_of(allocator, plan)
    each = plan.each
    if count >= ENDLESS and len(each) > 1 and len(set(each)) == 1 and not charges and not (first and plan.once):
        # one call after the other is all there is to it, so the single calls are counted, which repeat sooner
        single = fill(allocator, each[:1], ENDLESS, effort=effort)
        off = None if single.off is None else (single.off[0] // len(each) + 1, single.off[1] // len(each) + 1)
        return replace(single, made=single.made // len(each), off=off)
    if not (first and plan.once and count):
        return fill(allocator, each, count, charges=charges, effort=_effort(each, count, effort))
    opening = fill(allocator, plan.once + each, 1, charges=charges)
    if not opening.complete or count == 1:
        return opening
    rest = fill(allocator, each, count - 1, charges=charges, effort=_effort(each, count, effort))
    return replace(rest, made=rest.made + 1)


def _effort(each: tuple[Call, ...], count: int, effort: Effort) -> Effort | None:
    quick = not effort.walked and len(set(each)) > 1  # equal requests fill whole pages in one step
    return effort if len(each) * count > (QUICK if quick else EXACT) else None


def charges_of(allocator: Allocator, plan: Plan) -> tuple[Charge, ...]:
    """Return an instance's kernel memory; on 64 bits vmalloc is counted as its pages, for address space never ends there.

    What is alike is one charge: a round of a thousand instances would else be a thousand, each with a slab of its own that may be begun.
    Of address space each keeps its turn, which says where it lies.
    """
    ample = allocator.layout.bits == 64
    charges: list[Charge] = []
    turns: dict[tuple[int, str], int] = {}
    for item in plan.memory:
        where = "pages" if ample and item.where == "vmalloc" else item.where
        turn = len(charges) if where == "vmalloc" else turns.setdefault((item.size, where), len(charges))
        if turn == len(charges):
            charges.append((item.size, item.count, where))
        else:
            charges[turn] = item.size, charges[turn][1] + item.count, where
    return tuple(charges)
