import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from planner.profile import ProfileError, load, shipped_profiles
from planner.profile import read as reading
from planner.profile.read import MAXIMUM_BYTES, Text, parse
from planner.profile.shipped import find_shipped
from tests.profile.plugins import Plugins

GOOD = "[system]\narch = 'x86_64'\nkernel = '6.1'\n[cpus]\npossible = 2\n"


def refused(source: str | Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load(str(source), Plugins())
    assert len(caught.value.problems) == 1
    message = str(caught.value)
    assert message.isprintable()
    return message


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "machine.toml"
    path.write_text(GOOD)
    profile = load(str(path), Plugins())
    assert profile.name == "machine"
    assert profile.source == str(path)


def test_byte_order_mark_and_dos_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load(str(path), Plugins()).system.kernel.series == "6.1"


def test_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.toml").endswith("no.toml: there is no such file [P001]")


def test_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "l.toml").symlink_to("nowhere")
    assert "a link to a file that does not exist [P001]" in refused(tmp_path / "l.toml")


def test_directory(tmp_path: Path) -> None:
    assert refused(tmp_path).endswith("is a directory, not a profile [P001]")


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.toml"
    path.write_text(GOOD)
    path.chmod(0)
    if os.geteuid() == 0:  # root reads everything

        def denied(*_args: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(reading.os, "open", denied)
    assert "permission denied [P001]" in refused(path)


def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    assert "is not a regular file" in refused(tmp_path / "pipe.toml")
    assert "is not a regular file" in refused("/dev/zero")
    assert stat.S_ISCHR(Path("/dev/zero").stat().st_mode)


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    with path.open("wb") as file:
        file.truncate(MAXIMUM_BYTES + 1)
    assert refused(path).endswith("p.toml: is larger than 16 MiB [P002]")


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    assert refused(path).endswith("p.toml:2: is not UTF-8 text (byte 0xff) [P003]")


def test_nul_bytes(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"a = 1\n\n\x00")
    assert refused(path).endswith("p.toml:3: holds a NUL byte [P003]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "p.toml:1:5: is not TOML: Invalid value [P004]"),
        ("a = 1\na = 2\n", "p.toml:2:6: is not TOML: Cannot overwrite a value [P004]"),
        ("\n[a", "p.toml:2:3: is not TOML: Expected ']' at the end of a table declaration [P004]"),
        ("a = \x1b[31m", "p.toml:1:5: is not TOML: Invalid value [P004]"),
        ("a = '\x1b[31m'", "p.toml:1:6: is not TOML: "),
        ("a = " + "[" * 1000, "p.toml:1: is nested deeper than 32 brackets [P005]"),
        ("a = " + "1" * 5000, "p.toml: is not TOML: "),
        (".".join("a" * 40) + " = 1", "p.toml:1: is nested deeper than 32 tables [P005]"),
    ],
)
def test_not_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    (tmp_path / "p.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert refused("p.toml").startswith(message)


def test_strange_names_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\n.toml"
    path.write_text("[a")
    message = refused(path)
    assert "\\x1b[31m\\n.toml" in message


def test_a_name_that_no_file_can_have() -> None:
    assert "[P001]" in refused("/\0.toml")
    assert "[P001]" in refused("/" + "x" * 5000 + ".toml")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert load("-", Plugins()).source == "<stdin>"


def test_standard_input_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAXIMUM_BYTES", 1 << 20)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"#" * (1 << 21))))
    assert refused("-") == "<stdin>: is larger than 1 MiB [P002]"


def test_closed_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refused("-") == "<stdin>: is closed [P001]"


def test_the_worst_text_of_the_largest_size_is_read() -> None:
    parsed = parse(Text("a = '''" + "\\n" * (MAXIMUM_BYTES // 2 - 10) + "'''", "p.toml"))
    assert len(parsed.positions) == 1


def test_shipped_profiles_are_found_by_full_and_by_short_name() -> None:
    names = [one.name for one in shipped_profiles()]
    assert names == sorted(names)
    assert "seeds/asker-3.10" in names
    assert find_shipped("asker-3.10") == "seeds/asker-3.10"
    assert find_shipped("nothing") is None
    assert all(one.summary for one in shipped_profiles())


def test_unknown_shipped_name() -> None:
    message = refused("seeds/asker-3.1")
    assert message.startswith("seeds/asker-3.1: there is no such file, and no shipped profile of that name")
    assert 'did you mean "seeds/asker-3.10" [P006]' in message


def test_a_file_outranks_a_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "asker-3.10").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    assert load("seeds/asker-3.10", Plugins()).system.kernel.series == "6.1"


def test_reading_a_profile_imports_no_validation_library() -> None:
    code = (
        "import sys\n"
        "from planner.plugin.manager import PluginManager\n"
        "from planner.profile import load\n"
        "load('seeds/up-3.10', PluginManager(entry_points=()))\n"
        "print(sorted({'pydantic', 'pydantic_core', 'tomlkit', 'jsonschema'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
