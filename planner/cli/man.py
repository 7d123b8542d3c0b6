"""``planner man``."""


def command() -> None:
    """Print the manual page of all commands, for man(1).

    Example: planner man > planner.1 && man ./planner.1
    """
    from planner.cli.failures import write_output  # noqa: PLC0415 - not for --help
    from planner.cli.manual import manual_page  # noqa: PLC0415 - as above

    write_output(manual_page())
