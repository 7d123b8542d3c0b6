"""BPF maps by their parameters, after the sources of 5.10, 6.1, 6.12 and 7.3: what the recordings did not vary."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plugin.manager import PluginManager
from planner.testing import make_system

MAP = PluginManager(entry_points=()).consumers()["bpf-map"]
KERNELS = ("5.10", "6.1", "6.12", "7.3")


def _requests(kernel, cpus=2, online=(), **parameters):
    system = replace(make_system(kernel, cpus=cpus), cpus_online=tuple(range(online)) if online else ())
    return list(MAP.requests(MAP.parameters(**parameters), system))


def _count(requests, size, align):
    return sum(item.count for item in requests if (item.size, item.align) == (size, align))


def _counters(requests):
    return sum(item.count for item in requests if item.what == "bpf_htab.pcount")


@given(
    st.sampled_from(KERNELS),
    st.integers(1, 5000),
    st.integers(9, 5000),
    st.sampled_from(["percpu-array", "percpu-hash"]),
)
def test_each_entry_has_a_value_rounded_up_to_eight_bytes(kernel, entries, value, kind):
    made = _requests(kernel, type=kind, max_entries=entries, value_size=value)
    rounded = (value + 7) & ~7
    assert (
        _count(made, rounded, 8) - (rounded == 16) * _count(_requests(kernel, type=kind, value_size=32), 16, 8)
        == entries
    )


@pytest.mark.parametrize("kind", ["hash", "percpu-hash", "lru-hash", "lru-percpu-hash", "hash-of-maps"])
@pytest.mark.parametrize("prealloc", [True, False])
@given(entries=st.integers(1, 2000), online=st.integers(1, 16), kernel=st.sampled_from(KERNELS))
def test_large_tables_count_on_each_cpu(kind, prealloc, entries, online, kernel):
    """htab_map_alloc: from 6.1 on, where half the entries are more than 32 for each CPU that is online."""
    made = _requests(kernel, cpus=16, online=online, type=kind, prealloc=prealloc, max_entries=entries)
    assert _counters(made) == (kernel != "5.10" and entries // 2 > online * 32)


@given(st.sampled_from(KERNELS), st.integers(1, 300), st.integers(1, 17))
def test_a_list_for_each_cpu_has_equally_many_entries(kernel, entries, cpus):
    made = _requests(kernel, cpus=cpus, type="lru-percpu-hash", no_common_lru=True, max_entries=entries, value_size=40)
    found = _count(made, 40, 8)
    assert found % cpus == 0
    assert entries <= found < entries + cpus


@pytest.mark.parametrize(("kernel", "small", "large"), [("6.1", 4, 1), ("6.12", 1, 1), ("7.3", 1, 1)])
@given(cpus=st.integers(1, 64), value=st.integers(300, 4000))
def test_tables_that_are_not_preallocated_hold_some_elements_for_each_cpu(kernel, small, large, cpus, value):
    """prefill_mem_cache: four of at most 256 bytes until 6.7, one of more, one of any since."""
    little = _requests(kernel, cpus=cpus, type="percpu-hash", prealloc=False, value_size=56)
    assert _count(little, 56, 8) == small * cpus
    much = _requests(kernel, cpus=cpus, type="percpu-hash", prealloc=False, value_size=value)
    assert _count(much, (value + 7) & ~7, 8) == large * cpus


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_maps_of_other_types_take(kernel):
    assert sum(item.size * item.count for item in _requests(kernel, type="stack-trace", max_entries=10_000)) == 16
    caches = 2 if kernel == "6.12" else 0
    for kind in ("task-storage", "cgrp-storage"):
        assert sum(item.count for item in _requests(kernel, type=kind)) == caches
    for kind in ("array", "queue", "ringbuf", "devmap", "cpumap", "perf-event-array"):
        assert _requests(kernel, type=kind, max_entries=100) == []


def test_keys_and_entries_of_plain_tables_cost_no_per_cpu_memory():
    one = _requests("6.12", type="hash", max_entries=4, key_size=4, value_size=8)
    other = _requests("6.12", type="hash", max_entries=100, key_size=64, value_size=4096)
    assert one == other
