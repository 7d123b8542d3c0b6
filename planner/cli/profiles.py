"""``planner profiles``."""

from planner.cli.listing import Json, write_json, write_table


def command(*, as_json: Json = False) -> None:
    """List the profiles that come with planner; every command takes their names.

    Example: planner profiles --json
    """
    from planner.profile.shipped import shipped_profiles  # noqa: PLC0415 - not for --help

    found = shipped_profiles()
    if as_json:
        write_json([{"name": one.name, "summary": one.summary} for one in found])
    else:
        write_table(("profile", "what it is"), [(one.name, one.summary) for one in found])
