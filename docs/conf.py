"""Sphinx: Markdown by MyST, the reference pages made from the code before anything is read."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins"), str(ROOT / "profiles")]

from docs.generator import write  # noqa: E402 - it needs the path
from planner import __version__  # noqa: E402 - as above

write(Path(__file__).parent / "reference")

project = "planner"
author = "The planner developers"
copyright = "The planner developers"  # noqa: A001 - Sphinx's own name
version = release = __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"planner {__version__}"
myst_heading_anchors = 3
nitpicky = True
