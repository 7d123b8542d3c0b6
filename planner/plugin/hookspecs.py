"""The hooks of planner. A hook is a plural noun, returns records, and changes nothing.

Write a plugin as a module or object with functions of these names, marked with :data:`hookimpl`, and announce it in the
entry-point group ``planner``::

    [project.entry-points.planner]
    acme = "planner_acme"
"""

from collections.abc import Iterable
from typing import Any

import pluggy

from planner.plugin.records import (
    AdviceRecord,
    ArchitectureRecord,
    ConsumerRecord,
    FormatRecord,
    GateRecord,
    ProbeRecord,
)

PROJECT = "planner"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class PlannerSpecs:
    """All hooks. Each is called once a run, when the first question about its records is asked."""

    @hookspec
    def planner_architectures(self) -> Iterable[ArchitectureRecord]:
        """Architectures: how each sets the per-CPU allocator up.

        Called once, before the first profile is checked (``system.arch`` names one of them). Returns
        :class:`~planner.plugin.ArchitectureRecord` objects::

            @hookimpl
            def planner_architectures():
                yield ArchitectureRecord(name="vax", summary="VAX", bits=(32,), build=build_vax)
        """
        raise AssertionError  # pluggy never calls a specification

    @hookspec
    def planner_consumers(self) -> Iterable[ConsumerRecord]:
        """Consumers: what spends per-CPU memory, and how much for one instance.

        Called once, before the first profile is checked (``[[consumer]] kind`` names one of them). Returns
        :class:`~planner.plugin.ConsumerRecord` objects::

            @hookimpl
            def planner_consumers():
                yield ConsumerRecord(kind="acme-flow", summary="a flow of the acme driver", requests=flow_requests,
                                     sources=("drivers/net/acme/flow.c:flow_create",))
        """
        raise AssertionError

    @hookspec
    def planner_formats(self) -> Iterable[FormatRecord]:
        """Output formats: ``-f NAME`` of every command that writes a report.

        Called once, when the command line's ``-f`` is read. Returns :class:`~planner.plugin.FormatRecord` objects::

            @hookimpl
            def planner_formats():
                yield FormatRecord(name="yaml", summary="YAML", render=render_yaml, suffix=".yaml")
        """
        raise AssertionError

    @hookspec
    def planner_gates(self) -> Iterable[GateRecord]:
        """Gates: rules that a report is held against, written ``[gate.NAME]`` in a profile.

        Called once, before the first profile is checked. Returns :class:`~planner.plugin.GateRecord` objects::

            @hookimpl
            def planner_gates():
                yield GateRecord(kind="even", summary="an even number of chunks", judge=judge_even)
        """
        raise AssertionError

    @hookspec
    def planner_advice(self) -> Iterable[AdviceRecord]:
        """Advice: changes worth trying; each is re-simulated before it is shown.

        Called once, after the first report is made. Returns :class:`~planner.plugin.AdviceRecord` objects::

            @hookimpl
            def planner_advice():
                yield AdviceRecord(name="fewer-queues", summary="fewer queues", propose=propose_queues)
        """
        raise AssertionError

    @hookspec
    def planner_probes(self) -> Iterable[ProbeRecord]:
        """Probes: facts that ``planner capture`` reads off a machine.

        Called once by ``planner capture``. Returns :class:`~planner.plugin.ProbeRecord` objects::

            @hookimpl
            def planner_probes():
                yield ProbeRecord(name="acme", summary="flows of the acme driver", read=read_flows)
        """
        raise AssertionError

    @hookspec
    def planner_commands(self, app: Any) -> None:
        """Commands: more of them for the command line.

        Called once at start-up with the :class:`typer.Typer` application, to which the plugin adds its own commands::

            @hookimpl
            def planner_commands(app):
                app.command("acme")(acme_command)
        """
