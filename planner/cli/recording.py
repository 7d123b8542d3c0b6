"""``planner record`` at work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from planner.cli.failures import ToolError, UsageError, say
from planner.observe.record import find_tracefs, instance, record, stopping
from planner.profile.sizes import parse_size
from planner.report.outcome import ExitCode
from planner.report.text import clean, size_text


def run(  # noqa: PLR0913 - one parameter an option
    seconds: float, output: str, *, stacks: bool, buffer: str, limit: str, tracefs: str | None
) -> int:
    """Record; a signal ends it early and is no error, since what was recorded is there.

    :raises UsageError: a size is none.
    :raises ToolError: no tracefs, not root, or the file cannot be written.
    """
    try:
        kib, maximum = max(4, parse_size(buffer) // 1024), parse_size(limit)
    except ValueError as error:
        raise UsageError(str(error)) from error
    place = find_tracefs(tracefs)
    with stopping() as caught, _opened(output) as stream, instance(place, buffer_kib=kib, stacks=stacks) as path:
        done = record(stream, path, seconds=seconds, maximum_bytes=maximum, stop=caught)
    said = {"time": "", "size": "; the file is as large as --limit allows", "signal": "; ended early"}[done.ended]
    say(f"planner: {size_text(done.size)} recorded{said}")
    if done.dropped:
        say(f"planner: {done.dropped} events were lost; a larger --buffer keeps them")
    return int(ExitCode.DONE)


@contextmanager
def _opened(output: str) -> Iterator[BinaryIO]:
    if output == "-":
        yield sys.stdout.buffer
        return
    try:
        with Path(output).open("wb") as stream:
            yield stream
    except OSError as error:
        raise ToolError(f"{clean(output)}: cannot be written: {error.strerror}") from error
