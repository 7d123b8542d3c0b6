"""From costs (:mod:`planner_consumers.sizes_memory`) to kernel memory: the mechanism that consumers share."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from planner.plugin import Basis, KernelMemory, System
from planner_consumers.sizing import Object

_GRAIN = 64
"""Bytes of the pieces that stand for a cost: it is a sum of objects of many sizes, with their slabs' waste in it already."""
_ASSUMED = "assumed: "


def costs(system: System, item: Object, count: int = 1) -> Iterator[KernelMemory]:
    """Yield what ``count`` times ``item`` takes of slab; nothing where this kernel has none of it."""
    found = item.size(system)
    if found.size and count > 0:
        yield KernelMemory(
            size=_GRAIN,
            count=-(-found.size * count // _GRAIN),
            what=item.name,
            source=f"{item.where}; size: {found.source.removeprefix(_ASSUMED)}",
            basis=_basis(found.basis),
        )


def all_costs(system: System, items: Iterable[Object]) -> Iterator[KernelMemory]:
    """Yield what each of ``items`` takes of slab."""
    for item in items:
        yield from costs(system, item)


def pages(
    system: System, item: Object, count: int = 1, *, where: Literal["pages", "vmalloc"] = "pages"
) -> Iterator[KernelMemory]:
    """Yield what ``count`` times ``item`` takes of the page allocator."""
    found = item.size(system)
    if found.size and count > 0:
        yield KernelMemory(
            size=found.size,
            count=count,
            where=where,
            what=item.name,
            source=f"{item.where}; size: {found.source.removeprefix(_ASSUMED)}",
            basis=_basis(found.basis),
        )


def _basis(basis: Basis) -> Basis:
    """Return what a figure rests on: one kernel's is an estimate for another configuration, version and architecture."""
    return basis if basis == "captured" else "assumed"


def taking(*items: Object) -> Callable[[object, System], Iterable[KernelMemory]]:
    """Return a ``memory`` hook for instances that take each of ``items``, whatever the parameters."""

    def memory(_parameters: object, system: System) -> Iterator[KernelMemory]:
        yield from all_costs(system, items)

    return memory
