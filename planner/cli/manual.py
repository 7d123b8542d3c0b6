"""The manual page, made of the commands' own help texts."""

import importlib
import inspect
from collections.abc import Iterator
from typing import Any, Final

from planner.__about__ import __version__
from planner.cli import plugin_commands
from planner.cli.app import EPILOG
from planner.cli.commands import COMMANDS

_ENVIRONMENT: Final = {
    "NO_COLOR": "No colour, whatever the terminal.",
    "COLUMNS": "Width of lists and explanations on a terminal.",
    "PLANNER_STRICT_PLUGINS": "As --strict-plugins.",
    "PLANNER_DEBUG": "With 1, an internal error shows where it arose.",
    "SOURCE_DATE_EPOCH": "The day that waivers of gates are held against, in seconds since 1970.",
}


def manual_page() -> str:
    """Return the manual page ``planner(1)`` in roff's man macros; the same version always gives the same text."""
    lines = [
        f'.TH PLANNER 1 "" "planner {_escaped(__version__)}" "User Commands"',
        ".SH NAME",
        r"planner \- capacity planner for the Linux kernel\(aqs per\-CPU allocator",
        ".SH SYNOPSIS",
        r".B planner",
        r"[\-\-version] [\-\-help]",
        ".I command",
        "[options]",
        ".SH COMMANDS",
    ]
    for name, entry in COMMANDS.items():
        lines += _command(name, importlib.import_module(entry.module).command)
    lines += [".SH EXIT STATUS", _escaped(EPILOG.removeprefix("Exit codes: "))]
    lines += [".SH ENVIRONMENT", *(part for item in _ENVIRONMENT.items() for part in _tagged(*item))]
    lines += [
        ".SH FILES",
        "Profiles are TOML; planner schema prints their JSON Schema, planner profiles lists those that come along.",
    ]
    return "\n".join(lines) + "\n"


def _command(name: str, function: Any) -> Iterator[str]:
    made = plugin_commands.built(name, function)
    arguments = " ".join(one.metavar or one.name.upper() for one in made.params if one.param_type_name == "argument")
    yield f".SS planner {_escaped(name)} [options] {_escaped(arguments)}".rstrip()
    for paragraph in (inspect.getdoc(function) or "").split("\n\n"):
        text = " ".join(paragraph.split())
        head, example, command = text.partition("Example: ")
        if example and not head:
            yield from (".P", "Example:", ".PP", ".nf", f"    {_escaped(command)}", ".fi")
        else:
            yield from (".P", _escaped(text))
    for parameter in made.params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            flags = ", ".join(parameter.opts) + (f" {parameter.metavar}" if parameter.metavar else "")
            yield from _tagged(flags, parameter.help or "")


def _tagged(tag: str, text: str) -> Iterator[str]:
    yield from (".TP", f".B {_escaped(tag)}", _escaped(text))


def _escaped(text: str) -> str:
    """Let roff take the text as it is: no escapes, no requests at the start of a line, hyphens that can be copied."""
    safe = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return rf"\&{safe}" if safe.startswith((".", "'")) else safe
