"""What ``-f FORMAT[=FILE]`` asks for: read, rendered and written."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from planner.cli.colour import coloured
from planner.cli.failures import ToolError, UsageError, write_output
from planner.cli.places import check_output
from planner.plugin import Document, FormatRecord
from planner.plugin.manager import PluginManager
from planner.quick import dataclass
from planner.report.text import clean

STANDARD_OUTPUT = "-"
DEFAULT = "table"


@dataclass(frozen=True, slots=True)
class Output:
    """One format and where it goes; ``file`` is ``None`` for standard output."""

    record: FormatRecord
    file: str | None


def choose(formats: Sequence[str], manager: PluginManager) -> list[Output]:
    """Return the outputs that ``-f`` asks for: a table on standard output without any.

    :raises UsageError: an unknown format, or two that go to the same place.
    :raises ToolError: the format may come from a plugin that is broken.
    """
    records = manager.formats()
    outputs = [_output(text, records, manager) for text in formats or [DEFAULT]]
    places = [output.file for output in outputs]
    for place in places:
        if places.count(place) > 1:
            shown = "standard output" if place is None else clean(place)
            raise UsageError(f"two formats go to {shown}; write -f FORMAT=FILE")
    return outputs


def _output(text: str, records: Mapping[str, FormatRecord], manager: PluginManager) -> Output:
    name, equals, file = text.partition("=")
    if name not in records:
        message = f"there is no format {clean(name)!r}; there are {', '.join(sorted(records))}"
        if manager.problems:
            raise ToolError(f"{message}; broken: {'; '.join(map(str, manager.problems))}")
        raise UsageError(message)
    if not equals or file == STANDARD_OUTPUT:
        return Output(records[name], None)
    if not file:
        raise UsageError(f"-f {clean(name)}= names no file")
    check_output(file)
    return Output(records[name], file)


def write(outputs: Sequence[Output], document: Document, *, color: str) -> None:
    """Render all formats, write files each in one step, then standard output.

    :raises ToolError: a format plugin fails, or an output cannot be written.
    """
    rendered = [(output, _render(output.record, document)) for output in outputs]
    for output, text in rendered:
        if output.file is not None:
            _write_file(output.file, text)
    _step_summary(outputs, document)
    for output, text in rendered:
        if output.file is None and (document.reports or output.record.name != DEFAULT):  # errors were said already
            write_output(coloured(text, color) if output.record.name == DEFAULT else text)


def _render(record: FormatRecord, document: Document) -> str:
    try:
        text = record.render(document)
    except Exception as error:
        if os.environ.get("PLANNER_DEBUG") == "1":
            raise
        raise ToolError(f"the format {record.name} failed: {type(error).__name__}: {error}") from error
    if not isinstance(text, str):
        raise ToolError(f"the format {record.name} gave {type(text).__name__}, not text")
    return text


def _write_file(file: str, text: str) -> None:
    from planner.report.write import write_atomically  # noqa: PLC0415 - most runs write none

    try:
        write_atomically(file, text)
    except OSError as error:
        raise ToolError(f"{clean(file)}: cannot be written: {error.strerror}") from error


def _step_summary(outputs: Sequence[Output], document: Document) -> None:
    """Append the Markdown form to the page that GitHub shows for a step, where the format ``github`` is asked for."""
    file = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not file or all(output.record.name != "github" for output in outputs):
        return
    from planner_formats.markdown import render_markdown  # noqa: PLC0415 - a built-in that this one format brings along

    try:
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(render_markdown(document))
    except OSError as error:
        raise ToolError(f"$GITHUB_STEP_SUMMARY cannot be written: {error.strerror}") from error
