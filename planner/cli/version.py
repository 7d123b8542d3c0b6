"""What ``planner --version`` says."""

from planner.__about__ import __version__
from planner.report.model import SCHEMA_VERSION


def version_text() -> str:
    """Return the version of planner and of the report's form."""
    return f"planner {__version__} (report schema {SCHEMA_VERSION})"
