"""Kernel messages: what each kernel prints, and what it means."""

from collections.abc import Iterator

from docs.generator.markdown import MADE, block, code, plain, table
from planner.allocator.kernel_failures import REASONS
from planner.allocator.messages import CATALOGUE
from planner.allocator.wording import Message
from planner.observe.explain.catalogue import CATALOGUE as EXPLAINED
from planner.observe.explain.model import Entry

_INTRODUCTION = """\
`planner explain` reads a line, a stack dump or a whole log and says what of this applies, with the likeliest causes first
([how to read a failure](../how-to/read-a-failure.md)).
"""


def page() -> str:
    """Return the page."""
    parts = [MADE, "# Messages\n", _INTRODUCTION, "## What planner explains\n"]
    for entry in EXPLAINED:
        parts += list(_explained(entry))
    parts += ['## Reasons at the end of "allocation failed"\n', table(("reason", "means"), _reasons())]
    parts.append("## Wordings by kernel version\n")
    for message in CATALOGUE:
        parts += list(_wordings(message))
    return "\n".join(parts)


def _reasons() -> list[tuple[str, str]]:
    return [(code(text), plain(meaning)) for text, _fact, meaning in REASONS]


def _explained(entry: Entry) -> Iterator[str]:
    yield f"### {plain(entry.title)}\n"
    yield f"{plain(entry.means)}\n"
    if entry.not_means:
        yield f"{plain(entry.not_means)}\n"
    yield f"Said by {code(entry.said_by)}.\n"
    if entry.causes:
        yield table(
            ("cause", "what to change"), [(plain(one.text), plain("; ".join(one.change))) for one in entry.causes]
        )


def _wordings(message: Message) -> Iterator[str]:
    yield f"### {plain(message.key)}\n"
    yield f"{plain(message.meaning)}\n"
    for wording, era in message.eras():
        yield f"Linux {plain(str(era))}:\n"
        yield block(wording.template)
