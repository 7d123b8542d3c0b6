"""What a command line names as profiles: files, directories of them, shipped names, standard input."""

import os
from collections.abc import Iterable
from pathlib import Path

from planner.cli.failures import UsageError

MAXIMUM_PROFILES = 100_000
"""Profiles that one run takes; a directory with more is a mistake."""
MAXIMUM_FOLDERS = 2_000
"""Directories that are searched below one argument; ``/`` is a mistake too."""


def expand(arguments: Iterable[str]) -> list[str]:
    """Return the profiles in order, each once; a directory stands for the ``.toml`` files in it and below, sorted.

    Hidden files and directories are left out.

    :raises UsageError: there are too many.
    """
    found: dict[str, None] = {}
    for argument in arguments:
        for source in _files(argument) if _is_directory(argument) else (argument,):
            found[source] = None
            if len(found) > MAXIMUM_PROFILES:
                raise UsageError(f"more than {MAXIMUM_PROFILES:,} profiles")
    return list(found)


def _is_directory(argument: str) -> bool:
    try:
        return Path(argument).is_dir()
    except (OSError, ValueError):
        return False


def _files(directory: str) -> Iterable[str]:
    for number, (folder, folders, files) in enumerate(os.walk(directory)):
        if number >= MAXIMUM_FOLDERS:
            raise UsageError(
                f"{directory}: more than {MAXIMUM_FOLDERS:,} directories; name the one that holds profiles"
            )
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(".toml") and not name.startswith("."):
                yield str(Path(folder, name))
