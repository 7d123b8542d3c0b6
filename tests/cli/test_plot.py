"""``planner plot``, with the model behind it."""

import os
import subprocess
import sys

import pytest
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


def test_png_is_the_same_bytes_in_any_process(profile, tmp_path):
    pytest.importorskip("matplotlib")
    made = []
    for seed, home in (("1", tmp_path / "a"), ("2", tmp_path / "b")):
        home.mkdir()
        file = home / "chunks.png"
        (home / "matplotlibrc").write_text("font.size: 40\nsavefig.dpi: 10\n")
        environment = os.environ | {"PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(home), "MPLBACKEND": "svg"}
        command = [sys.executable, "-m", "planner.cli", "plot", profile(), "-o", file]
        run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
        made.append(file.read_bytes())
    assert made[0] == made[1]
    assert made[0][1:4] == b"PNG"


def test_png_without_matplotlib(planner, profile, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = planner("plot", profile(), "-o", tmp_path / "a.png")
    assert (result.code, result.out) == (3, "")
    assert "pip install percpu-planner[plots]" in result.err
    assert list(tmp_path.glob("*.png")) == []


def test_bad_usage(planner, profile, tmp_path):
    wrong = planner("plot", profile(), "--kind", "pie")
    assert (wrong.code, wrong.out) == (2, "")
    assert "--kind is one of chunks" in wrong.err
    assert planner("plot", profile(), "-o", str(tmp_path / "a.pdf")).code == 2
    assert planner("plot", profile(), "-o", str(tmp_path / "no" / "a.svg")).code == 2
    unknown = planner("plot", profile(), "--kind", "fill", "--consumer", "nobody")
    assert unknown.code == 2
    assert "there is no consumer 'nobody'; there are: experiment" in unknown.err
    assert planner("plot", str(tmp_path / "none.toml")).code == 2
