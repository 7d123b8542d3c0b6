"""What-ifs: a profile with keys set, checked again only where it changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.profile.boot_lines import what_is_stale, without_boot_lines
from planner.profile.build import build
from planner.profile.errors import Problem, ProfileError
from planner.profile.fields import RefusedError
from planner.profile.model import Profile
from planner.profile.origin import Origin, Plugins
from planner.profile.positions import Path
from planner.profile.sets import apply, value_at

OTHER_KERNEL = "percpu.static is that of the boot line's kernel, not of the one asked about"


def with_sets(profile: Profile, sets: Mapping[str, Any]) -> Profile:
    """Return the profile with keys set (see :meth:`planner.profile.model.Profile.with_sets`).

    Where the change makes the profile's boot line one of another machine, the line is dropped and what belongs to the kernel stays.

    :raises ProfileError: a key or value is wrong.
    :raises TypeError: the profile was not made from TOML, or has no plugins (:func:`attach`).
    """
    origin = profile.origin
    if origin is None or origin.plugins is None:
        raise TypeError("this profile was not made from TOML, or came from another process and needs attach()")
    data, changed, problems = origin.data, [], []
    for key, value in sets.items():
        try:
            data, path = apply(data, key, value)
        except RefusedError as error:
            problems.append(_problem(key, error))
        else:
            changed.append(path)
    if problems:
        raise ProfileError(problems)
    data, note = _without_stale(profile, origin, data, changed)
    notes = (*origin.notes, note) if note and note not in origin.notes else origin.notes
    paths = (*origin.changed, *changed)
    return build(replace(origin, data=data, changed=paths, notes=notes, memo=dict(origin.memo)))


def _problem(key: str, error: RefusedError) -> Problem:
    return Problem(
        file="--set",
        key=key,
        what=str(error),
        code=error.code,
        allowed=error.allowed,
        suggestion=error.suggestion,
    )


def _without_stale(
    profile: Profile, origin: Origin, data: dict[str, Any], changed: list[Path]
) -> tuple[dict[str, Any], str]:
    """Return the data without a boot line and a state that they no longer belong to, and a note where that matters."""
    percpu = data.get("percpu")
    if not isinstance(percpu, dict):
        percpu = {}
    if not (percpu.keys() & {"boot_log", "unit", "first_chunk_base"} or "state" in data):
        return data, ""
    cmdlines = [str(value_at(source, ("boot", "cmdline")) or "") for source in (origin.data, data)]
    stale = {what_is_stale(path, *cmdlines) for path in changed}
    if not stale & {"kernel", "machine"} or any(path[:2] == ("percpu", "boot_log") for path in changed):
        return data, ""
    log = profile.percpu.boot
    atom = None if "kernel" in stale else _atom(profile, origin)
    kept = {name: value for name, value in data.items() if name != "state"}
    kept["percpu"] = without_boot_lines(percpu, log, atom=atom, state=profile.state)
    other = "kernel" in stale and "static" not in percpu and log.static is not None
    return kept, OTHER_KERNEL if other else ""


def _atom(profile: Profile, origin: Origin) -> int | None:
    """Return the atom size that the boot line betrays, as the architecture reads it; ``None`` where it cannot say."""
    if origin.plugins is None:
        return None
    try:
        return origin.plugins.architectures()[profile.system.arch].build(profile.system).atom_size
    except Exception:  # noqa: BLE001 - a plugin may fail in any way; the model will meet it again and say so
        return None


def attach(profile: Profile, plugins: Plugins) -> Profile:
    """Return a profile that came from another process with plugins again, so that :meth:`Profile.with_sets` works."""
    if profile.origin is None:
        return profile
    return replace(profile, origin=replace(profile.origin, plugins=plugins))
