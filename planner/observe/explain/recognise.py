"""Finding the lines that matter in a text of any length, with what stands around them."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from planner.allocator.kernel_failures import REASONS
from planner.allocator.messages import message, recognise
from planner.observe.explain.catalogue import CATALOGUE
from planner.observe.explain.context import Facts
from planner.observe.explain.model import Entry, Finding
from planner.observe.parsers.kernel_log import LogLine, kernel_lines
from planner.report.text import clean

_BEFORE: Final = 12
_AFTER: Final = 60
"""Lines around a match that may hold its stack, its task and its cause: a stack dump has about 40."""
_SAMPLES: Final = 3
_MAXIMUM_FINDINGS: Final = 500
_MAXIMUM_AROUND: Final = 400
_CUT: Final = "allocation-failed"
"""What knows a failure whose reason is cut off, or new."""

_ADDRESS = r"\[<?[0-9a-fx]{4,18}>?\]\s{1,4}"
_FRAME: Final = re.compile(
    rf"^\s{{0,40}}(?:{_ADDRESS}){{0,2}}(?:\?\s{{1,4}})?\(?([A-Za-z_][\w.]{{1,120}})"
    r"(?:\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}|\s{0,4}$| from | \([\w./-]{1,200}:\d{1,6}[ )])",
    re.ASCII,
)
"""A line of a stack dump: of x86, two addresses on powerpc, "f from g" on ARM, with source lines after decode_stacktrace.sh."""
_CALLED_FROM: Final = re.compile(rf" from (?:{_ADDRESS})?\(?([A-Za-z_][\w.]{{1,120}})\+0x", re.ASCII)
_PC: Final = re.compile(
    r"(?:RIP|EIP|NIP|pc|PC is at|LR)\b.{0,60}?\b([A-Za-z_][\w.]{1,120})\+0x[0-9a-f]{1,8}/0x[0-9a-f]{1,8}",
    re.ASCII,
)
_COMM: Final = re.compile(r"(?:PID|Pid): \d{1,10},? [Cc]omm: (.{1,24}?) (?:Not tainted|Tainted|Kdump)", re.ASCII)


_COMPILED: Final = {
    entry.key: tuple(re.compile(pattern, re.ASCII) for pattern in entry.patterns) for entry in CATALOGUE
}
_ANY_NEEDLE: Final = re.compile("|".join(re.escape(needle) for entry in CATALOGUE for needle in entry.needles))
_ENTRIES_OF: Final = {
    needle: tuple(number for number, entry in enumerate(CATALOGUE) if needle in entry.needles)
    for needle in sorted({needle for entry in CATALOGUE for needle in entry.needles})
}
"""Needle → places in the catalogue of the entries that have it: each needle is looked for once in a line."""


def match_line(text: str) -> list[tuple[Entry, dict[str, str]]]:
    """Return what knows a line (without its time stamp), with the values in it.

    That is the first entry of the catalogue, and before it every one that still has to be confirmed by what stands around.
    """
    lowered = text.lower()
    found: list[tuple[Entry, dict[str, str]]] = []
    if _ANY_NEEDLE.search(lowered) is None:
        return found
    candidates = {number for needle, numbers in _ENTRIES_OF.items() if needle in lowered for number in numbers}
    for number in sorted(candidates):
        entry = CATALOGUE[number]
        values = _values(entry, text)
        if values is not None:
            found.append((entry, values))
            if entry.requires is None:
                break
    return found


def _values(entry: Entry, text: str) -> dict[str, str] | None:
    for pattern in _COMPILED[entry.key]:
        match = pattern.search(text)
        if match is not None:
            return {key: value for key, value in match.groupdict().items() if value is not None}
    return None


@dataclass(slots=True)
class Recogniser:
    """Collects findings from lines; give it everything, then take ``findings``, ``facts`` and the counts."""

    facts: Facts = field(default_factory=Facts)
    findings: list[Finding] = field(default_factory=list)
    lines: int = 0
    relevant: int = 0
    _by_key: dict[tuple[str, tuple[str, ...]], Finding] = field(default_factory=dict)
    _recent: deque[str] = field(default_factory=lambda: deque(maxlen=_BEFORE))
    _open: list[tuple[Finding, int]] = field(default_factory=list)
    _begun: tuple[Finding, str] | None = None

    def read(self, lines: Iterable[str]) -> None:
        """Take lines as they stand in a log file, a terminal or a mail."""
        for line in kernel_lines(lines):
            self.lines += 1
            self._take(line)

    def _take(self, line: LogLine) -> None:
        line = self._unwrapped(line) or line
        text = line.text
        self.facts.read(text)
        found = match_line(text)
        self._spread(text)
        self.relevant += bool(found)
        for entry, values in found:
            self._add(line, entry, values)
        self._recent.append(text)

    def _unwrapped(self, line: LogLine) -> LogLine | None:
        """Join a line that a mail or a terminal has wrapped with its rest, where the whole says more than its first half did."""
        begun, self._begun = self._begun, None
        if begun is None or line.seconds is not None:
            return None
        finding, first = begun
        whole = f"{first} {line.text.lstrip('> ')}"
        if all(entry is finding.entry for entry, _values in match_line(whole)):
            return None
        self._take_back(finding)
        return replace(line, text=whole)

    def _take_back(self, finding: Finding) -> None:
        """Forget the last line of a finding: it was the half of another."""
        finding.count -= 1
        self.relevant -= 1
        if not finding.count:
            self.findings.remove(finding)
            self._by_key = {key: other for key, other in self._by_key.items() if other is not finding}
            self._open = [(other, left) for other, left in self._open if other is not finding]

    def _spread(self, text: str) -> None:
        """Give a line to the findings that are still within reach: stack frames, the task, words."""
        still: list[tuple[Finding, int]] = []
        for finding, left in self._open:
            if len(finding.around) < _MAXIMUM_AROUND:
                finding.around.append(text)
            _read_dump(finding, text)
            if left > 1:
                still.append((finding, left - 1))
        self._open = still

    def _add(self, line: LogLine, entry: Entry, values: dict[str, str]) -> None:
        key = (entry.key, tuple(values[name] for name in ("size", "align", "module", "map", "type") if name in values))
        finding = self._by_key.get(key)
        if finding is None:
            if len(self.findings) >= _MAXIMUM_FINDINGS:
                return
            finding = Finding(entry=entry, detail=key[1], order=len(self.findings), values=values)
            finding.kernels = _kernels(entry, line.text)
            self._by_key[key] = finding
            self.findings.append(finding)
        finding.count += 1
        if len(finding.samples) < _SAMPLES:
            finding.samples.append(clean(line.text, 300))
        if "size" in values and "align" in values:
            finding.requests[int(values["size"]), int(values["align"])] += 1
        if "task" in values:
            finding.tasks[clean(values["task"].rsplit(": ", 1)[-1], 32)] += 1
        if line.seconds is not None:
            finding.first_seconds = line.seconds if finding.first_seconds is None else finding.first_seconds
            finding.last_seconds = line.seconds
        if entry.key == _CUT:
            self._begun = finding, line.text
        self._watch(finding, line.text)

    def _watch(self, finding: Finding, text: str) -> None:
        if len(finding.around) < _MAXIMUM_AROUND:
            finding.around.extend(self._recent)
            finding.around.append(text)
        self._open = [(known, left) for known, left in self._open if known is not finding]
        self._open.append((finding, _AFTER))


def _read_dump(finding: Finding, text: str) -> None:
    frame = _FRAME.match(text) or _PC.search(text)
    if frame is not None and len(finding.functions) < 500:
        finding.functions[frame[1]] += 1
        caller = _CALLED_FROM.search(text)
        if caller is not None:
            finding.functions[caller[1]] += 1
    comm = _COMM.search(text)
    if comm is not None:
        finding.tasks[clean(comm[1].strip(), 32)] += 1


def _kernels(entry: Entry, text: str) -> str:
    """Say which kernels print this very wording: from the allocator's own tables where they know the line."""
    known = recognise(text)
    if known is not None and known.eras:
        wording = ", ".join(str(era) for era in known.eras)
        return wording + _reason_kernels(str(known.values.get("reason", "")))
    if entry.versions:
        return entry.versions
    try:
        eras = [str(era) for _wording, era in message(entry.message).eras()] if entry.message else []
    except KeyError:
        eras = []
    return "; ".join(eras[:4])


def _reason_kernels(reason: str) -> str:
    """Say which kernels print this reason at the end of the line."""
    fact = next((fact for text, fact, _meaning in REASONS if text == reason), None)
    if fact is None:
        return ""
    until = ""
    for line in fact.history:
        if line.value:
            return f"; this reason: {line.version} and later{until}"
        until = f", up to before {line.version}"
    return ""
