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


def _sizes(text, kind="vxlan"):
    text = TEXT.replace("netns", kind) + text
    report = evaluate(load_text(text, MANAGER), MANAGER, advice=False)
    return [one for one in report.assumptions if one.what == "sizes of structures"]


def test_what_options_make_of_structures_is_said():
    (one,) = _sizes('PREEMPT_RT = "y"\nLOCKDEP = "y"\n')
    assert one.basis == "modelled"
    assert one.value == "laid out anew: gro_cell 424 → 552 bytes"
    assert one.source.startswith("CONFIG_PREEMPT_RT: ")
    assert "; CONFIG_LOCKDEP: " in one.source


def test_structures_whose_members_are_not_known_are_named_without_a_number_of_growth():
    """What a napi_struct of 5.4 consists of is not tabled."""
    report = evaluate(
        load_text(TEXT.replace("6.12", "5.4").replace("netns", "vxlan") + 'LOCKDEP = "y"\n', MANAGER), MANAGER
    )
    (one,) = (one for one in report.assumptions if one.what == "sizes of structures")
    assert one.basis == "assumed"
    assert one.value == "as without these options, system.btf gives the real ones: gro_cell (416) bytes"


def test_consumers_without_locks_say_nothing():
    assert _sizes('PREEMPT_RT = "y"\nLOCKDEP = "y"\n', kind="netns") == []


def test_nothing_is_said_where_sizes_are_the_kernel_s_own():
    assert _sizes('PREEMPT_RT = "n"\n') == []
    assert _sizes('PREEMPT_RT = "y"\n[structs]\ngro_cell = { size = 600 }\n') == []


def test_what_the_kernel_is_built_without_cannot_be_planned():
    profile = load_text(TEXT + 'NET_NS = "n"\n', MANAGER)
    with pytest.raises(EvaluationError, match=r"netns: this kernel is built without it \(CONFIG_NET_NS is off\)"):
        evaluate(profile, MANAGER)
