"""A configuration that grows structures is not passed over in silence."""

import pytest

from planner.capacity import EvaluationError, evaluate
from planner.plugin.manager import PluginManager
from planner.profile import load_text

MANAGER = PluginManager(entry_points=())
TEXT = """
schema = 1
[system]
arch = "x86"
bits = 64
kernel = "6.12"
[cpus]
possible = 4
[percpu]
static = 200000
[[consumer]]
kind = "netns"
count = 1
[config]
"""


def _sizes(text):
    report = evaluate(load_text(TEXT + text, MANAGER), MANAGER, advice=False)
    return [one.source for one in report.assumptions if one.what == "sizes of structures"]


def test_options_that_grow_structures_are_named():
    (source,) = _sizes('PREEMPT_RT = "y"\nLOCKDEP = "y"\n')
    assert source.startswith("CONFIG_PREEMPT_RT: ")
    assert "; CONFIG_LOCKDEP: " in source


def test_nothing_is_said_where_sizes_are_the_kernel_s_own():
    assert _sizes('PREEMPT_RT = "n"\n') == []
    assert _sizes('PREEMPT_RT = "y"\n[structs]\ngro_cell = { size = 600 }\n') == []


def test_what_the_kernel_is_built_without_cannot_be_planned():
    profile = load_text(TEXT + 'NET_NS = "n"\n', MANAGER)
    with pytest.raises(EvaluationError, match=r"netns: this kernel is built without it \(CONFIG_NET_NS is off\)"):
        evaluate(profile, MANAGER)
