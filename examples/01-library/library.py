"""The allocator model as a library: no profile, no plugin, only ``planner.allocator``."""

from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.allocator.request import Failure, Gfp

# What this machine's 6.12 said at boot: "percpu: Embedded 53 pages/cpu s185496 r0 d31592 u1048576", one allocation of 2 MiB for two CPUs.
LAYOUT = Layout(
    bits=64,
    page_size=4096,
    static=185496,
    reserved=0,
    dynamic=31592,
    unit_size=1 << 20,
    atom_size=2 << 20,
    alloc_size=2 << 20,
    nr_cpus=2,
    groups=(Group(0, (0, 1)),),
)


def where(allocator: Allocator, result: int | Failure) -> str:
    if isinstance(result, Failure):
        return f"failed: {result.value}"
    chunk, offset = allocator.locate(result)
    return f"chunk {chunk}, offset {offset}"


def first_steps() -> None:
    allocator = Allocator(KernelVersion.parse("6.12.95"), LAYOUT)
    for size, align in ((8, 8), (4096, 4096), (100, 64), (20000, 8)):
        print(f"  {size:>5} bytes aligned to {align:>4}: {where(allocator, allocator.alloc(size, align))}")
    print(f"  atomic, beyond what is populated: {where(allocator, allocator.alloc(16384, 8, Gfp.NOWAIT))}")
    print(f"  the worker is {'pending' if allocator.pending else 'idle'}; it runs: {allocator.balance()}")
    print(f"  Percpu: {allocator.percpu_bytes // 1024} kB")


def generations() -> None:
    """Free four neighbours in a full chunk: from 5.2 on its own record does not notice, and requests go to the next chunk."""
    for version in ("3.2", "4.9", "4.19", "5.4", "6.12.95"):
        allocator = Allocator(KernelVersion.parse(version), LAYOUT)
        pointers = [allocator.alloc(600, 8) for _ in range(3000)]
        for pointer in pointers[100:104]:
            if isinstance(pointer, int):
                allocator.free(pointer)
        found = [where(allocator, allocator.alloc(size, 8)) for size in (1000, 600)]
        print(f"  {version:>7}: {'; '.join(found)}")


def until_it_fails() -> None:
    backing = CountedBacking(max_chunks=3)
    allocator = Allocator(KernelVersion.parse("6.12.95"), LAYOUT, backing)
    made = 0
    while isinstance(result := allocator.alloc(2288, 8), int):
        made += 1
        if allocator.pending:
            allocator.balance()
    warning = allocator.warnings[-1]
    print(f"  {made} objects of 2288 bytes, then: {result.value}")
    print(
        f"  size={warning.size} align={warning.align} atomic={int(warning.atomic)}; pages in use on both CPUs: {backing.pages_out}"
    )
    for chunk in allocator.chunks:
        print(
            f"  chunk {chunk.index}: {chunk.nr_alloc} areas, {chunk.free_bytes} bytes free, {chunk.nr_populated} pages populated"
        )


print("Placing a few objects on 6.12:")
first_steps()
print("Where the next objects go, by generation:")
generations()
print("Until no chunk can be had:")
until_it_fails()
