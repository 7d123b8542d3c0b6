"""What the names of distribution kernels tell beyond x.y: a later mm/percpu.c, or the stable sublevel that a build number stands for.

Only what was read stands here. Whatever a boot line, a captured state or a declared value says outranks it.
"""

import re
from functools import lru_cache

from planner.quick import dataclass


@dataclass(frozen=True, slots=True)
class Tree:
    """Builds of one distribution kernel: ``pattern`` finds the build number in the version's text, ``first`` is the oldest it holds for.

    Facts whose newest source begins with ``file`` are those of release ``like``, but for functions in ``unchanged``; where ``names``
    are given, the facts of these names are.
    """

    pattern: str
    first: int
    file: str
    like: str
    unchanged: tuple[str, ...]
    source: str
    names: frozenset[str] = frozenset()

    def holds(self, name: str, source: str) -> bool:
        """Tell whether the fact ``name``, whose newest line rests on ``source``, is that of the later release."""
        if self.names:
            return name in self.names
        return source.startswith(self.file) and not any(function in source for function in self.unchanged)


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
    Tree(
        r"^3\.10\.0-(\d{1,4})(?:\.\d+)*\.el7",
        862,
        "include/linux/percpu.h",
        "3.18",
        (),
        "boot log of CentOS 7.5, 3.10.0-862.2.3.el7: s104856 r8192 d30312 on 35 pages is a dynamic reserve of 28 KiB, not of 20. What "
        "else of the allocator was taken over, and in which build it began, no log that was read tells",
    ),
    Tree(
        r"^3\.10\.0-(\d{1,4})(?:\.\d+)*\.el7",
        1160,
        "mm/percpu.c",
        "5.1",
        (),
        "boot logs of CentOS 7.9, 3.10.0-1160.el7 and 1160.15.2: percpu: Embedded 38 pages/cpu s118784 r8192 d28672 u1048576, with the "
        "prefix of 4.6, which is the file's, and without the address, as from 5.1 on; 957 (7.6) has PERCPU: and the address",
        frozenset(
            (
                "embedded",
                "paged",
                "max-distance",
                "unknown-allocator",
                "page-out-of-memory",
                "setup-bug",
                "setup-bug-mask",
            )
        ),
    ),
)


@lru_cache(maxsize=256)
def trees_of(text: str) -> tuple[Tree, ...]:
    """Return the trees that the text of a kernel version names; none where mainline's tables hold."""
    found = []
    for tree in TREES:
        for word in text.split():
            match = re.match(tree.pattern, word)
            if match is not None and int(match[1]) >= tree.first:
                found.append(tree)
                break
    return tuple(found)


def release_like(text: str, name: str, source: str) -> str | None:
    """Return the release that the fact ``name`` is taken from in the kernel of this ``text``, ``None``: its own."""
    return next((tree.like for tree in trees_of(text) if tree.holds(name, source)), None)


_DEBIAN = re.compile(r"(?P<series>\d{1,2}\.\d{1,2})\.0-(?P<abi>\d{1,3})-(?P<flavour>[\w-]+)$")
_DEBIAN_FLAVOURS = re.compile(
    r"(?:rt-|cloud-)?(?:amd64|686|686-pae|arm64|armmp|armmp-lpae|rpi|marvell|powerpc64le|s390x|octeon|loongson-3|[45]kc-malta|mips32r2e[bl])(?:-dbg)?$"
)
"""Debian's names of its builds for a machine; Ubuntu's are generic, lowlatency, aws …, and number their builds otherwise."""
DEBIAN_SUBLEVELS: dict[str, tuple[tuple[int, int], ...]] = {
    "6.1": (
        (56, 192), (50, 176), (38, 147), (37, 140), (36, 139), (35, 137), (34, 135), (33, 133), (32, 129), (31, 128), (30, 124), (29, 123),
        (28, 119), (27, 115), (26, 112), (25, 106), (23, 98), (22, 94), (21, 90), (20, 85), (19, 82), (18, 76), (17, 69), (16, 67),
        (15, 66), (14, 64), (13, 55), (12, 52), (11, 38), (10, 37), (9, 27), (8, 25), (7, 20), (6, 15), (5, 12), (4, 11), (3, 8),
        (2, 7), (1, 4),
    ),
    "6.0": ((6, 12), (5, 10), (4, 8), (3, 7), (2, 3)),
    "5.19": ((2, 11), (1, 6)),
    "5.18": ((4, 16), (3, 14), (2, 5), (1, 2)),
    "5.17": ((3, 11), (2, 6), (1, 3)),
    "5.16": ((6, 18), (5, 14), (4, 12), (3, 11), (2, 10), (1, 7)),
    "5.15": ((3, 15), (2, 5), (1, 3)),
    "5.14": ((4, 16), (3, 12), (2, 9), (1, 6)),
    "5.10": (
        (32, 223), (31, 221), (30, 218), (29, 216), (28, 209), (27, 205), (26, 197), (25, 191), (23, 179), (22, 178), (21, 162),
        (20, 158), (19, 148), (18, 140), (17, 136), (16, 127), (15, 120), (14, 113), (13, 106), (12, 103), (11, 92), (10, 84), (9, 70),
        (8, 46), (7, 38), (6, 28), (5, 24), (4, 19), (3, 12), (2, 9), (1, 4),
    ),
    "5.9": ((5, 15), (4, 11), (3, 9), (2, 6), (1, 1)),
    "5.8": ((3, 14), (2, 10), (1, 7)),
    "5.7": ((3, 17), (2, 10), (1, 6)),
    "5.6": ((2, 14), (1, 7)),
    "5.5": ((2, 17), (1, 13)),
    "5.4": ((4, 19), (3, 13), (2, 8), (1, 6)),
    "5.3": ((3, 15), (2, 9)),
    "5.2": ((3, 17), (2, 7)),
}  # fmt: skip
"""By series: Debian's ABI number (5.10.0-32-amd64) and the sublevel that it began with, newest first; later uploads may be newer.

Source: the entries "Bump ABI to" in changelog.gz of linux-image-5.10.0-32 (5.10.223-1) and 6.1.0-50 (6.1.176-1, a line itself),
and linux-image-amd64 6.1.192-2, which depends on 6.1.0-56.
"""


def debian_sublevel(word: str) -> int | None:
    """Return the sublevel that a Debian kernel's name stands for at least, ``None`` where the name is none of Debian's or not known.

    ``word`` is what ``uname -r`` prints, whose third number Debian keeps at 0 up to 6.5. Source: the changelogs of Debian's packages.
    """
    match = _DEBIAN.match(word)
    if match is None or not _DEBIAN_FLAVOURS.match(match["flavour"]):
        return None
    known = DEBIAN_SUBLEVELS.get(match["series"], ())
    return next((sublevel for abi, sublevel in known if abi <= int(match["abi"])), None)
