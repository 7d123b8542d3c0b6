"""What goes wrong, in a line on standard error and an exit code; never a traceback."""

import contextlib
import os
import sys

from planner.report.outcome import ExitCode
from planner.report.text import clean


class UsageError(Exception):
    """Bad usage that only shows once the command runs (exit code 2)."""


class ToolError(Exception):
    """Something that planner needs does not work: an output that cannot be written, a plugin (exit code 3)."""


class OutputError(ToolError):
    """Standard output cannot be written."""


def say(text: str) -> None:
    """Write a line to standard error; where that is closed, to nobody."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()


def explain(error: Exception) -> int:
    """Say what went wrong and return the exit code that it asks for."""
    code, lines = translate(error)
    for line in lines:
        say(line if has_places(error) else f"planner: {line}")
    return int(code)


def has_places(error: Exception) -> bool:
    """Return whether each line of an error says itself which file it is about."""
    return _known(error) in {"ProfileError", "DeclaredError"}


def translate(error: Exception) -> tuple[ExitCode, list[str]]:
    """Return the exit code that an error asks for, and what to say about it."""
    name = _known(error)
    if name in {"ProfileError", "DeclaredError"}:
        lacking = any(getattr(one, "code", "") == "P041" for one in getattr(error, "problems", ()))
        return ExitCode.TOOL if lacking else ExitCode.USAGE, str(error).splitlines()
    if name in {"UsageError", "EvaluationError", "ReportFormatError", "ObserveError", "ParseError"}:
        return ExitCode.USAGE, [clean(str(error))]
    if name in {"ToolError", "OutputError", "PluginError", "MissingExtraError"}:
        return ExitCode.TOOL, [clean(str(error))]
    if isinstance(error, MemoryError | RecursionError):
        return ExitCode.TOOL, [f"{type(error).__name__}: this is too large for planner"]
    if isinstance(error, OSError) and error.filename is not None:
        return ExitCode.TOOL, [f"{clean(str(error.filename))}: {error.strerror}"]
    what = clean(f"{type(error).__name__}: {error}", 500)
    return ExitCode.TOOL, [f"internal error: {what} (PLANNER_DEBUG=1 shows where; please report it)"]


def _known(error: Exception) -> str:
    """Return the name of planner's own class that ``error`` is of, without importing the modules that define them."""
    for kind in type(error).__mro__:
        if kind.__module__.partition(".")[0] == "planner":
            return kind.__name__
    return ""


def tolerate_encodings() -> None:
    """Let no character break the output: what the terminal's encoding lacks is escaped."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a StringIO has none


def write_output(text: str) -> None:
    """Write to standard output.

    :raises OutputError: it is closed, full, or read no longer.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputError("standard output was closed before all of it was read") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"standard output cannot be written: {reason}") from error


def close_output() -> None:
    """Flush now, so that the interpreter does not complain at its end about an output that has gone."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
