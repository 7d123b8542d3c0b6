"""Words that reports share: ranges are shown wherever a count is, in advice too."""

from dataclasses import replace

from planner.report.model import AdviceInfo, Document
from planner_formats.markdown import render_markdown
from planner_formats.table import render_table
from planner_formats.words import advice_gain
from planner_gates.headroom import Headroom, judge_headroom
from tests.report_samples import laptop

EXACT = AdviceInfo(change="c", fits_after=300, fits_before=100, consumer="experiment")
RANGED = replace(EXACT, change="r", paste="p", fits_before_range=(50, 100), fits_after_range=(200, None))


def test_what_a_change_buys():
    assert advice_gain(EXACT) == "100 -> 300 (+200)"
    assert advice_gain(replace(EXACT, fits_after=None)) == "100 -> no limit"
    assert advice_gain(replace(EXACT, fits_before=None)) == "300"
    assert advice_gain(RANGED) == "50..100 -> 200+"
    assert advice_gain(replace(RANGED, fits_after_range=None)) == "50..100 -> 300"


def test_counts_beside_a_range_are_explained():
    for render in (render_table, render_markdown):
        document = Document(reports=(replace(laptop(), advice=(RANGED, EXACT)),))
        assert "Counts without a range take what is not known as assumed below." in render(document)
        assert "Counts without" not in render(Document(reports=(replace(laptop(), advice=(EXACT, EXACT)),)))
        assert "Counts without" not in render(Document(reports=(replace(laptop(), advice=(RANGED,)),)))


def test_a_failed_gates_remedy_tells_the_range():
    report = replace(laptop(), advice=(RANGED,))
    tight = replace(report, consumers=(replace(report.consumers[0], fits=100, count=100),))
    assert judge_headroom(Headroom(), tight).remedy == "p: 200 to ? fit"
    whole = replace(tight, advice=(replace(RANGED, fits_after_range=(200, 400)),))
    assert judge_headroom(Headroom(), whole).remedy == "p: 200 to 400 fit"
