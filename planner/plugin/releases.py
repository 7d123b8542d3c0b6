"""The kernels that planner models, and machines to ask a plugin about."""

from collections.abc import Iterator, Mapping
from typing import Final

from planner.allocator.kernel_version import KernelVersion
from planner.plugin.system import Config, System

MAINLINE: Final = (
    *(f"2.6.{n}" for n in range(30, 40)),
    *(f"3.{n}" for n in range(20)),
    *(f"4.{n}" for n in range(21)),
    *(f"5.{n}" for n in range(20)),
    *(f"6.{n}" for n in range(20)),
    *(f"7.{n}" for n in range(4)),
)
"""Every mainline release that planner models, oldest first."""

RELEASES: Final = (
    *MAINLINE,
    "3.2.0-51-generic",
    "4.4.155",
    "4.9.154",
    "5.10.223",
    "5.15.85",
    "6.1.176",
    "6.6.9",
    "6.12.95",
)
"""The same, and sublevels of stable series that carry back-ports."""


def make_system(
    kernel: str = "6.12", *, bits: int = 64, cpus: int = 4, arch: str = "x86", config: Mapping[str, str] | None = None
) -> System:
    """Return a machine with ``cpus`` possible CPUs on one node; options without ``CONFIG_``."""
    return System(
        name="contract",
        arch=arch,
        bits=bits,
        kernel=KernelVersion.parse(kernel),
        cpus_possible=tuple(range(cpus)),
        config=Config(config or {}),
    )


def releases_from(first: str) -> Iterator[str]:
    """Yield the modelled releases from ``first`` on, in the order of :data:`RELEASES`."""
    oldest = KernelVersion.parse(first)
    yield from (release for release in RELEASES if KernelVersion.parse(release) >= oldest)
