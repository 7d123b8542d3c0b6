"""How much RAM the allocator and its users may still take: from what the profile says, the rest modelled or assumed."""

from planner.allocator.architecture import Architecture
from planner.allocator.memory import Memory, untouchable_pages
from planner.profile.model import Profile
from planner.report.model import Assumption

MIB = 1024 * 1024
STRUCT_PAGE = {32: 40, 64: 64}
"""sizeof(struct page) in bytes, one for each page frame (include/linux/mm_types.h; 32 bytes on older 32-bit kernels)."""
OTHERS = 64 * MIB
"""What a kernel and a small userspace hold on a machine just booted: 45 to 95 MiB in the QEMU boots of Debian 6.1 and 6.12."""
UNCERTAIN = 32 * MIB


def memory_of(profile: Profile, architecture: Architecture, nr_cpus: int) -> tuple[Memory, tuple[Assumption, ...]]:
    """Return the pages that may still be taken, above the kernel's watermarks, and what that rests on.

    Without a declared RAM nothing runs out of memory; the report then says that RAM is not considered.
    """
    page = architecture.page_size
    ram = profile.memory.ram
    if ram is None:
        return Memory(page_size=page, nr_cpus=nr_cpus), (
            Assumption(what="RAM", value="not declared: memory is taken to suffice", basis="assumed"),
        )
    used = profile.memory.used
    notes = [Assumption(what="RAM", value=f"{ram // MIB} MiB", basis=profile.basis_of("memory.ram"))]
    frames = ram // page * STRUCT_PAGE[architecture.bits]
    if used is None:
        used = OTHERS
        notes.append(
            Assumption(
                what="RAM that the kernel and others hold",
                value=f"{used // MIB} MiB, give or take {UNCERTAIN // MIB} MiB, and {frames // MIB} MiB of struct page",
                basis="assumed",
                source="QEMU boots of Debian 6.1 and 6.12",
            )
        )
    else:
        notes.append(
            Assumption(what="RAM that others hold", value=f"{used // MIB} MiB", basis=profile.basis_of("memory.used"))
        )
    low = _lowmem(profile, architecture, ram)
    high = ram - low
    reserve = untouchable_pages(lowmem_kib=low // 1024, page_size=page, hugepages=ram >= 512 * MIB)
    free = max((low - frames - used) // page - reserve, 0)
    return (
        Memory(
            lowmem=free,
            highmem=high // page,
            highmem_reserve=high // page // 32 if high else 0,
            page_size=page,
            nr_cpus=nr_cpus,
            uncertain_pages=UNCERTAIN // page,
        ),
        tuple(notes),
    )


def _lowmem(profile: Profile, architecture: Architecture, ram: int) -> int:
    """Bytes of RAM that the kernel maps directly: as captured, else as the architecture's plugin says (``None``: all of it)."""
    low = profile.memory.low if profile.memory.low is not None else architecture.lowmem
    return ram if low is None else min(low, ram)
