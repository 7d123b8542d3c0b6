"""Structure sizes of a BTF file, raw or in an ELF file."""

import gzip
from pathlib import Path

import pytest

from planner.binary.errors import ParseError
from planner.binary.structs import parse_structs

CORPUS = Path(__file__).parents[1] / "observe" / "corpus"
NAMES = ("lined", "plain")


@pytest.mark.parametrize("name", ["small.btf", "small.ko", "small.ko.xz", "small.ko.zst"])
def test_all_kinds_of_files(name: str) -> None:
    found = parse_structs((CORPUS / name).read_bytes(), name, names=NAMES)
    assert {key: (size.size, size.align, size.basis, size.source) for key, size in found.items()} == {
        "lined": (128, 64, "captured", name),
        "plain": (24, 8, "captured", name),
    }


def test_packed_raw_btf() -> None:
    packed = gzip.compress((CORPUS / "small.btf").read_bytes())
    assert parse_structs(packed, "x.btf.gz", names=NAMES)["plain"].size == 24


def test_what_is_no_btf() -> None:
    with pytest.raises(ParseError, match="not BTF"):
        parse_structs(b"nothing", "x")
