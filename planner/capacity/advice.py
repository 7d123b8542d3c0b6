"""Changes that plugins propose, each tried on the model, ranked by what it buys."""

from planner.capacity.machine import EvaluationError
from planner.plugin import Change
from planner.plugin.manager import PluginManager
from planner.profile.errors import ProfileError
from planner.profile.model import Profile
from planner.report.model import AdviceInfo, Report

MAXIMUM = 24
"""Candidates tried at most: each costs a run of the model."""


def advise(profile: Profile, manager: PluginManager, report: Report, consumer: str) -> tuple[AdviceInfo, ...]:
    """Return the changes that let more of ``consumer`` fit, the best first.

    Candidates after one that leaves nothing to stop the consumer are not tried.
    A candidate that does not apply (its profile is refused, or no such machine boots) is left out.
    """
    from planner.capacity.evaluate import fits_of  # noqa: PLC0415 - they call each other

    before = next((info.fits for info in report.consumers if info.name == consumer), None)
    found: list[AdviceInfo] = []
    for record in manager.advice().values():
        for change in list(record.propose(profile.system, report))[:MAXIMUM]:
            if len(found) >= MAXIMUM or any(item.fits_after is None for item in found):
                break  # nothing buys more than no limit at all
            try:
                changed = _changed(profile, change)
                after = fits_of(changed, manager, consumer)
            except (EvaluationError, ProfileError):
                continue
            found.append(
                AdviceInfo(
                    change=change.change,
                    fits_after=after,
                    consumer=consumer,
                    fits_before=before,
                    paste=change.paste,
                    advisor=record.name,
                )
            )
    gains = [item for item in found if item.fits_after is None or before is None or item.fits_after > before]
    return tuple(sorted(gains, key=lambda item: (item.fits_after is not None, -(item.fits_after or 0), item.change)))


def _changed(profile: Profile, change: Change) -> Profile:
    sets: dict[str, str] = dict(change.sets)
    if change.cmdline:
        sets["boot.cmdline+"] = " " + " ".join(change.cmdline)
    return profile.with_sets(sets)
