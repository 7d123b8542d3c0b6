"""What a command line names as profiles: files, directories of them, shipped names, standard input."""

from collections.abc import Iterable

from planner.cli.failures import UsageError
from planner.cli.places import files_below, is_directory

MAXIMUM_PROFILES = 100_000
"""Profiles that one run takes; a directory with more is a mistake."""
MAXIMUM_FOLDERS = 2_000
"""Directories that are searched below one argument; ``/`` is a mistake too."""


def expand(arguments: Iterable[str]) -> list[str]:
    """Return the profiles in order, each once; a directory stands for the ``.toml`` files in it and below, sorted.

    Hidden files and directories and ``pyproject.toml`` are left out.

    :raises UsageError: there are too many, a name is empty, or a directory may not be read.
    """
    found: dict[str, None] = {}
    for argument in arguments:
        if not argument:
            raise UsageError("an empty name ('') names no profile")
        for source in files_below(argument, (".toml",), MAXIMUM_FOLDERS) if is_directory(argument) else (argument,):
            found[source] = None
            if len(found) > MAXIMUM_PROFILES:
                raise UsageError(f"more than {MAXIMUM_PROFILES:,} profiles")
    return list(found)
