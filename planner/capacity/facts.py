"""The version facts that tell two kernels apart: what the tables of the model say of one and not of the other."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from planner.allocator.kernel import Fact
from planner.allocator.kernel_version import KernelVersion
from planner.quick import dataclass

TABLES: Final = (
    "planner.allocator.kernel",
    "planner.allocator.kernel_boot",
    "planner.allocator.kernel_space",
    "planner.allocator.kernel_messages",
    "planner.allocator.kernel_failures",
)
"""The modules that hold the allocator's version facts."""


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact that differs: its values at the two versions, as text, and the source of the newer one."""

    name: str
    meaning: str
    before: str
    after: str
    source: str


def all_facts() -> Iterator[Fact[Any]]:
    """Yield every fact of the model's tables once, in the order of the tables."""
    seen: set[int] = set()
    for module in TABLES:
        for value in vars(import_module(module)).values():
            if isinstance(value, Fact) and id(value) not in seen:
                seen.add(id(value))
                yield value


def changes(one: KernelVersion, other: KernelVersion) -> tuple[FactChange, ...]:
    """Return the facts whose values differ between two kernels, ``one`` first; facts that either lacks are left out."""
    newer = max(one, other)
    found = []
    for fact in all_facts():
        try:
            before, after, source = fact.at(one), fact.at(other), fact.entry(newer).source
        except LookupError:
            continue
        if before != after:
            found.append(FactChange(fact.name, fact.meaning, _text(before), _text(after), source))
    return tuple(found)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    template = getattr(value, "template", None)
    return str(template if template is not None else value)
