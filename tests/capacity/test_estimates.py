"""Kernel memory that is estimated is said to be."""

from planner.capacity import evaluate
from planner.plugin.manager import PluginManager
from planner.profile import load_text

MANAGER = PluginManager(entry_points=())
TEXT = """
schema = 1
[system]
arch = "x86"
bits = 64
kernel = "{kernel}"
[cpus]
possible = 4
[percpu]
static = 200000
[memory]
ram = "{ram}"
[consumer_type.pod]
parts = {{ netns = 1, process = 2 }}
[[consumer]]
kind = "pod"
count = 2
[[consumer]]
kind = "netns"
count = 1
"""


def _said(text):
    report = evaluate(load_text(text, MANAGER), MANAGER, advice=False)
    return [(one.what, one.basis) for one in report.assumptions if one.what.startswith("kernel memory of")]


def test_each_kind_once():
    said = _said(TEXT.format(kernel="6.12", ram="8GiB"))
    assert said == [("kernel memory of one netns", "assumed"), ("kernel memory of one process", "assumed")]


def test_nothing_is_said_of_memory_that_does_not_bind():
    assert _said(TEXT.format(kernel="6.12", ram="8GiB").replace('[memory]\nram = "8GiB"\n', "")) == []


def test_memory_ends_what_per_cpu_space_would_not():
    report = evaluate(load_text(TEXT.format(kernel="6.18", ram="8GiB"), MANAGER), MANAGER, advice=False)
    netns = next(one for one in report.consumers if one.name == "netns")
    assert netns.stops.limit == "ram"
    low, high = netns.fits_range
    assert low < 0.85 * netns.fits
    assert high > 1.2 * netns.fits
    (said,) = [text for text in netns.depends_on if text.startswith("kernel memory of ")]
    assert said.endswith(", an estimate: give or take 25%")
    assert {"netns", "pod"} <= set(said.replace(",", "").split())
    # 8 GiB over 224,000 bytes of slab and some 3.4 KB on each of 4 CPUs
    assert 7.0e9 / (224_000 + 4 * 3_500) < netns.fits < 8.6e9 / (224_000 + 4 * 3_300)
