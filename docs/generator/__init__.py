"""The reference part of the documentation, made from the code itself: a function a page."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from docs.generator import commands, hooks, messages, plugins, profile, report

PAGES: Final[dict[str, Callable[[], str]]] = {
    "cli": commands.page,
    "profile": profile.page,
    "consumers": plugins.consumers_page,
    "architectures": plugins.architectures_page,
    "formats": plugins.formats_page,
    "gates": plugins.gates_page,
    "hooks": hooks.page,
    "report": report.page,
    "messages": messages.page,
}
"""Each page of ``docs/reference`` by its name."""


def write(folder: Path) -> None:
    """Write all pages into ``folder``; those that are as they should be stay untouched."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        path, text = folder / f"{name}.md", page()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8")
