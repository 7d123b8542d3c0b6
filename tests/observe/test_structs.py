"""Structure sizes of a file that a profile names."""

import gzip
from pathlib import Path

import pytest

from planner.observe.errors import ObserveError, ParseError
from planner.observe.structs import read_structs, with_btf
from planner.plugin.manager import PluginManager
from planner.profile.load import load_text

CORPUS = Path(__file__).parent / "corpus"
NAMES = ("lined", "plain")


@pytest.mark.parametrize("name", ["small.btf", "small.ko", "small.ko.xz", "small.ko.zst"])
def test_all_kinds_of_files(name: str) -> None:
    found = read_structs(CORPUS / name, names=NAMES)
    assert {key: (size.size, size.align, size.basis) for key, size in found.items()} == {
        "lined": (128, 64, "captured"),
        "plain": (24, 8, "captured"),
    }


def test_packed_raw_btf(tmp_path: Path) -> None:
    (tmp_path / "x.btf.gz").write_bytes(gzip.compress((CORPUS / "small.btf").read_bytes()))
    assert read_structs(tmp_path / "x.btf.gz", names=NAMES)["plain"].size == 24


def test_what_is_no_btf(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("nothing")
    with pytest.raises(ParseError, match="not BTF"):
        read_structs(tmp_path / "x")
    with pytest.raises(ObserveError, match="cannot be read"):
        read_structs(tmp_path / "nowhere")


def test_the_profile_s_own_sizes_outrank_the_file() -> None:
    text = """
schema = 1
[system]
arch = "x86_64"
kernel = "6.1"
btf = "small.btf"
[cpus]
possible = 2
[percpu]
static = 217088
[structs]
pool_workqueue = { size = 512, align = 256 }
"""
    profile = load_text(text, PluginManager(entry_points=[]))
    changed = with_btf(profile, CORPUS)
    assert changed.system.structs["pool_workqueue"].size == 512
    assert with_btf(changed, CORPUS).system.structs.keys() == changed.system.structs.keys()
