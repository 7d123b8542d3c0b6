"""The application: commands found by name and imported when run, errors turned into exit codes."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from planner.cli import failures, plugin_commands
from planner.cli.commands import COMMANDS
from planner.cli.light import lighten

_CLICK_ERROR: Any = typer.BadParameter.__mro__[2]
"""The error that knows its exit code and how to show itself; typer brings its own click or uses that of the same name."""

_INTERRUPTED = 130
"""128 + SIGINT, as shells count; some versions of typer answer an interrupt with it, others raise."""

EPILOG = (
    "Exit codes: 0 done and all gates pass; 1 a gate failed; 2 bad usage or profile; 3 a tool or plugin error, so a gate "
    "could not be judged; 4 nothing was evaluated."
)


class LazyGroup(TyperGroup):
    """A group that knows its commands by a table, so that ``planner report`` imports nothing of the others."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """Return the built-in commands in the table's order, then those of plugins."""
        return [*COMMANDS, *(name for name in plugin_commands.load() if name not in COMMANDS)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the signature is typer's
        """Return the command of that name, imported now; ``None`` where there is none."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return plugin_commands.load().get(cmd_name)
        return plugin_commands.built(cmd_name, importlib.import_module(entry.module).command)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        """Write the list of commands from the table alone."""
        rows = [(name, entry.summary) for name, entry in COMMANDS.items()]
        extra = plugin_commands.load()
        rows += [(name, extra[name].get_short_help_str()) for name in sorted(extra) if name not in COMMANDS]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


app = typer.Typer(
    name="planner",
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
    invoke_without_command=True,
    epilog=EPILOG,
)


def _show_version(value: bool) -> None:  # noqa: FBT001 - an option's callback
    if value:
        from planner.cli.version import version_text  # noqa: PLC0415 - only here

        typer.echo(version_text())
        raise typer.Exit


@app.callback()
def planner(
    ctx: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback acts
        bool, typer.Option("--version", help="Show versions and leave.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Plan the capacity of the Linux kernel's per-CPU allocator: what fits, what breaks first, what to change.

    Example: planner report seeds/answerer-3.2-core2duo
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(2 if sys.argv[1:] else 0)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing is raised, but in debugging (``PLANNER_DEBUG=1``).

    ``arguments`` without the program's name; the process's own by default.
    """
    failures.tolerate_encodings()
    try:
        code = _invoke(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except Exception as error:
        if os.environ.get("PLANNER_DEBUG") == "1":
            raise
        code = failures.explain(error)
    finally:
        failures.close_output()
    if code == _INTERRUPTED:
        failures.say("planner: interrupted")
    return code


def _invoke(arguments: list[str]) -> int:
    printed = not arguments or not {"--help", "--version"}.isdisjoint(arguments)  # by a library, not by write_output
    if sys.stdout is None and printed:
        raise failures.OutputError("standard output is closed")  # the library says nothing
    command: Any = lighten(typer.main.get_command(app))
    try:
        code = command.main(args=arguments, prog_name="planner", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except OSError as error:
        if not printed or error.filename is not None:
            raise
        raise failures.OutputError(f"standard output cannot be written: {error.strerror}") from error
    except _CLICK_ERROR as error:
        shown: Any = error
        shown.show()
        return int(shown.exit_code)
    return code if isinstance(code, int) else 0
