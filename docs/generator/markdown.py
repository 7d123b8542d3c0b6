"""Small pieces of Markdown."""

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, Field
from typing import Any

MADE = "<!-- made by docs/generator: change the code, not this page -->\n"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells are Markdown, their bars are escaped."""
    lines = [_row(headers), _row(["---"] * len(headers))]
    return "\n".join([*lines, *(_row(row) for row in rows)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def code(text: str) -> str:
    """Return ``text`` as code in a line; empty stays empty."""
    return f"`{text}`" if text and "`" not in text else text


def plain(text: str) -> str:
    """Return words from the code as Markdown that shows just these words."""
    return re.sub(r"([\\`*_\[\]<>{}$#])", r"\\\1", text)


def block(text: str, language: str = "text") -> str:
    """Return a fenced block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def doc(thing: Any) -> str:
    """Return a docstring as Markdown: double backquotes, roles and literal blocks of reStructuredText become Markdown's."""
    text = inspect.getdoc(thing) or ""
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", text)
    text = text.replace("``", "`")
    text = re.sub(r"^:raises (\w[\w.]*):", r"Raises `\1`:", text, flags=re.MULTILINE)
    return _literal_blocks(text)


def _literal_blocks(text: str) -> str:
    """Turn an indented block after ``::`` into a fenced one."""
    out: list[str] = []
    inside = False
    for line in text.splitlines():
        if inside and line and not line.startswith("    "):
            out += ["```", ""]
            inside = False
        if inside:
            out.append(line[4:])
        elif line.endswith("::"):
            out += [line[:-1], "", "```python"]
            inside = True
        else:
            out.append(line)
    if inside:
        out.append("```")
    return re.sub(r"```python\n\n", "```python\n", "\n".join(out)) + "\n"


def default_of(item: Field[Any]) -> str:
    """Return a dataclass field's default as code; "required" without one."""
    if item.default is not MISSING:
        return code(repr(item.default)) if not callable(item.default) else "a function"
    return "required" if item.default_factory is MISSING else "empty"


def type_of(item: Field[Any]) -> str:
    """Return a dataclass field's type as it stands in the code."""
    kind = item.type if isinstance(item.type, str) else inspect.formatannotation(item.type)
    return code(re.sub(r"\b(?:[a-z_]+\.)+(\w+)", r"\1", kind))
