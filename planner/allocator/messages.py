"""Every line that the kernel prints about per-CPU memory: print it as a version does, or recognise it.

The wordings are tables: ``kernel_messages`` (boot), ``kernel_failures`` (failed requests) and
``kernel_memory_messages`` (what fails beneath them).
"""

import re
from collections.abc import Iterator

from planner.allocator.gfp import vzalloc_mode
from planner.allocator.kernel_failures import (
    ALLOCATION_FAILED,
    FAILURE_MESSAGES,
    HONOURS_NOWARN,
    LIMIT_REACHED,
    PRINTS_ATOMIC,
    REASONS,
    WARN_LIMIT,
)
from planner.allocator.kernel_memory_messages import MEMORY_MESSAGES, PAGE_FAILURE, VMALLOC_FAILED, VMAP_SPACE
from planner.allocator.kernel_messages import BOOT_MESSAGES
from planner.allocator.kernel_version import KernelVersion
from planner.allocator.wording import Era, Message, Wording
from planner.quick import dataclass

CATALOGUE: tuple[Message, ...] = BOOT_MESSAGES + FAILURE_MESSAGES + MEMORY_MESSAGES
"""All messages, boot lines first."""

_BY_KEY = {message.key: message for message in CATALOGUE}
_LONGEST_LINE = 4096


@dataclass(frozen=True, slots=True)
class Recognised:
    """A line that the kernel is known to print: the message, its wording, the values in it, and who prints it so."""

    message: Message
    wording: Wording
    values: dict[str, int | str]
    eras: tuple[Era, ...]


def message(key: str) -> Message:
    """Return the message that planner calls ``key``.

    :raises KeyError: there is none.
    """
    return _BY_KEY[key]


def format_message(key: str, version: KernelVersion, **values: object) -> str:
    """Return the line as this version prints it, without level and time stamp.

    :raises KeyError: no such message, or a value is missing.
    :raises LookupError: this version does not print it.
    """
    return _BY_KEY[key].format(version, **values)


def strip_prefix(line: str) -> str:
    """Return a log line without what dmesg, syslog or the journal put before the kernel's text."""
    text = line.rstrip("\r\n")[:_LONGEST_LINE]
    for candidate in _without_prefix(text):
        return candidate
    return text


def _without_prefix(text: str) -> Iterator[str]:
    stamp = re.search(r"\[ *\d{1,10}\.\d{1,9}\](?:\[ *[TC]\d{1,10}\])? ?", text[:160])
    if stamp is not None:
        yield text[stamp.end() :]
    head, mark, rest = text.partition("kernel: ")
    if mark and len(head) < 120:
        yield rest
    level = re.match(r"<\d{1,3}>", text)
    if level is not None:
        yield text[level.end() :]


def recognise(line: str) -> Recognised | None:
    """Recognise a line of the kernel log, with or without time stamp; ``None`` where no version prints it.

    Where several versions print the same words, :attr:`Recognised.eras` names them all.
    """
    text = strip_prefix(line)
    for entry in CATALOGUE:
        found: Wording | None = None
        values: dict[str, int | str] | None = None
        eras: list[Era] = []
        for wording, era in entry.eras():
            if found is None:
                values = wording.match(text)
                found = wording if values is not None else None
            if found is not None and wording.template == found.template:
                eras.append(era)
        if found is not None and values is not None:
            return Recognised(entry, found, values, tuple(eras))
    return None


def failure_line(version: KernelVersion, *, size: int, align: int, reason: str, atomic: bool = False) -> str | None:
    """Return the line of a failed request, ``None`` where this version prints nothing for it.

    ``size`` and ``align`` are the rounded values, bytes. See :func:`prints_failure` for silence by flags or count.
    """
    wording = ALLOCATION_FAILED.at(version)
    if wording is None:
        return None
    return wording.format({"size": size, "align": align, "atomic": int(atomic), "reason": reason})


def prints_failure(version: KernelVersion, *, atomic: bool, nowarn: bool, printed: int) -> bool:
    """Return whether a failed request is printed after ``printed`` failures were (ten at most until reboot)."""
    if ALLOCATION_FAILED.at(version) is None or printed >= WARN_LIMIT:
        return False
    if nowarn and HONOURS_NOWARN.at(version):
        return False
    return not atomic or PRINTS_ATOMIC.at(version)


def failure_lines(  # noqa: PLR0913 - what decides and what is printed, by name
    version: KernelVersion,
    *,
    size: int,
    align: int,
    reason: str,
    atomic: bool = False,
    nowarn: bool = False,
    printed: int = 0,
) -> tuple[str, ...]:
    """Return what a failed request logs, the ``limit reached`` line of the tenth included."""
    if not prints_failure(version, atomic=atomic, nowarn=nowarn, printed=printed):
        return ()
    line = failure_line(version, size=size, align=align, reason=reason, atomic=atomic)
    limit = LIMIT_REACHED.at(version)
    if line is None:
        return ()
    if printed + 1 == WARN_LIMIT and limit is not None:
        return (line, limit.template)
    return (line,)


def reason_meaning(reason: str) -> str | None:
    """Return what the reason at the end of ``allocation failed`` means, ``None`` for an unknown one."""
    return next((meaning for text, _fact, meaning in REASONS if text == reason), None)


def vmalloc_failure_lines(  # noqa: PLR0913 - the values that the lines carry
    version: KernelVersion,
    *,
    size: int,
    area: int,
    comm: str,
    start: int = 0,
    end: int = 0,
    cpuset: str = "/",
    mems: str = "0",
    flags: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return what a failed vmalloc of chunk metadata logs: ``size`` as asked for, ``area`` rounded and with guard page.

    ``comm`` is the failing task's name; ``start`` and ``end`` the vmalloc range (printed from 6.11 on); ``flags`` are
    those beside GFP_KERNEL that the request hands on (``__GFP_NORETRY``).
    """
    mode = vzalloc_mode(version, *flags)
    lines = [VMAP_SPACE.format(version, size=area, start=start, end=end)]
    values = {"comm": comm, "size": size, "mode": mode, "cpuset": cpuset, "mems": mems, "order": 0}
    wording = VMALLOC_FAILED.at(version)
    if wording is not None:
        lines.append(wording.format(values))
        if "{comm" not in wording.template:
            lines.append(PAGE_FAILURE.format(version, **values))
    return tuple(lines)
