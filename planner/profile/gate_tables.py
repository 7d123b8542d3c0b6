"""``[gate.NAME]``: rules checked against the kinds that plugins add, and presets of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from planner.plugin import GateRecord
from planner.profile.check import TOP, Problems, Spot, check_keys, keys_of
from planner.profile.errors import listed, nearest
from planner.profile.model import GateSpec
from planner.profile.parameters import read_with_parameters
from planner.profile.presets import PRESETS
from planner.profile.sizes import describe
from planner.profile.tables import GateTable

MAXIMUM_GATES = 1_000
PRESET = "preset"
"""The one key of ``[gate]`` that is no gate."""


def read_preset(raw: Any, problems: Problems) -> str | None:
    """Return the preset that ``[gate]`` names, ``None`` where it names none or no known one."""
    if not isinstance(raw, dict) or PRESET not in raw:
        return None
    value = raw[PRESET]
    if isinstance(value, str) and value in PRESETS:
        return value
    what = f'there is no preset "{value}"' if isinstance(value, str) else f"is {describe(value)}"
    suggestion = nearest(value, PRESETS) if isinstance(value, str) else ""
    problems.add(TOP.key("gate").key(PRESET), what, "P013", listed(PRESETS), suggestion)
    return None


def with_preset(
    raw: Mapping[str, Any], preset: str | None, records: Mapping[str, GateRecord]
) -> dict[str, tuple[Any, bool]]:
    """Return all gates by name with whether the preset alone gives them; the profile's own outrank the preset's.

    A preset's gate is left out where its plugin is not there.
    """
    gates = {
        name: (entry, True)
        for name, entry in (PRESETS[preset] if preset else {}).items()
        if entry.get("kind", name) in records
    }
    return {**gates, **{name: (entry, False) for name, entry in raw.items() if name != PRESET}}


def read_gate(  # noqa: PLR0913 - the entry, where it stands, what may stand there
    name: str, raw: Any, *, preset: bool, records: Mapping[str, GateRecord], file: str, problems: Problems
) -> GateSpec | None:
    """Return one gate, ``None`` when anything in it is wrong."""
    spot = TOP.key("gate").key(name)
    if preset:
        spot = Spot(("gate", PRESET), spot.shown)
    kind = raw.get("kind", name) if isinstance(raw, dict) else name
    record = records.get(kind) if isinstance(kind, str) else None
    if record is None:
        own = keys_of(GateTable)
        known = {key: value for key, value in raw.items() if key in own} if isinstance(raw, dict) else raw
        check_keys(own, known, spot, problems)
        if isinstance(kind, str) and isinstance(raw, dict):
            at = spot.key("kind") if "kind" in raw else spot
            problems.add(at, f'there is no gate "{kind}"', "P032", listed(sorted(records)), nearest(kind, records))
        return None
    read = read_with_parameters(GateTable, record.parameters, raw, spot, problems)
    if read is None:
        return None
    table, made = read
    if table.expires is not None and not table.reason:
        problems.add(
            Spot(spot.path, f"{spot.shown}.reason"), "is missing: a waiver needs a reason", "P011", "a sentence"
        )
    if table.reason and table.expires is None:
        problems.add(Spot(spot.path, f"{spot.shown}.expires"), "is missing: a waiver needs an end", "P011", "a date")
    line, column = problems.place(spot.path) or (None, None)
    level: Any = table.level
    return GateSpec(
        name=name,
        kind=kind,
        level=level,
        parameters=made,
        expires=table.expires,
        reason=table.reason,
        preset=preset,
        file=file,
        line=line,
        column=column,
    )


def check_consumer_names(gates: Iterable[GateSpec], names: Iterable[str], problems: Problems) -> None:
    """Note gates whose parameter ``consumer`` names a consumer that the profile does not have."""
    known = list(names)
    for gate in gates:
        wanted = getattr(gate.parameters, "consumer", None)
        if isinstance(wanted, str) and wanted not in {"", "*", *known}:
            spot = TOP.key("gate").key(gate.name).key("consumer")
            problems.add(spot, f'there is no consumer "{wanted}"', "P035", listed(known), nearest(wanted, known))
