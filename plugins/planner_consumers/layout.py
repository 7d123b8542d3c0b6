"""Size and alignment of a C structure from a list of its members, by the rules of the psABI that the kernel is built for.

A structure is written as a line of members in order, without their names::

    2*ptr u32 @spinlock LOCKDEP?lockdep_map (u64 u64_stats_sync) =line

``N*`` repeats, ``@`` puts a member on a cache line of its own (``____cacheline_aligned_in_smp``), ``OPTION?`` keeps it only where
the kernel's option is on and ``!OPTION?`` only where it is off, parentheses nest, and ``=N`` or ``=line`` at the end is the
alignment that the structure itself declares. Members are integers (``u8`` to ``u64``), ``long``, ``ptr``, or structures with a
line of their own. Knowledge of these stands in :mod:`planner_consumers.primitives` and :mod:`planner_consumers.members`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from planner.quick import dataclass
from planner_consumers.options import Abi

_TOKEN: Final = re.compile(
    r"(?:(?P<off>!?)(?P<option>\w+)\?)?(?P<line>@?)(?:(?P<count>\d+)\*)?(?:(?P<name>\(|[a-z_]\w*)|=(?P<align>\w+))|(?P<end>\))"
)
_FIXED: Final = {"u8": 1, "u16": 2, "u32": 4}


@dataclass(frozen=True, slots=True)
class Kernel:
    """What a layout depends on: the ABI, which options are on, and the lines of structures by name.

    ``text(name)`` raises LookupError where a structure is not known on this kernel.
    """

    abi: Abi
    enabled: Callable[[str], bool]
    text: Callable[[str], str]

    def measure(self, line: str) -> tuple[int, int]:
        """Return size and alignment in bytes of a structure with these members; an empty one has size 0.

        :raises LookupError: a member is not known on this kernel.
        """
        return self._structure(_TOKEN.finditer(line))

    def _structure(self, tokens: Iterator[re.Match[str]]) -> tuple[int, int]:
        """Lay out members up to the closing parenthesis or the end."""
        size, align = 0, 1
        for token in tokens:
            if token["end"]:
                break
            member, own = self._structure(tokens) if token["name"] == "(" else (0, 0)
            if token["option"] and self.enabled(token["option"]) == bool(token["off"]):
                continue
            if token["align"]:
                align = max(align, self.abi.line if token["align"] == "line" else int(token["align"]))
                continue
            if token["name"] != "(":
                member, own = self._member(token["name"])
            own = max(own, self.abi.line) if token["line"] else own
            size = _up(size, own) + member * int(token["count"] or 1)
            align = max(align, own)
        return _up(size, align), align

    def _member(self, name: str) -> tuple[int, int]:
        if name in _FIXED:
            return _FIXED[name], _FIXED[name]
        if name in {"ptr", "long"}:
            return self.abi.word, self.abi.word
        if name == "u64":
            return 8, self.abi.wide
        return self.measure(self.text(name))


def _up(size: int, align: int) -> int:
    return -(-size // align) * align


def options_of(line: str) -> Iterator[str]:
    """Yield the options that decide about members of this line itself."""
    for token in _TOKEN.finditer(line):
        if token["option"]:
            yield token["option"]


def names_of(line: str) -> Iterator[str]:
    """Yield the structures among the members of this line."""
    for token in _TOKEN.finditer(line):
        if token["name"] and token["name"] not in {*_FIXED, "(", "ptr", "long", "u64"}:
            yield token["name"]


def unreadable(line: str) -> str:
    """Return what is left of ``line`` where the notation is taken out: empty for a well-written one."""
    return _TOKEN.sub("", line).strip()
