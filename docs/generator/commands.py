"""The command line: every command's own help, exit codes, completion."""

import os
from unittest import mock

from docs.generator.markdown import MADE, block, table
from planner.cli.commands import COMMANDS
from planner.report.outcome import ExitCode
from planner.testing.runner import run_here

EXIT_CODES = {
    ExitCode.DONE: "done, and all gates pass",
    ExitCode.GATE_FAILED: "a gate failed (`check`, `report`), or something differs (`verify`, `module`)",
    ExitCode.USAGE: "bad usage or profile",
    ExitCode.TOOL: "a tool or plugin error, so that a gate could not be judged",
    ExitCode.NOTHING: "nothing was evaluated",
}

_INTRODUCTION = """\
Standard output holds the report, standard error everything else. Without a terminal, or with `NO_COLOR` set, there is no colour; text is
wrapped to 80 columns, or to those of `COLUMNS`. `planner --install-completion` sets up completion for bash, zsh, fish or PowerShell
(names of shipped profiles included), `planner --show-completion` prints it. `planner man` prints the manual page.
"""


def page() -> str:
    """Return the page."""
    parts = [MADE, "# Commands\n", _INTRODUCTION, "## Exit codes\n"]
    parts.append(table(("code", "meaning"), [(str(int(one)), EXIT_CODES[one]) for one in ExitCode]))
    for name, command in COMMANDS.items():
        parts += [f"## planner {name}\n", f"{command.summary}\n", block(help_of(name))]
    return "\n".join(parts)


def help_of(name: str) -> str:
    """Return what ``planner NAME --help`` prints."""
    with mock.patch.dict(os.environ, {"COLUMNS": "80"}):
        code, out, err = run_here([name, "--help"])
    if code or err:
        raise RuntimeError(f"planner {name} --help: {err}")
    return out
