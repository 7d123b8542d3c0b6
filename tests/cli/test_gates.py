"""Each kind of gate on the model itself: passes at its limit, fails one past it, never passes unjudged; waivers end."""

import json

import pytest

from planner.plugin.manager import PluginManager

EXACT = "in_use = 1000\n[vmalloc]"
BURST = '\n[[consumer]]\nkind = "raw"\nname = "packets"\nsize = 64\ncount = 10\nburst = { count = 5, within = "1ms", atomic = true }\n'


def vmalloc(report):
    return next(limit["used"] for limit in report["limits"] if limit["name"] == "vmalloc")


CASES = {
    "fits": ('consumer = "experiment"\nmin = {}\n', lambda report: report["consumers"][0]["fits"], 1),
    "headroom": ('consumer = "experiment"\nmin = {}\n', lambda report: report["consumers"][0]["more"], 1),
    "budget": ("max = {}\n", lambda report: report["percpu"]["meminfo_bytes"], -1),
    "limit": ('limit = "vmalloc"\nmax = {}\n', vmalloc, -1),
    "burst": ('consumer = "packets"\nmin = {}\n', lambda report: report["bursts"][0]["largest"], 1),
    "regression": ('baseline = "base.json"\nmetric = "percpu"\nworse = {}\n', lambda _report: 4096 * 2, -1),
}
"""By kind: the gate with a place for its limit, the limit at which it just passes, and the step that makes it fail."""
UNJUDGED = {
    "fits": 'consumer = "experiment"\nmin = {high}\n',
    "headroom": 'consumer = "experiment"\nmin = {more}\n',
    "limit": 'limit = "nothing"\n',
    "burst": 'consumer = "experiment"\n',
    "regression": 'baseline = "nowhere.json"\n',
}
"""By kind: a gate that cannot be judged on a machine of which too little is told. What a budget counts is always known."""


@pytest.fixture(autouse=True)
def no_advice(monkeypatch):
    """A failed gate asks for advice, which takes longer than all else here."""
    monkeypatch.setattr(PluginManager, "advice", lambda _self: {})


@pytest.fixture
def machine(profile, planner, tmp_path, seen={}):  # noqa: B006 - one report serves all tests
    """Write a machine of which all is known, and a baseline in which Percpu is two pages less; return a function that adds a gate."""
    text = (
        profile()
        .read_text()
        .replace("3.2.0-51-generic", "4.19")
        .replace("[vmalloc]", EXACT)
        .replace("count = 100", "count = 70000")
        + BURST
    )
    plain = profile(text=text)
    report = seen.get(0) or json.loads(planner("check", plain, "-f", "json").out)
    seen[0] = report
    base = json.loads(json.dumps(report))
    base["percpu"]["meminfo_bytes"] -= 4096 * 2
    (tmp_path / "base.json").write_text(json.dumps(base))

    def with_gate(kind, more):
        return profile(f"\n[gate.{kind}]\n{more}", text=text), report

    return with_gate


def test_every_kind_has_a_case():
    assert set(PluginManager(entry_points=()).gates()) == set(CASES)


@pytest.mark.parametrize("kind", CASES)
def test_at_the_limit_it_passes_and_one_past_it_fails(planner, machine, kind):
    template, limit_of, step = CASES[kind]
    _, report = machine(kind, "")
    limit = limit_of(report)
    assert limit > 0
    at_limit, _ = machine(kind, template.format(limit))
    passed = planner("check", at_limit)
    assert (passed.code, f"PASS   {kind}: " in passed.out) == (0, True), passed
    past, _ = machine(kind, template.format(limit + step))
    failed = planner("check", past)
    assert (failed.code, f"FAIL   {kind}: " in failed.out) == (1, True), failed
    line = next(line for line in failed.out.splitlines() if "FAIL" in line)
    where = past.read_text().splitlines().index(f"[gate.{kind}]") + 1
    for part in ("expected ", "found ", "(margin ", f"{past}:{where}"):
        assert part in line


@pytest.mark.parametrize("level", ["error", "warn"])
@pytest.mark.parametrize("kind", UNJUDGED)
def test_what_cannot_be_judged_never_passes(planner, profile, kind, level):
    vague = profile().read_text().replace('used = "24MiB"\n', "")
    low, high = json.loads(planner("report", profile(), "-f", "json").out)["consumers"][0]["fits_range"]
    assert low < high
    gate = UNJUDGED[kind].format(high=high, more=high - 100)
    result = planner("check", profile(f'\n[gate.{kind}]\nlevel = "{level}"\n{gate}', text=vague))
    assert (result.code, f"  ????   {kind}: " in result.out) == (3 if level == "error" else 0, True), result
    assert "PASS" not in result.out


@pytest.mark.parametrize("kind", CASES)
def test_a_waiver_holds_to_its_day_and_fails_after_it(planner, machine, kind):
    template, limit_of, step = CASES[kind]
    _, report = machine(kind, "")
    for day, code, mark in (("2026-11-22", 0, "WAIVED"), ("2026-11-21", 1, "FAIL")):  # today is the 22nd
        gate = template.format(limit_of(report) + step) + f'reason = "OPS-7"\nexpires = {day}\n'
        result = planner("check", machine(kind, gate)[0])
        assert (result.code, mark in result.out) == (code, True), result
        assert "OPS-7" in result.out
