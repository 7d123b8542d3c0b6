"""Pictures: what they draw is what the report says, in true proportions, as well-formed SVG."""

import re
from dataclasses import replace

import pytest
from lxml import etree

from planner.report.model import AreaView, ChunkView, FillCurve, FillPoint, SpaceView
from planner.report.pictures import PICTURES, inline, standalone
from tests.report_samples import hostile, laptop, node

SVG = "{http://www.w3.org/2000/svg}"
REPORTS = {"laptop": laptop, "node": node, "hostile": hostile}


def boxes(picture, kind):
    """Return the rectangles (x, y, width, height) of all paths of a class, the legend's left out."""
    tree = etree.fromstring(standalone(picture))
    found = []
    for path in tree.iter(f"{SVG}path"):
        if path.get("class") == kind:
            numbers = re.findall(r"M([-\d.]+) ([-\d.]+)h([-\d.]+)v([-\d.]+)h", path.get("d"))
            found += [tuple(map(float, one)) for one in numbers]
    return found


def area(picture, kind):
    return sum(width * height for _x, _y, width, height in boxes(picture, kind))


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("name", REPORTS)
def test_a_picture_is_whole_told_in_words_and_the_same_twice(name, kind):
    picture = PICTURES[kind](REPORTS[name]())
    if picture is None:
        assert kind in {"fill", "space"}
        return
    text = standalone(picture)
    tree = etree.fromstring(text)
    assert tree.tag == f"{SVG}svg"
    assert tree.findtext(f"{SVG}title")
    assert tree.findtext(f"{SVG}desc")
    assert {one.tag.removeprefix(SVG) for one in tree.iter()} <= {
        "svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "text"
    }  # fmt: skip
    assert text == standalone(PICTURES[kind](REPORTS[name]()))
    etree.fromstring(inline(picture, "some-name"))


@pytest.mark.parametrize("kind", PICTURES)
def test_nothing_is_drawn_outside_the_picture(kind):
    for report in (laptop(), node(), curve()):
        picture = PICTURES[kind](report)
        if picture is None:
            continue
        for found in re.findall(r"M([-\d.]+) ([-\d.]+)h([-\d.]+)v([-\d.]+)h", picture.body):
            x, y, width, height = map(float, found)
            assert min(x, y, width, height) >= 0
            assert x + width <= 960.1
            assert y + height <= picture.height + 0.1


def test_a_chunk_is_drawn_in_proportion():
    """Of 13 pages one holds 4096 bytes in use, one is free, eleven are not there: the second chunk of the laptop."""
    base = laptop()
    picture = PICTURES["chunks"](replace(base, chunks=base.chunks[1:]))
    page = 610 * 28 / 13
    assert area(picture, "one") == pytest.approx(page, rel=0.02)
    assert area(picture, "free") == pytest.approx(page, rel=0.02)
    assert area(picture, "unpopulated") == pytest.approx(11 * page, rel=0.02)


def test_gaps_between_areas_are_free_space():
    """Areas of 92 bytes at 256: a share of 92/256 of the picture is in use, however few columns it has."""
    areas = tuple(AreaView(start=at, end=at + 92, state="used") for at in range(0, 53248, 256))
    chunk = ChunkView(index=1, label="", free_bytes=1, populated_pages=13, pages=13, areas=areas)
    picture = PICTURES["chunks"](replace(laptop(), chunks=(chunk,)))
    whole = 610 * 28
    assert area(picture, "kernel") / whole == pytest.approx(92 / 256, abs=0.012)
    assert area(picture, "free") / whole == pytest.approx(164 / 256, abs=0.012)


def test_the_first_chunk_shows_its_parts():
    report = node()
    picture = PICTURES["chunks"](report)
    whole = 610 * 28 / report.first_chunk.unit_size
    assert area(picture, "static edge") > 0
    assert area(picture, "static") == pytest.approx(208896 * whole, rel=0.01)
    assert area(picture, "reserved") == pytest.approx(8192 * whole, rel=0.05)
    for words in ("static 204 KiB", "reserved 8 KiB", "dynamic 28 KiB", "first chunk", "chunks 1 to 46"):
        assert f">{words}<" in picture.body


def test_many_chunks_in_one_line_are_told_as_such_with_who_holds_what():
    held = (("experiment", 6110 * 2048), ("used", 6110 * 1024))
    rest = ChunkView(
        index=8,
        label="940 more chunks",
        free_bytes=6110 * 5120,
        populated_pages=6110,
        pages=12220,
        repeats=940,
        held=held,
    )
    picture = PICTURES["chunks"](replace(laptop(), chunks=(rest,)))
    assert "940 more chunks" in picture.body
    assert "6,110/12,220 pages" in picture.body
    whole = 610 * 12
    assert area(picture, "one") / whole == pytest.approx(2048 / 8192, rel=0.01)
    assert area(picture, "kernel") / whole == pytest.approx(1024 / 8192, rel=0.01)
    assert area(picture, "free") / whole == pytest.approx(1024 / 8192, rel=0.01)
    assert area(picture, "unpopulated") / whole == pytest.approx(4096 / 8192, rel=0.01)


def test_a_consumer_looks_the_same_in_every_picture():
    """The dearest one has the first class, in the chunks as in the bars."""
    report = node()
    cheap = replace(report.chunks[1], areas=(AreaView(start=0, end=262144, state="pod"),))
    assert area(PICTURES["chunks"](replace(report, chunks=(report.chunks[1],))), "one") > 0
    assert area(PICTURES["chunks"](replace(report, chunks=(cheap,))), "two") > 0
    assert [len(boxes(PICTURES["consumers"](report), kind)) for kind in ("one", "two")] == [
        1,
        3,
    ]  # the pod and its two parts


def space(*areas, total=None):
    base = laptop()
    limit = replace(base.limits[0], total=total)
    views = tuple(SpaceView(start=start, end=end, what=what) for start, end, what in areas)
    return PICTURES["space"](replace(base, space=views, limits=(limit,)))


def test_the_space_runs_from_the_lowest_address_to_the_highest():
    picture = space((0x1000, 0x4000, "module"), (0x8000, 0x9000, "per-CPU areas"))
    assert area(picture, "five") == pytest.approx(960 * 40 * 3 / 8, rel=0.01)
    assert area(picture, "one") == pytest.approx(960 * 40 / 8, rel=0.02)
    assert ">0x1000<" in picture.body
    assert ">0x9000<" in picture.body
    assert "16 KiB free" in picture.body


def test_groups_can_be_told_apart():
    names = [f"per-CPU areas, group {number}" for number in range(4)]
    picture = space(
        (0, 0x1000, "module"), *((0x8000 + 0x1000 * at, 0x9000 + 0x1000 * at, names[at]) for at in range(4))
    )
    assert [len(boxes(picture, kind)) for kind in ("one", "two", "four")] == [2, 1, 1]
    assert ">per-CPU areas, groups 0, 3<" in picture.body
    assert ">per-CPU areas, group 1<" in picture.body


def test_per_cpu_areas_alone_leave_the_rest_of_the_space_free():
    picture = space((0xF000000, 0x10000000, "per-CPU areas"), total=1 << 26)
    assert "about 0xc000000" in picture.body
    assert "48 MiB free" in picture.body


def test_a_vast_free_stretch_is_cut_short_and_says_so():
    picture = space((1 << 40, (1 << 40) + 65536, "module"), ((1 << 45) - 65536, 1 << 45, "per-CPU areas"))
    assert "(cut short)" in picture.body
    assert area(picture, "five") == pytest.approx(area(picture, "one"), rel=0.01)
    assert "(cut short)" not in space((0, 100, "a"), (200, 300, "per-CPU areas")).body


def test_bars_are_in_proportion_to_bytes():
    widths = [boxes(PICTURES["consumers"](node()), kind)[0][2] for kind in ("one", "two")]
    dear, cheap = (one.bytes_total for one in node().consumers)
    assert widths[1] / widths[0] == pytest.approx(cheap / dear, rel=0.01)


def test_more_than_fits_is_told_in_words_and_drawn_as_such():
    consumer = replace(laptop().consumers[0], count=12, fits=10, more=-2)
    picture = PICTURES["headroom"](replace(laptop(), consumers=(consumer,), limits=()))
    assert area(picture, "over") > 0
    assert "120.0 % used: 12 of 10" in picture.body


def curve(**changes):
    points = tuple(
        FillPoint(instances=count, percpu_bytes=chunks * 106496, chunks=chunks)
        for count, chunks in ((0, 1), (100000, 480), (198634, 956))
    )
    found = FillCurve(consumer="experiment", points=points, fails_at=198635)
    return replace(laptop(), curves=(replace(found, **changes),))


def test_a_fill_curve_ends_where_the_kernel_fails():
    picture = PICTURES["fill"](curve())
    assert ">number 198,635 fails (vmalloc)<" in picture.body
    assert ">956<" in picture.body
    assert ">100 declared<" in picture.body
    assert "97" in picture.description
    assert ">about number 198,635 fails (vmalloc)<" in PICTURES["fill"](curve(followed=True)).body
    assert ">nothing of the system stops it<" in PICTURES["fill"](curve(fails_at=None)).body


def test_no_curve_no_picture():
    assert PICTURES["fill"](laptop()) is None
    assert PICTURES["fill"](curve(points=())) is None


def test_users_words_stay_words():
    text = "".join(standalone(made) for kind in PICTURES if (made := PICTURES[kind](hostile())) is not None)
    assert "<script" not in text
    assert "\x1b" not in text
    assert "&lt;script&gt;" in text
