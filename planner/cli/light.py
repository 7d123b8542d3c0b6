"""Options that need no conversion get none: some versions of typer import pydantic for the first text that they see.

From 0.26 on typer converts every value through pydantic, whose import takes as long as all of planner's. A word from the command line
for a parameter of type ``str`` is what it is. Where typer has no such place (older, or newer than known), nothing is changed.
"""

from typing import Any

_PLACE = "_runtime_param"


class _AsItIs:
    """Stands where typer keeps a parameter's conversion; hands over to the real one for anything that is not plain."""

    def __init__(self, annotation: Any) -> None:
        self._annotation = annotation

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return a value that is of its type already, else what typer makes of it."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if self._annotation in {str, int, bool} and type(value) is self._annotation:  # a word, or a default
            return value
        if self._annotation == list[str] and isinstance(value, list | tuple) and all(type(one) is str for one in value):
            return list(value)
        setattr(param, _PLACE, None)
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def lighten(command: Any) -> Any:
    """Spare ``command``'s plain parameters, its ``--help`` too, a conversion that changes nothing; return it."""
    params_of = command.get_params

    def get_params(ctx: Any) -> Any:
        params = params_of(ctx)
        for param in params:
            annotation = getattr(getattr(param, "type_descriptor", None), "annotation", None)
            if getattr(param, _PLACE, "missing") is None and annotation in {str, int, bool, list[str]}:
                setattr(param, _PLACE, _AsItIs(annotation))
        return params

    command.get_params = get_params
    return command
