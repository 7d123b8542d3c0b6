"""Options that several commands take, worded once."""

from typing import Annotated

import typer


def _complete_profiles(incomplete: str) -> list[str]:
    from planner.profile.shipped import shipped_profiles  # noqa: PLC0415 - a shell's completion alone needs it

    return [profile.name for profile in shipped_profiles() if profile.name.startswith(incomplete)]


def _complete_formats(incomplete: str) -> list[str]:
    from planner.plugin.manager import PluginManager  # noqa: PLC0415 - as above

    return [name for name in sorted(PluginManager().formats()) if name.startswith(incomplete)]


Profiles = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PROFILE...",
        help='Profiles: a file, a directory of them, a shipped name (see "planner profiles"), or "-" for standard input.',
        show_default=False,
        autocompletion=_complete_profiles,
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT[=FILE]",
        help="Write this format, to standard output or to a file; may be given several times. Default: table.",
        show_default=False,
        autocompletion=_complete_formats,
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set a key of the profile: cpus.possible=4, consumer.NAME.count*=2, boot.cmdline+=' vmalloc=256M'.",
        show_default=False,
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict-plugins", envvar="PLANNER_STRICT_PLUGINS", help="Take a broken plugin for an error (exit code 3)."
    ),
]
Disable = Annotated[
    list[str] | None,
    typer.Option(
        "--disable-plugin", metavar="NAME", help="Leave a plugin out; may be given several times.", show_default=False
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        "-j", "--jobs", metavar="N", min=0, max=512, help="Evaluate so many profiles at once; 0 = one a core."
    ),
]
Color = Annotated[
    str,
    typer.Option(
        "--color", metavar="WHEN", help="Colour the table: auto (a terminal, unless NO_COLOR), always, never."
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on", metavar="LEVEL", help="What makes exit code 1: error, or warn for gates of level warn too."
    ),
]
