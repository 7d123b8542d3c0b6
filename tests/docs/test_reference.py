"""Everything that a user can name is documented: in the reference pages, which are made from the code, and in the hooks' docstrings."""

import dataclasses
import inspect
import re

import pytest

from docs.generator import PAGES, commands, hooks, report
from planner import plugin
from planner.allocator.messages import CATALOGUE
from planner.cli.commands import COMMANDS
from planner.observe.explain.catalogue import CATALOGUE as EXPLAINED
from planner.plugin.manager import PluginManager
from planner.profile.check import keys_of
from planner.profile.errors import CODES
from planner.profile.tables import SECTIONS
from planner.report.outcome import ExitCode
from tests.docs.pages import DOCS

MANAGER = PluginManager(entry_points=())
TEXTS = {name: page() for name, page in PAGES.items()}


def headings(page):
    return set(re.findall(r"^#+ `?([^`\n]+)`?$", TEXTS[page], re.MULTILINE))


@pytest.mark.parametrize("hook", hooks.hooks())
def test_every_hook_says_what_when_what_it_returns_and_shows_how(hook):
    text = inspect.getdoc(hooks.hooks()[hook]) or ""
    assert re.match(r"[A-Z][\w ]+: .{10,}[.,]$", text.splitlines()[0]), "what it is for"
    assert "Called once" in text, "when it is called"
    assert "Returns" in text or hook == "planner_commands", "what it returns"
    assert f"@hookimpl\n    def {hook}(" in text, "an example"
    assert hook in headings("hooks")


def test_every_public_name_of_the_plugin_api_has_a_docstring():
    for name in plugin.__all__:
        thing = getattr(plugin, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name
            assert not (inspect.getdoc(thing) or "").startswith(f"{name}("), (
                f"{name}: the docstring that dataclasses make"
            )
            assert name in headings("hooks"), name


@pytest.mark.parametrize("kind", MANAGER.consumers())
def test_every_consumer_with_its_citation(kind):
    record = MANAGER.consumers()[kind]
    assert record.sources, f"{kind} cites no source"
    _, _, rest = TEXTS["consumers"].partition(f"### `{kind}`\n")
    section = rest.partition("\n### ")[0]
    for source in record.sources:
        assert source in section, f"{kind}: {source}"
    for item in dataclasses.fields(record.parameters):
        assert f"`{item.name}`" in section, f"{kind}: {item.name}"


def test_every_architecture_gate_and_format():
    assert set(MANAGER.architectures()) <= headings("architectures")
    assert set(MANAGER.gates()) <= headings("gates")
    for name in MANAGER.formats():
        assert f"| `{name}` |" in TEXTS["formats"]
    for kind, record in MANAGER.gates().items():
        for item in dataclasses.fields(record.parameters):
            assert item.metadata["planner"].help, f"{kind}: {item.name}"


def test_every_command_exit_code_and_problem_code():
    assert {f"planner {name}" for name in COMMANDS} <= headings("cli")
    assert set(commands.EXIT_CODES) == set(ExitCode)
    for code in CODES:
        assert f"| `{code}` |" in TEXTS["profile"]


def test_every_key_of_a_profile():
    assert {f"[{name}]" for name in SECTIONS} <= headings("profile")
    for kind in SECTIONS.values():
        for name, key in keys_of(kind).items():
            assert f"| `{name}` |" in TEXTS["profile"], name
            assert key.help, name


def test_every_name_of_the_json_report():
    names = report.named(TEXTS["report"])
    for kind in report.kinds():
        assert {item.name for item in dataclasses.fields(kind)} <= names, kind.__name__
        assert not (inspect.getdoc(kind) or "").startswith(f"{kind.__name__}("), kind.__name__


def test_every_message():
    shown = TEXTS["messages"].replace("\\", "")
    for message in CATALOGUE:
        assert f"### {message.key}\n" in shown
    for entry in EXPLAINED:
        assert f"### {entry.title}\n".replace("\\", "") in shown


def test_every_page_stands_in_the_contents():
    listed = set(re.findall(r"^([\w/-]+)$", (DOCS / "index.md").read_text("utf-8"), re.MULTILINE))
    pages = {
        page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md") if "_build" not in page.parts
    }
    assert {page for page in pages if not page.startswith("reference/")} - {"index"} <= listed
    assert {f"reference/{name}" for name in PAGES} <= listed


def test_the_pages_are_the_same_each_time():
    assert {name: page() for name, page in PAGES.items()} == TEXTS
