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


def allowed_text(info: ParameterInfo) -> str:
    """Say what a parameter may be: its choices or its bounds, nothing where anything of its type does."""
    if info.choices:
        return ", ".join(info.choices)
    bounds = [f"from {_number(info.minimum)}"] if info.minimum is not None else []
    bounds += [f"to {_number(info.maximum)}"] if info.maximum is not None else []
    return " ".join(bounds)


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def toml_text(value: Any) -> str:
    """Return a parameter's value as it is written in a profile."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml_text, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
