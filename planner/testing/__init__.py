"""The kit for plugin authors: a pytest plugin (by entry point) and what tests of plugins need.

``planner_run``
    A fixture: runs planner's command line in the test's process and returns an :class:`~planner.testing.outcome.Outcome`.
:func:`assert_plugin_contract`
    What holds for every plugin, whoever wrote it.
:func:`make_system`, :func:`make_report`, :func:`sample_documents`
    Systems, reports and documents to ask a plugin about.

Every pytest run of an environment with planner imports this module: it imports nothing of planner until it is used.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plugin import Document, Report, System
    from planner.testing.runner import Runner

__all__ = ["assert_plugin_contract", "make_report", "make_system", "planner_run", "sample_documents"]


@pytest.fixture
def planner_run(tmp_path: "Path", monkeypatch: pytest.MonkeyPatch) -> "Runner":
    """Run planner on a profile: ``planner_run(profile_text, *argv, plugins=())`` gives an outcome.

    ``profile_text`` is TOML (written to ``profile.toml`` in the test's directory, which is also the working directory) or a path;
    ``None`` runs a command that takes no profile. ``argv`` is ``report`` without any. ``plugins`` are modules or objects that
    count as installed for this run; what is really installed counts too::

        def test_it_fits(planner_run):
            outcome = planner_run(PROFILE, "check").exits(0)
            assert outcome.consumer("flows")["fits"] > 1000
    """
    from planner.testing.runner import Runner  # noqa: PLC0415 - see the module's docstring

    monkeypatch.chdir(tmp_path)
    return Runner(tmp_path)


def assert_plugin_contract(plugin: object, *, examples: Mapping[str, Mapping[str, Any]] | None = None) -> None:
    """Assert what holds for every plugin: that it loads, and that each record it announces keeps its contract.

    ``plugin`` is what its entry point names: a module, or an object with hooks. ``examples`` gives parameters (as the
    record's class takes them) by kind, for consumers and gates that do not work with their defaults.

    :raises AssertionError: with what is wrong, in which record.
    """
    from planner.testing.contract import check_plugin  # noqa: PLC0415 - see the module's docstring

    check_plugin(plugin, examples or {})


def make_system(
    kernel: str = "6.12", *, bits: int = 64, cpus: int = 4, arch: str = "x86", config: Mapping[str, str] | None = None
) -> "System":
    """Return a system to ask a plugin about: ``cpus`` possible CPUs on one node; options without ``CONFIG_``."""
    from planner.testing.systems import make_system as make  # noqa: PLC0415 - see the module's docstring

    return make(kernel, bits=bits, cpus=cpus, arch=arch, config=config)


def make_report(profile_text: str | None = None, *, plugins: Sequence[object] = ()) -> "Report":
    """Return the model's report on a profile in TOML, its gates judged; on a small system of two consumers without one.

    :raises planner.profile.ProfileError: the profile is wrong.
    """
    from planner.testing.samples import make_report as make  # noqa: PLC0415 - see the module's docstring

    return make(profile_text, plugins=plugins)


def sample_documents() -> "Mapping[str, Document]":
    """Return documents of every shape that a format meets, by name: one report, several, none, problems, hostile words."""
    from planner.testing.samples import sample_documents as make  # noqa: PLC0415 - see the module's docstring

    return make()
