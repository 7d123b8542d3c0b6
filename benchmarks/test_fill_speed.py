"""How long a fill takes: the seeds' machines, 10^5 and 10^8 instances, by generation and unit size; and mixes that are extrapolated.

Run: pytest benchmarks/test_fill_speed.py --benchmark-only
"""

from typing import Any

import pytest

from planner.allocator.allocator import Allocator
from planner.allocator.backing import CountedBacking
from planner.allocator.fill import fill
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.layout import Group, Layout
from planner.capacity.fit import most
from planner.capacity.machine import boot
from planner.capacity.resolve import plans
from planner.plugin.manager import PluginManager
from planner.profile.load import load

VERSIONS = (
    "2.6.32.67",
    "3.10.105",
    "3.16",
    "3.18.20",
    "4.9.80",
    "4.19.95",
    "5.4.286",
    "5.10.44",
    "6.1.192",
    "6.12.117",
    "6.18.35",
)
UNITS = (53248, 262144, 1048576, 2097152)
REQUESTS = ((8, 8), (40, 8), (256, 256), (8, 16))
SEEDS = ("seeds/answerer-3.2-core2duo", "seeds/asker-3.10", "seeds/generic-32k", "seeds/up-3.10")


def layout(unit: int) -> Layout:
    return Layout(
        bits=64,
        page_size=4096,
        static=24576,
        reserved=8192,
        dynamic=20480,
        unit_size=unit,
        atom_size=4096,
        alloc_size=unit,
        nr_cpus=4,
        groups=(Group(0, (0, 1, 2, 3)),),
    )


@pytest.mark.parametrize("count", [10**5, 10**8], ids=["1e5", "1e8"])
@pytest.mark.parametrize(("size", "align"), REQUESTS, ids=[f"{size}@{align}" for size, align in REQUESTS])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("version", VERSIONS)
def test_homogeneous(  # noqa: PLR0913, PLR0917 - the axes of the table
    benchmark: Any, version: str, unit: int, size: int, align: int, count: int
) -> None:
    def start() -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (Allocator(KernelVersion.parse(version), layout(unit), CountedBacking()),), {}

    def run(allocator: Allocator) -> int:
        return fill(allocator, [(size, align, 0, False, False, False)], count).made

    assert benchmark.pedantic(run, setup=start, rounds=2) == count


@pytest.mark.parametrize("name", SEEDS)
def test_exhaustion_of_the_seeds(benchmark: Any, name: str) -> None:
    manager = PluginManager(entry_points=())
    profile = load(name, manager)
    machine, consumers = boot(profile, manager), plans(profile, manager)
    assert benchmark.pedantic(most, args=(machine, consumers, 0), rounds=2) > 0
