"""Files of kernels that a profile names: what they say counts, and what is wrong with them stands at the key."""

import os
import shutil
import struct
import sys
from pathlib import Path

import pytest

from planner.binary import module_elf
from planner.capacity import evaluate
from planner.capacity.resolve import plans
from planner.cli.failures import translate
from planner.plugin.manager import PluginManager
from planner.profile import ProfileError, load_text
from planner.report.outcome import ExitCode

CORPUS = Path(__file__).parents[1] / "observe" / "corpus"
MANAGER = PluginManager(entry_points=())
SYSTEM = """schema = 1
[system]
arch = "x86"
bits = 64
kernel = "6.1.176"
btf = "small.btf"
[cpus]
possible = 2
[percpu]
static = 217088
[structs]
pool_workqueue = { size = 512, align = 256 }
"""
MODULE = """[[consumer]]
kind = "module"
name = "driver"
file = "small.ko"
count = 1
"""


def _load(text, folder=CORPUS):
    return load_text(text, MANAGER, label="test.toml", folder=folder)


def _problems(text, folder=CORPUS):
    with pytest.raises(ProfileError) as raised:
        _load(text, folder)
    return [str(problem) for problem in raised.value.problems]


def test_the_profile_s_own_sizes_outrank_btf():
    structs = _load(SYSTEM).system.structs
    assert structs["pool_workqueue"].size == 512


def test_btf_serves_what_ifs_too(monkeypatch):
    monkeypatch.setattr("planner.binary.structs.parse_structs.__kwdefaults__", {"word": 8, "names": ("plain",)})
    profile = _load(SYSTEM)
    assert profile.system.structs["plain"].size == 24
    changed = profile.with_sets({"cpus.possible": "8", "system.kernel": "6.2"})
    assert changed.system.structs["plain"].basis == "captured"
    assert "plain" not in changed.with_sets({"system.btf": None}).system.structs


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])
def test_a_module_s_section_is_what_its_file_says(suffix):
    profile = _load(SYSTEM + MODULE.replace("small.ko", f"small.ko{suffix}"))
    ((named, _count),) = plans(profile, MANAGER)
    (request,) = named.plan.requests
    assert (request.size, request.align, request.reserved, request.basis) == (424, 64, True, "captured")
    assert request.source.startswith(f"captured from small.ko{suffix}; ")
    assert any("small.ko" in warning and "6.1.0-test" in warning for warning in profile.warnings)


def test_a_report_and_a_what_if_of_it():
    profile = _load(SYSTEM + MODULE)
    report = evaluate(profile, MANAGER, what_ifs=[{"consumer.driver.count": "3"}])
    (consumer,) = report.consumers
    assert ("424 bytes aligned to 64", "captured", "small.ko") in [
        (a.value, a.basis, a.source) for a in report.assumptions
    ]
    assert (consumer.bytes_per_cpu, consumer.fits) == (424, 18)  # of 448 bytes apart in 8192
    assert dict(consumer.parameters)["file"] == "small.ko"


def test_a_composite_s_part():
    text = SYSTEM + '[consumer_type.stack]\nparts = { driver = { kind = "module", file = "small.ko", count = 2 } }\n'
    profile = _load(text + '[[consumer]]\nkind = "stack"\ncount = 1\n')
    ((named, _count),) = plans(profile, MANAGER)
    assert [(item.size, item.count) for item in named.plan.requests] == [(424, 2)]


def test_missing_file():
    (problem,) = _problems(SYSTEM + MODULE.replace("small.ko", "gone.ko"))
    assert problem.startswith("test.toml:16:1: consumer.driver.file: ")
    assert problem.endswith("gone.ko: there is no such file [P040]")


def test_a_part_s_missing_file_stands_at_the_part():
    text = SYSTEM + '[consumer_type.stack]\nparts = { driver = { kind = "module", file = "gone.ko" } }\n'
    (problem,) = _problems(text)
    assert problem.startswith("test.toml:14:")
    assert "consumer_type.stack.parts.driver.file" in problem


def test_missing_btf():
    (problem,) = _problems(SYSTEM.replace("small.btf", "gone.btf"))
    assert problem.startswith("test.toml:6:1: system.btf: ")
    assert "[P040]" in problem


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("text.ko", b"#!/bin/sh\n", "is no ELF file"),
        ("cut.ko", (CORPUS / "small.ko").read_bytes()[:300], "broken"),
        ("cut.ko.xz", (CORPUS / "small.ko.xz").read_bytes()[:100], "xz"),
        ("empty.ko", b"", "is no ELF file"),
        ("liar.ko", (CORPUS / "small.ko").read_bytes()[:60] + struct.pack("<HH", 0xFFFF, 0xFFFE), "broken"),
    ],
)
def test_hostile_files(tmp_path, name, data, what):
    (tmp_path / name).write_bytes(data)
    text = SYSTEM.replace('btf = "small.btf"\n', "") + MODULE.replace("small.ko", name)
    (problem,) = _problems(text, tmp_path)
    assert what in problem
    assert "consumer.driver.file" in problem
    assert problem.endswith("[P040]")


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.ko")
    (tmp_path / "folder.ko").mkdir()
    text = SYSTEM.replace('btf = "small.btf"\n', "")
    assert "is not a regular file" in _problems(text + MODULE.replace("small.ko", "pipe.ko"), tmp_path)[0]
    assert "is a directory" in _problems(text + MODULE.replace("small.ko", "folder.ko"), tmp_path)[0]


def test_a_module_of_another_word_size():
    text = SYSTEM.replace("bits = 64", "bits = 32").replace('btf = "small.btf"\n', "")
    (problem,) = _problems(text + MODULE)
    assert "is a 64-bit module, and the kernel has 32 bits" in problem


def test_file_and_numbers_contradict_each_other():
    (problem,) = _problems(SYSTEM + MODULE + "static = 100\n")
    assert "file and static tell the same thing" in problem


def test_without_the_library_it_is_a_matter_of_the_tool(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("elftools")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "elftools", None)
    with pytest.raises(ProfileError) as raised:
        _load(SYSTEM + MODULE)
    (problem,) = raised.value.problems
    assert (problem.code, problem.key, problem.line) == ("P041", "consumer.driver.file", 16)
    assert "pip install 'percpu-planner[elf]'" in problem.what
    assert translate(raised.value)[0] is ExitCode.TOOL


def test_many_instances_read_it_once(tmp_path, monkeypatch):
    calls = []
    real = module_elf.parse_module
    monkeypatch.setattr(module_elf, "parse_module", lambda data, name: calls.append(name) or real(data, name))
    shutil.copy(CORPUS / "small.ko", tmp_path)
    text = SYSTEM.replace('btf = "small.btf"\n', "")
    profile = _load(text + MODULE + MODULE.replace('"driver"', '"other"'), tmp_path)
    profile.with_sets({"consumer.driver.count": "2"}).with_sets({"cpus.possible": "4"})
    assert calls == ["small.ko"]
