"""The HTML page: its structure, what it must not hold, its size, and whether a browser takes it."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from lxml import etree, html

from planner.plugin import Document
from planner.report.model import AreaView, ChunkView, GateRisk, InputEffect, SpaceView, SpreadInfo, UncertaintyInfo
from planner_formats.html import render_html
from planner_formats.html.page import FULL_REPORTS
from tests import browser
from tests.report_samples import DOCUMENTS, EVIL, laptop, node


def page(document):
    return html.document_fromstring(render_html(document))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_is_well_formed(name):
    """Unknown tags, unclosed and doubled elements, and ids given twice are errors of the strict parser."""
    parser = etree.HTMLParser(recover=False, encoding="utf-8")
    try:
        etree.fromstring(render_html(DOCUMENTS[name]).encode(), parser)
    except etree.XMLSyntaxError:
        errors = [one.message for one in parser.error_log]
        known = re.compile(
            r"Tag (main|header|footer|section|article|svg|title|desc|defs|pattern|rect|path|text) invalid"
        )
        assert [one for one in errors if not known.match(one)] == []  # libxml2 knows HTML 4 only
    ids = page(DOCUMENTS[name]).xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_pictures_are_well_formed_xml(name):
    for picture in re.findall(r"<svg.*?</svg>", render_html(DOCUMENTS[name]), re.DOTALL):
        etree.fromstring(picture)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_fetched_and_nothing_runs(name):
    tree = page(DOCUMENTS[name])
    elements = {one.tag for one in tree.iter() if isinstance(one.tag, str)}
    assert not elements & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "image",
        "use",
        "foreignobject",
    }
    attributes = {name for one in tree.iter() for name in one.attrib}
    assert not attributes & {"src", "href", "xlink:href", "srcset", "action", "data"}
    assert not {name for name in attributes if name.startswith("on")}
    style = "".join(tree.xpath("//style/text()"))
    assert "@import" not in style
    assert set(re.findall(r"url\((.)", style)) <= {"#"}
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]


@pytest.mark.parametrize("name", ["laptop", "node", "fleet", "hostile"])
def test_it_can_be_read_without_seeing_it(name):
    tree = page(DOCUMENTS[name])
    assert tree.get("lang") == "en"
    assert len(tree.xpath("//h1")) == 1
    levels = [int(one.tag[1]) for one in tree.iter("h1", "h2", "h3", "h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    ids = set(tree.xpath("//@id"))
    assert {one for value in tree.xpath("//@aria-labelledby") for one in value.split()} <= ids
    for picture in tree.xpath("//svg[not(@aria-hidden)]"):
        assert picture.get("role") == "img"
        assert picture.xpath("string(title)")
        assert picture.xpath("string(desc)")
    for table in tree.xpath("//table"):
        columns = len(table.xpath("thead/tr/th[@scope='col']"))
        assert table.xpath("string(caption)")
        for row in table.xpath("tbody/tr"):
            assert len(row.xpath("th[@scope='row']")) == 1
            assert len(row) == columns


def test_the_verdict_comes_first_and_each_part_is_there():
    tree = page(DOCUMENTS["node"])
    headings = [one.text_content() for one in tree.iter("h2")]
    assert headings[0] == "Verdict"
    wanted = (
        "Gates",
        "How many fit",
        "What if",
        "Consumers by cost",
        "Chunks",
        "Memory",
        "Limits",
        "What the answer rests on",
    )
    assert [one for one in headings if one in wanted] == list(wanted)
    text = tree.text_content()
    report = node()
    assert report.verdict.headline in text
    for line in (*report.verdict.kernel_log, *report.first_chunk.boot_log):
        assert line in text
    assert "Address space" in [one.text_content() for one in page(DOCUMENTS["laptop"]).iter("h2")]


def test_how_sure_it_is_stands_in_a_table():
    told = UncertaintyInfo(
        samples=200,
        seed=3,
        failed=1,
        fits=(SpreadInfo(consumer="veth", p5=900, p50=12000, p95=None),),
        headroom=(SpreadInfo(consumer="veth", p5=-0.25, p50=0.5, p95=None),),
        gates=(GateRisk(gate="headroom", fails=0.125),),
        effects=(InputEffect(consumer="veth", key="memory.used", rank_correlation=-0.97),),
    )
    tree = page(Document(reports=(replace(node(), uncertainty=told),)))
    (table,) = tree.xpath("//table[starts-with(caption, 'Percentiles of 200 samples, seed 3')]")
    cells = [one.text_content() for one in table.xpath("tbody/tr/*")]
    assert cells == ["veth", "900", "12,000", "no limit", "-25.0 %", "50.0 %", "no limit", "memory.used (-0.97)"]
    text = tree.text_content()
    assert "Gate headroom fails in 12.5 % of the samples." in text
    assert "1 sample more could not be evaluated." in text


def test_every_figure_says_what_it_rests_on():
    text = page(DOCUMENTS["laptop"]).text_content()
    for basis in ("calibrated", "declared", "modelled"):
        assert basis in text


def test_users_words_are_text_and_nothing_else():
    evil, tame = render_html(DOCUMENTS["hostile"]), render_html(DOCUMENTS["laptop"])
    assert "<script" not in evil
    assert "\x1b" not in evil
    assert "\u202e" not in evil
    assert r"\x1b[31mred" in html.document_fromstring(evil).text_content()
    assert {one.tag for one in html.document_fromstring(evil).iter()} <= {
        one.tag for one in html.document_fromstring(tame).iter()
    } | {"ul", "li"}
    assert EVIL not in evil


@pytest.mark.parametrize("name", ["laptop", "node", "hostile"])
def test_a_usual_report_is_small(name):
    assert len(render_html(DOCUMENTS[name]).encode()) < 300_000


def test_a_crowded_report_is_small_too():
    """Twenty thousand areas in each chunk and in the address space are drawn on a grid, so they do not make the page grow."""
    areas = tuple(AreaView(start=at, end=at + 4, state="used") for at in range(0, 262144, 12))
    chunks = tuple(
        ChunkView(index=index, label="", free_bytes=9, populated_pages=64, pages=64, areas=areas) for index in range(8)
    )
    space = tuple(
        SpaceView(start=at, end=at + 4096, what=f"user{at}") for at in range(1 << 32, (1 << 32) + (40000 << 12), 8192)
    )
    crowd = tuple(replace(node().consumers[0], name=f"consumer {number}") for number in range(60))
    report = replace(node(), chunks=chunks, space=space, consumers=crowd)
    assert len(render_html(Document(reports=(report,))).encode()) < 300_000


def test_of_a_fleet_the_worst_are_shown_in_full():
    reports = tuple(replace(laptop(), profile=f"{number}.toml") for number in range(FULL_REPORTS + 3))
    tree = page(Document(reports=(*reports, node())))
    assert len(tree.xpath("//article")) == FULL_REPORTS
    assert tree.xpath("string(//article[1]//h2)") == "dense node"
    assert len(tree.xpath("//section[@aria-labelledby='summary']//tbody/tr")) == FULL_REPORTS + 4
    assert "12 worst" in tree.xpath("string(//section[@aria-labelledby='summary'])")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fleet", "hostile"])
def test_a_browser_shows_it_without_a_complaint(name, tmp_path):
    text, console = browser.browse(render_html(DOCUMENTS[name]), tmp_path)
    assert console == []
    shown = html.document_fromstring(text)
    written = page(DOCUMENTS[name])
    assert [one.tag for one in shown.iter() if isinstance(one.tag, str)] == [
        one.tag for one in written.iter() if isinstance(one.tag, str)
    ]  # nothing was moved, closed or made up in parsing


@pytest.mark.slow
def test_a_complaint_would_be_seen(tmp_path):
    broken = render_html(DOCUMENTS["nothing"]).replace("</main>", "<script>1</script></main>")
    assert "Content Security Policy" in " ".join(browser.browse(broken, tmp_path)[1])


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("name", ["fleet", "laptop"])
def test_axe_finds_no_barrier(name, scheme, tmp_path):
    assert browser.barriers(render_html(DOCUMENTS[name]), tmp_path, dark=scheme == "dark") == []


@pytest.mark.slow
def test_axe_would_find_a_barrier(tmp_path):
    faint = render_html(DOCUMENTS["laptop"]).replace("</style>", ".muted{color:#eee!important}</style>")
    assert "color-contrast" in {rule for rule, _elements in browser.barriers(faint, tmp_path, dark=False)}


@pytest.mark.slow
def test_the_validator_has_nothing_to_say(tmp_path):
    files = []
    for name, document in DOCUMENTS.items():
        files.append(tmp_path / f"{name}.html")
        files[-1].write_text(render_html(document), "utf-8")
    assert browser.complaints(*files) == []


@pytest.mark.slow
def test_the_validator_would_say_it(tmp_path):
    file = tmp_path / "wrong.html"
    file.write_text(render_html(DOCUMENTS["laptop"]).replace("<caption>", '<caption scope="row"><h2>', 1), "utf-8")
    assert browser.complaints(file)
