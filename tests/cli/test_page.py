"""Pages and pictures of real profiles, from the model to the browser."""

import re

import pytest
from lxml import html

from tests import browser

PROFILES = (
    "seeds/answerer-3.2-core2duo",
    "machines/kubernetes-node-96-threads",
    "machines/server-1536-threads-8-nodes",
    "boards/router-mips24kec-64mb",
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write the page of every profile once; return its file by the profile's name."""
    from planner.cli.app import run  # noqa: PLC0415 - what the command line runs

    folder = tmp_path_factory.mktemp("pages")
    files = {name: folder / f"{name.rpartition('/')[2]}.html" for name in PROFILES}
    for name, file in files.items():
        assert run(["report", name, "-f", f"html={file}"]) == 0
    return files


def test_a_usual_report_is_under_300_kilobytes(pages):
    assert all(20_000 < file.stat().st_size < 300_000 for file in pages.values())


@pytest.mark.parametrize("name", PROFILES)
def test_every_picture_and_part_is_there(pages, name):
    tree = html.document_fromstring(pages[name].read_text("utf-8"))
    headings = [one.text_content() for one in tree.iter("h2")]
    wanted = ["How many fit", "Fill curve", "Consumers by cost", "Chunks", "Limits"]
    if not name.startswith("boards"):  # its chunks are plain pages: there is no address space that they could use up
        wanted.append("Address space")
    assert set(wanted) <= set(headings), headings
    titles = [one.text_content() for one in tree.xpath("//svg/title")]
    assert len(titles) == len([one for one in wanted if one != "Limits"])
    curve = next(one for one in titles if one.startswith("Fill curve"))
    ends = tree.xpath("//svg[title[starts-with(., 'Fill curve')]]/desc")[0].text_content()
    assert "all others at their declared count" in curve
    assert re.search(r"number [\d,]+ fails|nothing of the system stops it", ends)


@pytest.mark.slow
def test_the_validator_has_nothing_to_say(pages, planner, tmp_path):
    pictures = [tmp_path / f"{kind}.svg" for kind in ("chunks", "space", "consumers", "headroom", "fill")]
    for file in pictures:
        assert planner("plot", PROFILES[0], "--kind", file.stem, "-o", file).code == 0
    assert browser.complaints(*pages.values(), *pictures) == []


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", PROFILES[1:3])
def test_a_browser_and_axe_have_no_complaint(pages, name, dark, tmp_path):
    text = pages[name].read_text("utf-8")
    assert browser.browse(text, tmp_path)[1] == []
    assert browser.barriers(text, tmp_path, dark=dark) == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1280])
def test_it_needs_no_scrolling_sideways(pages, width, tmp_path):
    """Wide tables and pictures scroll in themselves; the page does not."""
    text = re.sub(r"<meta http-equiv=[^>]*>", "", pages[PROFILES[2]].read_text("utf-8"))
    look = "<script>document.title = innerWidth + ' ' + document.documentElement.scrollWidth</script></body>"
    frame = f'<iframe srcdoc="{text.replace("</body>", look).replace("&", "&amp;").replace(chr(34), "&quot;")}"'
    outer = (
        f"<!DOCTYPE html><title></title>{frame} width='{width}' height='900' style='border:0' "
        'onload="document.title = this.contentDocument.title"></iframe>'
    )
    shown, _console = browser.browse(outer, tmp_path)
    inside, whole = map(int, html.document_fromstring(shown).xpath("string(//head/title)").split())
    assert inside == width
    assert whole <= inside


@pytest.mark.slow
def test_it_can_be_printed(pages, tmp_path):
    file = tmp_path / "page.pdf"
    browser.run(tmp_path, pages[PROFILES[1]].read_text("utf-8"), f"--print-to-pdf={file}", "--no-pdf-header-footer")
    assert file.read_bytes()[:5] == b"%PDF-"
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", file.read_bytes())) <= 12
