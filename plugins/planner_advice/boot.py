"""Changes to the kernel's command line."""

from collections.abc import Iterable, Iterator

from planner.plugin import AdviceRecord, Change, Report, System, hookimpl
from planner_advice.first import limit_of_first

_MIB = 1024 * 1024
_LARGER_MIB = (192, 256, 384, 512)
"""What people set on 32-bit machines: more than 512 MiB leaves too little lowmem (Documentation/admin-guide/kernel-parameters.txt)."""
_SMALLER_MIB = (96, 64)
"""What leaves more lowmem: the direct mapping ends where the vmalloc space begins (arch/x86/mm/init_32.c, arch/arm/mm/mmu.c)."""


_LOWMEM = 768 * _MIB
"""RAM beyond which the vmalloc space may take from the direct mapping: that is 1 GiB of addresses, less what is reserved at its end."""


def _vmalloc_total(report: Report) -> int | None:
    return next((limit.total for limit in report.limits if limit.name == "vmalloc"), None)


def other_vmalloc(system: System, report: Report) -> Iterator[Change]:
    """Propose ``vmalloc=`` on 32-bit architectures that read it: larger where that space ends first, smaller where lowmem does."""
    limit, total = limit_of_first(report), _vmalloc_total(report)
    if system.bits != 32 or system.arch not in {"x86", "arm"} or total is None:
        return
    if limit == "vmalloc":
        sizes = [size for size in _LARGER_MIB if size * _MIB > total + _MIB]
    elif limit == "ram" and (system.ram or 0) > _LOWMEM:
        sizes = [size for size in _SMALLER_MIB if size * _MIB < total - _MIB]
    else:
        return
    for size in sizes:
        word = f"vmalloc={size}M"
        declared = system.declared.vmalloc_size is not None or system.declared.vmalloc_start is not None
        if declared:
            # a declared range outranks the command line, so the what-if replaces the declaration
            yield Change(change=f"boot with {word}", paste=word, sets={"vmalloc": f'{{ size = "{size}MiB" }}'})
        else:
            yield Change(change=f"boot with {word}", paste=word, cmdline=(word,))


def fewer_possible_cpus(system: System, _report: Report) -> Iterator[Change]:
    """Propose to limit possible CPUs to those online: every object exists once for each possible CPU."""
    online = len(system.cpus_online)
    if not online or online >= system.nr_cpus:
        return
    word = f"nr_cpus={online}"
    yield Change(
        change=f"limit possible CPUs to the {online} that are online",
        paste=word,
        sets={"cpus.possible": str(online)},
    )


def other_first_chunk(system: System, report: Report) -> Iterator[Change]:
    """Propose the page method where embedding makes units, and so chunks, much larger than the first chunk needs."""
    needed = report.first_chunk.static + report.first_chunk.reserved + report.first_chunk.dynamic
    if report.first_chunk.mode == "embed" and report.first_chunk.unit_size > 2 * needed and system.bits == 32:
        yield Change(
            change="boot with percpu_alloc=page: chunks no longer follow the large-page size",
            paste="percpu_alloc=page",
            sets={"percpu.alloc": "page"},
        )


def no_kernel_memory_accounting(system: System, report: Report) -> Iterator[Change]:
    """Propose ``cgroup.memory=nokmem``: from 5.14 on every chunk carries a vector of object cgroups otherwise."""
    if system.memcg_kmem and any(consumer.stops is not None for consumer in report.consumers):
        word = "cgroup.memory=nokmem"
        yield Change(
            change=f"boot with {word} (kernel memory is no longer charged to containers)", paste=word, cmdline=(word,)
        )


@hookimpl
def planner_advice() -> Iterable[AdviceRecord]:
    """Advice about boot parameters."""
    return (
        AdviceRecord(
            name="vmalloc", summary="a vmalloc space of another size on 32-bit machines", propose=other_vmalloc
        ),
        AdviceRecord(
            name="possible-cpus", summary="no more possible CPUs than can come online", propose=fewer_possible_cpus
        ),
        AdviceRecord(name="page-first-chunk", summary="the page method for the first chunk", propose=other_first_chunk),
        AdviceRecord(name="nokmem", summary="no kernel memory accounting", propose=no_kernel_memory_accounting),
    )
