"""Plugins at the command line: listed, disabled, broken, adding commands."""

import json
import tomllib
from types import SimpleNamespace

import pytest
import typer

import planner.capacity.costs  # noqa: F401 - the pages of consumers need the real one, which ``engine`` would hide
from planner.cli import plugin_commands
from planner.plugin import hookimpl
from planner.plugin.manager import PluginManager
from planner.profile import load_text

pytestmark = pytest.mark.usefixtures("engine")


class EntryPoint:
    def __init__(self, name, plugin):
        self.name = name
        self.dist = SimpleNamespace(name="acme", version="9")
        self._plugin = plugin

    def load(self):
        if isinstance(self._plugin, BaseException):
            raise self._plugin
        return self._plugin


@pytest.fixture
def installed(monkeypatch):
    """Pretend that packages with entry points are installed."""

    def install(**plugins):
        points = [EntryPoint(name, plugin) for name, plugin in plugins.items()]
        monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points if group == "planner" else [])
        plugin_commands.load.cache_clear()

    yield install
    plugin_commands.load.cache_clear()


class Commands:
    @hookimpl
    def planner_commands(self, app):
        @app.command("acme")
        def acme():
            """Say hello."""
            typer.echo("hello")

        @app.command("report")
        def report():
            """Take the place of a built-in."""
            typer.echo("stolen")


def test_every_builtin_is_listed(planner):
    result = planner("plugins", "--json")
    found = json.loads(result.out)
    adds = {name for plugin in found["plugins"] for names in plugin["adds"].values() for name in names}
    manager = PluginManager(entry_points=())
    assert set(manager.formats()) | set(manager.gates()) | set(manager.consumers()) <= adds
    assert found["problems"] == []
    assert "built-in" in planner("plugins").out


def test_a_broken_plugin_is_a_warning_with_origin_and_remedy(planner, installed):
    installed(acme=ImportError("no module named acme_core"))
    result = planner("plugins")
    assert result.code == 0
    assert "plugin acme (acme 9): cannot be loaded: ImportError: no module named acme_core" in result.err
    assert "--disable-plugin acme" in result.err
    assert planner("plugins", "--disable-plugin", "acme").err == ""
    assert planner("plugins", "--strict-plugins").code == 3
    assert json.loads(planner("plugins", "--json").out)["problems"][0]["from"] == "acme 9"


def test_a_broken_plugin_does_not_stop_a_report(planner, installed, profile):
    installed(acme=RuntimeError("broken"))
    result = planner("report", profile())
    assert result.code == 0
    assert result.err.count("warning: plugin acme (") == 1
    assert planner("report", profile(), "--strict-plugins").code == 3


def test_what_a_broken_plugin_may_have_brought_is_a_tool_error(planner, installed, profile):
    path = profile(text=profile().read_text().replace('"workqueue"', '"acme-flow"'))
    assert planner("report", path).code == 2
    installed(acme=RuntimeError("broken"))
    assert planner("report", path).code == 3
    assert planner("report", profile(), "-f", "acme").code == 3


def test_a_plugin_adds_commands_but_replaces_none(planner, installed, profile):
    installed(acme=Commands())
    assert planner("acme").out == "hello\n"
    assert "acme" in planner("--help").out
    assert "stolen" not in planner("report", profile()).out


def test_a_disabled_plugin_is_not_imported(planner, installed):
    installed(acme=AssertionError("imported"))
    assert planner("plugins", "--disable-plugin", "acme").err == ""


def test_consumers_in_full(planner):
    shown = planner("consumers", "workqueue")
    text = shown.out
    assert 'kind = "workqueue"' in text, shown.err
    assert "sources" in text
    assert {one["kind"] for one in json.loads(planner("consumers", "--json").out)} == set(
        PluginManager(entry_points=()).consumers()
    )
    assert "did you mean 'workqueue'" in planner("consumers", "workqeue").err


@pytest.mark.parametrize("kind", PluginManager(entry_points=()).consumers())
def test_what_stands_there_can_be_pasted_into_a_profile(planner, kind):
    """The page of each kind begins with a consumer table at its defaults; what is required has to be filled in."""
    text = planner("consumers", kind).out
    table = text[text.index("[[consumer]]") : text.index("\n\n", text.index("[[consumer]]"))]
    table = table.replace(" = ...", " = 64")  # what is required has to be filled in
    parameters = json.loads(planner("consumers", kind, "--json").out)[0]["parameters"]
    assert [key for key in tomllib.loads(table)["consumer"][0] if key != "kind"] == [one["name"] for one in parameters]
    system = '[system]\narch = "x86"\nbits = 64\nkernel = "7.1"\n[cpus]\npossible = 2\n'
    manager = PluginManager(entry_points=())
    (found,) = load_text(f"schema = 1\n{system}{table}\ncount = 3\n", manager).consumers
    assert (found.kind, found.count) == (kind, 3)
    if not any(one["required"] for one in parameters):
        assert found.parameters == manager.consumers()[kind].parameters()
