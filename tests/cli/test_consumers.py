"""``planner consumers KIND``: keys, cost on each kernel, what it consists of, sources."""

import json


def test_the_page_of_a_kind(planner):
    result = planner("consumers", "workqueue")
    assert result.code == 0
    rows = [line.split() for line in result.out.splitlines()]
    assert next(row for row in rows if row[:1] == ["2.6.36"])[:3] == ["2.6.36", "112", "(1)"]
    assert next(row for row in rows if row[:1] == ["6.6"])[:3] == ["6.6", "8", "(1)"]
    assert "1 x 8 at 8, GFP_KERNEL: pointer to pool_workqueue (kernel/workqueue.c:alloc_and_link_pwqs" in result.out
    assert "\nsources\n" in result.out


def test_the_page_of_a_kind_without_defaults(planner):
    assert "what it costs: as the parameters say" in planner("consumers", "raw").out


def test_the_same_as_data(planner):
    (one,) = json.loads(planner("consumers", "perf-tracepoint", "--json").out)
    assert one["costs"][-1]["bits64"]["once_bytes_per_cpu"] == 4 * 8192
    assert one["pieces"][0]["size"] == 8
    everything = json.loads(planner("consumers", "--json").out)
    assert len(everything) > 100
    assert "costs" not in everything[0]
