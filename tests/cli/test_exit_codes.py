"""One scale of exit codes, whatever the command: 0 done, 1 gate, 2 usage, 3 tool, 4 nothing."""

import pytest

pytestmark = pytest.mark.usefixtures("engine")

PASSING = '[gate.headroom]\nmin = "20%"\n'
FAILING = '[gate.fits]\nmin = 198635\nconsumer = "experiment"\n'
WARNING = FAILING + 'level = "warn"\n'
UNJUDGED = '[gate.regression]\nbaseline = "nowhere.json"\n'
WAIVED = FAILING + 'reason = "OPS-7"\nexpires = 2026-11-22\n'
EXPIRED = FAILING + 'reason = "OPS-7"\nexpires = 2026-11-21\n'
OFF = FAILING + 'level = "off"\n'


@pytest.mark.parametrize("command", ["report", "check"])
@pytest.mark.parametrize(
    ("gates", "options", "code"),
    [
        (PASSING, (), 0),
        (FAILING, (), 1),
        (PASSING + FAILING, (), 1),
        (WARNING, (), 0),
        (WARNING, ("--fail-on", "warn"), 1),
        (UNJUDGED, (), 3),
        (FAILING + UNJUDGED, (), 3),
        (WAIVED, (), 0),
        (EXPIRED, (), 1),
        (OFF, (), 0),
    ],
)
def test_gates(planner, profile, command, gates, options, code):  # noqa: PLR0917 - a table of cases
    assert planner(command, profile(gates), *options).code == code


@pytest.mark.parametrize("command", ["report", "check"])
def test_nothing_to_evaluate(planner, tmp_path, command):
    for arguments, why in (((), "no profile was given"), ((tmp_path,), "no profile (*.toml) is in what was given")):
        result = planner(command, *arguments)
        assert result.code == 4
        assert result.err == f"planner: {why}, so nothing was evaluated\n"


def test_a_bad_profile_is_usage_and_outranks_a_failed_gate(planner, profile):
    bad = profile("[cpu]\npossible = 1\n", name="bad.toml")
    assert planner("check", bad).code == 2
    assert planner("check", profile(FAILING), bad).code == 2


def test_an_engine_that_breaks_is_a_tool_error_in_one_line(planner, profile):
    bad = profile(name="bad.toml", text=profile().read_text().replace("a machine", "broken engine"))
    result = planner("report", bad, profile(FAILING))
    assert result.code == 3
    assert "internal error: ZeroDivisionError: \\x1b[31mboom" in result.err
    assert "Traceback" not in result.err
    assert "experiment" in result.out, "the other profile is still reported"


def test_the_report_exists_when_the_gate_fails(planner, profile, tmp_path):
    assert planner("check", profile(FAILING), "-f", f"junit={tmp_path / 'g.xml'}", "-f", "table").code == 1
    assert "<failure" in (tmp_path / "g.xml").read_text()


def test_a_check_without_gates_checks_nothing_and_says_so(planner, profile):
    assert planner("report", profile()).code == 0
    result = planner("check", profile())
    assert result.code == 4
    assert "no profile has a gate, so nothing was checked" in result.err
    assert "Gates: none" in result.out, "the report is written all the same"


def test_a_profile_without_gates_beside_others_is_named(planner, profile, tmp_path):
    names = [f"bare{number}.toml" for number in range(7)]
    bare = [profile(name=name) for name in names]
    gated = profile(PASSING, name="gated.toml")
    result = planner("check", bare[0], gated)
    assert (result.code, f"not checked: {bare[0]};" in result.err) == (0, True)
    assert "and 2 others" in planner("check", tmp_path).err
    assert planner("check", bare[0], profile(FAILING, name="failing.toml")).code == 1
    assert planner("check", bare[0], profile(OFF, name="off.toml")).code == 0
    assert planner("check", bare[0], tmp_path / "missing.toml").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("bogus",),
        ("report", "--bogus"),
        ("report", "-f", "nope"),
        ("report", "-f", "json="),
        ("report", "-f", "json=/nowhere/at/all.json"),
        ("report", "-f", "json", "-f", "csv"),
        ("report", "--set", "novalue"),
        ("report", "--color", "sometimes"),
        ("check", "--fail-on", "whim"),
        ("report", "-j", "-1"),
        ("report", "-j", "many"),
        ("schema", "nothing"),
        ("consumers", "nothing"),
        ("report", "--disable-plugin"),
    ],
)
def test_bad_usage(planner, arguments):
    result = planner(*arguments)
    assert result.code == 2
    assert result.err
    assert "Traceback" not in result.err


def test_debugging_lets_the_error_through(planner, profile, monkeypatch):
    monkeypatch.setenv("PLANNER_DEBUG", "1")
    bad = profile(text=profile().read_text().replace("a machine", "broken engine"))
    with pytest.raises(ZeroDivisionError):
        planner("report", bad)
