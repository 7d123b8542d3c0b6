"""From a file, standard input or a shipped name to a checked profile."""

from pathlib import Path

from planner.profile.build import build
from planner.profile.errors import CODES
from planner.profile.model import Profile
from planner.profile.origin import Origin, Plugins
from planner.profile.read import STANDARD_INPUT, Parsed, Text, failure, parse, read_standard_input, read_text
from planner.profile.shipped import looks_like_path, read_shipped

__all__ = ["CODES", "Plugins", "load", "load_text", "read_source"]


def read_source(source: str) -> Text:
    """Return the text behind ``source``: a path, ``-`` for standard input, or a shipped profile's name.

    A file of that name outranks a shipped profile.

    :raises ProfileError: there is no such thing, or it cannot be read.
    """
    if source == STANDARD_INPUT:
        return read_standard_input()
    if not source:
        raise failure('""', "an empty name names no profile", "P001")
    return read_text(Path(source)) if looks_like_path(source) else read_shipped(source)


def load(source: str, plugins: Plugins) -> Profile:
    """Return the profile that ``source`` names: a path, ``-`` for standard input, or a shipped profile's name.

    :raises ProfileError: with everything that is wrong.
    """
    return _build(parse(read_source(source)), plugins)


def load_text(text: str, plugins: Plugins, *, label: str = "<text>", folder: Path | None = None) -> Profile:
    """Return the profile that a TOML text describes; paths in it are relative to ``folder``.

    :raises ProfileError: with everything that is wrong.
    """
    return _build(parse(Text(text, label, folder)), plugins)


def _build(parsed: Parsed, plugins: Plugins) -> Profile:
    return build(Origin(parsed.data, parsed.positions, parsed.label, parsed.folder, plugins))
