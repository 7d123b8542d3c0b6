"""The example of every command's help is run as it stands there, in a directory that holds what it names."""

import lzma
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli.app import run
from planner.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
ROUTER = """\
schema = 1
[system]
name = "router"
arch = "arm"
bits = 32
kernel = "5.4.188"
[cpus]
possible = 4
[memory]
ram = "64MiB"
[percpu]
static = 62796
in_use = 9000
[vmalloc]
size = "16MiB"
used = "4MiB"
[[consumer]]
kind = "veth"
count = 20
[gate.headroom]
min = "20%"
"""
TRACE = """\
     kworker/1:1-31    [001] .....   12.000001: percpu_create_chunk: base_addr=00000000a1b2c3d4
            ip-511   [000] .....   12.345678: percpu_alloc_percpu: call_site=veth_dev_init+0x1c/0x60 reserved=0 is_atomic=0 size=32 align=8 base_addr=00000000a1b2c3d4 off=4096 ptr=00000000deadbeef bytes_alloc=128 gfp_flags=GFP_KERNEL
"""  # noqa: E501 - as the kernel writes it
MAY_FAIL = {
    "capture": {0, 2, 3},  # whatever machine runs the tests
    "verify": {0, 1, 2, 3, 4},
    "record": {0, 3},  # tracefs is for root
    "fleet": {0, 3},  # Parquet needs an extra
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make the files that the examples name, and stand-ins for programs that need a real machine or terminal."""
    for name in ("node.toml", "here.toml", "profiles/a.toml", "nodes/a.toml", "nodes/b.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(ROUTER)
    (tmp_path / "trace.txt").write_text(TRACE)
    ko = (ROOT / "examples/05-driver-gate/acme.ko").read_bytes()
    (tmp_path / "acme.ko.xz").write_bytes(lzma.compress(ko))
    monkeypatch.chdir(tmp_path)
    for month, count in ((3, 20), (4, 31), (5, 40)):
        sets = ("--set", f"consumer.veth.count={count}", "-f", f"json=node-2026-{month:02}-01.json")
        assert run(["check", "node.toml", *sets]) == 0
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in {"man": "cat", "dmesg": "echo 'percpu: allocation failed, size=92 align=256 atomic=0'"}.items():
        if name == "dmesg" or shutil.which(name) is None:
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
    path = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"]))
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("MANPAGER", "cat")
    return tmp_path


def example(command):
    """Return the example, as the help's source has it (the help itself wraps lines)."""
    from importlib import import_module  # noqa: PLC0415 - here alone

    text = " ".join((import_module(COMMANDS[command].module).command.__doc__ or "").split())
    return re.search(r"Example: (.+)$", text)[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_it_runs(folder, command):
    line = example(command)
    assert re.search(rf"\bplanner {command}\b", line)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    told = f"$ {line}\nexit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr}"
    assert done.returncode in MAY_FAIL.get(command, {0}), told
    assert not re.search(r"Usage:|Traceback|internal error", done.stderr), told
    for file in re.findall(r"(?:-o |=|> )([\w.-]+\.(?:toml|json|xml|sarif|csv|svg|txt|1))\b", line):
        assert (folder / file).exists() or done.returncode, f"{file} was not written\n{told}"
