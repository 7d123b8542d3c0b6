"""Modules loaded on a model end as they did on real kernels (QEMU, Debian): places, refusals and lines."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.binary.module_elf import ModuleData
from planner.cli.app import app
from planner.cli.moduling import load_on
from planner.plugin.manager import PluginManager
from planner.profile.load import load_text

CORPUS = Path(__file__).parent / "corpus"


def module(name: str, size: int, align: int = 64) -> ModuleData:
    return ModuleData(name=name, machine="x64", bits=64, vermagic="", size=size, align=align)


MODULES = [
    module("pcpu_static", 232),
    module("pcpu_big", 6032),
    module("pcpu_big2", 6032),
    module("pcpu_big3", 6032),
    module("pcpu_huge", 40032),
]
PROFILE = """
schema = 1
[system]
arch = "{arch}"
kernel = "{kernel}"
[cpus]
possible = 2
[memory]
ram = "1GiB"
[percpu]
static = {static}
"""
SYSTEMS = {
    "6.1-amd64": ("x86_64", "6.1.176", 217088, 8192),
    "6.12-amd64": ("x86_64", "6.12.95", 233472, 8192),
}


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_modules_in_the_reserve(name: str) -> None:
    """What 6.1.176 and 6.12.95 did: offsets 0 and 256 in the reserved chunk, then no room, then an illegal size."""
    arch, kernel, static, reserved = SYSTEMS[name]
    manager = PluginManager(entry_points=[])
    profile = load_text(PROFILE.format(arch=arch, kernel=kernel, static=static), manager)
    found = load_on(profile, manager, MODULES)
    assert found.reserved == reserved
    assert [loaded.fits for loaded in found.modules] == [True, True, False, False, False]
    first, second, third, _fourth, fifth = found.modules
    assert first.offset is not None
    assert second.offset is not None
    assert (first.offset - static, second.offset - static) == (0, 256)
    assert (first.chunk, second.chunk) == ("reserved", "reserved")
    assert third.kernel_log == (
        "percpu: allocation failed, size=6032 align=64 atomic=0, alloc from reserved chunk failed",
        "pcpu_big2: Could not allocate 6032 bytes percpu data",
    )
    assert fifth.kernel_log == (
        "illegal size (40032) or align (64) for percpu allocation",
        "pcpu_huge: Could not allocate 40032 bytes percpu data",
    )
    assert found.reserve_free == reserved - 232 - 6032


def test_modules_without_a_reserve() -> None:
    """What 6.1.176 686-pae did: no reserved chunk, so the dynamic space serves and only the illegal size is refused."""
    manager = PluginManager(entry_points=[])
    profile = load_text(PROFILE.format(arch="i386", kernel="6.1.176", static=104276), manager)
    found = load_on(profile, manager, MODULES)
    assert found.reserved == 0
    assert [loaded.fits for loaded in found.modules] == [True, True, True, True, False]


def test_command_shows_symbols_and_judges_a_limit() -> None:
    runner = CliRunner()
    files = [str(CORPUS / "small.ko.xz"), str(CORPUS / "small.ko.zst")]
    result = runner.invoke(app, ["module", *files, "--profile", "seeds/answerer-3.2-core2duo"])
    assert result.exit_code == 0
    assert "small: 424 bytes at 64" in result.output
    assert "     200  small_counters" in result.output
    assert runner.invoke(app, ["module", files[0], "--max", "424"]).exit_code == 0
    assert runner.invoke(app, ["module", files[0], "--max", "423"]).exit_code == 1


def test_command_as_json() -> None:
    result = CliRunner().invoke(app, ["module", str(CORPUS / "small.ko"), "--json"])
    data = json.loads(result.output)
    assert data["modules"][0]["size"] == 424
    assert [symbol["name"] for symbol in data["modules"][0]["symbols"]] == [
        "small_flag",
        "small_lined",
        "small_counters",
        "small_plain",
    ]
    assert data["systems"] == []
