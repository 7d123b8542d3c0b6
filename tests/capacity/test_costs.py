"""What an instance costs on each kernel, as the plugin says it."""

import itertools

import pytest

from planner.capacity.costs import defaults, history, newest
from planner.plugin.manager import PluginManager
from planner.testing import make_system

RECORDS = PluginManager(entry_points=()).consumers()


def test_workqueues_through_the_generations():
    lines = {line.since: line for line in history(RECORDS["workqueue"], defaults(RECORDS["workqueue"]))}
    assert (lines["2.6.36"].bits64.bytes_per_cpu, lines["2.6.36"].bits32.bytes_per_cpu) == (112, 92)
    assert lines["3.9"].bits64.bytes_per_cpu == lines["3.9"].bits32.bytes_per_cpu == 256
    assert (lines["6.6"].bits64.bytes_per_cpu, lines["6.6"].bits32.bytes_per_cpu) == (8, 4)


def test_what_the_first_brings_stands_apart():
    record = RECORDS["perf-tracepoint"]
    last = history(record, defaults(record))[-1]
    assert (last.bits64.bytes_per_cpu, last.bits64.once_bytes_per_cpu) == (8, 32768)


@pytest.mark.parametrize("kind", RECORDS)
def test_each_line_differs_from_the_one_before_and_is_what_the_plugin_says(kind):
    record = RECORDS[kind]
    parameters = defaults(record)
    if parameters is None:
        return
    lines = history(record, parameters)
    assert lines
    assert all((a.bits64, a.bits32) != (b.bits64, b.bits32) for a, b in itertools.pairwise(lines))
    for line in lines:
        requests = list(record.requests(parameters, make_system(line.since)))
        assert line.bits64.bytes_per_cpu == sum(item.size * item.count for item in requests)
    assert sum(item.size * item.count for item in newest(record, parameters)) == lines[-1].bits64.bytes_per_cpu


def test_what_has_no_defaults_has_no_table():
    assert defaults(RECORDS["raw"]) is None
