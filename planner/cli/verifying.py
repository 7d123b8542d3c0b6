"""``planner verify`` at work: predict, measure, compare."""

import json
from dataclasses import replace

from planner.capacity import describe
from planner.capacity.bases import populate
from planner.capacity.machine import boot
from planner.capacity.resolve import plans
from planner.cli.failures import UsageError, say, write_output
from planner.cli.session import PluginChoice, warn
from planner.observe.capture import capture, root_of
from planner.observe.verify import (
    Accounted,
    ModelState,
    Verification,
    compare,
    count_checks,
    measured_of,
    since_then,
)
from planner.observe.verify_render import as_data, render_text
from planner.plugin.manager import PluginManager
from planner.profile.load import load, load_text
from planner.profile.model import Profile
from planner.report.model import FirstChunkInfo, Report
from planner.report.outcome import ExitCode

_GRANULE = 4


def run(source: str | None, choice: PluginChoice, *, live: bool, root: str | None, as_json: bool) -> int:
    """Verify and print; the exit code says whether something differs.

    :raises UsageError: neither a profile nor --live.
    """
    if source is None and not live:
        raise UsageError("give a captured profile, or --live")
    manager = choice.load()
    profile = load(source, manager) if source is not None else None
    now = _captured(manager, root) if live else None
    warn(manager.problems)
    base = profile or now
    if base is None:
        raise UsageError("give a captured profile, or --live")
    result = verify(base, manager, now=now if profile is not None else None)
    write_output(json.dumps(as_data(result), indent=2) + "\n" if as_json else render_text(result))
    if not result.measured:
        return int(ExitCode.NOTHING)
    return int(ExitCode.GATE_FAILED if result.failed else ExitCode.DONE)


def verify(profile: Profile, manager: PluginManager, *, now: Profile | None = None) -> Verification:
    """Compare what the model says of ``profile`` with what it carries, or with ``now`` where the system was captured again.

    :raises EvaluationError: no such machine can be modelled.
    """
    report, state = predicted(profile, manager)
    report = replace(report, first_chunk=first_chunk(profile, manager))
    accounted = _accounted(profile, manager)
    result = compare(report, measured_of(profile), accounted=accounted, state=state)
    if now is None:
        return result
    result = since_then(result, compare(report, measured_of(now), accounted=accounted, state=state))
    return replace(result, checks=(*result.checks, *count_checks(profile, now)))


def _accounted(profile: Profile, manager: PluginManager) -> Accounted:
    """Add up what the profile's consumers ask for."""
    size = objects = 0
    for plan, count in plans(profile, manager):
        for request in plan.plan.requests:
            objects += request.count * count
            size += -(-request.size // _GRANULE) * _GRANULE * request.count * count
    return Accounted(size=size, objects=objects)


def predicted(profile: Profile, manager: PluginManager) -> tuple[Report, ModelState]:
    """Return the model's view without asking how much more fits: first chunk, and the allocator as it stands.

    A captured state already holds the consumers that were counted; without one they are placed one after another.
    """
    machine = boot(profile, manager)
    resolved = [(plan, 0 if _held(profile) else count) for plan, count in plans(profile, manager)]
    base = populate(machine, resolved)
    report = Report(
        system=describe.system_info(machine),
        first_chunk=describe.first_chunk_info(machine),
        percpu=describe.percpu_info(machine, base),
        consumers=(),
    )
    state = ModelState(
        captured=_held(profile),
        empty_pop_pages=base.allocator.nr_empty_pop_pages,
        free_bytes=sum(chunk.free_bytes for chunk in base.allocator.chunks),
    )
    return report, state


def _held(profile: Profile) -> bool:
    """Return whether the profile's state already holds what lives on the system."""
    return profile.state is not None and bool(profile.state.chunks)


def first_chunk(profile: Profile, manager: PluginManager) -> FirstChunkInfo:
    """Return the first chunk as the tables alone predict it: of the boot line only the static size is used.

    Elsewhere the machine's own line outranks the tables; comparing it with itself would prove nothing.
    """
    if profile.percpu.boot_log and profile.system.static is not None and profile.origin is not None:
        profile = profile.with_sets({"percpu.boot_log": None, "percpu.static": profile.system.static})
    return describe.first_chunk_info(boot(profile, manager))


def _captured(manager: PluginManager, root: str | None) -> Profile:
    found = capture(manager.probes(), root_of(root))
    for unseen in found.unseen:
        say(f"planner: not seen: {unseen}")
    for failure in found.failures:
        say(f"planner: warning: {failure}")
    return load_text(found.text, manager, label="the captured system")
