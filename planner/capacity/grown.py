"""What options of the configuration make of the consumers' structures: the same plans asked for without these options, compared."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from planner.capacity.resolve import plans
from planner.plugin import Request
from planner.plugin.manager import PluginManager
from planner.profile.model import Profile
from planner.report.model import Assumption

OPTIONS: Final = {
    "PREEMPT_RT": "a spinlock_t is a sleeping lock of 32 bytes, a local_lock_t not empty; no transparent huge pages, no NUMA balancing",
    "PROVE_LOCKING": "every lock and work item carries a lockdep_map",
    "LOCKDEP": "every lock and work item carries a lockdep_map",
    "LOCK_STAT": "every lock and work item carries a lockdep_map, and that says where a lock was waited for",
    "DEBUG_LOCK_ALLOC": "every lock carries a lockdep_map",
    "DEBUG_SPINLOCK": "every spinlock carries its owner",
    "DEBUG_KOBJECT_RELEASE": "every kobject carries a delayed work item",
    "SLUB_STATS": "kmem_cache_cpu has a counter for each event (some 100 bytes)",
}
"""Option → what it does to structures (include/linux/spinlock_types.h, lockdep_types.h, local_lock_internal.h, kobject.h, mm/slub.c)."""

_SHOWN: Final = 8
"""Structures that a line names at most."""


def grown(profile: Profile, manager: PluginManager) -> Iterator[Assumption]:
    """Yield a line on the structures that options of the profile's configuration change, and one on those of which nobody knows."""
    on = _switched_on(profile)
    if not on:
        return
    source = "; ".join(f"CONFIG_{option}: {OPTIONS[option]}" for option in on)
    changed: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for here, there in zip(_requests(profile, manager), _requests(_plainly(profile), manager), strict=False):
        if here.basis == "assumed" and there.basis != "assumed":
            unknown.setdefault(here.what, f"{here.what} ({here.size})")
        elif here.size != there.size:
            changed.setdefault(here.what, f"{here.what} {there.size} → {here.size}")
    if changed:
        yield Assumption(
            what="sizes of structures", value=f"laid out anew: {_list(changed)} bytes", basis="modelled", source=source
        )
    if unknown:
        value = f"as without these options, system.btf gives the real ones: {_list(unknown)} bytes"
        yield Assumption(what="sizes of structures", value=value, basis="assumed", source=source)


def _switched_on(profile: Profile) -> tuple[str, ...]:
    """Return which of these options the profile has on."""
    return tuple(option for option in OPTIONS if profile.system.config.enabled(option, default=False))


def _plainly(profile: Profile) -> Profile:
    """Return the profile with these options off."""
    config = profile.system.config
    options = {**config.options, **dict.fromkeys(_switched_on(profile), "n")}
    return replace(profile, system=replace(profile.system, config=replace(config, options=options)))


def _requests(profile: Profile, manager: PluginManager) -> Iterator[Request]:
    for named, _count in plans(profile, manager):
        yield from named.plan.once_requests
        yield from named.plan.requests


def _list(found: dict[str, str]) -> str:
    texts = list(found.values())
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
