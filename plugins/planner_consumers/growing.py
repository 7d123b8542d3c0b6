"""Sizes of structures that the configuration or the ABI makes other than the tables say: laid out anew from their members.

The tables hold what x86 kernels of distributions have. A structure whose members are known is laid out for such a kernel first:
only where this gives the table's own size is its line believed, and laid out again for the kernel that is asked about.
"""

import functools

from planner.plugin import KernelVersion, System
from planner_consumers.layout import Kernel
from planner_consumers.members import MEMBERS, UNKNOWN
from planner_consumers.options import Build, build_of, usual
from planner_consumers.primitives import PRIMITIVES


def laid_out(name: str, size: int, align: int, system: System) -> "tuple[int, int] | None":
    """Return size and alignment of the structure ``name`` on ``system``, where the table has ``size`` and ``align``; ``None`` = these.

    A call may ask for more than the structure's own alignment (``kmem_cache_cpu``): then it still does.

    :raises LookupError: its members on this kernel are not known, so nobody can say what its options or ABI make of it.
    """
    if name in UNKNOWN:
        raise LookupError(f"{name}: its members are not known")
    if (
        name not in MEMBERS
    ):  # plain counters (members.PLAIN), or kernel memory, of which a sum is known and not its parts
        return None
    was = measured(name, system.kernel, usual(system))
    now = measured(name, system.kernel, build_of(system))
    if now == was:
        return None
    if was[0] != size:
        raise LookupError(f"{name}: its members on {system.kernel} are not known")
    return now[0], now[1] if was[1] == align else max(now[1], align)


@functools.lru_cache(maxsize=4096)
def measured(name: str, version: KernelVersion, build: Build) -> tuple[int, int]:
    """Return size and alignment of a structure by its members.

    :raises LookupError: they are not known, or those of one of them.
    """

    def text(name: str) -> str:
        found = PRIMITIVES.get(name) or MEMBERS.get(name)
        if found is None:
            raise LookupError(f"{name}: its members are not known")
        return found.at(version)

    return Kernel(abi=build.abi, enabled=build.options.__contains__, text=text).measure(text(name))
