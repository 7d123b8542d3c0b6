"""What planner knows of a message, and what it found in a text."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Involves = Literal["allocator", "cost", "other"]
"""``allocator``: the per-CPU allocator itself speaks or fails; ``cost``: per-CPU memory is the price; ``other``: looks alike, is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What in a text speaks for a cause; any part that matches counts.

    ``functions``: regular expressions for functions of the stack dump; ``requests``: (size, align) of the failed request, ``None`` for any
    alignment; ``words``, ``task``: regular expressions for the lines around and the failing task's name; ``facts``: names of
    :class:`~planner.observe.explain.context.Facts` properties that must hold.
    """

    functions: tuple[str, ...] = ()
    requests: tuple[tuple[int, int | None], ...] = ()
    words: str = ""
    task: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause of a message. ``weight``: how likely it is when nothing in the text speaks for or against it, 0 = only with a clue.

    ``since``/``until``: the kernels in which it can be (``until`` itself is free of it), empty = open.
    """

    key: str
    text: str
    weight: int = 1
    clue: Clue = field(default_factory=Clue)
    since: str = ""
    until: str = ""
    look: tuple[str, ...] = ()
    change: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One kind of message.

    ``patterns``: regular expressions searched in a line without its time stamp; ``needles``: lower-case words of which one stands in every
    line that matches. ``message`` is the key of :mod:`planner.allocator.messages` where the wording is known by version; ``versions``
    says it in words otherwise. ``requires``: the entry is left out of a finding unless this clue matches. ``quiet``: part of a
    normal boot, shown only when nothing else is found or when asked for.
    """

    key: str
    title: str
    involves: Involves
    patterns: tuple[str, ...]
    needles: tuple[str, ...]
    said_by: str
    means: str
    not_means: str = ""
    message: str = ""
    versions: str = ""
    causes: tuple[Cause, ...] = ()
    look: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    requires: Clue | None = None
    quiet: bool = False


@dataclass(slots=True)
class Finding:
    """Lines of one kind, grouped: ``count`` of them, the first few as ``samples``, the values that they carry.

    ``values`` are those of the first line; ``functions`` and ``tasks`` what the stack dumps name; ``around`` lines near the first ones.
    """

    entry: Entry
    detail: tuple[str, ...] = ()
    count: int = 0
    samples: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    requests: Counter[tuple[int, int]] = field(default_factory=Counter)
    functions: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    around: list[str] = field(default_factory=list)
    first_seconds: float | None = None
    last_seconds: float | None = None
    kernels: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCause:
    """A cause with what speaks for it; ``likelihood`` in words."""

    cause: Cause
    score: int
    because: tuple[str, ...]
    likelihood: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A finding with its causes, likeliest first, notes about this text, and numbers from a profile where one was given."""

    finding: Finding
    causes: tuple[RankedCause, ...]
    notes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


Numbers = Callable[[Finding], Sequence[str]]
"""Given a finding, sentences with the numbers of a profile (capacity layer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """All that a text says: explanations in order of weight, facts about the machine, how much was read."""

    explanations: tuple[Explanation, ...]
    facts: Mapping[str, Any]
    lines: int
    relevant: int
    cut: str = ""
