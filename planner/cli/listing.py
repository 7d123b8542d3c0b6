"""Lists on standard output: a plain table, or JSON."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from planner.cli.failures import write_output

Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def write_json(data: Any) -> None:
    """Write JSON data.

    :raises OutputError: standard output cannot be written.
    """
    write_output(json.dumps(data, indent=2, ensure_ascii=True) + "\n")


def write_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows in columns under ``headers``.

    :raises OutputError: standard output cannot be written.
    """
    from tabulate import tabulate  # noqa: PLC0415 - not for --help and --json

    write_output(tabulate(rows, headers, tablefmt="simple", disable_numparse=True) + "\n")
