"""The text report: the verdict first, 80 columns, kernel lines whole."""

from dataclasses import replace

import pytest

from planner.report.model import Document
from planner_formats.table import FULL_REPORTS, render_table
from tests.report_samples import DOCUMENTS, OLD_LINE, laptop, node


def test_the_verdict_is_in_the_first_lines():
    head = render_table(DOCUMENTS["laptop"]).splitlines()[:7]
    text = "\n".join(head)
    assert "198,534 more of experiment fit" in text
    assert "breaks first  experiment: the vmalloc space is full" in text
    assert OLD_LINE in text
    assert "vmalloc=256M: 471,848 of experiment fit (+273,214)" in text


@pytest.mark.parametrize("name", ["laptop", "node", "hostile"])
def test_eighty_columns_but_for_what_must_stay_whole(name):
    report = DOCUMENTS[name].reports[0]
    whole = set(report.first_chunk.boot_log) | set(report.verdict.kernel_log)
    whole |= {line for one in report.consumers if one.stops for line in one.stops.kernel_log}
    for line in render_table(DOCUMENTS[name]).splitlines():
        literal = any(text in line for text in whole)
        gate = line.startswith(("  PASS", "  FAIL", "  WARN", "  WAIVED", "  OFF", "  ????"))
        paste = line.startswith(" " * 6) and not line.startswith(" " * 7)
        assert len(line) <= 80 or literal or gate or paste, line


def test_plain_characters_only():
    for document in DOCUMENTS.values():
        assert render_table(document).isascii()


def test_kernel_lines_are_never_wrapped():
    line = "percpu: allocation failed, size=8192 align=8192 atomic=0, alloc from reserved chunk failed " + "x" * 80
    report = laptop()
    shown = render_table(Document(reports=(replace(report, verdict=replace(report.verdict, kernel_log=(line,))),)))
    assert line in shown


def test_a_check_is_one_line_a_gate_with_place():
    text = render_table(DOCUMENTS["node-check"])
    (line,) = [line for line in text.splitlines() if "headroom: expected" in line]
    assert line.split()[0] == "FAIL"
    assert "found 16.6 % free (margin -3.4 %)" in line
    assert line.endswith("profiles/node.toml:12")


def test_many_profiles_are_one_table_worst_first():
    reports = tuple(replace(laptop(), profile=f"{number}.toml") for number in range(FULL_REPORTS))
    text = render_table(Document(reports=(*reports, node())))
    rows = text.splitlines()[3:]
    assert rows[0].split()[0] == "profiles/node.toml"
    assert "Boot line" not in text
    assert "Boot line" in render_table(Document(reports=reports))


def test_what_if_stands_beside_the_base():
    lines = render_table(DOCUMENTS["node"]).splitlines()
    (row,) = [line for line in lines if line.strip().startswith("veth: fits")]
    assert row.split()[2:] == ["11,500..12,500", "23,500..24,500", "11,500..12,500"]
