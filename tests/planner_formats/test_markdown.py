"""Markdown as a comment: parsed by an independent parser, cut to size, nothing of the user's acted upon."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from planner.report.model import Document
from planner_formats.markdown import LIMIT, TAG, render_markdown
from tests.report_samples import DOCUMENTS, laptop


def html(document):
    return MarkdownIt("gfm-like", {"linkify": False}).disable("linkify").render(render_markdown(document))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_first_line_is_the_hidden_tag_and_the_size_fits(name):
    text = render_markdown(DOCUMENTS[name])
    assert text.splitlines()[0] == TAG
    assert len(text) <= LIMIT


def test_hostile_words_are_shown_not_obeyed():
    page = html(DOCUMENTS["hostile"])
    assert "<script" not in page
    assert not re.search(
        r"<(?!/?(h3|p|strong|em|ul|li|pre|code|table|thead|tbody|tr|t[hd]|details|summary|blockquote|!--)\b)",
        page.replace("<!--", ""),
    )
    assert "@" not in render_markdown(DOCUMENTS["hostile"]).replace(" @f77d1000", "")
    assert "&lt;script&gt;" in page


def test_every_table_row_has_the_columns_of_its_head():
    for document in DOCUMENTS.values():
        columns = None
        for line in render_markdown(document).splitlines():
            if not line.startswith("|"):
                columns = None
                continue
            cells = len(re.findall(r"(?<!\\)\|", line))
            assert columns in {None, cells}
            columns = cells


@pytest.mark.parametrize("count", [10, 60, 3000])
def test_a_long_comment_is_cut_and_closed(count):
    document = Document(reports=tuple(replace(laptop(), profile=f"p{number}.toml") for number in range(count)))
    text = render_markdown(document)
    assert len(text) <= LIMIT
    assert text.count("<details>") == text.count("</details>")
    assert len(re.findall(r"^~~~$", text, re.MULTILINE)) % 2 == 0
    assert ("_Cut at 65,000 characters" in text) == (count > 10)
    assert text.startswith(TAG)
    assert "p0.toml" in text


def test_kernel_lines_cannot_close_their_fence():
    report = laptop()
    evil = replace(report, verdict=replace(report.verdict, kernel_log=("~~~", "   ~~~~", "<b>")))
    assert "<b>" not in html(Document(reports=(evil,))).replace("&lt;b&gt;", "")
    assert html(Document(reports=(evil,))).count("<pre>") == html(Document(reports=(report,))).count("<pre>")
