"""``planner replay`` at work: read the trace once, keep its books, and put the events to the model where asked."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from planner.capacity.machine import boot
from planner.cli.failures import UsageError, say, write_output
from planner.cli.run import read_sets
from planner.cli.session import PluginChoice, warn
from planner.observe.parsers.trace import TraceEvent, TraceReader
from planner.observe.replay.check import Check
from planner.observe.replay.ledger import Ledger
from planner.observe.replay.render import as_data, render_text
from planner.observe.replay.simulate import Outcome, Simulation
from planner.observe.text import Lines
from planner.plugin.manager import PluginManager
from planner.profile.load import load
from planner.profile.model import ChunkState, Profile
from planner.profile.sizes import parse_size
from planner.report.outcome import ExitCode

KEPT = 1_000_000
"""Events that are kept for the model; the books are kept of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The command's options."""

    profile: str | None
    sets: tuple[str, ...]
    check: bool
    cpus: int | None
    limit: str
    as_json: bool


def run(trace: str, wishes: Wishes, choice: PluginChoice) -> int:
    """Read, compute and print; 4 where the text holds no event.

    :raises UsageError: an unreadable file, or options that need a profile without one.
    """
    if wishes.profile is None and (wishes.sets or wishes.check):
        raise UsageError("--set and --check need --profile")
    try:
        maximum = parse_size(wishes.limit)
    except ValueError as error:
        raise UsageError(f"--limit: {error}") from error
    manager = choice.load()
    profile = load(wishes.profile, manager) if wishes.profile is not None else None
    kept: list[TraceEvent] = []
    ledger = Ledger()
    with _opened(trace) as stream:
        lines = Lines(stream, maximum_bytes=maximum, maximum_lines=1 << 40)
        reader = TraceReader(lines)
        ledger.read(_keeping(reader, kept) if profile is not None else reader)
    if lines.cut:
        say(f"planner: {lines.cut}; --limit reads more")
    if not reader.events:
        say("planner: no percpu:* event in this text")
        return int(ExitCode.NOTHING)
    if profile is not None and reader.events > KEPT:
        say(f"planner: the model is given the first {KEPT:,} of {reader.events:,} events")
    cpus = wishes.cpus or (profile.system.nr_cpus if profile is not None else None)
    check = _check(profile, manager, kept) if wishes.check and profile is not None else None
    variants = tuple(_variants(profile, manager, kept, wishes.sets)) if profile is not None else ()
    warn(manager.problems)
    if wishes.as_json:
        write_output(json.dumps(as_data(ledger, reader, cpus=cpus, check=check, variants=variants), indent=1) + "\n")
    else:
        write_output(render_text(ledger, reader, cpus=cpus, check=check, variants=variants))
    return int(ExitCode.DONE)


def _keeping(events: Iterable[TraceEvent], kept: list[TraceEvent]) -> Iterator[TraceEvent]:
    for event in events:
        if len(kept) < KEPT:
            kept.append(event)
        yield event


def _check(profile: Profile, manager: PluginManager, events: list[TraceEvent]) -> Outcome:
    """Start from the captured state.

    :raises UsageError: the profile has none with every chunk's areas.
    """
    chunks = profile.state.chunks if profile.state is not None else ()
    if not chunks or any(chunk.areas is None for chunk in chunks):
        raise UsageError("--check needs a profile whose [state] lists the areas of every chunk")
    machine = boot(profile, manager)
    allocator, _backing = machine.start()
    return Check(allocator, _base(chunks, "first"), _base(chunks, "reserved")).run(events)


def _base(chunks: tuple[ChunkState, ...], kind: str) -> int | None:
    return next((chunk.base for chunk in chunks if chunk.kind == kind), None)


def _variants(
    profile: Profile, manager: PluginManager, events: list[TraceEvent], sets: tuple[str, ...]
) -> Iterator[tuple[str, Outcome]]:
    """Run the events on the profile's system as booted, and on it with keys set."""
    yield profile.name, _simulated(profile, manager, events)
    if sets:
        changed = profile.with_sets(dict(read_sets(list(sets))))
        yield f"{profile.name} with {' '.join(sets)}", _simulated(changed, manager, events)


def _simulated(profile: Profile, manager: PluginManager, events: list[TraceEvent]) -> Outcome:
    fresh = profile.with_sets({"state": None}) if profile.has("state") else profile
    allocator, _backing = boot(fresh, manager).start()
    return Simulation(allocator).run(events)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    path = Path(name)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UsageError(f"{name}: is no regular file; give a trace on standard input as -")
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from error
