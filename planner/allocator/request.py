"""What a request is and how it ends: flags, failures, the warnings that the kernel prints, the worker's balance sheet."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

from planner import quick


class Gfp(enum.IntEnum):
    """The caller's flags, as far as they decide anything: may the request sleep, and may it recurse into filesystems or I/O."""

    KERNEL = 0
    """GFP_KERNEL: may sleep and do anything."""
    NOWAIT = 1
    """GFP_NOWAIT or GFP_ATOMIC: must not sleep; an atomic request wherever the kernel knows them."""
    NOFS = 2
    """GFP_NOFS, or a GFP_KERNEL request in a task's NOFS scope (5.7 on): atomic until 6.14."""
    NOIO = 3
    """GFP_NOIO, or a GFP_KERNEL request in a task's NOIO scope (5.7 on): atomic until 6.14."""


class Failure(enum.Enum):
    """Why a request failed; the value is the reason that the kernel's message gives after the comma (``""``: no message)."""

    RESERVED = "alloc from reserved chunk failed"
    EXTEND_RESERVED = "failed to extend area map of reserved chunk"
    EXTEND = "failed to extend area map"
    NEW_CHUNK = "failed to allocate new chunk"
    POPULATE = "failed to populate"
    ATOMIC = "atomic alloc failed, no space left"
    ILLEGAL = "illegal size or align"


@quick.dataclass(frozen=True, slots=True)
class FailureWarning:
    """One line that the kernel logs about a failed request.

    ``size`` and ``align`` are bytes as adjusted by the kernel. ``printed`` is ``True`` for the first ten failures that count, and
    ``last`` marks the tenth, after which the kernel adds its "limit reached" line. ``stack`` tells whether a stack dump
    follows (not for atomic failures from 6.6 on).
    """

    reason: Failure
    size: int
    align: int
    atomic: bool
    printed: bool
    last: bool = False
    stack: bool = True


@dataclass(slots=True)
class BalanceWork:
    """What one run of the worker did: chunks created and destroyed, pages (per unit, not times CPUs) populated and depopulated."""

    created: int = 0
    destroyed: int = 0
    populated: int = 0
    depopulated: int = 0

    def __iadd__(self, other: Self) -> Self:
        """Add another run to the sheet."""
        self.created += other.created
        self.destroyed += other.destroyed
        self.populated += other.populated
        self.depopulated += other.depopulated
        return self


EventKind = Literal["alloc", "free", "create", "destroy", "populate", "depopulate"]
Listener = Callable[[EventKind, int, int, int], None]
"""Called as ``(kind, chunk index, a, b)``: offset and size of an area, or first and end page; 0, 0 for create and destroy."""
