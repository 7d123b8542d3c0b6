"""``planner plot``, with the model behind it."""

from lxml import etree

SVG = "{http://www.w3.org/2000/svg}"


def title(text):
    return etree.fromstring(text).findtext(f"{SVG}title")


def test_every_kind_is_drawn_to_a_file(planner, profile, tmp_path):
    for kind in ("chunks", "space", "consumers", "headroom", "fill"):
        file = tmp_path / f"{kind}.svg"
        result = planner("plot", profile(), "--kind", kind, "--points", "3", "-o", str(file))
        assert (result.code, result.out, result.err) == (0, "", "")
        assert title(file.read_bytes())


def test_standard_output_and_the_same_bytes_twice(planner, profile):
    first, second = (planner("plot", profile(), "--kind", "chunks").out for _ in range(2))
    assert first == second
    assert title(first) == "Chunk map of 2 chunks"


def test_a_key_can_be_set(planner, profile):
    dear = planner("plot", profile(), "--kind", "consumers", "--set", "consumer.experiment.count=200").out
    assert "8.9 KiB" in planner("plot", profile(), "--kind", "consumers").out
    assert "17.9 KiB \u00d7 2" in dear


def test_a_fill_curve_names_the_instance_that_fails(planner, profile):
    text = planner("plot", profile(), "--kind", "fill", "--points", "3").out
    report = planner("report", profile(), "-f", "csv").out.splitlines()
    fits = int(dict(zip(report[0].split(","), report[1].split(","), strict=False))["fits"])
    assert f"number {fits + 1:,} fails (vmalloc)" in text


def test_bad_usage(planner, profile, tmp_path):
    wrong = planner("plot", profile(), "--kind", "pie")
    assert (wrong.code, wrong.out) == (2, "")
    assert "--kind is one of chunks" in wrong.err
    assert planner("plot", profile(), "-o", str(tmp_path / "a.png")).code == 2
    assert planner("plot", profile(), "-o", str(tmp_path / "no" / "a.svg")).code == 2
    unknown = planner("plot", profile(), "--kind", "fill", "--consumer", "nobody")
    assert unknown.code == 2
    assert "there is no consumer 'nobody'; there are: experiment" in unknown.err
    assert planner("plot", str(tmp_path / "none.toml")).code == 2
