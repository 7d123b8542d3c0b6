"""Files and directories that a command line names: what can be told of them before they are read or written."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from planner.cli.failures import UsageError
from planner.report.text import clean

_OTHERS: Final = frozenset({"pyproject.toml"})
"""Files that end as profiles do and are never any."""


def check_output(file: str) -> None:
    """Refuse a name under which no file can be written; what may not even be looked at is left to the writing.

    :raises UsageError: it is a directory, or lies in none.
    """
    path = Path(file)
    try:
        refused = "\0" in file or path.is_dir() or not path.parent.is_dir()
    except OSError:
        return
    if refused:
        raise UsageError(f"{clean(file)}: is a directory, or its directory does not exist")


def is_directory(name: str) -> bool:
    """Return whether ``name`` is one; what may not be looked at is taken for a file, which then says why it cannot be read."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def files_below(directory: str, endings: tuple[str, ...], most: int) -> Iterator[str]:
    """Yield the files of these endings in a directory and below, sorted; hidden ones and ``pyproject.toml`` are left out.

    :raises UsageError: a directory may not be read, for then some would be missing silently, or there are more than ``most``.
    """
    for number, (folder, folders, files) in enumerate(os.walk(directory, onerror=_refuse)):
        if number >= most:
            raise UsageError(f"{clean(directory)}: more than {most:,} directories; name the one that holds the files")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(endings) and not name.startswith(".") and name not in _OTHERS:
                yield str(Path(folder, name))


def _refuse(error: OSError) -> None:
    raise UsageError(f"{clean(str(error.filename))}: cannot be read: {error.strerror}")
