"""What is made once on a machine is paid once, whoever needs it."""

import pytest

from planner.capacity import evaluate
from planner.capacity.plan import MOST_CALLS, NamedPlan, Plan, PlanError, composite, once_each, plan_of
from planner.capacity.resolve import plans
from planner.plugin import ConsumerRecord, Request
from planner.plugin.manager import PluginManager
from planner.profile import load_text
from planner.testing import make_system

MANAGER = PluginManager(entry_points=())
SYSTEM = """
schema = 1
[system]
arch = "x86"
bits = 64
kernel = "7.0"
[cpus]
possible = 4
[percpu]
static = 200000
"""


def _once(text):
    found = plans(load_text(SYSTEM + text, MANAGER), MANAGER)
    return [sum(item.size * item.count for item in named.plan.once_requests) for named, _count in found]


def _consumer(kind, count, name=""):
    return f'[[consumer]]\nkind = "{kind}"\nname = "{name or kind}"\ncount = {count}\n'


def test_kinds_of_one_module_load_it_once():
    (alone,) = _once(_consumer("gre", 1))
    assert alone > 0
    assert _once(_consumer("gretap", 1)) == [alone]
    assert _once(_consumer("gre", 3) + _consumer("gretap", 2) + _consumer("erspan", 1)) == [alone, 0, 0]


def test_modules_of_their_own_are_loaded_each():
    gre, sit = _once(_consumer("gre", 1) + _consumer("sit", 1))
    assert [gre] == _once(_consumer("gre", 1))
    assert [sit] == _once(_consumer("sit", 1))


def test_two_consumers_of_a_kind_share_what_the_first_brings():
    (alone,) = _once(_consumer("mount-xfs", 1))
    assert alone > 0
    assert _once(_consumer("mount-xfs", 1, "root") + _consumer("mount-xfs", 4, "data")) == [alone, 0]


def test_who_has_no_instances_pays_only_where_nobody_else_does():
    (alone,) = _once(_consumer("gre", 1))
    assert _once(_consumer("gre", 0) + _consumer("gretap", 1)) == [0, alone]
    # asked about alone, either would be the first
    assert _once(_consumer("gre", 0) + _consumer("gretap", 0)) == [alone, alone]


def test_a_composite_loads_what_its_parts_share_once():
    (alone,) = _once(_consumer("gre", 1))
    pod = "[consumer_type.pod]\nparts = { gre = 2, gretap = 1, inner = 1 }\n[consumer_type.inner]\nparts = { erspan = 1 }\n"
    assert _once(pod + _consumer("pod", 2)) == [alone]
    assert _once(pod + _consumer("pod", 2) + _consumer("gre", 1)) == [alone, 0]


def test_the_report_counts_it_once():
    both = evaluate(load_text(SYSTEM + _consumer("gre", 1) + _consumer("gretap", 1), MANAGER), MANAGER, advice=False)
    gre, gretap = (
        evaluate(load_text(SYSTEM + _consumer(k, 1), MANAGER), MANAGER, advice=False) for k in ("gre", "gretap")
    )
    (alone,) = _once(_consumer("gre", 1))
    first, second = both.consumers
    assert first.bytes_per_cpu == gre.consumers[0].bytes_per_cpu
    assert second.bytes_per_cpu == gretap.consumers[0].bytes_per_cpu - alone


def test_without_a_key_the_kind_and_what_it_is_are_the_key():
    def once(parameters, _system):
        yield Request(size=64, what="table", source="test")
        if parameters is not None:
            yield Request(size=32, what="index", source="test", key="shared")

    records = [ConsumerRecord(kind=kind, summary="", requests=once, once=once, sources=("test",)) for kind in "aab"]
    asked = [plan_of(record, wanted, make_system()) for record, wanted in zip(records, (None, 1, 1), strict=True)]
    assert [item.key for item in asked[1].once_requests] == ["a: table", "shared"]
    consumers = [(NamedPlan(str(number), "x", "", plan), 1) for number, plan in enumerate(asked)]
    paid = [[item.key for item in named.plan.once_requests] for named, _count in once_each(consumers)]
    assert paid == [["a: table"], ["shared"], ["b: table"]]


def test_a_composite_of_too_many_requests_is_refused():
    """Before anything of it is made: an instance is placed request by request."""
    request = Request(size=8, align=8, count=1000, what="x", source="x", basis="declared")
    part = NamedPlan("a", "a", "", Plan(requests=(request, request), once_requests=(), memory=()))
    assert composite(((MOST_CALLS // 2000, part),)).nr_calls == MOST_CALLS
    with pytest.raises(PlanError, match=r"makes 2000000000000 requests .* up to"):
        composite(((10**9, part),))
