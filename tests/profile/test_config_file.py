import gzip
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.profile import ProfileError, load
from planner.profile.config_file import MAXIMUM_BYTES, read_config
from planner.profile.config_options import NUMBERS, ON_OFF
from tests.profile.plugins import BASE, Plugins, made

TEXT = """\
#
# Automatically generated file; DO NOT EDIT.
#
CONFIG_CC_VERSION_TEXT="gcc-12 (Debian 12.2.0-14) 12.2.0"
CONFIG_MEMCG=y
CONFIG_NET=m
CONFIG_HZ=250
# CONFIG_PERCPU_STATS is not set
CONFIG_PAGE_OFFSET=0xC0000000
not a line
"""
OPTIONS = {
    "CC_VERSION_TEXT": "gcc-12 (Debian 12.2.0-14) 12.2.0",
    "MEMCG": "y",
    "NET": "m",
    "HZ": "250",
    "PERCPU_STATS": "n",
    "PAGE_OFFSET": "0xC0000000",
}


def test_plain_and_packed(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(TEXT)
    (tmp_path / "config.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert read_config(tmp_path / "config") == OPTIONS
    assert read_config(tmp_path / "config.gz") == OPTIONS


def test_the_profile_names_it_relative_to_itself_and_has_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(TEXT)
    path = tmp_path / "p.toml"
    path.write_text(BASE.replace("[cpus]", 'config = "config"\n[cpus]') + "[config]\nMEMCG = false\n")
    profile = load(str(path), Plugins())
    assert profile.system.config.options == OPTIONS | {"MEMCG": "n"}
    assert profile.system.config.basis == "declared"
    assert profile.with_sets({"cpus.possible": 2}).system.config == profile.system.config


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds no CONFIG_ line"),
        (b"hello\n", "holds no CONFIG_ line"),
        (b"\x1f\x8b\x08garbage", "is damaged"),
        (gzip.compress(TEXT.encode())[:-12], "is damaged"),
        (gzip.compress(b"#" * (MAXIMUM_BYTES + 1)), "unpacks to more than 4 MiB"),
        (b"#" * (MAXIMUM_BYTES + 1), "is larger than 4 MiB"),
    ],
)
def test_what_is_no_config(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "config").write_bytes(data)
    path = tmp_path / "p.toml"
    path.write_text(BASE.replace("[cpus]", 'config = "config"\n[cpus]'))
    with pytest.raises(ProfileError) as caught:
        load(str(path), Plugins())
    assert message in str(caught.value)
    assert str(caught.value).endswith("[P040]")
    assert caught.value.problems[0].line == 5


@given(st.binary(max_size=100), st.booleans())
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, packed: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    path = tmp_path_factory.getbasetemp() / "config"
    path.write_bytes(b"\x1f\x8b\x08\x00" + data if packed else data)
    try:
        assert read_config(path)
    except ProfileError as error:
        assert len(error.problems) == 1  # noqa: PT017 - both outcomes are right


def test_options_in_the_profile() -> None:
    options = made('[config]\nMEMCG = "y"\nCONFIG_HZ = 1000\nNUMA = true\nSMP = "y"\n').system.config.options
    assert options == {"MEMCG": "y", "HZ": "1000", "NUMA": "y", "SMP": "y"}
    assert made().system.config.basis == "assumed"


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ('SMP = "maybe"', '"maybe" is neither on nor off; allowed: "y", "m", "n", true or false'),
        ('CONFIG_MEMCG = "Y"', '"Y" is neither on nor off'),
        ("NUMA = 1", '"1" is neither on nor off'),
        ("NR_CPUS = -5", '"-5" is no such number; allowed: a whole number from 1 to 65536'),
        ('NR_CPUS = "many"', '"many" is no such number'),
        ("NR_CPUS = 0", '"0" is no such number'),
    ],
)
def test_values_that_no_such_option_can_have_are_refused(option: str, what: str) -> None:
    with pytest.raises(ProfileError) as caught:
        made(f"[config]\n{option}\n")
    assert str(caught.value).startswith(f"p.toml:8:1: config.{option.partition(' ')[0]}: {what}")


def test_options_of_other_types_hold_what_they_like() -> None:
    assert (
        made('[config]\nLOCALVERSION = "maybe"\nNR_CPUS = "64"\nSMP = true\n').system.config.get("LOCALVERSION")
        == "maybe"
    )


def test_every_option_that_is_asked_whether_it_is_on_is_known_as_one() -> None:
    root = Path(__file__).parents[2]
    sources = [path for folder in ("planner", "plugins") for path in (root / folder).rglob("*.py")]
    asked = {name for path in sources for name in re.findall(r'config\.enabled\(\s*"([A-Z0-9_]+)"', path.read_text())}
    assert len(asked) > 10
    assert asked <= ON_OFF | NUMBERS.keys()
