"""Profiles that come with planner, found by name: ``seeds/asker-3.10``."""

import functools
from pathlib import Path

from planner.packages import folder_of
from planner.profile.errors import nearest
from planner.profile.read import Text, failure
from planner.quick import dataclass

PACKAGE = "planner_profiles"


@dataclass(frozen=True, slots=True)
class ShippedProfile:
    """One shipped profile: its name for the command line, what it is, and its path inside the package."""

    name: str
    summary: str
    file: str


@functools.lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    """Return all names, folder by folder, in order."""
    folders = (entry for entry in folder_of(PACKAGE).iterdir() if entry.is_dir())
    return tuple(
        sorted(
            f"{folder.name}/{entry.name.removesuffix('.toml')}"
            for folder in folders
            for entry in folder.iterdir()
            if entry.name.endswith(".toml")
        )
    )


def _resource(name: str) -> Path:
    folder, _, file = name.partition("/")
    return folder_of(PACKAGE) / folder / f"{file}.toml"


def shipped_profiles() -> tuple[ShippedProfile, ...]:
    """Return every shipped profile in the order of their names; the summary is the first comment line of each."""
    found = []
    for name in _names():
        first = _resource(name).read_text("utf-8").partition("\n")[0]
        summary = first.removeprefix("#").strip() if first.startswith("#") else ""
        found.append(ShippedProfile(name, summary, f"{PACKAGE}/{name}.toml"))
    return tuple(found)


def find_shipped(name: str) -> str | None:
    """Return the full name that ``name`` stands for: itself, or the only one that ends in ``/name``; ``None`` if there is none."""
    names = _names()
    if name in names:
        return name
    ends = [full for full in names if full.partition("/")[2] == name]
    return ends[0] if len(ends) == 1 else None


def read_shipped(name: str) -> Text:
    """Return a shipped profile's text.

    :raises ProfileError: P006, with the nearest name.
    """
    full = find_shipped(name)
    if full is None:
        raise failure(
            name,
            "there is no such file, and no shipped profile of that name",
            "P006",
            allowed='a file, "-" for standard input, or a name from "planner profiles"',
            suggestion=nearest(name, _names()) or nearest(name, {n.partition("/")[2] for n in _names()}),
        )
    return Text(_resource(full).read_text("utf-8"), f"{full}", None)


def looks_like_path(source: str) -> bool:
    """Return whether ``source`` can only mean a file: it ends in ``.toml``, starts with ``/`` or ``.``, or exists."""
    return source.endswith(".toml") or source.startswith(("/", ".", "~")) or _exists(source)


def _exists(source: str) -> bool:
    try:
        return Path(source).exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False
