"""``planner consumers``."""

from dataclasses import MISSING, fields
from typing import Annotated, Any

import typer

from planner.cli import options
from planner.cli.listing import Json, write_json, write_table

Kind = Annotated[str | None, typer.Argument(help="Show this kind in full.", show_default=False)]


def command(
    kind: Kind = None, *, as_json: Json = False, strict: options.Strict = False, disable: options.Disable = None
) -> None:
    """List what can spend per-CPU memory; with KIND, its keys in a profile and the sources of its facts.

    Example: planner consumers workqueue
    """
    from planner.cli.failures import UsageError, write_output  # noqa: PLC0415 - not for --help
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - as above
    from planner.profile.errors import nearest  # noqa: PLC0415 - as above
    from planner.report.text import clean  # noqa: PLC0415 - as above

    manager = PluginChoice(tuple(disable or ()), strict).load()
    records = manager.consumers()
    warn(manager.problems)
    if kind is not None and kind not in records:
        hint = nearest(kind, records)
        raise UsageError(f"there is no consumer {clean(kind)!r}" + (f"; did you mean {hint!r}" if hint else ""))
    found = [_described(records[name]) for name in sorted(records) if kind in {None, name}]
    if as_json:
        write_json(found)
    elif kind is None:
        write_table(("kind", "family", "what it is"), [(one["kind"], one["family"], one["summary"]) for one in found])
    else:
        write_output(_in_full(found[0]))


def _described(record: Any) -> dict[str, Any]:
    return {
        "kind": record.kind,
        "summary": record.summary,
        "family": record.family,
        "unit": record.unit,
        "since": record.since,
        "parameters": [
            {
                "name": item.name,
                "help": item.metadata["planner"].help if "planner" in item.metadata else "",
                "default": None if item.default is MISSING else item.default,
                "required": item.default is MISSING and item.default_factory is MISSING,
            }
            for item in fields(record.parameters)
        ],
        "sources": list(record.sources),
    }


def _in_full(one: dict[str, Any]) -> str:
    lines = [f"{one['kind']}: {one['summary']}", f"  known from Linux {one['since']} on", "", "[[consumer]]"]
    lines.append(f'kind = "{one["kind"]}"')
    for item in one["parameters"]:
        mark = "required" if item["required"] else f"default {item['default']!r}"
        lines.append(f"{item['name']} = ...  # {item['help']} ({mark})")
    return "\n".join([*lines, "", "sources", *(f"  {source}" for source in one["sources"])]) + "\n"
