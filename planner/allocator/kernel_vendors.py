"""Distribution kernels whose mm/percpu.c is that of a later release than their number says: which, from which build on, and who says so.

Only trees that were read stand here. Whatever a boot line, a captured state or a declared value says outranks them.
"""

import re
from functools import lru_cache

from planner.quick import dataclass


@dataclass(frozen=True, slots=True)
class Tree:
    """Builds of one distribution kernel: ``pattern`` finds the build number in the version's text, ``first`` is the oldest it holds for.

    Facts whose source begins with ``file`` are those of release ``like``, but for functions in ``unchanged``.
    """

    pattern: str
    first: int
    file: str
    like: str
    unchanged: tuple[str, ...]
    source: str


_BOOT = (
    "pcpu_build_alloc_info",
    "pcpu_setup_first_chunk",
    "pcpu_embed_first_chunk",
    "pcpu_page_first_chunk",
    "pcpu_dump_alloc_info",
    "percpu_alloc_setup",
    "setup_per_cpu_areas",
)

TREES = (
    Tree(
        r"^4\.18\.0-(\d{1,4})(?:\.\d+)*\.el8",
        394,
        "mm/percpu",
        "5.14",
        _BOOT,
        "mm/percpu.c, mm/percpu-vm.c of 4.18.0-394.el8 (RHEL 8.7): bitmaps with scan hints, obj_cgroups in all chunks, chunks isolated "
        "and depopulated; grouping of CPUs as in 4.18. Builds between 8.3 (240) and 394 were not read",
    ),
)


@lru_cache(maxsize=256)
def tree_of(text: str) -> Tree | None:
    """Return the tree that the text of a kernel version names, ``None`` where mainline's tables hold."""
    words = text.split()
    for tree in TREES:
        for word in words:
            match = re.match(tree.pattern, word)
            if match is not None and int(match[1]) >= tree.first:
                return tree
    return None
