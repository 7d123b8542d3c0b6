"""Who holds what: what a look after each consumer finds is what a record of every call says."""

from collections import Counter

import pytest

from planner.capacity import evaluate
from planner.capacity.bases import populate
from planner.capacity.filling import place
from planner.capacity.machine import boot
from planner.capacity.owners import SHOWN_CHUNKS, Owners, in_order
from planner.capacity.resolve import plans

MIXED = """
[[consumer]]
kind = "raw"
name = "large"
size = 3000
count = {large}
[[consumer]]
kind = "raw"
name = "free"
size = 24
count = 700
[[consumer]]
kind = "raw"
name = "late"
size = 200
count = 300
"""


def recorded(machine, consumers):
    """Return holders by (chunk index, offset), and the bytes of each, as every single call tells them."""
    allocator, _backing = machine.start()
    holders = {(chunk.index, offset): "used" for chunk in allocator.chunks for offset, _size in chunk.areas()}
    current = ""

    def listen(kind, index, offset, _size):
        if kind == "alloc":
            holders[index, offset] = current
        elif kind == "free":
            del holders[index, offset]

    allocator.listener = listen
    for named, count in consumers:
        current = "used" if named.name == "free" else named.name
        place(allocator, named.plan, count, machine.effort)
    return holders


@pytest.mark.parametrize("large", [40, 900])
def test_it_is_what_every_call_says(make, manager, large):
    """With 40 nothing repeats and every chunk is shown; with 900 the fill jumps and most chunks stand in one line."""
    machine = boot(make(MIXED.format(large=large), vmalloc="32MiB"), manager)
    consumers = plans(machine.profile, manager)
    wanted = recorded(machine, consumers)
    found = Owners()
    shown, rest = in_order(populate(machine, consumers, note=found.note).allocator)
    assert bool(rest) is (large == 900)
    for chunk in shown:
        mine = {offset: holder for (index, offset), holder in wanted.items() if index == chunk.index}
        assert {offset: found.areas[chunk.index][offset] for offset, _size in chunk.areas()} == mine
    bytes_of = Counter()
    for chunk in rest:
        for offset, size in chunk.areas():
            bytes_of[wanted[chunk.index, offset]] += size
    assert found.rest == dict(bytes_of)


def test_a_report_shows_holders_by_name(make, manager):
    report = evaluate(make(MIXED.format(large=900), vmalloc="32MiB"), manager, advice=False)
    first, rest = report.chunks[0], report.chunks[-1]
    assert {"static", "used", "large"} <= {area.state for area in first.areas}
    assert "free" not in {holder for chunk in report.chunks for holder, _size in chunk.held}  # it means something else
    assert len(report.chunks) == SHOWN_CHUNKS + 1
    assert dict(rest.held)["large"] > 0
    unit = report.first_chunk.unit_size
    assert sum(size for _holder, size in rest.held) + rest.free_bytes == rest.repeats * unit
