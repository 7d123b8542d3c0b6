"""What ``planner --version`` says."""

from typing import Final

from planner.__about__ import __version__
from planner.report.fingerprint import model_data
from planner.report.model import SCHEMA_VERSION

PROFILE_SCHEMA_VERSION: Final = 1
"""The ``schema`` that a profile names."""


def version_text() -> str:
    """Return the versions of planner, of its model data, and of the contracts."""
    return (
        f"planner {__version__} (model data {model_data()}, profile schema {PROFILE_SCHEMA_VERSION}, "
        f"report schema {SCHEMA_VERSION})"
    )
