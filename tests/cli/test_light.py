"""Words of the command line reach the commands unchanged, without pydantic; all else is converted as typer does."""

import subprocess
import sys

import pytest
import typer

from planner.cli.light import lighten


def received(command_line, *, light):
    found = []
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    def command(
        words: list[str] | None = None,
        *,
        text: str = "x",
        number: int = typer.Option(1, min=0, max=9),
        maybe: str | None = None,
        several: list[str] | None = typer.Option(None),  # noqa: B008 - typer's way
        flag: bool = False,
    ):
        found.append((list(words or ()), text, number, maybe, list(several or ()), flag))

    built = typer.main.get_command(app)
    (lighten(built) if light else built).main(args=command_line, prog_name="p", standalone_mode=False)
    return found


@pytest.mark.parametrize(
    "command_line",
    [
        [],
        ["--text", "a=b"],
        ["--text", ""],
        ["--number", "7", "--flag"],
        ["--maybe", "\u00fc", "--several", "1", "--several", "2"],
        ["--words", "a", "--words", "b"],
    ],
)
def test_the_same_arrives(command_line):
    assert received(command_line, light=True) == received(command_line, light=False)


@pytest.mark.parametrize("command_line", [["--number", "many"], ["--number", "10"], ["--nonsense"]])
def test_the_same_is_refused(command_line):
    errors = []
    for light in (True, False):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever typer raises, both alike
            received(command_line, light=light)
        errors.append((type(caught.value), str(caught.value)))
    assert errors[0] == errors[1]


def test_a_report_needs_no_pydantic(profile):
    code = (
        "import sys; from planner.cli.app import run; run(sys.argv[1:]);"
        "slow = {'pydantic', 'rich', 'jinja2', 'multiprocessing', 'tomlkit', 'elftools'} & set(sys.modules);"
        "sys.exit(str(slow) if slow else 0)"
    )
    path = str(profile())
    done = subprocess.run(
        [sys.executable, "-c", code, "check", path, "-f", "table"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
