"""A new plugin's package, written from the templates beside this module."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from planner.__about__ import __version__
from planner.cli.failures import ToolError, UsageError
from planner.plugin.manager import PluginManager
from planner.report.text import clean

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST: Final = 40
_TAKEN: Final = frozenset(
    {"advice", "architectures", "consumers", "formats", "gates", "profiles", "probes", "commands"}
)
"""Names whose package would be one of planner's own."""

ADDS: Final = {
    "architecture": "an architecture, `system.arch` in a profile",
    "consumer": "a consumer, `kind` of a `[[consumer]]`",
    "format": "an output format, `-f`",
    "gate": "a rule that reports are held against, `[gate]`",
}


MODULES: Final = {"architecture": "architecture", "consumer": "consumer", "format": "report_format", "gate": "gate"}
"""The module that announces each part; "format" would hide a built-in of Python."""


def make_plugin(name: str, parts: Sequence[str], output: str) -> list[Path]:
    """Write the package ``planner-NAME`` into the directory ``output`` and return its files, in order.

    :raises UsageError: the name cannot be used, no part is asked for, or there is such a directory already.
    :raises ToolError: it cannot be written.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or name in _TAKEN:
        raise UsageError(
            f"{clean(name)!r} cannot be a plugin's name: small letters, digits and hyphens, none of planner's own"
        )
    if not parts:
        raise UsageError("say what it shall hold: --consumer, --architecture, --format or --gate, one or several")
    _refuse_taken(name, parts)
    root = Path(output) / f"planner-{name}"
    if "\0" in output or not root.parent.is_dir():
        raise UsageError(f"{clean(output)}: there is no such directory")
    if root.exists() or root.is_symlink():
        raise UsageError(f"{clean(str(root))} is there already; nothing was written")
    texts = rendered(name, parts)
    try:
        root.mkdir()
        for file, text in texts.items():
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ToolError(f"{clean(str(root))}: cannot be written: {error.strerror}") from error
    return [root / file for file in texts]


def _refuse_taken(name: str, parts: Sequence[str]) -> None:
    """Refuse a name that a plugin which is here already has announced."""
    manager = PluginManager()
    known: dict[str, Collection[str]] = {
        "architecture": manager.architectures(),
        "consumer": manager.consumers(),
        "format": manager.formats(),
        "gate": manager.gates(),
    }
    for part in parts:
        if name in known[part]:
            raise UsageError(f"there is a plugin already that announces the {part} {name!r}")


def rendered(name: str, parts: Sequence[str]) -> dict[str, str]:
    """Return the text of each file of the package, by path."""
    snake = name.replace("-", "_")
    package = f"planner_{snake}"
    values: dict[str, Any] = {
        "name": name,
        "snake": snake,
        "package": package,
        "parts": tuple(parts),
        "adds": ADDS,
        "modules": MODULES,
        "imports": ", ".join(MODULES[part] for part in parts),
        "version": __version__,
    }
    files = {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        ".gitignore": "gitignore",
        "example.toml": "example.toml",
        f"src/{package}/__init__.py": "__init__.py",
        **{f"src/{package}/{MODULES[part]}.py": f"{part}.py" for part in parts},
        f"tests/test_{snake}.py": "test_plugin.py",
    }
    templates = Environment(  # noqa: S701 - no HTML is made here
        loader=PackageLoader("planner.cli", "templates/plugin"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    texts = {file: templates.get_template(f"{source}.jinja").render(values) for file, source in files.items()}
    return {**texts, f"src/{package}/py.typed": ""}
