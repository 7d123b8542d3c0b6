"""The drawing kit: a few shapes as text, and what makes a picture of them that can be read by eye and by ear."""

from dataclasses import dataclass
from html import escape

from planner.report.pictures.style import DEFINITIONS, HEAT, SHAPES, VARIABLES
from planner.report.text import clean

WIDTH = 960
"""Every picture's width in its own units; heights vary."""

_MARGIN = 16
"""Around a picture that is a file of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing: ``title`` in a few words, ``description`` says in words what is to be seen; ``body`` is SVG."""

    title: str
    description: str
    height: float
    body: str


def inline(picture: Picture, name: str) -> str:
    """Return the element for a page that holds :data:`style.SHAPES` and :data:`style.DEFINITIONS`; ``name`` makes its ids unique."""
    return _element(picture, name, f'viewBox="0 0 {WIDTH} {number(picture.height)}"', "")


def standalone(picture: Picture) -> str:
    """Return a whole file, light or dark as its reader prefers."""
    wide, tall = number(WIDTH + 2 * _MARGIN), number(picture.height + 2 * _MARGIN)
    place = f'viewBox="-{_MARGIN} -{_MARGIN} {wide} {tall}" width="{wide}" height="{tall}"'
    ground = f'<rect class="ground" x="-{_MARGIN}" y="-{_MARGIN}" width="{wide}" height="{tall}"/>'
    more = HEAT if 'class="heat' in picture.body or 'class="trace' in picture.body else ""
    head = f"<style>{VARIABLES}{SHAPES}{more}</style>{DEFINITIONS}{ground}"
    return _element(picture, "picture", f'xmlns="http://www.w3.org/2000/svg" {place}', head) + "\n"


def _element(picture: Picture, name: str, attributes: str, head: str) -> str:
    return (
        f'<svg class="picture" {attributes} role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{words(picture.title)}</title>'
        f'<desc id="{name}-desc">{words(picture.description)}</desc>{head}{picture.body}</svg>'
    )


def number(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def words(text: str, limit: int = 2000) -> str:
    """Return a user's words safe to stand in SVG, in text and in attributes."""
    return escape(clean(text, limit))


def box(x: float, y: float, width: float, height: float) -> str:
    """Return a rectangle as a part of a path."""
    wide = number(width)
    return f"M{number(x)} {number(y)}h{wide}v{number(height)}h-{wide}z"


def path(kind: str, parts: str) -> str:
    """Return a path of class ``kind``, nothing where it is empty."""
    return f'<path class="{kind}" d="{parts}"/>' if parts else ""


def label(x: float, y: float, text: str, kind: str = "", limit: int = 200) -> str:
    """Return a line of text; ``kind`` adds classes: ``muted``, ``small``, ``right``, ``middle``, ``strong``."""
    classes = f' class="{kind}"' if kind else ""
    return f'<text x="{number(x)}" y="{number(y)}"{classes}>{words(text, limit)}</text>'


def legend(entries: list[tuple[str, str]], y: float) -> tuple[str, float]:
    """Return swatches with words (class, text), in as many lines as they need, and the height that they take."""
    found, x, line = [], 0.0, 0
    for kind, text in entries:
        shown = clean(text, 40)
        wide = 28 + 7.2 * len(shown) + 18
        if x + wide > WIDTH and x:
            x, line = 0.0, line + 1
        top = y + 22 * line
        found.append(path(f"{kind} edge", box(x + 0.5, top + 0.5, 18, 13)) + label(x + 26, top + 12, shown, "small"))
        x += wide
    return "".join(found), 22.0 * (line + 1)
