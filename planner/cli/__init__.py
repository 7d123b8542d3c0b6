"""The command line: one file a command, each parses, calls and renders."""


def main() -> None:
    """Run ``planner`` with the process's arguments and leave with its exit code."""
    from planner.cli.app import run  # noqa: PLC0415 - ``import planner.cli`` stays free of the command line's libraries

    raise SystemExit(run())


__all__ = ["main"]
