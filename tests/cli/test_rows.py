"""Rows on disk: whatever byte a run was killed at, going on gives the file of an uninterrupted run."""

import json

import pytest

from planner.cli.failures import UsageError
from planner.cli.rows import Output

ROWS = [
    {"sweep": "abc", "point": number, "set:x": value, "error": None, "fits": number * 7, "share": number / 3}
    for number, value in enumerate(["plain", 'a,"b"', "\u00e4\u4e2d", "", "x" * 30, "end"])
]


def written(form, file, batches, *, fresh=False):
    output = Output(form, str(file))
    output.open("abc", fresh=fresh)
    for batch in batches:
        output.write(batch)
    output.close(complete=True)
    return file.read_bytes()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_cut_off_at_any_byte_it_goes_on_to_the_same_file(form, tmp_path):
    whole = written(form, tmp_path / f"whole.{form}", [ROWS[:4], ROWS[4:]])
    assert whole.count(b"\n") == len(ROWS) + (form == "csv")
    cut = tmp_path / f"cut.{form}"
    for length in range(len(whole) + 1):
        cut.write_bytes(whole[:length])
        assert written(form, cut, [ROWS]) == whole, length  # those that are there are not written again


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_cut_off_twice(form, tmp_path):
    whole = written(form, tmp_path / f"whole.{form}", [ROWS])
    cut = tmp_path / f"cut.{form}"
    for length in range(0, len(whole), 3):
        cut.write_bytes(whole[: length // 2])
        half = written(form, cut, [ROWS[:3]])
        cut.write_bytes(half[: max(len(half) - length % 40, 0)])
        assert written(form, cut, [ROWS]) == whole


def test_a_parquet_file_is_made_of_what_was_kept(tmp_path):
    frames = pytest.importorskip("polars")
    file = tmp_path / "rows.parquet"
    kept = "".join(json.dumps(row) + "\n" for row in ROWS)
    for length in (0, 1, 200, len(kept) - 1, len(kept)):
        (tmp_path / "rows.parquet.part").write_text(kept[:length])
        written("parquet", file, [ROWS])
        assert frames.read_parquet(file).to_dicts() == ROWS
        assert sorted(one.name for one in tmp_path.iterdir()) == ["rows.parquet"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("change", [{"sweep": "other"}, {"point": 3}])
def test_rows_of_another_sweep_are_refused_and_kept(form, change, tmp_path):
    file = tmp_path / f"rows.{form}"
    before = written(form, file, [[ROWS[0], ROWS[1] | change]])
    with pytest.raises(UsageError, match="another sweep"):
        Output(form, str(file)).open("abc", fresh=False)
    assert file.read_bytes() == before


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize(
    "notes", ["my precious notes", "my precious notes\n", "name,count\nx,1\n", '{"name": 1}\n', "\n", "[]"]
)
def test_a_file_that_is_not_of_a_sweep_is_refused_and_kept(form, notes, tmp_path):
    output = Output(form, str(tmp_path / f"rows.{form}"))
    kept = tmp_path / ("rows.parquet.part" if form == "parquet" else f"rows.{form}")
    kept.write_text(notes)
    with pytest.raises(UsageError, match="something else than rows of a sweep"):
        output.open("abc", fresh=False)
    assert kept.read_text() == notes
    output.open("abc", fresh=True)  # asked to
    output.close(complete=False)
    assert kept.read_text() == ""
