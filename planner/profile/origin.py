"""What a profile was made from: its data, where its keys stand, and what was checked already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Protocol

from planner.plugin import ArchitectureRecord, ConsumerRecord, GateRecord
from planner.profile.check import Problems
from planner.profile.fields import RefusedError
from planner.profile.model import Spread
from planner.profile.positions import Path, Positions
from planner.profile.sets import locate, value_at


class Plugins(Protocol):
    """What a profile needs of the plugin manager."""

    def architectures(self) -> Mapping[str, ArchitectureRecord]:
        """Architectures by name."""

    def consumers(self) -> Mapping[str, ConsumerRecord]:
        """Consumers by kind."""

    def gates(self) -> Mapping[str, GateRecord]:
        """Gates by kind."""


Memo = dict[Path, tuple[tuple[Any, ...], Any, dict[str, Spread]]]
"""What was checked, by path: the objects it came from, the result, and the uncertain numbers in it."""


@dataclass(slots=True, eq=False, repr=False)
class Origin:
    """What a profile was made from.

    ``changed`` lists what ``--set`` touched, ``notes`` what that left behind, as sentences for the report.
    """

    data: dict[str, Any]
    positions: Positions | None
    label: str
    folder: FilePath | None
    plugins: Plugins | None
    changed: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    memo: Memo = field(default_factory=dict)

    def __getstate__(self) -> tuple[Any, ...]:
        """Sent to another process, an origin leaves plugins and memo behind (see :func:`planner.profile.whatif.attach`)."""
        return (self.data, self.positions, self.label, self.folder, self.changed, self.notes)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.data, self.positions, self.label, self.folder, self.changed, self.notes = state
        self.plugins = None
        self.memo = {}

    def has(self, key: str) -> bool:
        """Return whether the data holds ``key``."""
        try:
            return value_at(self.data, locate(self.data, key)) is not None
        except RefusedError:
            return False

    def position_of(self, key: str) -> tuple[int, int] | None:
        """Return line and column of ``key`` or of the nearest table around it."""
        try:
            return Problems(self.label, self.positions, self.changed).place(locate(self.data, key))
        except RefusedError:
            return None
