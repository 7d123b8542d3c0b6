"""What the commands about real systems share: where a result goes."""

from planner.cli.failures import ToolError, write_output
from planner.cli.places import check_output
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

    check_output(output)
    try:
        write_atomically(output, text)
    except OSError as error:
        raise ToolError(f"{clean(output)}: cannot be written: {error.strerror}") from error
