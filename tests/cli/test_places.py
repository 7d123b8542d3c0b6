"""Files and directories named on the command line that cannot be looked at, read or written: a line and an exit code."""

from pathlib import Path

import pytest

from planner.cli.failures import UsageError, translate
from planner.cli.places import check_output, files_below, is_directory
from planner.report.outcome import ExitCode


def _denied(*_arguments):
    raise PermissionError(13, "Permission denied", "locked/x.json")


def test_files_below_are_sorted_and_hidden_ones_left_out(tmp_path):
    for name in ("b.toml", "a.toml", ".h.toml", "c.txt", "sub/d.toml", ".git/e.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [Path(name).relative_to(tmp_path).as_posix() for name in files_below(str(tmp_path), (".toml",), 9)]
    assert found == ["a.toml", "b.toml", "sub/d.toml"]


def test_a_directory_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    (tmp_path / "good.toml").touch()
    (tmp_path / "locked").mkdir()
    scan = __import__("os").scandir

    def scandir(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr("os.scandir", scandir)
    with pytest.raises(UsageError, match="locked: cannot be read: Permission denied"):
        list(files_below(str(tmp_path), (".toml",), 9))


def test_too_many_directories_are_refused(tmp_path):
    for number in range(4):
        (tmp_path / str(number)).mkdir()
    with pytest.raises(UsageError, match="more than 3 directories"):
        list(files_below(str(tmp_path), (".toml",), 3))


def test_what_may_not_be_looked_at_is_left_to_reading_and_writing(monkeypatch):
    monkeypatch.setattr(Path, "is_dir", _denied)
    assert not is_directory("locked/x")
    check_output("locked/x.json")


@pytest.mark.parametrize("name", ["", "missing/x.json", "a\0b", "."])
def test_no_file_can_be_written_there(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="is a directory, or its directory does not exist"):
        check_output(name)


def test_an_error_of_the_system_names_its_file():
    assert translate(PermissionError(13, "Permission denied", "locked/x.json")) == (
        ExitCode.TOOL,
        ["locked/x.json: Permission denied"],
    )


@pytest.mark.parametrize("name", ["x" * 300 + ".json", "y" * 450])
def test_a_name_that_is_too_long(planner, name):
    result = planner("report", "seeds/asker-3.10", "-f", f"json={name}")
    assert result.code == 3
    assert "cannot be written: File name too long" in result.err
