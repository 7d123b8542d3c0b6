"""What the commands about real systems share: where a result goes."""

from pathlib import Path

from planner.cli.failures import ToolError, UsageError, write_output
from planner.report.text import clean


def write_result(output: str | None, text: str) -> None:
    """Write ``text`` to standard output, or to the file ``output`` in one step.

    :raises UsageError: the file's directory does not exist, or it is one.
    :raises ToolError: the file cannot be written.
    """
    if output is None or output == "-":
        write_output(text)
        return
    from planner.report.write import write_atomically  # noqa: PLC0415 - only with a file

    path = Path(output)
    if "\0" in output or path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{clean(output)}: is a directory, or its directory does not exist")
    try:
        write_atomically(path, text)
    except OSError as error:
        raise ToolError(f"{clean(output)}: cannot be written: {error.strerror}") from error
