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
    """List what can spend per-CPU memory; with KIND, its keys in a profile, its cost on each kernel, and the sources of its facts.

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
    if kind is not None:
        found[0] |= _costs(records[kind])
    if as_json:
        write_json(found)
    elif kind is None:
        write_table(("kind", "family", "what it is"), [(one["kind"], one["family"], one["summary"]) for one in found])
    else:
        write_output(_in_full(found[0]))


def _described(record: Any) -> dict[str, Any]:
    from planner.plugin.parameters import allowed_text  # noqa: PLC0415 - not for --help

    return {
        "kind": record.kind,
        "summary": record.summary,
        "family": record.family,
        "unit": record.unit,
        "since": record.since,
        "needs": list(record.needs),
        "parameters": [
            {
                "name": item.name,
                "help": item.metadata["planner"].help if "planner" in item.metadata else "",
                "default": None if item.default is MISSING else item.default,
                "allowed": allowed_text(item.metadata["planner"]) if "planner" in item.metadata else "",
                "required": item.default is MISSING and item.default_factory is MISSING,
            }
            for item in fields(record.parameters)
        ],
        "sources": list(record.sources),
    }


def _costs(record: Any) -> dict[str, Any]:
    """Return what an instance with the default parameters costs on each kernel, and what it consists of on the newest."""
    from dataclasses import asdict  # noqa: PLC0415 - as below

    from planner.capacity.costs import defaults, history, newest  # noqa: PLC0415 - not for the list

    parameters = defaults(record)
    if parameters is None:
        return {"costs": None, "pieces": []}
    pieces = [
        {
            "what": item.what,
            "size": item.size,
            "align": item.align,
            "count": item.count,
            "gfp": item.gfp.value,
            "accounted": item.accounted,
            "source": item.source,
        }
        for item in newest(record, parameters)
    ]
    return {"costs": [asdict(one) for one in history(record, parameters)], "pieces": pieces}


def _in_full(one: dict[str, Any]) -> str:
    from planner.plugin.parameters import toml_text  # noqa: PLC0415 - not for --help

    lines = [
        f"{one['kind']}: {one['summary']}",
        f"  known from Linux {one['since']} on{_needs(one)}",
        "",
        "[[consumer]]",
    ]
    lines.append(f'kind = "{one["kind"]}"')
    for item in one["parameters"]:
        value = "..." if item["required"] else toml_text(item["default"])
        allowed = f" (allowed: {item['allowed']})" if item["allowed"] else ""
        lines.append(f"{item['name']} = {value}  # {item['help']}{allowed}{'; required' if item['required'] else ''}")
    lines += ["", *_cost_lines(one)]
    return "\n".join([*lines, "", "sources", *(f"  {source}" for source in one["sources"])]) + "\n"


def _needs(one: dict[str, Any]) -> str:
    return f"; needs {', '.join(f'CONFIG_{option}' for option in one['needs'])}" if one["needs"] else ""


def _cost_lines(one: dict[str, Any]) -> list[str]:
    from tabulate import tabulate  # noqa: PLC0415 - not for --help and --json

    if one["costs"] is None:
        return ["what it costs: as the parameters say"]
    rows = [(line["since"], *_cells(line["bits64"]), *_cells(line["bits32"])) for line in one["costs"]]
    head = ("from Linux", "64-bit", "first", "memory", "32-bit", "first", "memory")
    table = tabulate(rows, head, tablefmt="simple", disable_numparse=True, stralign="right")
    lines = [
        "what one costs with the defaults: bytes on each CPU (calls), those of the first beside them, kernel memory in all (4 CPUs)"
    ]
    lines += table.splitlines()
    if one["pieces"]:
        lines += ["", "what it consists of on the newest kernel, 64 bits"]
        lines += [
            f"  {item['count']} x {item['size']} at {item['align']}, {item['gfp']}{', charged to its memory cgroup' * item['accounted']}: "
            f"{item['what']} ({item['source']})"
            for item in one["pieces"]
        ]
    return lines


def _cells(cost: dict[str, int]) -> tuple[str, str, str]:
    from planner.report.text import count_text, size_text  # noqa: PLC0415 - as above

    memory = size_text(cost["kernel_memory_bytes"]) if cost["kernel_memory_bytes"] else "-"
    once = f"+{count_text(cost['once_bytes_per_cpu'])}" if cost["once_bytes_per_cpu"] else "-"
    return f"{count_text(cost['bytes_per_cpu'])} ({count_text(cost['allocations'])})", once, memory
