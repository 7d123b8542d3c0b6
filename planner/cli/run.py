"""The way that ``report`` and ``check`` share: sources to a document, document to outputs, outputs to an exit code."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from planner.cli import output
from planner.cli.colour import wanted
from planner.cli.evaluation import Job, evaluate_all
from planner.cli.failures import UsageError, say
from planner.cli.sources import expand
from planner.report.model import Document
from planner.report.outcome import exit_code
from planner.report.text import clean, plural

_NAMED: Final = 5
"""Profiles without a gate that are named; of more only the number is told."""


def read_sets(sets: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Return ``--set`` options as pairs; ``+=`` and ``*=`` stay at the key, where the profile layer reads them.

    :raises UsageError: one has no ``=``.
    """
    found = []
    for text in sets or ():
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set {text!a} is not KEY=VALUE")
        found.append((key.strip(), value))
    return tuple(found)


def run(  # noqa: PLR0913 - what the two commands have in common, each by name
    profiles: Sequence[str] | None,
    formats: Sequence[str] | None,
    job: Job,
    *,
    jobs: int,
    color: str,
    fail_on: str,
    command: Literal["report", "check"],
) -> int:
    """Evaluate, write, and return the exit code; the report is written before it.

    :raises UsageError: an option is wrong.
    :raises ToolError: an output cannot be written.
    """
    if fail_on not in {"error", "warn"}:
        raise UsageError("--fail-on is error or warn")
    wanted(color)
    manager = job.plugins.load()
    outputs = output.choose(formats or (), manager)
    sources = expand(profiles or ())
    job = replace(job, curves=any(one.record.curves for one in outputs))
    document = evaluate_all(sources, job, jobs=jobs, command=command, manager=manager)
    output.write(outputs, document, color=color)
    if not sources:
        missing = "no profile (*.toml) is in what was given" if profiles else "no profile was given"
        say(f"planner: {missing}, so nothing was evaluated")
    elif command == "check":
        _say_unchecked(document)
    return int(exit_code(document, fail_on_warn=fail_on == "warn"))


def _say_unchecked(document: Document) -> None:
    """Say which profiles have no gate: a check that checks nothing must not look like one that passes."""
    bare = [clean(report.profile) for report in document.reports if not report.gates]
    if not bare:
        return
    hint = '[gate] preset = "recommended" makes some'
    if len(bare) == len(document.reports):
        say(f"planner: no profile has a gate, so nothing was checked; {hint}")
    else:
        more = f" and {plural(len(bare) - _NAMED, 'other')}" if len(bare) > _NAMED else ""
        say(f"planner: without a gate, so not checked: {', '.join(bare[:_NAMED])}{more}; {hint}")
