"""The readings that profile tables use, by name; :func:`of_annotation` finds those of plugins' parameters."""

import datetime as dt
import types
import typing
from typing import Any

from planner.plugin import ParameterInfo
from planner.profile import counts, cpu_list, fields, numa, sizes
from planner.profile.fields import JsonSchema, Reading

_NON_NEGATIVE = {"type": "integer", "minimum": 0}
_STRING: JsonSchema = {"type": "string", "maxLength": fields.MAXIMUM_TEXT}
_CPUS: JsonSchema = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}, {"type": "array", "items": _NON_NEGATIVE}]
}
_NODES: JsonSchema = {
    "anyOf": [
        {"type": "integer", "minimum": 1},
        {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "array", "items": _NON_NEGATIVE}]}},
        {"type": "object"},
    ]
}
_DISTANCES: JsonSchema = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 255}},
}
_PAIRS: JsonSchema = {
    "type": "array",
    "items": {"type": "array", "items": _NON_NEGATIVE, "minItems": 2, "maxItems": 2},
}


def word(words: tuple[str, ...]) -> Reading:
    """Return the reading of one of some words."""
    return Reading(fields.one_of(words), "P013", "", {"enum": list(words)})


def bounded(minimum: int, maximum: int) -> Reading:
    """Return the reading of a whole number within inclusive bounds."""
    schema = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return Reading(fields.between(fields.whole, minimum, maximum), "P013", "", schema)


def _pages(value: Any) -> tuple[int, ...]:
    return cpu_list.parse_cpu_list(fields.text(value))


SIZE = Reading(
    sizes.parse_size, "P014", sizes.ALLOWED_SIZE, {"anyOf": [_NON_NEGATIVE, {"type": "string"}]}, numeric=True
)
ADDRESS = Reading(sizes.parse_address, "P014", sizes.ALLOWED_ADDRESS, {"anyOf": [_NON_NEGATIVE, {"type": "string"}]})
COUNT = Reading(
    counts.parse_count,
    "P016",
    counts.ALLOWED_COUNT,
    {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]},
    numeric=True,
)
GROWTH = Reading(counts.parse_growth, "P017", counts.ALLOWED_GROWTH, _STRING)
DURATION = Reading(counts.parse_duration, "P017", counts.ALLOWED_DURATION, _STRING)
VERSION = Reading(fields.kernel_version, "P018", 'a version in quotes: "6.12", "3.2.0-51-generic", "4.14.y"', _STRING)
SOME_CPUS = Reading(fields.some_cpus, "P015", cpu_list.ALLOWED, _CPUS, numeric=True)
CPUS = Reading(fields.cpu_set, "P015", cpu_list.ALLOWED, _CPUS)
NODES = Reading(numa.parse_nodes, "P013", numa.NODES_ALLOWED, _NODES)
DISTANCES = Reading(numa.parse_distances, "P013", "a square list of rows of distances from 1 to 255", _DISTANCES)
PAGES = Reading(_pages, "P015", 'pages as ranges: "0-6,9"', {"type": "string"})
PAIRS = Reading(fields.pairs, "P013", "a list of [offset, size]", _PAIRS)
NAME = Reading(fields.identifier, "P013", "", {"type": "string", "minLength": 1, "maxLength": 200})
LINE = Reading(fields.line, "P013", "", _STRING)
LINES = Reading(fields.list_of(fields.text), "P013", "", {"anyOf": [_STRING, {"type": "array", "items": _STRING}]})
FLAG = Reading(fields.true_or_false, "P012", "true or false", {"type": "boolean"})
DAY = Reading(fields.day, "P012", "", {"type": "string"})
BITS = Reading(fields.one_number(32, 64), "P013", "32 or 64", {"enum": [32, 64]})
INDEX = bounded(-1, 10**6)
FIGURES = Reading(fields.figures, "P012", "", {"type": "object", "additionalProperties": {"type": "integer"}})
NUMBER = Reading(fields.number, "P012", "a number", {"anyOf": [{"type": "number"}, {"type": "string"}]}, numeric=True)
NUMBER_OR_TEXT = Reading(
    fields.whole_or_line, "P012", "a whole number or text", {"anyOf": [{"type": "integer"}, _STRING]}
)
ANYTHING = Reading(lambda value: value, "P012", "", {})

_BY_TYPE: dict[Any, Reading] = {
    int: COUNT,
    float: NUMBER,
    str: LINE,
    bool: FLAG,
    dt.date: DAY,
}


def of_annotation(annotation: Any, info: ParameterInfo) -> Reading:
    """Return the reading of a plugin's parameter from its type and what the plugin says of it.

    Understood are int, float, str, bool, date, ``Literal`` of words, ``X | None``, ``tuple[X, ...]``, and ``int | str`` for what the
    plugin reads itself.

    :raises TypeError: another type.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    found: Reading | None = None
    if origin in {types.UnionType, typing.Union}:
        inner = [argument for argument in arguments if argument is not type(None)]
        if set(inner) == {int, str}:
            found = NUMBER_OR_TEXT
        elif len(inner) == 1:
            found = of_annotation(inner[0], info)
    elif origin is tuple and arguments[1:] == (...,):
        item = of_annotation(arguments[0], info)
        schema = {"anyOf": [item.schema, {"type": "array", "items": item.schema}]}
        found = Reading(fields.list_of(item.read), item.code, item.allowed, schema)
    elif origin is typing.Literal and all(isinstance(argument, str) for argument in arguments):
        found = word(arguments)
    elif annotation in _BY_TYPE:
        found = _of_plain_type(annotation, info)
    if found is None:
        raise TypeError(f"a parameter of type {annotation!r} cannot be read from a profile")
    return found


def _of_plain_type(annotation: Any, info: ParameterInfo) -> Reading:
    if annotation is str and info.choices:
        return word(info.choices)
    if annotation is int and info.size:
        return _within(SIZE, info)
    if annotation is int and info.minimum is not None and info.minimum < 0:
        return _within(Reading(fields.whole, "P012", "a whole number", {"type": "integer"}, numeric=True), info)
    return _within(_BY_TYPE[annotation], info)


def _within(reading: Reading, info: ParameterInfo) -> Reading:
    if info.minimum is None and info.maximum is None:
        return reading
    allowed = f"{reading.allowed}, {fields.bounds(info.minimum, info.maximum)}"
    parse = fields.between(reading.parse, info.minimum, info.maximum)
    return Reading(parse, reading.code, allowed, reading.schema, reading.numeric)
