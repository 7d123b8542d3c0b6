"""``planner explain`` at work: find the text, explain it, print it."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from planner.allocator.kernel_version import KernelVersion
from planner.cli.failures import UsageError, write_output
from planner.observe.explain.explainer import explain_stream
from planner.observe.explain.model import Numbers
from planner.observe.explain.render import as_data, render_text
from planner.profile.sizes import parse_size
from planner.report.outcome import ExitCode

_WIDEST = 110


def run(text: str | None, *, kernel: str | None, profile: str | None, form: str, limit: str) -> int:
    """Explain and print; 0 where something was recognised, 4 where nothing was.

    :raises UsageError: an unknown format, version, size or unreadable file.
    """
    if form not in {"text", "json"}:
        raise UsageError(f"there is no format {form!r} here; there are text and json")
    try:
        version = KernelVersion.parse(kernel) if kernel is not None else None
        maximum = parse_size(limit)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if not maximum:
        raise UsageError("--limit 0 reads nothing; allowed: a size above 0")
    with _opened(text) as stream:
        explained = explain_stream(stream, kernel=version, numbers=numbers_of(profile), maximum_bytes=maximum)
    if form == "json":
        write_output(json.dumps(as_data(explained), indent=2) + "\n")
    else:
        width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
        write_output(render_text(explained, width))
    return int(ExitCode.DONE if explained.explanations else ExitCode.NOTHING)


def numbers_of(profile: str | None) -> Numbers | None:
    """Return what adds a profile's figures to a finding; ``None`` without a profile."""
    if profile is None:
        return None
    from planner.cli.explain_numbers import numbers  # noqa: PLC0415 - only with a profile

    return numbers(profile)


@contextmanager
def _opened(text: str | None) -> Iterator[BinaryIO]:
    """Give the text as a stream: standard input, a file of that name, or the argument itself."""
    if text is None or text == "-":
        if text is None and sys.stdin.isatty():
            raise UsageError("give a text, a file, or - and a log on standard input")
        yield sys.stdin.buffer
        return
    path = Path(text)
    if _names_file(text, path):
        if not path.is_file():
            raise UsageError(f"{text}: is no regular file; give a log on standard input as -")
        try:
            with path.open("rb") as stream:
                yield stream
        except OSError as error:
            raise UsageError(f"{text}: cannot be read: {error.strerror}") from error
        return
    if "/" in text and " " not in text:
        raise UsageError(f"{text}: there is no such file")
    yield BytesIO(text.encode("utf-8", "surrogatepass"))


def _names_file(text: str, path: Path) -> bool:
    try:
        return "\0" not in text and len(text) < 4096 and path.exists()
    except OSError:  # the name is too long
        return False
