"""Every boot line of real kernels, character for character, from what is known before the boot.

Reserved and dynamic sizes, atom, groups and units come from the model; the record gives kernel, static size, CPUs, nodes,
RAM and command line.
"""

import functools
import re
from typing import Any

import pytest

from planner.allocator.boot_log import atom_candidates, parse_boot_log
from planner.allocator.memory import untouchable_pages
from planner.capacity.machine import Machine, boot
from planner.plugin.manager import PluginManager
from planner.profile import load_text
from tests.real.first_chunk import Record, boot_lines, machine_of, profile, records

KIB = 1024
FIRMWARE_TOP = 1024 * KIB
"""Firmware keeps some RAM at the top of the linear mapping (SeaBIOS 128 KiB): on x86-32 with little RAM it moves VMALLOC_START."""


@functools.cache
def plugins() -> PluginManager:
    return PluginManager(entry_points=())


def each(test: Any) -> Any:
    return pytest.mark.parametrize("record", records(), ids=[record["id"] for record in records()])(test)


def booted(record: Record) -> Machine:
    return boot(load_text(profile(record), plugins()), plugins())


def test_the_data_is_there() -> None:
    assert len(records()) == 119


@each
def test_boot_lines(record: Record) -> None:
    expected = boot_lines(record)
    assert any("pages/cpu" in line for line in expected)
    assert [text for _level, text in booted(record).first_chunk.log] == expected


@each
def test_vmalloc_space(record: Record) -> None:
    """VmallocTotal in /proc/meminfo is the vmalloc range, exactly where RAM does not move it."""
    machine = booted(record)
    total, real = machine.architecture.vmalloc.total // KIB, record["meminfo"]["VmallocTotal"]
    if machine_of(record) == ("x86", 32) and not record["meminfo"]["HighTotal"]:
        assert 0 <= real - total <= FIRMWARE_TOP // KIB
    else:
        assert total == real


@each
def test_percpu_in_meminfo(record: Record) -> None:
    """The first chunk alone accounts for its pages times units; further chunks add whole pages of every unit."""
    layout = booted(record).first_chunk.layout
    first = layout.size_sum // layout.page_size * layout.nr_units
    more = record["meminfo"]["Percpu"] * KIB // layout.page_size - first
    assert more >= 0
    assert more % layout.nr_units == 0


@each
def test_the_log_is_read_back(record: Record) -> None:
    log = parse_boot_log(record["log"])
    layout = booted(record).first_chunk.layout
    assert (log.kind, log.static, log.reserved, log.dynamic, log.unit_size, log.atom_size) == (
        layout.mode,
        layout.static,
        layout.reserved,
        layout.dynamic,
        layout.unit_size,
        layout.atom_size,
    )
    assert log.cpus == tuple(sorted(cpu for group in layout.groups for cpu in group.cpus if cpu is not None))
    units = layout.units_per_alloc
    assert log.allocations == tuple(
        (number, group.cpus[start : start + units])
        for number, group in enumerate(layout.groups)
        for start in range(0, group.nr_units, units)
    )


@each
def test_the_line_alone_tells_the_atom(record: Record) -> None:
    """Without the pcpu-alloc line the true atom is among the few that fit."""
    machine = booted(record)
    line = parse_boot_log(line for line in record["log"] if "pages/cpu" in line)
    atoms = atom_candidates(
        machine.profile.system.kernel,
        line,
        page_size=machine.architecture.page_size,
        cpus=machine.profile.system.cpus_possible,
        distance=machine.architecture.distance,
    )
    assert machine.first_chunk.layout.atom_size in atoms


def counted() -> list[Record]:
    return [record for record in records() if "percpu_stats" in record]


@pytest.mark.parametrize("record", counted(), ids=[record["id"] for record in counted()])
def test_percpu_stats(record: Record) -> None:
    """debugfs percpu_stats of kernels built with CONFIG_PERCPU_STATS names the same sizes."""
    layout = booted(record).first_chunk.layout
    real = dict(re.findall(r"^  (\w+) *: *(\d+)$", record["percpu_stats"].partition("Global Stats")[0], re.MULTILINE))
    assert {name: int(value) for name, value in real.items()} == {
        "unit_size": layout.unit_size,
        "static_size": layout.static,
        "reserved_size": layout.reserved,
        "dyn_size": layout.dynamic,
        "atom_size": layout.atom_size,
        "alloc_size": layout.alloc_size,
    }


def highmem() -> list[Record]:
    return [record for record in records() if machine_of(record)[1] == 32 and record["meminfo"].get("HighTotal")]


@pytest.mark.parametrize("record", highmem(), ids=[record["id"] for record in highmem()])
def test_lowmem(record: Record) -> None:
    """Lowmem and highmem together are the RAM less what firmware keeps; their border is the model's."""
    machine = booted(record)
    lowmem = machine.architecture.lowmem
    assert lowmem is not None
    ram = machine.profile.system.ram
    assert ram is not None
    assert 0 <= ram - lowmem - record["meminfo"]["HighTotal"] * KIB <= FIRMWARE_TOP


@each
def test_free_memory_after_the_boot(record: Record) -> None:
    """What the kernel and a small userspace hold, nothing of it told, is assumed no further off than the range says."""
    machine = booted(record)
    memory = machine.start()[1].memory
    meminfo, page = record["meminfo"], machine.first_chunk.layout.page_size
    low = meminfo.get("LowTotal") or meminfo["MemTotal"]
    real = meminfo.get("LowFree") if meminfo.get("HighTotal") else meminfo["MemFree"]
    x86 = machine.architecture.name == "x86"
    kept = untouchable_pages(
        lowmem_kib=low,
        dma_kib=15360 if x86 else 0,
        page_size=page,
        hugepages=x86 or machine.architecture.bits == 64,
        pageblock_pages=page // 8,
    )
    assert memory.lowmem is not None
    assert real is not None
    assert abs(memory.lowmem - (real * KIB // page - kept)) <= memory.uncertain_pages
