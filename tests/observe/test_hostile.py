"""Hostile files given to the commands themselves: a clear word and an exit code, in bounded memory; no traceback, nothing raw."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from planner.observe.text import Lines

PLANNER = [sys.executable, "-m", "planner.cli"]
ADDRESS_SPACE = 2 << 30
"""Bytes that a command may map: the interpreter with its libraries and the files' limits fit, a gigabyte read whole does not."""


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


def planner(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PLANNER, *arguments], capture_output=True, text=True, timeout=300, check=False, preexec_fn=limited
    )


def clean(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether nothing but printable text came out, and no traceback."""
    said = done.stdout + done.stderr
    return "Traceback" not in said and all(line.isprintable() for line in said.split("\n"))


COMMANDS = {
    "explain": (4, "explain", "{}"),
    "replay": (4, "replay", "{}"),
    "module": (2, "module", "{}"),
    "verify": (2, "verify", "{}"),
    "--profile": (2, "explain", "percpu: limit reached", "--profile", "{}"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_gigabyte(name: str, tmp_path: Path) -> None:
    code, *arguments = COMMANDS[name]
    with (tmp_path / "big").open("wb") as stream:
        stream.truncate(1 << 30)
    done = planner(*(argument.format(tmp_path / "big") for argument in arguments))
    assert done.returncode == code, done.stderr
    assert clean(done)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 64,
        b"\x7fELF" + b"\xff" * 4000,
        b"\x1b[2J\x1b]0;owned\x07percpu: limit reached\x9b31m\r\n\xe2\x80\xae" * 20,
        b"\x1f\x8b\x08" + b"\0" * 100,
        b"\xfd7zXZ\0" + b"\xff" * 100,
        b"\x28\xb5\x2f\xfd" + b"\xff" * 100,
        b"",
    ],
    ids=["binary", "lying ELF", "control characters", "gzip", "xz", "zstd", "empty"],
)
def test_garbage(name: str, data: bytes, tmp_path: Path) -> None:
    code, *arguments = COMMANDS[name]
    (tmp_path / "file.ko").write_bytes(data)
    done = planner(*(argument.format(tmp_path / "file.ko") for argument in arguments))
    assert done.returncode in {code, 0 if name == "explain" else code}, done.stderr
    assert clean(done)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_what_would_never_end_is_refused(name: str, kind: str, tmp_path: Path) -> None:
    _code, *arguments = COMMANDS[name]
    place = tmp_path / "fifo" if kind == "fifo" else Path("/dev/zero")
    if kind == "fifo":
        os.mkfifo(place)
    done = planner(*(argument.format(place) for argument in arguments))
    assert done.returncode == 2
    assert "regular file" in done.stderr


@pytest.mark.slow
def test_a_tree_of_gigabytes_and_fifos(tmp_path: Path) -> None:
    texts = {
        "proc/version": "Linux version 6.1.0-50-amd64 (x)\n",
        "proc/sys/kernel/arch": "x86_64\n",
        "sys/devices/system/cpu/possible": "0-3\n",
    }
    huge = (
        "proc/kallsyms",
        "proc/meminfo",
        "proc/config.gz",
        "sys/kernel/btf/vmlinux",
        "var/log/dmesg",
        "proc/slabinfo",
    )
    fifos = ("proc/vmallocinfo", "proc/modules", "proc/1/status", "dmesg", "sys/kernel/debug/percpu_stats")
    for name in (*texts, *huge, *fifos):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in texts:
            path.write_text(texts[name])
        elif name in fifos:
            os.mkfifo(path)
        else:
            with path.open("wb") as stream:
                stream.truncate(1 << 30)
    done = planner("capture", "--root", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert clean(done)
    assert "not seen: /proc/vmallocinfo: no regular file" in done.stderr
    assert "not seen: sys/kernel/btf/vmlinux: longer than" in done.stderr


def test_holes_and_empty_lines_take_no_time_to_speak_of(tmp_path: Path) -> None:
    """Of a run of empty lines few are given, so that a gigabyte of them is not a thousand million lines."""
    with (tmp_path / "sparse").open("wb") as stream:
        stream.write(b"one\n" + b"\n" * 200_000 + b"two\n")
        stream.seek(8 << 20)
        stream.write(b"three\n")
    with (tmp_path / "sparse").open("rb") as stream:
        found = list(Lines(stream))
    assert [line for line in found if line] == ["one", "two", "three"]
    assert len(found) < 1000
