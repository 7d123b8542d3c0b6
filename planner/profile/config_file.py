"""The kernel's configuration: a ``.config`` file, plain or gzipped, and the profile's own ``[config]``."""

import io
import re
from pathlib import Path
from typing import Any

from planner.profile.check import TOP, Problems
from planner.profile.config_options import refusal
from planner.profile.errors import ProfileError
from planner.profile.read import failure, read_file
from planner.profile.sizes import describe, quote

MAXIMUM_BYTES = 4 * 1024 * 1024
"""Of a .config, after unpacking; real ones are about 300 kB."""

_LINE = re.compile(
    r"^(?:CONFIG_([A-Za-z0-9_]{1,100})=(.{0,1000})|# CONFIG_([A-Za-z0-9_]{1,100}) is not set)$", re.MULTILINE
)
_NAME = re.compile(r"(?:CONFIG_)?([A-Za-z0-9_]{1,100})")


def read_config(path: Path) -> dict[str, str]:
    """Return the options of a .config file: ``{"MEMCG": "y", "HZ": "250", "SLUB_DEBUG": "n"}``.

    :raises ProfileError: the file cannot be read, is too large, damaged, or no .config.
    """
    label = str(path)
    data = read_file(path, label, MAXIMUM_BYTES)
    if data.startswith(b"\x1f\x8b"):
        data = _unpack(data, label)
    found = {}
    for match in _LINE.finditer(data.decode("utf-8", "replace")):
        if match[3]:
            found[match[3]] = "n"
        else:
            found[match[1]] = match[2].strip().strip('"')
    if not found:
        raise _failure(label, "holds no CONFIG_ line")
    return found


def _unpack(data: bytes, label: str) -> bytes:
    import gzip  # noqa: PLC0415 - few profiles name a packed .config

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            text = file.read(MAXIMUM_BYTES + 1)
    except (OSError, EOFError, ValueError) as error:
        raise _failure(label, f"is damaged: {error}") from error
    except Exception as error:  # zlib.error has no public base of its own
        raise _failure(label, "is damaged") from error
    if len(text) > MAXIMUM_BYTES:
        raise _failure(label, f"unpacks to more than {MAXIMUM_BYTES // 2**20} MiB")
    return text


def _failure(label: str, what: str) -> ProfileError:
    return failure(label, what, "P040")


def read_inline(raw: Any, problems: Problems) -> dict[str, str]:
    """Return the options of ``[config]``: ``MEMCG = "y"``, ``HZ = 250``, ``NUMA = false``, with or without ``CONFIG_``."""
    spot = TOP.key("config")
    if not isinstance(raw, dict):
        problems.add(spot, f"is {describe(raw)}", "P012", 'a table: MEMCG = "y"')
        return {}
    found = {}
    for name, value in raw.items():
        match = _NAME.fullmatch(name)
        if match is None:
            problems.add(spot.key(name), "is not the name of an option", "P010", "letters, digits and _")
            continue
        if isinstance(value, bool):
            found[match[1]] = "y" if value else "n"
        elif isinstance(value, int):
            found[match[1]] = str(value) if abs(value) < 2**64 else "0"
        elif isinstance(value, str) and value.isprintable() and len(value) <= 1000:
            found[match[1]] = value
        else:
            problems.add(spot.key(name), f"is {describe(value)}", "P012", '"y", "m", "n", a number or text')
            continue
        wrong = refusal(match[1], found[match[1]])
        if wrong is not None:
            problems.add(spot.key(name), f"{quote(found[match[1]])} {wrong[0]}", "P013", wrong[1])
    return found
