"""Trace text with ``percpu:*`` events (4.13 and later) as ftrace, ``trace-cmd report`` and ``perf script`` print it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["alloc", "free", "fail", "create", "destroy"]

_KINDS: Final[dict[str, Kind]] = {
    "percpu_alloc_percpu": "alloc",
    "percpu_free_percpu": "free",
    "percpu_alloc_percpu_fail": "fail",
    "percpu_create_chunk": "create",
    "percpu_destroy_chunk": "destroy",
}
_HEAD: Final = re.compile(
    r"(?P<task>.{1,200}?)[ \t]+\[(?P<cpu>\d{1,6})\][ \t]+(?:[^ \t\[\]:]{1,12}[ \t]+)?(?P<time>\d{1,20}(?:\.\d{1"
    r",9})?):[ \t]+"
    r"(?:percpu:)?(?P<event>percpu_[a-z_]{1,40}|<stack trace>|kernel_stack):?[ \t]*",
    re.ASCII,
)
_ARGUMENT: Final = re.compile(r"(\w{1,32})=(\S{0,512}(?: \[[\w-]{1,64}\])?)")
_STACK: Final = re.compile(r"[ \t]*(?:=>[ \t]*|[0-9a-f]{8,16}[ \t]+)([\w.$]{1,256})(?:\+0x[0-9a-f]{1,8})?")
_LOST: Final = re.compile(
    (r"(?:CPU:?\d{1,6} )?\[(?:LOST (\d{1,12}) EVENTS|(\d{1,12}) EVENTS DROPPED)\]|lost (\d{1,12}) events?"),
    re.IGNORECASE,
)
_ENTRIES: Final = re.compile(r"# entries-in-buffer/entries-written: (\d{1,20})/(\d{1,20})")
_FTRACE_TASK: Final = re.compile(r"(.*?)-(\d{1,10})(?:[ \t]+\([ \t]*[-\d]{1,10}\))?$", re.ASCII)
_PERF_TASK: Final = re.compile(r"(.*?)[ \t]+(?:\d{1,10}/)?(\d{1,10})$", re.ASCII)
_MAXIMUM_STACK: Final = 64


@dataclass(slots=True)
class TraceEvent:
    """One event. ``base`` and ``off`` name a place: the chunk's address as printed (it may be a hash) and bytes from it.

    ``size`` and ``align`` in bytes are those the allocator used; ``site`` is the calling function (5.19 and later, else empty);
    ``bytes_alloc`` what it says to cost in all. ``time`` is seconds or, with the counter clock, a number.
    """

    kind: Kind
    time: float
    cpu: int
    task: str = ""
    pid: int = 0
    size: int = 0
    align: int = 0
    atomic: bool = False
    reserved: bool = False
    base: str = ""
    off: int = 0
    ptr: str = ""
    site: str = ""
    bytes_alloc: int = 0
    gfp: str = ""
    stack: list[str] = field(default_factory=list)

    @property
    def function(self) -> str:
        """``site`` without offset and module."""
        return self.site.split("+", 1)[0]


@dataclass(slots=True)
class TraceReader:
    """Reads events one by one; ``lost`` events that the text admits to, ``broken`` lines that name an event and cannot be read."""

    lines: Iterable[str]
    lost: int = field(default=0, init=False)
    broken: int = field(default=0, init=False)
    events: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[TraceEvent]:
        last: TraceEvent | None = None
        for line in self.lines:
            if "percpu_" in line or "stack" in line:
                head = _HEAD.match(line)
                if head is not None and head["event"] in _KINDS:
                    event = self._event(head, line)
                    if event is not None:
                        if last is not None:
                            yield last
                        last = event
                    continue
                if head is not None:
                    continue
            if last is not None and len(last.stack) < _MAXIMUM_STACK:
                frame = _STACK.match(line)
                if frame is not None:
                    last.stack.append(frame[1])
                    continue
            self._note(line)
        if last is not None:
            yield last

    def _event(self, head: "re.Match[str]", line: str) -> TraceEvent | None:
        task, pid = _task(head["task"].strip())
        event = TraceEvent(_KINDS[head["event"]], float(head["time"]), int(head["cpu"]), task, pid)
        try:
            _fill(event, dict(_ARGUMENT.findall(line, head.end())))
        except (KeyError, ValueError):
            self.broken += 1
            return None
        self.events += 1
        return event

    def _note(self, line: str) -> None:
        if "lost" in line or "LOST" in line or "DROPPED" in line:
            found = _LOST.search(line)
            if found is not None:
                self.lost += int(found[1] or found[2] or found[3])
        elif line.startswith("# entries"):
            entries = _ENTRIES.match(line)
            if entries is not None:
                self.lost += max(0, int(entries[2]) - int(entries[1]))


def _task(text: str) -> tuple[str, int]:
    for pattern in (_FTRACE_TASK, _PERF_TASK):
        match = pattern.fullmatch(text)
        if match is not None:
            return match[1].strip(), int(match[2])
    return text, 0


def _fill(event: TraceEvent, values: dict[str, str]) -> None:
    """Read the fields that this kind has; KeyError or ValueError where one is missing or no number."""
    if event.kind != "fail":
        event.base = values["base_addr"]
    if event.kind in ("alloc", "free"):
        event.off = _integer(values["off"])
        event.ptr = values.get("ptr", "")
    if event.kind in ("alloc", "fail"):
        event.size, event.align = _integer(values["size"]), _integer(values["align"])
        event.atomic, event.reserved = _integer(values["is_atomic"]) != 0, _integer(values["reserved"]) != 0
        event.site = values.get("call_site", "")
        event.gfp = values.get("gfp_flags", "")
        event.bytes_alloc = _integer(values.get("bytes_alloc", "0"))
    if event.size < 0 or event.off < 0:
        raise ValueError("negative")


def _integer(text: str) -> int:
    if len(text) > 24:
        raise ValueError("too long")
    return int(text, 0) if text.startswith(("0x", "0X")) else int(text)
