"""JSON Schema of a report's JSON form (``planner schema report``), from the report's own data structure."""

from typing import Any

from pydantic import TypeAdapter

from planner.report.model import SCHEMA_VERSION, Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = f"urn:percpu-planner:schema:report:{SCHEMA_VERSION}"


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one report.

    Names that are not in it are allowed: a later planner of the same ``schema_version`` may add some.
    """
    schema = TypeAdapter(Report).json_schema(mode="serialization")
    definitions = schema.pop("$defs", {})
    report = definitions["Report"] if "$ref" in schema else schema
    report["properties"]["schema_version"] = {"const": SCHEMA_VERSION, "title": "Schema Version"}
    for definition in definitions.values():
        _require_all(definition)
    _require_all(report)
    return {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        **report,
        "title": "planner report",
        "$defs": dict(sorted(definitions.items())),
    }


def _require_all(definition: dict[str, Any]) -> None:
    """Every name is always written, so every name is required; defaults are of no use to a reader."""
    properties = definition.get("properties", {})
    if properties:
        definition["required"] = list(properties)
    for item in properties.values():
        item.pop("default", None)
