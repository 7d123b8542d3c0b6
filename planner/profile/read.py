"""Profiles as files: found, bounded, decoded, parsed; each failure is one clear problem."""

import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

import tomli

from planner.profile.errors import Problem, ProfileError
from planner.profile.positions import Positions, TooMuchError
from planner.quick import dataclass

MAXIMUM_BYTES = 16 * 1024 * 1024
"""Largest profile: a captured one carries every vmalloc area and every chunk, and stays far below this."""

STANDARD_INPUT = "-"

_PLACE = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """A profile's text, the name that messages call it by, and the folder that paths in it are relative to."""

    text: str
    label: str
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text as TOML data, and where its keys stand."""

    data: dict[str, Any]
    positions: Positions
    label: str
    folder: Path | None = None


def failure(label: str, what: str, code: str, **more: Any) -> ProfileError:
    """Return an error with one problem."""
    return ProfileError([Problem(file=label, what=what, code=code, **more)])


def read_file(path: Path, label: str, limit: int = MAXIMUM_BYTES) -> bytes:
    """Return a regular file's bytes.

    Anything else (a pipe, a device, a socket) is refused before it is opened for reading, so that nothing ever waits.

    :raises ProfileError: P001 or P002.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise failure(label, _os_reason(error, path), "P001") from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise failure(label, "is a directory, not a profile", "P001")
        raise failure(label, "is not a regular file", "P001", allowed='a file, or "-" for standard input')
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - the descriptor is already open
        return _bounded(file, label, limit)


def _bounded(file: Any, label: str, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        try:
            piece = file.read(min(limit + 1 - size, 1 << 20))
        except OSError as error:
            raise failure(label, f"cannot be read: {error.strerror}", "P001") from error
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise failure(label, f"is larger than {limit // 2**20} MiB", "P002")


def _os_reason(error: Exception, path: Path) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file" if not path.is_symlink() else "is a link to a file that does not exist"
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return "is not a usable file name"


def read_text(path: Path) -> Text:
    """Return a profile file's text.

    :raises ProfileError: the file is missing, not regular, unreadable, too large or not UTF-8.
    """
    label = str(path)
    return Text(decode(read_file(path, label), label), label, path.parent)


def read_standard_input() -> Text:
    """Return standard input's text, as far as a profile may be long.

    :raises ProfileError: it is closed, too large or not UTF-8.
    """
    label = "<stdin>"
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise failure(label, "is closed", "P001")
    return Text(decode(_bounded(stream, label, MAXIMUM_BYTES), label), label, Path.cwd())


def decode(data: bytes, label: str) -> str:
    """Return bytes as text.

    :raises ProfileError: P003, with the line of the first byte that is no UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise failure(label, f"is not UTF-8 text (byte 0x{data[error.start]:02x})", "P003", line=line) from error
    if "\0" in text:
        raise failure(label, "holds a NUL byte", "P003", line=text.count("\n", 0, text.index("\0")) + 1)
    return text


def parse(text: Text) -> Parsed:
    """Return a text's TOML data and positions.

    :raises ProfileError: P004 (not TOML) or P005 (nested too deeply, too many keys).
    """
    source = text.text.replace("\r\n", "\n")
    try:
        positions = Positions(source)
        data = tomli.loads(source)
    except TooMuchError as error:
        line = source.count("\n", 0, error.offset) + 1
        raise failure(text.label, str(error), "P005", line=line) from error
    except RecursionError as error:
        raise failure(text.label, "is nested too deeply", "P005") from error
    except ValueError as error:  # TOMLDecodeError, and int() for numbers of thousands of digits
        raise _syntax(text.label, str(error), source) from error
    return Parsed(data, positions, text.label, text.folder)


def _syntax(label: str, message: str, source: str) -> ProfileError:
    """Return tomli's complaint with its place taken out of the text; the end of the document is a place too."""
    match = _PLACE.fullmatch(message)
    if match is None:
        return failure(label, f"is not TOML: {message}", "P004")
    if match["line"]:
        line, column = int(match["line"]), int(match["column"])
    else:
        line, column = source.count("\n") + 1, len(source) - (source.rfind("\n") + 1) + 1
    return failure(label, f"is not TOML: {match['what']}", "P004", line=line, column=column)
