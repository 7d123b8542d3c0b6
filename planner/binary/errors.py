"""What goes wrong when files of kernels and real systems are read."""


class ObserveError(Exception):
    """Something of the user's cannot be read or used; the text is fit to print (exit code 2)."""


class ParseError(ObserveError):
    """A file is not what it should be: truncated, lying about sizes, of another kind, or beyond the limits."""


class ToolError(ObserveError):
    """planner itself lacks something: an optional library, a permission, a mounted file system (exit code 3)."""


class MissingExtraError(ToolError):
    """An optional library is not installed."""

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {library}: pip install 'percpu-planner[{extra}]'")
