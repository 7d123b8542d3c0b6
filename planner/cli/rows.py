"""Rows written as they come, so that an interrupted run can go on where it ended: JSON Lines, CSV, Parquet.

A row is on disk whole or not at all: rows are written in order, each ends in a newline, and what stands behind the last newline is cut off
before a run goes on. A row names its sweep (``sweep``) and its number (``point``), so a file of another sweep is never added to.
"""

import contextlib
import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Final

from planner.cli.failures import ToolError, UsageError, write_output
from planner.cli.places import check_output
from planner.report.text import clean

Row = dict[str, Any]
FORMATS: Final = ("jsonl", "csv", "parquet")
_FOREIGN: Final = "holds something else than rows of a sweep: name another file, or write over it with --no-resume"


class Output:
    """One place for rows. ``done`` rows are there already; those are not written again."""

    def __init__(self, form: str, file: str | None) -> None:
        self.form = form
        self.file = file
        self.done = 0
        self._columns: list[str] | None = None
        self._stream: IO[str] | None = None
        self._journal = file if file is None or form != "parquet" else f"{file}.part"

    def open(self, sweep: str, *, fresh: bool) -> None:
        """Find what is there of this sweep; ``fresh`` throws it away.

        :raises UsageError: the file holds something else.
        :raises ToolError: it cannot be read or written.
        """
        if self._journal is None:
            return
        path = Path(self._journal)
        try:
            if fresh or not path.exists():
                path.write_bytes(b"")
            else:
                self._resume(path, sweep)
            self._stream = path.open("a", encoding="utf-8", newline="")
        except OSError as error:
            raise ToolError(f"{clean(self._journal)}: cannot be written: {error.strerror}") from error

    def _resume(self, path: Path, sweep: str) -> None:
        """Count the whole rows of this sweep and cut off what is not one; a file that no sweep can have begun is left alone."""
        end = 0
        with path.open("rb") as file:
            for line in file:
                if not end and not self._begins(line):
                    raise UsageError(f"{clean(str(path))} {_FOREIGN}")
                if not line.endswith(b"\n"):
                    break
                row = self._read(line.decode("utf-8", "replace"))
                if row is not None:
                    if row != (sweep, self.done):
                        raise UsageError(
                            f"{clean(str(path))} holds rows of another sweep (other keys, profile or planner): "
                            "name another file, or start over with --no-resume"
                        )
                    self.done += 1
                end += len(line)
        os.truncate(path, end)

    def _begins(self, line: bytes) -> bool:
        """Tell whether a file's first line, maybe cut off, can be of a sweep: each row names sweep and point first."""
        start = b"sweep,point," if self.form == "csv" else b'{"sweep": "'
        return line.startswith(start) or (not line.endswith(b"\n") and start.startswith(line))

    def _read(self, line: str) -> tuple[str, int] | None:
        """Return sweep and number of a line; ``None`` for the headings."""
        try:
            if self.form != "csv":
                row = json.loads(line)
                return row["sweep"], row["point"]
            values = next(csv.reader([line]))
            if self._columns is None:
                self._columns = values
                return None
            return values[0], int(values[1])
        except (ValueError, KeyError, TypeError, IndexError, StopIteration, RecursionError):
            return "", -1

    def write(self, rows: Sequence[Row]) -> None:
        """Write the rows that are not there yet; they are the system's when this returns.

        :raises ToolError: they cannot be written.
        """
        new = [row for row in rows if row.get("point", self.done) >= self.done]
        text = self._csv(new) if self.form == "csv" else "".join(_json(row) for row in new)
        self.done += len(new)
        if self._stream is None:
            write_output(text)
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            raise ToolError(f"{clean(self._journal or '')}: cannot be written: {error.strerror}") from error

    def _csv(self, rows: Iterable[Row]) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for row in rows:
            if self._columns is None:
                self._columns = list(row)
                writer.writerow(self._columns)
            writer.writerow([_cell(row.get(column)) for column in self._columns])
        return text.getvalue()

    def close(self, *, complete: bool) -> None:
        """Close the file; a ``complete`` Parquet file is made now of the rows that were kept beside it.

        :raises ToolError: it cannot be written.
        """
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        if complete and self.form == "parquet" and self._journal is not None and self.file is not None:
            to_parquet(self._journal, self.file)


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=True, allow_nan=False) + "\n"


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def choose(formats: Sequence[str] | None, *, others: Sequence[str] = (), default: str = "jsonl") -> list[Output]:
    """Return the outputs that ``-f FORMAT[=FILE]`` asks for; a file's ending names its format too (``-f rows.csv``).

    :raises UsageError: an unknown format, two outputs in one place, or Parquet without a file.
    """
    outputs = []
    for text in formats or [default]:
        form, equals, file = text.partition("=")
        ending = Path(text).suffix.removeprefix(".")
        if form not in (*FORMATS, *others) and ending in FORMATS:
            form, equals, file = ending, "=", text
        if form not in (*FORMATS, *others):
            raise UsageError(f"there is no format {clean(form)!r}; there are {', '.join((*others, *FORMATS))}")
        if equals and not file:
            raise UsageError(f"-f {form}= names no file")
        place = file if equals and file != "-" else None
        if place is not None:
            check_output(place)
        if form == "parquet":
            if place is None:
                raise UsageError("Parquet needs a file: -f parquet=FILE")
            polars()
        outputs.append(Output(form, place))
    places = [output.file for output in outputs]
    if len(set(places)) < len(places):
        raise UsageError("two formats go to one place; write -f FORMAT=FILE")
    return outputs


def polars() -> Any:
    """Return polars.

    :raises ToolError: it is not there.
    """
    try:
        import polars as pl  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ToolError("Parquet needs polars: pip install percpu-planner[fleet]") from error
    return pl


def to_parquet(journal: str, file: str) -> None:
    """Turn a file of JSON Lines into Parquet, a stretch at a time, and remove it.

    :raises ToolError: it cannot be written.
    """
    frames = polars()
    part = f"{file}.new"
    try:
        schema = _schema(frames, journal)
        if schema:
            frames.scan_ndjson(journal, schema=schema).sink_parquet(part)
        else:
            frames.DataFrame().write_parquet(part)
        Path(part).replace(file)
        Path(journal).unlink()
    except OSError as error:
        raise ToolError(f"{clean(file)}: cannot be written: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            Path(part).unlink()


def _schema(polars: Any, journal: str) -> dict[str, Any]:
    """Return each column's type as all rows need it: a column that is empty for long may hold anything later."""
    kinds: dict[str, str] = {}
    rank = ("null", "bool", "int", "float", "str")
    names: dict[type, str] = {type(None): "null", bool: "bool", int: "int", float: "float"}
    with Path(journal).open(encoding="utf-8") as lines:
        for line in lines:
            for column, value in json.loads(line).items():
                old, new = kinds.get(column, "null"), names.get(type(value), "str")
                if old != new:
                    mixed = "bool" in (old, new) and "null" not in (old, new)
                    kinds[column] = "str" if mixed else max(old, new, key=rank.index)
                else:
                    kinds[column] = old
    types: dict[str, Callable[[], Any]] = {
        "null": polars.String,
        "bool": polars.Boolean,
        "int": polars.Int64,
        "float": polars.Float64,
        "str": polars.String,
    }
    return {column: types[kind] for column, kind in kinds.items()}
