"""The JSON form of a report: a versioned contract, written and read here.

Names are those of :mod:`planner.report.model`. Reading is strict in types and sizes and lenient in names: a later planner may have
added some, which are skipped, and an earlier one lacked some, which take their defaults. The JSON Schema is
``planner schema report``.
"""

import functools
import json
import math
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from planner.report.model import SCHEMA_VERSION, PlannerInfo, Report, told

MAXIMUM_BYTES = 64 * 1024 * 1024
"""Largest JSON text that is read."""

MAXIMUM_ITEMS = 1_000_000
MAXIMUM_TEXT = 1_000_000
MAXIMUM_DEPTH = 40
_MAXIMUM_NUMBER = 2**70

_FIRST = ("schema_version", "planner", "profile", "system", "verdict")

T = TypeVar("T")
_Decoder = Callable[[Any, str, int], Any]


class ReportFormatError(ValueError):
    """A JSON text or value that is no report; the message says where and why."""


def to_json(report: Report) -> dict[str, Any]:
    """Return the report as JSON data; the same report always gives the same data, in the same order."""
    form: dict[str, Any] = _plain(report)
    return {name: form[name] for name in _FIRST} | form


def dumps(report: Report) -> str:
    """Return the report as JSON text in ASCII, ending in a newline."""
    return json.dumps(to_json(report), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, PlannerInfo):
        value = told(value)
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def from_json(data: Any) -> Report:
    """Return the report that JSON data hold.

    :raises ReportFormatError: the data are no report of a version that this planner reads.
    """
    if not isinstance(data, dict):
        raise ReportFormatError("not a report: not a JSON object")
    version = data.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        shown = version if isinstance(version, int) else "missing"
        raise ReportFormatError(
            f"not a report that this planner reads: schema_version is {shown}, not {SCHEMA_VERSION}"
        )
    report: Report = _dataclass_decoder(Report)(data, "report", 0)
    return report


def reports_from_json(data: Any) -> tuple[Report, ...]:
    """Return all reports that JSON data hold: one report, or the object with ``reports`` that several profiles give.

    :raises ReportFormatError: as :func:`from_json`.
    """
    if isinstance(data, dict) and isinstance(data.get("reports"), list):
        if len(data["reports"]) > MAXIMUM_ITEMS:
            raise ReportFormatError("too many reports")
        return tuple(from_json(item) for item in data["reports"])
    return (from_json(data),)


def loads(text: str | bytes) -> tuple[Report, ...]:
    """Return all reports in a JSON text.

    :raises ReportFormatError: it is too long, no JSON, or holds no reports.
    """
    if len(text) > MAXIMUM_BYTES:
        raise ReportFormatError(f"longer than {MAXIMUM_BYTES // 2**20} MiB")
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ReportFormatError("nested too deeply") from None
    except ValueError as error:  # bad JSON, bad UTF-8, or a number of thousands of digits
        raise ReportFormatError(f"not JSON: {ascii(str(error))[1:-1][:200]}") from None
    return reports_from_json(data)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", str: "a string", type(None): "null"}.get(type(value), "another value")


def _fail(where: str, what: str) -> typing.NoReturn:
    raise ReportFormatError(f"{where}: {what}")


@functools.cache
def _dataclass_decoder(kind: type) -> _Decoder:
    """Return a reader for one dataclass of the report."""
    hints = get_type_hints(kind)
    readers = [
        (item.name, _decoder(hints[item.name]), item.default is MISSING and item.default_factory is MISSING)
        for item in fields(kind)
    ]

    def decode(value: Any, where: str, depth: int) -> Any:
        if not isinstance(value, dict):
            _fail(where, f"an object is needed, not {_kind(value)}")
        if depth > MAXIMUM_DEPTH:
            _fail(where, "nested too deeply")
        found = {}
        for name, read, required in readers:
            if name in value:
                found[name] = read(value[name], f"{where}.{name}", depth + 1)
            elif required:
                _fail(where, f"{name} is missing")
        return kind(**found)

    return decode


def _decoder(annotation: Any) -> _Decoder:
    """Return a reader for one type: int, float, str, bool, Literal, X | None, tuples and the report's own dataclasses."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {types.UnionType, typing.Union}:
        return _optional(next(argument for argument in arguments if argument is not type(None)))
    if origin is Literal:
        return _literal(arguments)
    if origin is tuple:
        return _list(arguments[0]) if arguments[1:] == (...,) else _row(arguments)
    if isinstance(annotation, type) and is_dataclass(annotation):
        return _later(annotation)
    return _SCALARS[annotation]


def _later(kind: type) -> _Decoder:
    """Return a reader for a dataclass that looks it up when used: a consumer holds consumers."""

    def decode(value: Any, where: str, depth: int) -> Any:
        return _dataclass_decoder(kind)(value, where, depth)

    return decode


def _optional(inner: Any) -> _Decoder:
    read = _decoder(inner)
    return lambda value, where, depth: None if value is None else read(value, where, depth)


def _literal(words: tuple[Any, ...]) -> _Decoder:
    def decode(value: Any, where: str, _depth: int) -> Any:
        if not isinstance(value, str) or value not in words:
            _fail(where, f"one of {', '.join(words)} is needed")
        return value

    return decode


def _list(inner: Any) -> _Decoder:
    read = _decoder(inner)

    def decode(value: Any, where: str, depth: int) -> Any:
        if not isinstance(value, list) or len(value) > MAXIMUM_ITEMS:
            _fail(where, f"a list is needed, not {_kind(value)}" if not isinstance(value, list) else "too long")
        return tuple(read(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value))

    return decode


def _row(inner: tuple[Any, ...]) -> _Decoder:
    readers = [_decoder(item) for item in inner]

    def decode(value: Any, where: str, depth: int) -> Any:
        if not isinstance(value, list) or len(value) != len(readers):
            _fail(where, f"a list of {len(readers)} is needed")
        return tuple(
            read(item, f"{where}[{index}]", depth + 1)
            for index, (read, item) in enumerate(zip(readers, value, strict=True))
        )

    return decode


def _whole(value: Any, where: str, _depth: int) -> int:
    if type(value) is not int or abs(value) > _MAXIMUM_NUMBER:
        _fail(where, f"a whole number is needed, not {_kind(value)}")
    return value


def _number(value: Any, where: str, _depth: int) -> float:
    if type(value) not in {int, float} or not abs(value) < _MAXIMUM_NUMBER:
        _fail(where, f"a number is needed, not {_kind(value)}")
    return float(value)


def _text(value: Any, where: str, _depth: int) -> str:
    if not isinstance(value, str) or len(value) > MAXIMUM_TEXT:
        _fail(where, f"a string is needed, not {_kind(value)}" if not isinstance(value, str) else "too long")
    return value


def _flag(value: Any, where: str, _depth: int) -> bool:
    if not isinstance(value, bool):
        _fail(where, f"true or false is needed, not {_kind(value)}")
    return value


_SCALARS: dict[Any, _Decoder] = {int: _whole, float: _number, str: _text, bool: _flag}
