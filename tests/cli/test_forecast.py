import json
from datetime import date, timedelta

import pytest

MORE = '[[consumer]]\nkind = "raw"\nname = "r"\nsize = 4000\ncount = 50\n'
EXACT = ("--set", "vmalloc.used=122MiB", "--set", "percpu.in_use=1000")


def _days(planner, profile, counts):
    files = []
    for number, count in enumerate(counts):
        day = date(2026, 1, 1) + timedelta(days=10 * number)
        path = profile(name=f"day-{day}.toml", text=profile(MORE).read_text().replace("count = 50", f"count = {count}"))
        saved = path.with_suffix(".json")
        assert planner("report", path, "--set", "x=1").code == 2
        assert planner("check", path, *EXACT, "-f", f"json={saved}").code == 4  # no gate
        files.append(saved)
    return files


def _hit(result, name):
    return next(hit for hit in json.loads(result.out)["hits"] if hit["name"] == name and hit["kind"] == "consumer")


def test_a_steady_growth_ends_on_its_day(planner, profile):
    files = _days(planner, profile, [100, 140, 180, 220])
    fits = json.loads(files[-1].read_text())["consumers"][1]["fits"]
    result = planner("forecast", *files, "--json")
    assert result.code == 0, result
    wanted = date(2026, 1, 1) + timedelta(days=(fits - 100) / 4)
    hit = _hit(result, "r")
    assert abs(date.fromisoformat(hit["when"][:10]) - wanted) <= timedelta(days=1)
    assert hit["early"] <= hit["when"] <= hit["late"]
    days = (wanted - date(2026, 1, 31)).days
    assert planner("forecast", *files, "--within", f"{days + 3}d").code == 1
    assert planner("forecast", *files, "--within", f"{max(days - 3, 1)}d").code == 0


def test_two_reports_support_no_forecast(planner, profile):
    result = planner("forecast", *_days(planner, profile, [100, 140]), "--json")
    hit = _hit(result, "r")
    assert hit["when"] is None
    assert "at least 3" in hit["why"]
    assert json.loads(result.out)["first"] is None


def test_scatter_supports_no_forecast(planner, profile):
    hit = _hit(planner("forecast", *_days(planner, profile, [100, 180, 90, 170, 95]), "--json"), "r")
    assert hit["when"] is None
    assert hit["why"]


def test_the_day_may_stand_behind_the_name(planner, profile):
    files = _days(planner, profile, [100, 140, 180])
    for number, file in enumerate(files):
        file.rename(file.with_name(f"{number}.json"))
    dated = [f"{file.with_name(f'{n}.json')}@2026-0{n + 1}-01" for n, file in enumerate(files)]
    assert _hit(planner("forecast", *dated, "--json"), "r")["when"]
    assert "assumed" in planner("forecast", *(one.partition("@")[0] for one in dated)).out


def test_declared_growth_is_followed_on_the_model(planner, profile):
    path = profile(MORE.replace("count = 50", 'count = 50\ngrowth = "10/day"'))
    fits = json.loads(planner("check", path, *EXACT, "-f", "json").out)["consumers"][1]["fits"]
    result = planner("forecast", path, *EXACT, "--start", "2026-01-01", "--json")
    wanted = date(2026, 1, 1) + timedelta(days=(fits + 1 - 50) / 10)
    when = date.fromisoformat(_hit(result, "r")["when"][:10])
    assert timedelta(0) <= when - wanted <= timedelta(days=2)


@pytest.mark.parametrize("arguments", [("--within", "soon"), ("--start", "tomorrow")])
def test_bad_usage(planner, profile, arguments):
    assert planner("forecast", profile(), *arguments).code == 2


def test_no_growth_no_forecast(planner, profile):
    result = planner("forecast", profile())
    assert result.code == 0
    assert "declares growth" in result.out
