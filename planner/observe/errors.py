"""What goes wrong when real systems are looked at; files of kernels fail in the same ways."""

from planner.binary.errors import MissingExtraError, ObserveError, ParseError, ToolError

__all__ = ["MissingExtraError", "ObserveError", "ParseError", "ToolError"]
