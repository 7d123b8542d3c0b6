"""Whatever is given as a profile: a clear line, the right exit code, nothing that a terminal obeys, never a traceback."""

import os
import random
import unicodedata
from pathlib import Path

import pytest

GOOD = "schema = 1\n"


def looks_right(result, *codes):
    assert result.code in codes, result
    assert "Traceback" not in result.err
    assert "internal error" not in result.err
    for text in (result.out, result.err):
        bad = {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
        assert not bad, f"{bad!r} in {text!r}"


@pytest.mark.parametrize("command", ["report", "check"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"\xff\xfe\x00",
        b"not toml at all",
        b'schema = 1\n[system]\nname = "\x1b[31m"\n',
        b"[[[[[[[",
        b"a = " + b"[" * 10_000,
        b"a." * 5_000 + b"b = 1",
        b"schema = 999999999999999999999999\n",
        b"schema = nan\n[cpus]\npossible = inf\n",
        b'schema = 1\n"\\u001b[2J" = 1\n[system]\nkernel = "\\u202e"\n',
    ],
    ids=range(11),
)
def test_a_file_that_is_no_profile(planner, tmp_path, command, content):
    path = tmp_path / "p.toml"
    path.write_bytes(content)
    result = planner(command, path)
    looks_right(result, 2)
    assert str(path) in result.err


def test_a_file_that_is_too_large_is_not_read(planner, tmp_path):
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    result = planner("report", path)
    looks_right(result, 2)
    assert "larger than" in result.err


@pytest.mark.parametrize(
    "name",
    [
        "missing.toml",
        "dir.toml/x.toml",
        "loop.toml",
        "fifo.toml",
        "/dev/zero",
        "/dev/null",
        "a\0b.toml",
        "x" * 5000,
        "\x1b[31m.toml",
        "\udcff.toml",
    ],
)
def test_something_that_is_no_file(planner, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("loop.toml").symlink_to("loop.toml")
    os.mkfifo("fifo.toml")
    looks_right(planner("check", name), 2)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(planner, profile):
    path = profile()
    path.chmod(0)
    looks_right(planner("check", path), 2)


KEYS = (
    "system.kernel",
    "system.arch",
    "system.bits",
    "cpus.possible",
    "memory.ram",
    "percpu.boot_log",
    "percpu.static",
    "percpu.alloc",
    "vmalloc.size",
    "vmalloc.used",
    "consumer.experiment.count",
    "consumer.experiment.kind",
    "boot.cmdline",
    "schema",
    "nonsense.key",
    "consumer.nobody.count",
    "",
)
VALUES = (
    "",
    "-1",
    "1e400",
    "99999999999999999999",
    "NaN",
    "\x1b[0m",
    "''",
    "[]",
    "{}",
    "true",
    "0x",
    "a" * 10_000,
    "\u202e",
    "1.5.7",
)


@pytest.mark.usefixtures("engine")
def test_garbage_in_any_field(planner, profile):
    path = profile()
    for key in KEYS:
        for value in VALUES:
            looks_right(planner("check", path, "--set", f"{key}={value}"), 2, 4)  # it has no gate


@pytest.mark.usefixtures("engine")
def test_random_damage(planner, profile):
    dice = random.Random(20261122)  # noqa: S311 - damage, not a key
    text = profile().read_bytes()
    for number in range(300):
        damaged = bytearray(text)
        for _ in range(dice.randint(1, 6)):
            place = dice.randrange(len(damaged))
            damaged[place : place + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
        path = profile().with_name(f"{number}.toml")
        path.write_bytes(damaged)
        looks_right(planner("check", path), 2, 4)  # it has no gate
