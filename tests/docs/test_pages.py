"""Documentation that cannot lie: every block of every page is run, in order, in one directory a page."""

import re
import subprocess
import sys

import pytest

from planner.plugin.manager import PluginManager
from planner.profile import load_text
from tests.console import run_block
from tests.docs.pages import PAGES, ROOT, SHOWN, console, is_fresh, steps

RUN = [page for page in PAGES if not is_fresh(page)]


def name(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", RUN, ids=name)
def test_blocks(page, tmp_path):
    folder = ROOT if page.parent == ROOT else tmp_path
    for step in steps(page):
        follow(page, step, folder)


def follow(page, step, folder, bin_folder=None):
    """Do what a block says; assert that it comes out as the page shows it."""
    where = f"{name(page)}:{step.line}"
    kind, _, rest = step.mark.partition(": ")
    if kind == "file":
        (folder / rest).parent.mkdir(parents=True, exist_ok=True)
        (folder / rest).write_text(step.text, encoding="utf-8")
    elif step.language == "console":
        run_block(console(page, step), folder, bin_folder)
    elif step.language == "toml" and kind != "part":
        load_text(step.text, PluginManager(entry_points=()), label=where)
    elif step.language == "python":
        done = subprocess.run(
            [sys.executable, "-c", step.text], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{where}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_is_of_a_kind_that_is_run_or_only_shown(page):
    for step in steps(page):
        where = f"{name(page)}:{step.line}"
        if step.language == "sh":
            if step.mark.startswith("command: "):
                continue  # tests/test_readme.py
            assert step.mark.startswith("run by: "), (
                f"{where}: a shell block that nothing runs; make it a console block"
            )
            assert (ROOT / step.mark.removeprefix("run by: ")).exists(), where
        else:
            assert step.language in {"console", "toml", "python", *SHOWN}, f"{where}: {step.language}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_console_blocks_show_what_is_printed(page):
    """A command whose output is left out is marked so by ``...``; none is shown without any."""
    for step in steps(page):
        if step.language == "console":
            for command, output in console(page, step).steps:
                assert output or re.search(r"> |^(cd|mkdir|cp|sed -i|export) |-[of] \S+=?", command), (
                    f"{name(page)}:{step.line}: {command}"
                )


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page):
    from docs.generator import PAGES as MADE  # noqa: PLC0415 - a namespace package of this tree

    for target in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]+)", page.read_text("utf-8")):
        path = (page.parent / target).resolve()
        made = path.parent.name == "reference" and path.stem in MADE
        assert path.exists() or made, f"{name(page)}: {target}"
