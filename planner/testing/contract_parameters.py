"""Parameters of consumers and gates: what they must say, and values to try a record with."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, get_args, get_type_hints

from planner.plugin import ConsumerRecord, GateRecord, ParameterInfo
from planner.profile.parameters import UnusableParametersError, combined_keys
from planner.profile.tables import ConsumerTable, GateTable

Examples = Mapping[str, Mapping[str, Any]]
"""Parameters by kind."""


def parameters_of(record: ConsumerRecord | GateRecord, examples: Examples | None = None) -> Any:
    """Return parameters to try ``record`` with: those of ``examples``, else its defaults, required ones filled in.

    :raises AssertionError: the record refuses them.
    """
    check_parameters(record)
    given = dict((examples or {}).get(record.kind, {}))
    for field in fields(record.parameters):
        if field.name not in given and field.default is MISSING and field.default_factory is MISSING:
            given[field.name] = _filled(get_type_hints(record.parameters)[field.name], field.metadata["planner"])
    try:
        return record.parameters(**given)
    except (TypeError, ValueError) as error:
        raise AssertionError(
            f"{record.kind}: refuses {given}: {error}; give others: examples={{{record.kind!r}: {{...}}}}"
        ) from error


def _filled(kind: Any, info: ParameterInfo) -> Any:
    if info.choices:
        return info.choices[0]
    kinds = get_args(kind) or (kind,)
    if bool in kinds:
        return False
    if int in kinds or float in kinds:
        low = 64 if info.minimum is None else max(info.minimum, 64)
        return int(low if info.maximum is None else min(low, info.maximum))
    return "example"


def check_parameters(record: ConsumerRecord | GateRecord) -> None:
    """Assert: the profile layer can use the parameters, and each says what it means and which values it takes."""
    table = ConsumerTable if isinstance(record, ConsumerRecord) else GateTable
    try:
        combined_keys(table, record.parameters)
    except UnusableParametersError as error:
        raise AssertionError(f"{record.kind}: {error}") from error
    for field in fields(record.parameters):
        info = field.metadata.get("planner")
        assert info is not None, f"{record.kind}: {field.name} is not declared with planner.plugin.parameter()"
        assert info.help, f"{record.kind}: {field.name} has no help"
        _check_default(f"{record.kind}: {field.name}", field.default, info)


def _check_default(where: str, default: Any, info: ParameterInfo) -> None:
    if isinstance(default, int | float) and not isinstance(default, bool):
        assert info.minimum is None or default >= info.minimum, f"{where} = {default} is below its minimum"
        assert info.maximum is None or default <= info.maximum, f"{where} = {default} is above its maximum"
    if isinstance(default, str) and info.choices:
        assert default in info.choices, f"{where} = {default!r} is no choice"
