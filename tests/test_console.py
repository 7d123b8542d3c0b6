"""The reader of console blocks itself."""

import pytest

from tests.console import blocks, matches, run_block


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\nc\n", True),
        ("a ... c\n", "a b b c\n", True),
        ("a ... c\n", "a\nc\n", False),
        ("", "", True),
        ("", "x\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_matches(expected, actual, same):
    assert matches(expected, actual) is same


def test_blocks_are_found_and_run(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("x\n\n```console\n$ echo one; exit 3\none\n$ echo $?\n3\n```\n\n```sh\n$ not this\n```\n")
    (block,) = blocks(page)
    assert block.line == 3
    assert block.steps == (("echo one; exit 3", "one\n"), ("echo $?", "3\n"))
    run_block(block, tmp_path)
    page.write_text("```console\n$ echo two\none\n```\n")
    with pytest.raises(AssertionError, match="it printed\ntwo"):
        run_block(blocks(page)[0], tmp_path)
