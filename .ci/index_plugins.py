"""Write planner/plugin/index.py: which built-in module brings which records. Run it after adding or renaming a record."""

import sys
from pathlib import Path

from planner.plugin import manager as managing
from planner.plugin.builtins import BUILTINS

FILE = Path(__file__).parents[1] / "planner/plugin/index.py"
HEAD = '''"""Which built-in module brings which records, so that a run imports only the modules of what it uses.

Written by ``python .ci/index_plugins.py``; a module that is missing here is imported whenever its hook is asked for.
"""

from typing import Final

INDEX: Final[dict[str, tuple[str, ...]]] = {
'''


def index() -> dict[str, tuple[str, ...]]:
    """Import every built-in plugin and return its records' names by module."""
    managing.INDEX.clear()
    found = managing.PluginManager(entry_points=())
    adds = {plugin.name: plugin.adds for plugin in found.plugins()}
    if found.problems:
        raise SystemExit("\n".join(map(str, found.problems)))
    return {
        module: tuple(adds[module.removeprefix("planner_")].get(hook, ()))
        for hook, modules in BUILTINS.items()
        for module in modules
        if hook != "planner_commands"
    }


def text() -> str:
    """Return the module's text, as the formatter leaves it."""
    lines = []
    for module, names in index().items():
        flat = ", ".join(f'"{name}"' for name in names)
        line = f'    "{module}": ({flat}{"," if len(names) == 1 else ""}),'
        if len(line) > 120:
            line = "\n".join([f'    "{module}": (', *(f'        "{name}",' for name in names), "    ),"])
        lines.append(line)
    return HEAD + "\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if FILE.read_text(encoding="utf-8") == text() else "planner/plugin/index.py is out of date")
    FILE.write_text(text(), encoding="utf-8")
