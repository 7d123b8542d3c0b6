"""From a case's input to a first chunk, through the product's own set-up."""

from itertools import accumulate
from typing import Any

from planner.allocator import first_chunk, kernel_boot
from planner.allocator.architecture import CpuDistance
from planner.allocator.first_chunk import FirstChunk
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.unit_layout import Setup, Sizes
from tests.vectors.files import cpu_list

SOURCES = {
    "2.6.32": "2.6.32.67",
    "3.2": "3.2.7",
    "3.10": "3.10.105",
    "3.16": "3.16.0",
    "4.4": "4.4.11",
    "4.9": "4.9.80",
    "4.19": "4.19.95",
    "5.4": "5.4.286",
    "5.10": "5.10.44",
    "6.1": "6.1.192",
    "6.12": "6.12.117",
}
"""The exact trees that the data come from (FORMAT.md): back-ports follow the sublevel."""

EMBED_BASE = {64: 0x100000000000, 32: 0x20000000}
PAGE_BASE = {64: 0x200000000000, 32: 0x50000000}
WIDE_SPACE = {64: 1 << 45, 32: 1 << 29}
"""A vmalloc space that no placement sequence's areas are too far apart for."""
FIRST_AREA = 0x200000
"""Where the boot memory of the placement sequences begins, from EMBED_BASE."""


def version_of(case: dict[str, Any]) -> KernelVersion:
    return KernelVersion.parse(SOURCES.get(case["version"], case["version"]))


def dynamic_reserve(version: KernelVersion, bits: int) -> int:
    return (kernel_boot.DYNAMIC_RESERVE_64 if bits == 64 else kernel_boot.DYNAMIC_RESERVE_32).at(version)


def distance_of(config: dict[str, Any], cpus: list[int]) -> CpuDistance | None:
    if config.get("distfn") is False:
        return None
    nodes = config.get("nodes") or [0] * (max(cpus) + 1)
    table = config.get("dist")

    def distance(one: int, other: int) -> int:
        first, second = nodes[one], nodes[other]
        if table:
            return int(table[first][second])
        return 10 if first == second else 20

    return distance


def boot(version: KernelVersion, config: dict[str, Any]) -> FirstChunk:
    """Set the first chunk of ``config`` (a first-chunk case's input or a sequence's config) up."""
    bits, page_size = config["bits"], config["page_size"]
    mode = config.get("mode") or ("embed" if config["smp"] else "up")
    reserve = dynamic_reserve(version, bits)
    if mode == "up":
        return first_chunk.uniprocessor(version, bits=bits, page_size=page_size, dynamic_reserve=reserve)
    cpus = cpu_list(config["cpus"])
    dynamic = config.get("dyn", "default")
    sizes = Sizes(
        static=config["static"], reserved=config["reserved"], dynamic=reserve if dynamic == "default" else dynamic
    )
    setup = Setup(version=version, bits=bits, page_size=page_size, cpus=cpus, sizes=sizes, km=config.get("km", False))
    if mode == "page":
        return first_chunk.page(setup, area_address=PAGE_BASE[bits])
    addresses = config.get("area_addr")
    if addresses is None:
        step = -(-(len(cpus) << 21) // config["atom"]) * config["atom"]
        addresses = list(accumulate([FIRST_AREA] + [step] * len(cpus)))
    return first_chunk.embed(
        setup,
        atom_size=config["atom"],
        distance=distance_of(config, cpus),
        vmalloc_total=config.get("vmtotal", WIDE_SPACE[bits]),
        area_addresses=[EMBED_BASE[bits] + address for address in addresses],
    )
