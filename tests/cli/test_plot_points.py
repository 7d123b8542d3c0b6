"""``planner plot`` of a sweep's rows."""

import json

import pytest
from lxml import etree

SVG = "{http://www.w3.org/2000/svg}"


def told(result):
    assert result.code == 0, result
    tree = etree.fromstring(result.out)
    return tree.findtext(f"{SVG}title"), tree.findtext(f"{SVG}desc")


@pytest.fixture
def rows(tmp_path):
    """Rows as planner sweep writes them: 3 x 2 points, of which two fail."""
    found = []
    for cpus in (1, 2, 4):
        for count in (10, 1000):
            room = 1 - count * cpus / 2500
            found.append(
                {
                    "sweep": "x",
                    "point": len(found),
                    "set:cpus.possible": cpus,
                    "set:consumer.r.count": count,
                    "error": None,
                    "boots": True,
                    "r.fits": 2500 // cpus,
                    "r.headroom": room,
                    "gate:g": "passed" if room > 0.5 else "failed",
                }
            )
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in found))
    return file


def test_two_keys_make_a_heat_map(planner, rows):
    title, said = told(planner("plot", rows))
    assert title == "Heat map of r.headroom over cpus.possible and consumer.r.count"
    assert said == "6 points; r.headroom from -60.0 % to 99.6 %; 2 fail a gate or do not all fit."


def test_what_fits_over_one_key(planner, rows):
    title, said = told(planner("plot", rows, "--kind", "frontier"))
    assert title == "r.fits over cpus.possible"
    assert "cpus.possible 1: 2,500, 2: 1,250, 4: 625" in said


def test_keys_and_figure_can_be_chosen(planner, rows):
    chosen = ("--x", "consumer.r.count", "--y", "cpus.possible", "--value", "r.fits")
    assert told(planner("plot", rows, "--kind", "heatmap", *chosen))[0] == (
        "Heat map of r.fits over consumer.r.count and cpus.possible"
    )


def test_what_a_sweep_writes_can_be_drawn_in_every_form(planner, profile, tmp_path):
    pytest.importorskip("polars")
    files = [tmp_path / f"rows.{form}" for form in ("jsonl", "csv", "parquet")]
    arguments = [one for file in files for one in ("-f", file)]
    varied = ("--vary", "cpus.possible=1,2", "--vary", "vmalloc.used=24MiB,100MiB", "--of", "experiment")
    assert planner("sweep", profile(), *varied, *arguments).code == 0
    pictures = [planner("plot", file).out for file in files]
    assert pictures[0] == pictures[1] == pictures[2]
    assert "experiment.headroom" in pictures[0]


def test_a_frontier_that_was_searched_is_drawn_as_such(planner, profile, tmp_path):
    out = tmp_path / "rows.jsonl"
    vary = ("--vary", "vmalloc.used=115MiB,117MiB,119MiB")
    assert planner("sweep", profile(), *vary, "--find", "consumer.experiment.count", "-f", out).code == 0
    assert told(planner("plot", out))[0] == "largest over vmalloc.used"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--kind", "pie"),
        ("--kind", "chunks"),
        ("--x", "cpus.online"),
        ("--y", "cpus.online"),
        ("--value", "r.fit"),
        ("-o", "picture.pdf"),
    ],
)
def test_bad_usage(planner, rows, arguments):
    result = planner("plot", rows, *arguments)
    assert (result.code, result.out) == (2, "")


@pytest.mark.parametrize(
    "text",
    ["", "[]\n", "\x1b[31m\n", '{"a": {"b": 1}}\n', '{"set:x": [1]}\n', '{"set:x": 1}\n' + "[" * 3000, '{"p": 1}\n'],
)
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_files_that_hold_something_else(planner, tmp_path, text, form):
    file = tmp_path / f"rows.{form}"
    file.write_text(text)
    result = planner("plot", file)
    assert (result.code, result.out) == (2, "")
    assert "Traceback" not in result.err
    assert "\x1b" not in result.err
    assert planner("plot", tmp_path / "none.jsonl").code == 2
