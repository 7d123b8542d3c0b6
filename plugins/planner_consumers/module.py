"""Kernel modules: their static per-CPU data (DEFINE_PER_CPU in a module)."""

from collections.abc import Iterable
from dataclasses import dataclass

from planner.plugin import ConsumerRecord, Request, System, hookimpl, parameter

_PAGE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """The module's section ``.data..percpu``, as ``readelf -S MODULE.ko`` shows it."""

    static: int = parameter(help="bytes of the section .data..percpu (sh_size)", minimum=0, size=True)
    align: int = parameter(default=8, help="its alignment (sh_addralign)", minimum=1, size=True)


def _requests(parameters: Module, system: System) -> Iterable[Request]:
    if parameters.static:
        yield Request(
            size=parameters.static,
            align=min(parameters.align, system.page_size or _PAGE),  # the loader warns and cuts it
            reserved=True,
            what=".data..percpu of the module",
            source="kernel/module/main.c:percpu_modalloc (kernel/module.c before 5.19)",
            basis="declared",
        )


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """Modules."""
    yield ConsumerRecord(
        kind="module",
        summary="a module's static per-CPU data, from the reserved chunk where the architecture has one",
        requests=_requests,
        parameters=Module,
        unit="module",
        family="module",
        sources=(
            "kernel/module/main.c:percpu_modalloc, __alloc_reserved_percpu",
            "traced: modules with 200 and 6000 bytes on Debian 6.1.176, 6.12.95, 7.3.4 amd64",
        ),
    )
