"""Changes that plugins propose, each tried on the model, ranked by what it buys."""

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.capacity.ending import Ended, end_of
from planner.capacity.fit import ranged
from planner.capacity.machine import EvaluationError
from planner.capacity.resolve import question
from planner.plugin import Change
from planner.plugin.manager import PluginManager
from planner.profile.errors import ProfileError
from planner.profile.model import Profile
from planner.report.model import AdviceInfo, Report

if TYPE_CHECKING:
    from planner.capacity.bases import Bases

MAXIMUM = 24
"""Candidates tried at most: each costs a run of the model."""


def advise(profile: Profile, manager: PluginManager, report: Report, consumer: str) -> tuple[AdviceInfo, ...]:
    """Return the changes that let more of ``consumer`` fit, the best first.

    Candidates after one that leaves nothing to stop the consumer are not tried.
    A candidate that does not apply (its profile is refused, or no such machine boots) is left out. Counts take what is not known as the
    profile's own ``fits`` does; the best of those that leave a limit comes with the ranges before and after it.
    """
    info = next((info for info in report.consumers if info.name == consumer), None)
    before = None if info is None else info.fits
    found: list[AdviceInfo] = []
    tried: dict[str, tuple[Bases, int, Ended]] = {}
    for record in manager.advice().values():
        for change in list(record.propose(profile.system, report))[:MAXIMUM]:
            if len(found) >= MAXIMUM or any(item.fits_after is None for item in found):
                break  # nothing buys more than no limit at all
            try:
                bases, number = question(_changed(profile, change), manager, consumer)
                ended = end_of(bases, number)
            except (EvaluationError, ProfileError):
                continue
            tried[change.change] = bases, number, ended
            found.append(
                AdviceInfo(
                    change=change.change,
                    fits_after=ended.made,
                    consumer=consumer,
                    fits_before=before,
                    paste=change.paste,
                    advisor=record.name,
                )
            )
    gains = [item for item in found if item.fits_after is None or before is None or item.fits_after > before]
    ranked = sorted(gains, key=lambda item: (item.fits_after is not None, -(item.fits_after or 0), item.change))
    counted = next((number for number, item in enumerate(ranked) if item.fits_after is not None), None)
    if counted is not None and info is not None:
        best = ranked[counted]
        span = ranged(*tried[best.change]).fits_range
        ranked[counted] = replace(best, fits_before_range=info.fits_range, fits_after_range=span)
    return tuple(ranked)


def _changed(profile: Profile, change: Change) -> Profile:
    sets: dict[str, str] = dict(change.sets)
    if change.cmdline:
        sets["boot.cmdline+"] = " " + " ".join(change.cmdline)
    return profile.with_sets(sets)
