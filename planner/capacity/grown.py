"""Options of the configuration that make structures larger than the tables say: only the kernel's own BTF tells by how much."""

from typing import Final

from planner.profile.model import Profile
from planner.report.model import Assumption

LOCKS: Final = {
    "PREEMPT_RT": "a spinlock_t is a sleeping lock of 32 bytes, a local_lock_t no longer empty",
    "LOCKDEP": "every lock and work item carries a lockdep_map",
    "DEBUG_LOCK_ALLOC": "every lock carries a lockdep_map",
    "DEBUG_SPINLOCK": "every spinlock carries its owner",
    "DEBUG_OBJECTS_TIMERS": "timers carry a debugging state",
    "SLUB_STATS": "kmem_cache_cpu has a counter for each event (some 100 bytes)",
}
"""Option → what it does to structures that hold such things (include/linux/spinlock_types.h, lockdep_types.h, local_lock_internal.h)."""


def grown(profile: Profile) -> tuple[Assumption, ...]:
    """Return a line that names the options which are on, where no BTF was given; none where nothing is affected."""
    config = profile.system.config
    on = [option for option in LOCKS if config.enabled(option, default=False)]
    if not on or profile.btf is not None or profile.system.structs or not profile.consumers:
        return ()
    reasons = "; ".join(f"CONFIG_{option}: {LOCKS[option]}" for option in on)
    return (
        Assumption(
            what="sizes of structures",
            value="those of a kernel without these options; system.btf gives the real ones",
            basis="assumed",
            source=reasons,
        ),
    )
