"""What a report says of kernel memory that is estimated: beside per-CPU memory it is known only roughly."""

from collections.abc import Iterable, Iterator

from planner.capacity.plan import NamedPlan
from planner.plugin import KernelMemory
from planner.profile.model import Profile
from planner.report.model import Assumption
from planner.report.text import size_text


def estimates(profile: Profile, consumers: Iterable[tuple[NamedPlan, int]]) -> Iterator[Assumption]:
    """Yield a line for each kind whose kernel memory is estimated, a composite's parts in its place; none where RAM is not told."""
    seen = set()
    if profile.memory.ram is None:
        return
    for named in _leaves(named for named, _count in consumers):
        rough = [item for item in named.plan.memory if item.basis == "assumed"]
        what = f"kernel memory of one {named.kind}"
        amount = sum(item.size * item.count for item in rough)
        if amount and (what, amount) not in seen:
            seen.add((what, amount))
            yield Assumption(
                what=what,
                value=f"{size_text(amount)} beside per-CPU memory, an estimate",
                basis="assumed",
                source=_largest(rough).source,
            )


def _leaves(consumers: Iterable[NamedPlan]) -> Iterator[NamedPlan]:
    for named in consumers:
        if named.plan.parts:
            yield from _leaves(part for _count, part in named.plan.parts)
        else:
            yield named


def _largest(items: list[KernelMemory]) -> KernelMemory:
    return max(items, key=lambda item: item.size * item.count)
