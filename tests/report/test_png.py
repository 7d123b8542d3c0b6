"""Pictures as PNG: the same shapes at the same places as in SVG, the same bytes whatever the user's settings."""

import re
import struct
import sys
from io import BytesIO

import pytest

from planner.report.pictures import PICTURES
from planner.report.pictures.png import MissingPlotsError, png
from planner.report.pictures.style import COLOURS
from planner.report.pictures.svg import Picture, box, label, path
from tests.report.test_pictures import curve
from tests.report_samples import hostile, laptop, node

matplotlib = pytest.importorskip("matplotlib")


def pixels(data):
    return pytest.importorskip("matplotlib.image").imread(BytesIO(data), format="png")


def colour(image, x, y):
    """Return the colour at a place of the picture, as its style says it."""
    red, green, blue = (round(float(part) * 255) for part in image[int((y + 16) * 2), int((x + 16) * 2)][:3])
    return f"#{red:02x}{green:02x}{blue:02x}"


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("make", [laptop, node, hostile, curve])
def test_every_picture_can_be_drawn(kind, make):
    picture = PICTURES[kind](make())
    if picture is None:
        assert kind in {"fill", "space"}
        return
    data = png(picture)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    wide, tall = struct.unpack(">II", data[16:24])
    assert wide == 2 * (960 + 32)
    assert abs(tall - 2 * (picture.height + 32)) <= 1


def test_shapes_are_where_svg_has_them():
    picture = PICTURES["consumers"](node())
    x, y, wide, high = map(
        float, re.search(r'class="one" d="M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)', picture.body).groups()
    )
    image = pixels(png(picture))
    assert colour(image, x + wide / 2, y + high / 2) == COLOURS["one"]
    assert colour(image, x - 4, y + high / 2) == COLOURS["ground"]
    assert colour(image, x + wide - 2, y + 2) == COLOURS["one"]


@pytest.mark.parametrize(
    "kind", ["two", "three", "four", "five", "kernel", "static", "reserved", "unpopulated", "over"]
)
def test_patterns_are_patterns(kind):
    """A shape that is told by its pattern shows at least two colours."""
    image = pixels(png(Picture(title="", description="", height=60, body=path(kind, box(0, 0, 60, 60)))))
    inside = image[60:140, 60:140, :3].reshape(-1, 3)
    assert len({tuple(map(float, one)) for one in inside}) > 1


def test_the_users_settings_change_nothing():
    picture = PICTURES["chunks"](node())
    before = png(picture)
    with matplotlib.rc_context({"font.size": 30, "hatch.linewidth": 9, "savefig.dpi": 20, "path.sketch": (1, 2, 3)}):
        assert png(picture) == before
        assert matplotlib.rcParams["font.size"] == 30
    assert b"matplotlib" not in before.lower()


def test_names_are_words_and_no_formulas():
    body = label(0, 20, "$x^2$ $$ \\frac{ \u4e2d\u6587 \U0001f600") + label(0, 40, "")
    assert png(Picture(title="", description="", height=60, body=body))


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingPlotsError, match=r"percpu-planner\[plots\]"):
        png(PICTURES["chunks"](laptop()))
