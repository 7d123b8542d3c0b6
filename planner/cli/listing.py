"""Lists on standard output: a plain table, or JSON."""

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from planner.cli.failures import write_output

_GAP: Final = 2
"""Blanks between columns."""
_LEAST: Final = 24
"""Characters that the last column has on the narrowest terminal."""

Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def write_json(data: Any) -> None:
    """Write JSON data.

    :raises OutputError: standard output cannot be written.
    """
    write_output(json.dumps(data, indent=2, ensure_ascii=True) + "\n")


def write_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows in columns under ``headers``; on a terminal the last column is wrapped to what the width leaves it.

    :raises OutputError: standard output cannot be written.
    """
    from tabulate import tabulate  # noqa: PLC0415 - not for --help and --json

    if rows and sys.stdout is not None and sys.stdout.isatty():
        others = sum(max(map(len, column)) + _GAP for column in list(zip(headers, *rows, strict=True))[:-1])
        width = max(shutil.get_terminal_size().columns - others, _LEAST)
        rows = [(*row[:-1], "\n".join(textwrap.wrap(row[-1], width, break_on_hyphens=False))) for row in rows]
    write_output(tabulate(rows, headers, tablefmt="simple", disable_numparse=True) + "\n")
