"""Which model gave the figures: a fingerprint of its source, told by ``planner --version`` and by every report."""

import functools
from typing import Final

from planner.packages import folder_of

_MODEL: Final = (
    ("planner", "allocator"),
    ("planner", "capacity"),
    ("planner_architectures",),
    ("planner_consumers",),
)
"""The packages that decide a figure: mechanism and version facts, the questions put to it, architectures, what consumers ask for."""


@functools.cache
def model_data() -> str:
    """Return a fingerprint of all that decides a figure: two planners that show the same one give the same answers.

    It covers the built-in model, not plugins of others.
    """
    import hashlib  # noqa: PLC0415 - most runs tell no fingerprint, and it brings OpenSSL

    found = hashlib.sha256()
    for first, *inner in _MODEL:
        for file in sorted(folder_of(first).joinpath(*inner).glob("*.py")):
            name = "/".join((first, *inner, file.name))
            found.update(f"{name}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()[:12]
