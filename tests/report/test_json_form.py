import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.report import json_form
from planner.report.json_form import ReportFormatError, dumps, from_json, loads, to_json
from planner.report.model import Report
from tests import report_samples

SAMPLES = {
    "laptop": report_samples.laptop(),
    "node": report_samples.node(),
    "waived": report_samples.waived(),
    "hostile": report_samples.hostile(),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_round_trip(name: str) -> None:
    report = SAMPLES[name]
    assert loads(dumps(report)) == (report,)
    assert from_json(to_json(report)) == report


def test_names_of_the_contract() -> None:
    form = to_json(SAMPLES["laptop"])
    assert form["schema_version"] == 1
    assert form["planner"]["version"]
    assert {"name", "arch", "bits", "kernel", "cpus_possible", "nodes"} <= form["system"].keys()
    first_chunk = (
        "mode boot_log pages_per_cpu static reserved dynamic unit_size units groups alloc_size atom_size unit_map"
    )
    assert set(first_chunk.split()) <= form["first_chunk"].keys()
    assert {"meminfo_bytes", "chunks", "populated_pages", "metadata_bytes"} <= form["percpu"].keys()
    consumer = form["consumers"][0]
    assert {"name", "kind", "count", "fits", "more", "bytes_per_cpu", "bytes_total", "stops"} <= consumer.keys()
    assert {"limit", "reason", "kernel_log"} <= consumer["stops"].keys()
    assert {"limits", "advice", "gates", "assumptions"} <= form.keys()


def test_text_is_ascii_and_deterministic() -> None:
    text = dumps(SAMPLES["hostile"])
    assert text.isascii()
    assert not any(ord(c) < 32 and c != "\n" for c in text)
    assert text == dumps(report_samples.hostile())


def test_several_reports_in_one_object() -> None:
    forms = [to_json(SAMPLES["laptop"]), to_json(SAMPLES["node"])]
    text = json.dumps({"schema_version": 1, "reports": forms, "problems": []})
    assert loads(text) == (SAMPLES["laptop"], SAMPLES["node"])


def test_names_that_a_later_planner_added_are_skipped_and_missing_ones_take_defaults() -> None:
    form = to_json(SAMPLES["laptop"])
    form["moon_phase"] = {"deep": [1]}
    del form["advice"]
    read = from_json(form)
    assert read.advice == ()
    assert read.system == SAMPLES["laptop"].system


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "schema_version is 2, not 1"),
        ({"schema_version": None}, "schema_version is missing"),
        ({"schema_version": True}, "schema_version"),
        ({"system": None}, "report.system: an object is needed, not null"),
        ({"consumers": {}}, "report.consumers: a list is needed, not an object"),
        ({"consumers": [1]}, r"report.consumers\[0\]: an object is needed"),
        ({"warnings": [1]}, r"report.warnings\[0\]: a string is needed"),
    ],
)
def test_refusals_say_where(change: dict[str, object], message: str) -> None:
    with pytest.raises(ReportFormatError, match=message):
        from_json(to_json(SAMPLES["laptop"]) | change)


def test_missing_name_without_default() -> None:
    form = to_json(SAMPLES["laptop"])
    del form["percpu"]["chunks"]
    with pytest.raises(ReportFormatError, match=r"report\.percpu: chunks is missing"):
        from_json(form)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", b"\xff\xfe\xff", '{"schema_version": NaN}', "[" * 100_000, '{"a": ' + "1" * 5000 + "}"],
)
def test_what_is_no_report_is_one_clear_error(text: str | bytes) -> None:
    with pytest.raises(ReportFormatError):
        loads(text)


def test_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_form, "MAXIMUM_BYTES", 2**20)
    with pytest.raises(ReportFormatError, match="longer than 1 MiB"):
        loads(" " * (2**20 + 1))


def test_too_deep() -> None:
    form = to_json(SAMPLES["laptop"])
    consumer = form["consumers"][0]
    for _ in range(50):
        consumer = {**consumer, "parts": [consumer]}
    form["consumers"] = [consumer]
    with pytest.raises(ReportFormatError, match="nested too deeply"):
        from_json(form)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def _mutated(draw: st.DrawFn) -> object:
    """A real report with one value somewhere replaced by anything."""
    form: object = to_json(SAMPLES[draw(st.sampled_from(sorted(SAMPLES)))])
    root, node = form, form
    while True:
        places = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        if not places:
            return root
        place = draw(st.sampled_from(places))
        child = node[place]  # type: ignore[index]
        if not isinstance(child, dict | list) or not child or draw(st.booleans()):
            node[place] = draw(_json)  # type: ignore[index]
            return root
        node = child


@given(_mutated())
def test_anything_else_is_read_or_refused(form: object) -> None:
    try:
        report = from_json(form)
    except ReportFormatError:
        return
    assert isinstance(report, Report)
    assert from_json(to_json(report)) == report
