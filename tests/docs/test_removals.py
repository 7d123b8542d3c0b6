"""What is taken away is missed: without a hook's docs, an example's output or a consumer's citation, a test fails."""

import re
from dataclasses import replace

import pytest

from docs.generator import hooks
from planner.plugin.manager import PluginManager
from planner.testing.contract_consumers import _newest as newest
from planner.testing.contract_consumers import check_citation
from planner.testing.contract_parameters import parameters_of
from tests.console import blocks, matches
from tests.docs.pages import DOCS, ROOT
from tests.docs.test_reference import test_every_hook_says_what_when_what_it_returns_and_shows_how as hook_is_documented

RECORDS = PluginManager(entry_points=()).consumers()
SHOWING = sorted([*ROOT.glob("examples/*/README.md"), ROOT / "README.md", *DOCS.glob("*.md"), *DOCS.glob("[he]*/*.md")])


@pytest.mark.parametrize("hook", hooks.hooks())
def test_a_hooks_docs(hook, monkeypatch):
    hook_is_documented(hook)
    function = hooks.hooks()[hook]
    paragraphs = function.__doc__.split("\n\n")
    for number in range(len(paragraphs)):
        rest = "\n\n".join(paragraphs[:number] + paragraphs[number + 1 :])
        if all(word in rest for word in ("Called once", "Returns", f"@hookimpl\n        def {hook}(")):
            continue  # a remark beside what every hook must say
        monkeypatch.setattr(function, "__doc__", rest)
        with pytest.raises((AssertionError, IndexError)):
            hook_is_documented(hook)
    monkeypatch.setattr(function, "__doc__", None)
    with pytest.raises((AssertionError, IndexError)):
        hook_is_documented(hook)


@pytest.mark.parametrize("page", SHOWING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_an_output(page):
    """Each command shows what it prints, so that it would no longer match without; what prints nothing writes a file."""
    for block in blocks(page):
        for command, output in block.steps:
            if output:
                assert not matches("", output), f"{page.name}:{block.line}: {command}: ... alone shows nothing"
                assert output.strip() != "..." or command.startswith("pip install"), f"{page.name}: {command}"
            else:
                assert re.search(r"> |^(cd|mkdir|cp|sed -i|export) |-[of] \S+=?", command), f"{page.name}: {command}"


def test_every_example_shows_an_output():
    for folder in (ROOT / "examples").iterdir():
        assert blocks(folder / "README.md") or (folder / "output.txt").read_text("utf-8"), folder.name


@pytest.mark.parametrize("kind", RECORDS)
def test_a_consumers_citation(kind):
    record = RECORDS[kind]
    parameters = parameters_of(record)
    check_citation(record, parameters)
    with pytest.raises(AssertionError, match="cites no source"):
        check_citation(replace(record, sources=()), parameters)
    for number in range(len(record.sources)):
        emptied = tuple("" if place == number else source for place, source in enumerate(record.sources))
        with pytest.raises(AssertionError, match="empty source"):
            check_citation(replace(record, sources=emptied), parameters)
    requests = record.requests

    def uncited(given, system):
        return [replace(one, source="") for one in requests(given, system)]

    if uncited(parameters, newest(record)):
        with pytest.raises(AssertionError, match="cites no source"):
            check_citation(replace(record, requests=uncited), parameters)
