"""What ``planner --version`` says."""

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from planner.__about__ import __version__
from planner.report.model import SCHEMA_VERSION

PROFILE_SCHEMA_VERSION: Final = 1
"""The ``schema`` that a profile names."""

_MODEL: Final = ("planner.allocator", "planner_architectures", "planner_consumers")
"""The packages that decide a figure: mechanism, version facts, architectures, what consumers ask for."""


def model_data() -> str:
    """Return a fingerprint of all that decides a figure: two planners that show the same one give the same answers.

    It covers the built-in model, not plugins of others.
    """
    found = hashlib.sha256()
    for package in _MODEL:
        for file in sorted(resources.files(package).iterdir(), key=_name):
            if file.name.endswith(".py"):
                found.update(f"{package}/{file.name}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()[:12]


def _name(file: Traversable) -> str:
    return file.name


def version_text() -> str:
    """Return the versions of planner, of its model data, and of the contracts."""
    return (
        f"planner {__version__} (model data {model_data()}, profile schema {PROFILE_SCHEMA_VERSION}, "
        f"report schema {SCHEMA_VERSION})"
    )
