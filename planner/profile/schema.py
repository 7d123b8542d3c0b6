"""JSON Schema of a profile, with the parameters of all plugins in it (``planner schema``).

pydantic models are made here of the declarations that the check itself uses (:mod:`planner.profile.tables` and plugins' parameters),
with ``extra = "forbid"``, and pydantic writes the schema.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from planner.profile import readings as r
from planner.profile import tables as t
from planner.profile.check import keys_of
from planner.profile.errors import escape
from planner.profile.fields import JsonSchema
from planner.profile.origin import Plugins
from planner.profile.parameters import UnusableParametersError, combined_keys
from planner.profile.presets import PRESETS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = "urn:percpu-planner:schema:profile:1"

Models = dict[str, type[BaseModel]]

_SCALAR: JsonSchema = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]}
_STRICT = ConfigDict(extra="forbid")
_OPEN = ConfigDict(extra="ignore")
"""For tables beside whose keys a plugin's parameters stand: together they are closed by ``unevaluatedProperties``."""


def _spreads(value: JsonSchema) -> JsonSchema:
    """Return the schema of a value that may be uncertain: itself, or three of it as a spread."""
    plain = value["anyOf"] if set(value) == {"anyOf"} else [value]
    return {
        "anyOf": [
            *plain,
            *(
                {
                    "type": "object",
                    "properties": dict.fromkeys(names, value),
                    "required": list(names),
                    "additionalProperties": False,
                }
                for names in (("low", "mid", "high"), ("p10", "p50", "p90"))
            ),
        ]
    }


def _field(name: str, key: t.Key, known: Models) -> tuple[Any, Any]:
    """Return a field of a pydantic model for one key."""
    kind: Any
    if key.table is not None:
        model = _model(key.table.__name__, keys_of(key.table), key.table.__doc__, known)
        kind = list[model] if key.many else model  # type: ignore[valid-type] # a model made at run time
    else:
        schema = _spreads(key.reading.schema) if key.reading.numeric else key.reading.schema
        kind = Annotated[Any, WithJsonSchema(schema)]
    text = key.help + (f" ({key.reading.allowed})" if key.reading.allowed else "")
    # keys such as "json" or "model_x" are no names for pydantic, so they are aliases
    field = Field(default=... if key.required else None, alias=name, description=text, title=name)
    return kind, field


def _model(
    name: str, keys: Mapping[str, t.Key], text: str | None, known: Models, *, closed: bool = True
) -> type[BaseModel]:
    """Return a pydantic model with these keys; each name is made once."""
    if name not in known:
        fields: dict[str, Any] = {f"key_{key}": _field(key, declared, known) for key, declared in keys.items()}
        config = _STRICT if closed else _OPEN
        known[name] = create_model(name, __config__=config, __doc__=(text or "").strip(), **fields)
    return known[name]


class _Kinds:
    """The kinds of consumers or gates: which there are, and the schema of each one's parameters."""

    def __init__(self, own: type, records: Iterable[Any], known: Models) -> None:
        self.own = own.__name__
        _model(self.own, keys_of(own), own.__doc__, known, closed=False)
        self.summaries: dict[str, str] = {}
        self._prefix = self.own.removesuffix("Table")
        for record in sorted(records, key=lambda record: str(record.kind)):
            try:
                combined_keys(own, record.parameters)
            except UnusableParametersError:
                continue  # the check says so where a profile uses it
            self.summaries[record.kind] = escape(record.summary)
            name = self._model_name(record.kind)
            _model(name, keys_of(record.parameters), escape(record.summary), known, closed=False)

    def _model_name(self, kind: str) -> str:
        return f"{self._prefix}-{kind}"

    def parameters(self, kind: str) -> JsonSchema:
        """Return a reference to the parameters of one kind."""
        return _ref(self._model_name(kind))

    def by_kind(self) -> JsonSchema:
        """Return the schema that asks an entry for the parameters of the kind that it names."""
        return {
            "allOf": [
                {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": self.parameters(kind)}
                for kind in self.summaries
            ]
        }

    def entry(self, table: str, kind: str | None = None) -> JsonSchema:
        """Return the schema of an entry: the keys of ``table`` and those of its kind, which is ``kind`` where it names none."""
        branches: list[JsonSchema] = [_ref(table), _ref(f"{self._prefix}ByKind")]
        if kind is not None:
            branches.append({"if": {"not": {"required": ["kind"]}}, "then": self.parameters(kind)})
        return {"type": "object", "allOf": branches, "unevaluatedProperties": False}


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def profile_schema(plugins: Plugins) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of profiles with these plugins.

    It says which keys there are and of what type. What only the values themselves show (contradictions, ranges of CPU numbers,
    names that must exist) is left to the check.
    """
    known: Models = {}
    for kind in (*t.SECTIONS.values(), t.StructTable, t.CompositeTable):
        _model(kind.__name__, keys_of(kind), kind.__doc__, known)
    _model(t.PartTable.__name__, keys_of(t.PartTable), t.PartTable.__doc__, known, closed=False)
    consumers = _Kinds(t.ConsumerTable, plugins.consumers().values(), known)
    gates = _Kinds(t.GateTable, plugins.gates().values(), known)
    definitions = {name: _definition(model) for name, model in known.items()}
    definitions["ConsumerByKind"] = consumers.by_kind()
    definitions["GateByKind"] = gates.by_kind()
    definitions["ConsumerTable"]["properties"]["kind"] = {
        "anyOf": [
            *({"const": kind, "description": text} for kind, text in consumers.summaries.items()),
            {"type": "string"},
        ],
        "description": keys_of(t.ConsumerTable)["kind"].help,
    }
    definitions["CompositeTable"]["properties"]["parts"] = _parts(consumers)
    definitions["Basis"] = {
        "type": "object",
        "additionalProperties": {"anyOf": [{"enum": list(t.BASES)}, _ref("Basis")]},
    }
    schema: dict[str, Any] = {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        "title": "planner profile",
        "description": "A system for planner, the capacity planner for the Linux kernel's per-CPU allocator, and what lives on it.",
        "type": "object",
        "properties": _top_level(consumers, gates),
        "required": list(t.REQUIRED_SECTIONS),
        "additionalProperties": False,
        "$defs": definitions,
    }
    schema = copy.deepcopy(schema)  # the readings' own schemas stay as they are
    _share(schema)
    definitions = {**schema["$defs"], **_SHARED}
    return {**schema, "$defs": dict(sorted(definitions.items()))}


def _top_level(consumers: _Kinds, gates: _Kinds) -> dict[str, JsonSchema]:
    def table(values: JsonSchema, text: str) -> JsonSchema:
        return {"type": "object", "additionalProperties": values, "description": text}

    sections = {name: {**_ref(kind.__name__), "description": kind.__doc__ or ""} for name, kind in t.SECTIONS.items()}
    return {
        "schema": {"const": 1, "description": "version of this schema"},
        **sections,
        "config": table(_SCALAR, "kernel configuration, with or without CONFIG_"),
        "structs": table(_ref("StructTable"), "sizes of kernel structures"),
        "measured": table(r.SIZE.schema, "figures read off the real machine"),
        "basis": {**_ref("Basis"), "description": "what keys rest on: a key or a table in quotes, or default"},
        "consumer": {
            "type": "array",
            "items": consumers.entry("ConsumerTable"),
            "description": "what spends per-CPU memory",
        },
        "consumer_type": table(_ref("CompositeTable"), "consumers made of others"),
        "gate": {
            "type": "object",
            "description": "rules that the report must pass",
            "properties": {
                "preset": {"enum": sorted(PRESETS), "description": "a ready set of gates"},
                **{
                    kind: {**gates.entry("GateTable", kind), "description": text}
                    for kind, text in gates.summaries.items()
                },
            },
            "additionalProperties": {**gates.entry("GateTable"), "required": ["kind"]},
        },
    }


def _parts(consumers: _Kinds) -> JsonSchema:
    """Return the schema of a composite's parts: a count, or a table with the keys of its kind."""
    named = {
        kind: {"anyOf": [_ref("Count"), consumers.entry("PartTable", kind)], "description": text}
        for kind, text in consumers.summaries.items()
    }
    return {
        "type": "object",
        "minProperties": 1,
        "properties": named,
        "additionalProperties": {"anyOf": [_ref("Count"), consumers.entry("PartTable")]},
        "description": keys_of(t.CompositeTable)["parts"].help,
    }


def _definition(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's schema without ``default: null``: TOML has no null, a key is absent instead."""
    schema = model.model_json_schema(by_alias=True)
    schema.pop("$defs", None)  # nested tables stand under their own names
    for properties in schema.get("properties", {}).values():
        if "default" in properties and properties["default"] is None:
            del properties["default"]
    return schema


_SHARED = {
    "Size": _spreads(r.SIZE.schema),
    "Address": r.ADDRESS.schema,
    "Count": _spreads(r.COUNT.schema),
    "Number": _spreads(r.NUMBER.schema),
    "Cpus": _spreads(r.SOME_CPUS.schema),
}
"""Types that many keys have: each stands once in the schema."""


def _share(schema: Any) -> None:
    """Replace each type of :data:`_SHARED` by a reference to it."""
    for node in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _share(node)
        if isinstance(node, dict) and "anyOf" in node:
            name = next((name for name, shared in _SHARED.items() if shared["anyOf"] == node["anyOf"]), None)
            if name is not None:
                del node["anyOf"]
                node.update(_ref(name))
