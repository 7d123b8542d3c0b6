"""Types of profile keys: each reads a TOML value with one of planner's own parsers, and knows its JSON Schema.

No validation library is imported here: reading a profile must not cost more than the rest of the start-up (importing pydantic and building
its models would). :mod:`planner.profile.schema` makes pydantic models of the same declarations for the JSON Schema.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable
from typing import Any

from planner.plugin import KernelVersion
from planner.profile import cpu_list, sizes
from planner.profile.errors import listed, nearest
from planner.profile.sizes import describe, quote
from planner.quick import dataclass

JsonSchema = dict[str, Any]

MAXIMUM_TEXT = 64 * 1024
MAXIMUM_LIST = 300_000


class RefusedError(ValueError):
    """A value that is refused, with the parts of a :class:`planner.profile.errors.Problem`."""

    def __init__(self, code: str, what: str, allowed: str = "", suggestion: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.allowed = allowed
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Reading:
    """How one type of key is read: ``parse`` raises ValueError for what it refuses, which becomes a problem with ``code``.

    ``schema`` is the JSON Schema of the value as a file may write it. ``numeric``: it may also be uncertain
    (:class:`planner.profile.model.Spread`).
    """

    parse: Callable[[Any], Any]
    code: str
    allowed: str
    schema: JsonSchema
    numeric: bool = False

    def read(self, value: Any) -> Any:
        """Return the parsed value.

        :raises RefusedError: the value is none of this type.
        """
        try:
            return self.parse(value)
        except RefusedError:
            raise
        except ValueError as error:
            raise RefusedError(self.code, str(error), self.allowed) from error


def text(value: Any) -> str:
    """Return a string of at most 64 KiB."""
    if not isinstance(value, str):
        raise RefusedError("P012", f"is {describe(value)}, not a string", "text in quotes")
    if len(value) > MAXIMUM_TEXT:
        raise RefusedError("P013", f"is longer than {MAXIMUM_TEXT} characters")
    return value


def line(value: Any) -> str:
    """Return a string without control characters."""
    if not text(value).isprintable():
        raise RefusedError("P013", "holds characters that cannot be printed", "text on one line")
    return str(value)


def identifier(value: Any) -> str:
    """Return a name: printable, not empty, at most 200 characters."""
    if not line(value).strip() or len(value) > 200:
        raise RefusedError("P013", f"{quote(value)} is not a name", "1 to 200 printable characters")
    return str(value)


def true_or_false(value: Any) -> bool:
    """Return a boolean; nothing else is taken for one."""
    if not isinstance(value, bool):
        raise RefusedError("P012", f"is {describe(value)}", "true or false")
    return value


def number(value: Any) -> float:
    """Return a finite number; text such as ``"2.5"`` is read (``--set`` gives text)."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise RefusedError("P012", f"{quote(value)} is not a number", "a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError("P012", f"is {describe(value)}, not a number", "a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise RefusedError("P013", "is not finite", "a number")
    if abs(value) > 10**18:
        raise RefusedError("P013", "is out of all proportion", "a number up to 1e18")
    return float(value)


def one_of(words: Iterable[str]) -> Callable[[Any], str]:
    """Return a parser for one of some words, whatever their case."""
    allowed = tuple(words)
    lower = {word.lower(): word for word in allowed}

    def parse(value: Any) -> str:
        if not isinstance(value, str):
            raise RefusedError("P012", f"is {describe(value)}, not a word", listed(allowed))
        found = lower.get(value.lower())
        if found is None:
            raise RefusedError("P013", f"{quote(value)} is not allowed", listed(allowed), nearest(value, allowed))
        return found

    return parse


def list_of(parse: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a parser for a list; one value alone is a list of one."""

    def parse_all(value: Any) -> tuple[Any, ...]:
        values = value if isinstance(value, list) else [value]
        if len(values) > MAXIMUM_LIST:
            raise RefusedError("P013", f"has more than {MAXIMUM_LIST} entries")
        return tuple(parse(item) for item in values)

    return parse_all


def between(parse: Callable[[Any], Any], minimum: float | None, maximum: float | None) -> Callable[[Any], Any]:
    """Return a parser that refuses what ``parse`` gives outside inclusive bounds."""

    def parse_within(value: Any) -> Any:
        parsed = parse(value)
        if (minimum is not None and parsed < minimum) or (maximum is not None and parsed > maximum):
            raise RefusedError("P013", f"{parsed:.12g} is out of range", bounds(minimum, maximum))
        return parsed

    return parse_within


def bounds(minimum: float | None, maximum: float | None) -> str:
    """Return inclusive bounds in words; ``None`` = open."""
    if minimum is None:
        return f"at most {maximum:.12g}"
    return f"at least {minimum:.12g}" if maximum is None else f"{minimum:.12g} to {maximum:.12g}"


def kernel_version(value: Any) -> KernelVersion:
    """Return a kernel version; a number without quotes is refused, because 3.10 would be 3.1."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError("is a number; write it in quotes")  # noqa: TRY004 - every unreadable value alike
    if not isinstance(value, str):
        raise ValueError(f"is {describe(value)}, not a kernel version")  # noqa: TRY004 - every unreadable value alike
    if not value.isprintable():
        raise ValueError("holds characters that cannot be printed")
    return KernelVersion.parse(value)


def cpu_set(value: Any) -> tuple[int, ...]:
    """Return CPUs: a count, a list as the kernel prints it, or a TOML list of CPU numbers."""
    if isinstance(value, str):
        return cpu_list.parse_cpu_list(value)
    if isinstance(value, list):
        if len(value) <= cpu_list.MAXIMUM_CPUS and all(
            type(cpu) is int and 0 <= cpu < cpu_list.MAXIMUM_CPUS for cpu in value
        ):
            return tuple(sorted(set(value)))
        raise ValueError(f"is not a list of CPU numbers below {cpu_list.MAXIMUM_CPUS}")
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"is {describe(value)}, not CPUs")  # noqa: TRY004 - as above
    if not 0 < value <= cpu_list.MAXIMUM_CPUS:
        raise ValueError(f"is not a count between 1 and {cpu_list.MAXIMUM_CPUS}")
    return tuple(range(value))


def some_cpus(value: Any) -> tuple[int, ...]:
    """Return at least one CPU."""
    cpus = cpu_set(value)
    if not cpus:
        raise ValueError("lists no CPU")
    return cpus


def one_number(*numbers: int) -> Callable[[Any], int]:
    """Return a parser for one of some whole numbers."""

    def parse(value: Any) -> int:
        if type(value) is not int:
            raise RefusedError("P012", f"is {describe(value)}", " or ".join(map(str, numbers)))
        if value not in numbers:
            raise ValueError("is another number")
        return value

    return parse


def whole(value: Any) -> int:
    """Return any whole number of at most 64 bits."""
    if type(value) is not int:
        raise RefusedError("P012", f"is {describe(value)}, not a whole number", "a whole number")
    if not -(2**63) <= value <= sizes.MAXIMUM:
        raise RefusedError("P013", "is more than 64 bits hold", "a whole number")
    return value


def whole_or_line(value: Any) -> int | str:
    """Return a whole number as it is, anything else as a string without control characters."""
    return whole(value) if type(value) is int else line(value)


def day(value: Any) -> dt.date:
    """Return a date: a TOML date, or text such as ``"2027-03-31"``."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise RefusedError("P012", "is not a date", "a date such as 2027-03-31") from None


def figures(value: Any) -> dict[str, int]:
    """Return a table of whole numbers by name."""
    if not isinstance(value, dict) or len(value) > 200:
        raise RefusedError("P012", f"is {describe(value)}", "a table of up to 200 whole numbers")
    for name, item in value.items():
        if type(item) is not int or abs(item) > sizes.MAXIMUM:
            raise RefusedError("P012", f"{quote(name)} is {describe(item)}", "a table of whole numbers")
    return dict(value)


def pairs(value: Any) -> tuple[tuple[int, int], ...]:
    """Return a list of ``[offset, size]`` as pairs of non-negative numbers below 2^32."""
    if not isinstance(value, list) or len(value) > MAXIMUM_LIST:
        raise ValueError(f"is {describe(value)}, or longer than {MAXIMUM_LIST} entries")
    for item in value:
        if not (isinstance(item, list) and len(item) == 2 and all(type(n) is int and 0 <= n < 2**32 for n in item)):
            raise ValueError("holds something else than pairs of numbers")
    return tuple((first, second) for first, second in value)
