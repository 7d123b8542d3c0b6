"""What a command line names as a fleet: directories, patterns, URLs; each file is read only when its turn comes."""

import glob
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from planner.capacity.fleet import Member
from planner.cli.failures import ToolError, UsageError, has_places, translate
from planner.cli.places import files_below, is_directory
from planner.profile.load import read_source
from planner.profile.read import MAXIMUM_BYTES, decode, read_file
from planner.report.json_form import MAXIMUM_BYTES as MAXIMUM_REPORT
from planner.report.text import clean

ENDINGS = (".toml", ".json")
MAXIMUM_FOLDERS = 100_000
"""Directories that a fleet may be spread over."""


def explain(error: Exception, label: str) -> tuple[int, str]:
    """Return the exit code and a line for what went wrong with one member."""
    code, lines = translate(error)
    text = "; ".join(lines)
    return int(code), clean(text if has_places(error) else f"{label}: {text}")


def named(arguments: Iterable[str]) -> list[str]:
    """Return the members' names, each once: files in directories and below, sorted; what patterns match; what URLs name.

    :raises UsageError: a pattern matches nothing, or a directory may not be read.
    :raises ToolError: a URL needs fsspec, or its store does not answer.
    """
    found: dict[str, None] = {}
    for argument in arguments:
        if "://" in argument:
            found.update(dict.fromkeys(_remote(argument)))
        elif is_directory(argument):
            found.update(dict.fromkeys(files_below(argument, ENDINGS, MAXIMUM_FOLDERS)))
        elif any(letter in argument for letter in "*?[") and not Path(argument).exists():
            matched = sorted(name for name in glob.glob(argument, recursive=True) if name.endswith(ENDINGS))  # noqa: PTH207 - absolute or not
            if not matched:
                raise UsageError(f"{clean(argument)}: no profile or report matches")
            found.update(dict.fromkeys(matched))
        else:
            found[argument] = None
    return list(found)


def _fsspec() -> Any:
    try:
        return import_module("fsspec")  # an extra
    except ImportError as error:
        raise ToolError("URLs need fsspec: pip install percpu-planner[remote]") from error


def _remote(url: str) -> list[str]:
    """Return the files that a URL names: itself, what its pattern matches, or what lies in the directory that it is."""
    try:
        system, path = _fsspec().core.url_to_fs(url)
        if any(letter in path for letter in "*?["):
            paths = system.glob(path)
        elif system.isdir(path):
            paths = system.find(path)
        else:
            return [url]
        names = [system.unstrip_protocol(one) for one in sorted(paths) if one.endswith(ENDINGS)]
    except (ImportError, OSError, ValueError) as error:
        raise ToolError(f"{clean(url)}: {clean(str(error))}") from error
    if not names:
        raise UsageError(f"{clean(url)}: no profile or report is there")
    return names


def members(names: Iterable[str]) -> Iterator[Member]:
    """Yield the members with their text; one that cannot be read carries the reason."""
    for name in names:
        try:
            yield _member(name)
        except ToolError:
            raise
        except Exception as error:  # noqa: BLE001 - one unreadable file must not take the others along
            yield Member(name, error=explain(error, name))


def _member(name: str) -> Member:
    limit = MAXIMUM_REPORT if name.endswith(".json") else MAXIMUM_BYTES
    if "://" in name:
        with _fsspec().open(name, "rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise UsageError(f"{clean(name)}: is larger than {limit // 2**20} MiB")
        return Member(name, decode(data, name))
    if name.endswith(".json"):
        return Member(name, decode(read_file(Path(name), name, limit), name))
    text = read_source(name)
    return Member(text.label, text.text, text.folder)
