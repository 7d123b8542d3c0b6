"""Which model gave the figures: a fingerprint of its source, told by ``planner --version`` and by every report."""

import functools
import hashlib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

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
    found = hashlib.sha256()
    for first, *inner in _MODEL:
        folder = resources.files(first).joinpath(*inner)
        for file in sorted(folder.iterdir(), key=_name):
            if file.name.endswith(".py"):
                name = "/".join((first, *inner, file.name))
                found.update(f"{name}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()[:12]


def _name(file: Traversable) -> str:
    return file.name
