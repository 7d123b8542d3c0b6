"""Typed parameters of consumers and gates: a frozen dataclass whose fields say what they mean.

The profile layer turns such a class into checked TOML keys and JSON Schema, so a plugin needs no validation library.
"""

from dataclasses import field
from typing import Any, Literal

from planner.quick import dataclass


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """What the profile layer knows of one parameter.

    ``size``: bytes, written as ``4096``, ``"4KiB"`` or ``"128M"``. ``minimum`` and ``maximum`` are inclusive.
    ``choices``: the allowed words, empty = any. ``file``: the text names a file, relative to the profile,
    which planner reads: ``"module"`` a kernel module, for :attr:`planner.plugin.System.modules`.
    """

    help: str
    minimum: float | None = None
    maximum: float | None = None
    size: bool = False
    choices: tuple[str, ...] = ()
    file: Literal["", "module"] = ""


_REQUIRED: Any = object()


def parameter(  # noqa: PLR0913 - one argument a property, all but two by name
    default: Any = _REQUIRED,
    help: str = "",  # noqa: A002 - the word that typer and argparse use for it
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    size: bool = False,
    choices: tuple[str, ...] = (),
    file: Literal["", "module"] = "",
) -> Any:
    """Declare a field of a parameters dataclass; without ``default`` the key is required in the profile.

    Example::

        @dataclass(frozen=True, slots=True, kw_only=True)
        class Veth:
            queues: int = parameter(1, "receive queues of each end", minimum=1, maximum=4096)
    """
    metadata = {"planner": ParameterInfo(help, minimum, maximum, size, choices, file)}
    if default is _REQUIRED:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoParameters:
    """For a consumer or gate that has none."""
