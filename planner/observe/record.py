"""Recording percpu:* events: a tracefs instance of planner's own, made, read and removed; the only thing that touches tracing."""

import errno
import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from planner.observe.errors import ToolError

PLACES: Final = ("/sys/kernel/tracing", "/sys/kernel/debug/tracing")
_HEADER: Final = b"# recorded by planner: events percpu:*\n"
_WAIT: Final = 0.1
_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written: bytes, events that the kernel dropped because the buffer was full, why recording ended."""

    size: int
    dropped: int
    ended: str


def find_tracefs(given: str | None = None) -> Path:
    """Return where tracefs is mounted.

    :raises ToolError: nowhere, or not for this user.
    """
    for place in (given,) if given is not None else PLACES:
        path = Path(place)
        if (path / "instances").is_dir():
            if not (path / "events" / "percpu").is_dir():
                raise ToolError(
                    f"{place}: this kernel has no percpu events (they came with 4.13, and need CONFIG_TRACEPOINTS)"
                )
            return path
    if os.geteuid() != 0:
        raise ToolError("recording needs root: tracefs is not to be seen")
    raise ToolError("tracefs is not mounted: mount -t tracefs nodev /sys/kernel/tracing, or name it with --tracefs")


@contextmanager
def instance(tracefs: Path, *, buffer_kib: int, stacks: bool) -> Iterator[Path]:
    """Give an instance with the percpu events prepared but off; it is removed at the end, whatever happens.

    :raises ToolError: it cannot be made (not root, locked down).
    """
    path = tracefs / "instances" / f"planner-{os.getpid()}"
    try:
        path.mkdir()
    except OSError as error:
        raise ToolError(f"{path}: cannot be made: {error.strerror}") from None
    try:
        with _told(path):
            (path / "buffer_size_kb").write_text(str(buffer_kib))
            if stacks:
                (path / "events/percpu/percpu_alloc_percpu/trigger").write_text("stacktrace")
        yield path
    finally:
        remove(path)


def remove(path: Path) -> None:
    """Switch an instance off and remove it; a reader that still has it open gets a moment."""
    with suppress(OSError):
        (path / "events/percpu/enable").write_text("0")
    with suppress(OSError):
        (path / "events/percpu/percpu_alloc_percpu/trigger").write_text("!stacktrace")
    for _ in range(50):
        try:
            path.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise ToolError(f"{path}: cannot be removed: {error.strerror}") from None
            time.sleep(0.02)
        else:
            return
    raise ToolError(f"{path}: cannot be removed, something else uses it")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ToolError(f"{path}: {error.strerror}") from None


def record(
    output: BinaryIO, path: Path, *, seconds: float, maximum_bytes: int, stop: "list[int] | None" = None
) -> Recorded:
    """Stream an instance's events to ``output`` for ``seconds``, until ``maximum_bytes``, or until ``stop`` holds something.

    :raises ToolError: the instance cannot be read.
    """
    stopped: list[int] = [] if stop is None else stop
    with _told(path):
        pipe = os.open(path / "trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
    size = output.write(_HEADER)
    ended = "time"
    try:
        with _told(path):
            (path / "events/percpu/enable").write_text("1")
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not stopped:
            size += _drain(pipe, output, maximum_bytes - size)
            if size >= maximum_bytes:
                ended = "size"
                break
            select.select([pipe], [], [], min(_WAIT, left))
        if stopped:
            ended = "signal"
        with suppress(OSError):
            (path / "events/percpu/enable").write_text("0")
        size += _drain(pipe, output, maximum_bytes - size)
    finally:
        os.close(pipe)
    output.flush()
    return Recorded(size, _dropped(path), ended)


def _drain(pipe: int, output: BinaryIO, room: int) -> int:
    """Copy what is there now."""
    written = 0
    while written < room:
        try:
            block = os.read(pipe, min(_BLOCK, room - written))
        except BlockingIOError:
            break
        if not block:
            break
        written += output.write(block)
    return written


def _dropped(path: Path) -> int:
    """Sum up what each CPU's buffer lost (overrun: overwritten; dropped events)."""
    total = 0
    for stats in sorted(path.glob("per_cpu/cpu*/stats")):
        with suppress(OSError, ValueError):
            for line in stats.read_text().splitlines():
                name, _colon, value = line.partition(":")
                if name in {"overrun", "dropped events"}:
                    total += int(value)
    return total


@contextmanager
def stopping() -> Iterator[list[int]]:
    """Give a list that SIGINT, SIGTERM and SIGHUP are added to instead of ending the program, so that the instance goes first."""
    caught: list[int] = []
    old: dict[int, Any] = {}

    def note(number: int, _frame: object) -> None:
        caught.append(number)

    for number in map(int, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
        old[number] = signal.signal(number, note)
    try:
        yield caught
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
