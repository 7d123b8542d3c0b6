"""``planner calibrate``: solved, shown, written, and true when read again."""

import json
import re

import pytest

OBSERVED = 5000


@pytest.fixture
def small(profile):
    """A machine with little vmalloc space, whose other users nobody told."""
    text = profile().read_text().replace('"128MiB"', '"4MiB"').replace('used = "24MiB"\n', "")
    return profile(text=text, name="small.toml")


def test_the_written_profile_gives_the_count(planner, small, tmp_path):
    out = tmp_path / "calibrated.toml"
    result = planner("calibrate", small, "--consumer", "experiment", "--observed", OBSERVED, "-o", out)
    assert result.code == 0, result
    assert "plausibility" in result.out
    assert '"vmalloc.used" = "calibrated"' in out.read_text()
    fits = json.loads(planner("check", out, "-f", "json").out)["consumers"][0]["fits"]
    assert fits == OBSERVED


def test_every_value_of_the_range_gives_the_count_and_none_beside_it(planner, small):
    options = ("--consumer", "experiment", "--observed", OBSERVED, "--json")
    found = json.loads(planner("calibrate", small, *options).out)
    low, high = found["used"]
    own = found["chosen_in_use"]
    sets = [] if own is None else [f"percpu.in_use={own}"]

    def fits(used):
        changes = [word for text in (*sets, f"vmalloc.used={used}") for word in ("--set", text)]
        report = json.loads(planner("check", small, *changes, "-f", "json").out)
        return report["consumers"][0]["fits"]

    assert fits(low) == fits(high) == OBSERVED
    assert fits(high + 4096) < OBSERVED
    assert low == 0 or fits(low - 4096) > OBSERVED


def test_usage(planner, small, tmp_path):
    wrong = planner("calibrate", small, "--consumer", "experimnt", "--observed", 1)
    assert wrong.code == 2
    assert "did you mean 'experiment'" in wrong.err
    assert planner("calibrate", small, "--consumer", "experiment").code == 2
    too_many = planner("calibrate", small, "--consumer", "experiment", "--observed", 10**9)
    assert too_many.code == 2
    assert re.search(r"calibrate: ", too_many.err)
    nowhere = tmp_path / "no/such/place.toml"
    assert planner("calibrate", small, "--consumer", "experiment", "--observed", OBSERVED, "-o", nowhere).code == 2


def test_what_the_profile_says_itself_and_the_answer_does_not_keep_is_said(planner, small, tmp_path):
    told = planner("calibrate", small, "--consumer", "experiment", "--observed", OBSERVED)
    assert "contradicts" not in told.out
    text = small.read_text()
    assert 'size = "4MiB"\n' in text
    (tmp_path / "told.toml").write_text(text.replace('size = "4MiB"\n', 'size = "4MiB"\nused = "3MiB"\n'))
    other = planner("calibrate", tmp_path / "told.toml", "--consumer", "experiment", "--observed", OBSERVED)
    assert (other.code, other.err) == (0, "")
    assert "contradicts     vmalloc.used = 3MiB as the profile has it (declared)" in other.out
