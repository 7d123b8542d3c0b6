"""Pages of the documentation as steps: files to write, commands with what they print, Python to run, profiles to load.

Every fenced block is one of: ``console`` (run as :mod:`tests.console` does), ``toml`` (a profile that must load, or part of one
after ``<!-- part -->``), ``python`` (run), ``text`` and ``yaml`` (only shown). After ``<!-- file: NAME -->`` a block is written to
that file instead. ``sh`` is allowed only after ``<!-- run by: TEST -->``, which names the test file that runs it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.console import blocks

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    page
    for page in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    if page.parent.name not in {"reference", "_build"}
)
SHOWN = {"text", "yaml", ""}

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^>]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Step:
    """One fenced block: its language, the comment before it, its text, and the line that it starts on."""

    language: str
    mark: str
    text: str
    line: int


def steps(page):
    """Return all fenced blocks of a page in order."""
    text = page.read_text("utf-8")
    return [
        Step(found["language"], found["mark"] or "", found["text"], text.count("\n", 0, found.start("language")) + 1)
        for found in _BLOCK.finditer(text)
    ]


def console(page, step):
    """Return a step's commands as tests.console runs them."""
    (block,) = [block for block in blocks(page) if block.line == step.line]
    return block


def is_fresh(page):
    """Return whether a page asks for an environment of its own, since it installs something."""
    return "<!-- environment: fresh -->" in page.read_text("utf-8")
