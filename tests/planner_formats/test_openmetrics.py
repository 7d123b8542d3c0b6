"""OpenMetrics, read by the parsers of prometheus-client: the strict one and that of the older text format."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from prometheus_client.parser import text_string_to_metric_families as older

from planner_formats.openmetrics import render_openmetrics
from tests.report_samples import DOCUMENTS, EVIL


def samples(name):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in strict(render_openmetrics(DOCUMENTS[name]))
        for sample in family.samples
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_both_parsers_read_it(name):
    text = render_openmetrics(DOCUMENTS[name])
    assert text.endswith("# EOF\n")
    modern = [(family.name, family.type, family.samples) for family in strict(text)]
    assert modern == [(family.name, family.type, family.samples) for family in older(text)]
    assert bool(modern) == (name != "nothing")


def test_values():
    found = samples("node")
    profile = ("profile", "profiles/node.toml")
    assert found["planner_gate_passed", (("gate", "fits"), ("kind", "fits"), profile)] == 1
    assert found["planner_gate_passed", (("gate", "regression"), ("kind", "regression"), profile)] == 0
    assert found["planner_gate_judged", (("gate", "regression"), ("kind", "regression"), profile)] == 0
    assert found["planner_consumer_more", (("consumer", "veth"), ("kind", "veth"), profile)] == 2000
    assert ("planner_consumer_fits", (("consumer", "pod"), ("kind", "pod"), profile)) not in found
    for end, value in (("low", 11500), ("high", 12500)):
        assert found[f"planner_consumer_fits_{end}", (("consumer", "veth"), ("kind", "veth"), profile)] == value
        assert (f"planner_consumer_fits_{end}", (("consumer", "pod"), ("kind", "pod"), profile)) not in found
    assert found["planner_headroom_bytes", (profile, ("resource", "vmalloc"))] == 107 << 20


def test_a_profile_that_gave_no_report_counts_as_not_evaluated():
    assert samples("problem") == {("planner_profile_evaluated", (("profile", "broken.toml"),)): 0}


def test_hostile_labels_come_back_as_printable_words():
    labels = {value for _name, pairs in samples("hostile") for _key, value in pairs}
    assert any(value.startswith("\\x1b[31mred") for value in labels)
    assert EVIL not in labels


def test_a_profile_given_twice_keeps_two_samples():
    document = DOCUMENTS["laptop"]
    twice = type(document)(reports=document.reports * 2)
    profiles = {sample.labels["profile"] for family in strict(render_openmetrics(twice)) for sample in family.samples}
    assert profiles == {"seeds/answerer-3.2-core2duo", "seeds/answerer-3.2-core2duo#2"}
