"""The command line: one file a command, each parses, calls and renders."""

import gc
from typing import Final

_OBJECTS_PER_COLLECTION: Final = 100_000
"""Importing makes tens of thousands of objects that stay: at Python's 700 a tenth of a small report's time goes into looking at them."""


def main() -> None:
    """Run ``planner`` with the process's arguments and leave with its exit code."""
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    from planner.cli.app import run  # noqa: PLC0415 - ``import planner.cli`` stays free of the command line's libraries

    code = run()
    gc.freeze()
    raise SystemExit(code)


__all__ = ["main"]
