"""First chunks as the real set-up code makes them: log lines, allocation info, unit map, refusals and BUGs."""

from typing import Any

import pytest

from planner.allocator.first_chunk import FirstChunk
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.rules import Rules
from tests.vectors.boot import EMBED_BASE, PAGE_BASE, boot, version_of
from tests.vectors.files import Line, find
from tests.vectors.state import differences

TOGETHER = 100
"""Cases checked by one test: they take well under a millisecond each."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    lines = find("first_chunk")
    batches = [lines[start : start + TOGETHER] for start in range(0, len(lines), TOGETHER)]
    metafunc.parametrize(
        "batch", batches, ids=[f"{batch[0].path.name.partition('.')[0]}-{batch[0]}" for batch in batches]
    )


def test_cases(batch: list[Line]) -> None:
    wrong = []
    for line in batch:
        case = line.load()
        version = version_of(case)
        got = outcome(version, case["input"], boot(version, case["input"]))
        wrong += [
            f"{line.path.name}: {line.id} ({version}): {where}: expected {expected}, got {found}"
            for where, expected, found in differences(case["output"], got)
        ]
    assert not wrong, "\n".join(wrong[:20])


def outcome(version: KernelVersion, given: dict[str, Any], chunk: FirstChunk) -> dict[str, Any]:
    """What the product says, in the form of the case's output."""
    layout = chunk.layout
    result: dict[str, Any] = {
        "log": [list(entry) for entry in chunk.log],
        "rc": chunk.rc,
        "pages_per_cpu": layout.pages_per_cpu,
        "alloc_info": {
            "static": layout.static,
            "reserved": layout.reserved,
            "dyn": layout.dynamic,
            "unit_size": layout.unit_size,
            "atom_size": layout.atom_size,
            "alloc_size": layout.alloc_size,
            "groups": [
                {"nr_units": group.nr_units, "cpu_map": [-1 if cpu is None else cpu for cpu in group.cpus]}
                for group in layout.groups
            ],
        },
    }
    if chunk.bug is not None:
        del result["rc"]
        result |= {"bug": "BUG", "bug_text": [chunk.bug]}
    if chunk.ok:
        result["fc"] = unit_map(version, given, chunk)
    return result


def unit_map(version: KernelVersion, given: dict[str, Any], chunk: FirstChunk) -> dict[str, Any]:
    layout = chunk.layout
    offsets = dict(chunk.unit_offsets)
    bases = {"embed": EMBED_BASE, "page": PAGE_BASE}
    base = layout.first_chunk_base - bases[layout.mode][given["bits"]] if layout.mode in bases else UP_BASE
    return {
        "unit_pages": layout.unit_pages,
        "unit_size": layout.unit_size,
        "nr_units": layout.nr_units,
        "nr_slots": Rules.of(version, layout, memcg=False).nr_slots,
        "low_unit_cpu": min(offsets, key=offsets.__getitem__),
        "high_unit_cpu": max(offsets, key=offsets.__getitem__),
        "nr_groups": len(layout.groups),
        "base": base,
        "group_offsets": list(chunk.group_offsets),
        "group_sizes": list(chunk.group_sizes),
        "unit_map": {str(cpu): unit for cpu, unit in chunk.unit_of},
        "unit_offsets": {str(cpu): offset for cpu, offset in offsets.items()},
    }


UP_BASE = 0x200000
"""The shim's boot memory begins there; the product makes no statement about it."""
