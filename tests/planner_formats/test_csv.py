"""CSV, read by the csv module."""

import csv
import io

import pytest

from planner_formats.csv import COLUMNS, render_csv
from tests.report_samples import DOCUMENTS


def rows(name):
    return list(csv.DictReader(io.StringIO(render_csv(DOCUMENTS[name])), strict=True))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_row_has_every_column(name):
    document = DOCUMENTS[name]
    found = rows(name)
    assert all(tuple(row) == COLUMNS and None not in row.values() for row in found)
    assert len(found) == sum(len(report.consumers) for report in document.reports) + len(document.problems)


def test_figures():
    veth, pod = rows("node")
    assert (veth["count"], veth["fits"], veth["fits_low"], veth["fits_high"]) == ("10000", "12000", "11500", "12500")
    assert (pod["fits"], pod["more"], pod["stops_limit"]) == ("", "", "")
    assert veth["kernel_log"].startswith("percpu: allocation failed")


def test_no_cell_is_a_formula():
    evil = DOCUMENTS["hostile"].reports[0]
    one = evil.consumers[0]
    consumers = tuple(type(one)(**{**fields(one), "name": f"{start}cmd|' /C calc'!A0"}) for start in "=+-@\t")
    document = type(DOCUMENTS["hostile"])(reports=(type(evil)(**{**fields(evil), "consumers": consumers}),))
    for row in csv.DictReader(io.StringIO(render_csv(document))):
        assert row["consumer"].lstrip()[0] not in "=+-@"


def fields(record):
    return {name: getattr(record, name) for name in type(record).__dataclass_fields__}
