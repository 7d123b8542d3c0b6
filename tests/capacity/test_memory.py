"""What the kernel and others hold of RAM: from the machine where nobody told, and machines that do not even boot."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.capacity.machine import EvaluationError, boot
from planner.capacity.memory import MIB, hash_bytes, held, size_text
from planner.plugin.manager import PluginManager
from planner.profile import Profile, load_text

ROUTER = """
schema = 1
[system]
name = "router"
arch = "mips"
bits = 32
kernel = "5.15"
[cpus]
possible = {cpus}
[memory]
ram = "{ram}"
{more}
[percpu]
static = {static}
"""

SERVER = """
schema = 1
[system]
name = "server"
arch = "x86"
bits = 64
kernel = "6.1"
[cpus]
possible = {cpus}
[memory]
ram = "{ram}"
{more}
[percpu]
static = 217088
[boot]
cmdline = "{cmdline}"
"""


def router(manager: PluginManager, ram: str, *, cpus: int = 1, more: str = "", static: int = 20000) -> Profile:
    return load_text(ROUTER.format(ram=ram, cpus=cpus, more=more, static=static), manager)


def server(manager: PluginManager, ram: str, *, cpus: int = 2, more: str = "", cmdline: str = "") -> Profile:
    return load_text(SERVER.format(ram=ram, cpus=cpus, more=more, cmdline=cmdline), manager)


@pytest.mark.parametrize(("ram", "least", "most"), [("32MiB", 9, 28), ("64MiB", 22, 56), ("128MiB", 70, 117)])
def test_little_ram_leaves_something_either_way(manager: PluginManager, ram: str, least: int, most: int) -> None:
    """A router of 32 MiB has a few to some twenty MiB free when booted; the range follows the machine."""
    memory = boot(router(manager, ram), manager).start()[1].memory
    assert memory.lowmem is not None
    low, high = (memory.lowmem + sign * memory.uncertain_pages for sign in (-1, 1))
    assert least <= low * 4096 / MIB <= high * 4096 / MIB <= most


def test_the_range_is_told(manager: PluginManager) -> None:
    machine = boot(router(manager, "32MiB"), manager)
    (words,) = (word for word in machine.unknown("ram") if "memory.used" in word)
    assert "give or take 8." in words
    told = boot(router(manager, "32MiB", more='used = "12MiB"'), manager)
    (words,) = (word for word in told.unknown("ram") if "lists" in word)
    assert "give or take 0." in words


def test_the_first_chunk_is_paid_for(manager: PluginManager) -> None:
    """Twice the possible CPUs: their units are gone, and nothing else where others are told."""
    few, many = (
        boot(server(manager, "8GiB", cpus=cpus, more='used = "1GiB"'), manager).start()[1].memory for cpus in (64, 128)
    )
    assert few.lowmem is not None
    assert many.lowmem is not None
    assert 64 * 62 <= few.lowmem - many.lowmem <= 64 * 62 + few.uncertain_pages // 12


def test_what_mem_hides_is_not_there(manager: PluginManager) -> None:
    whole, half = (
        boot(server(manager, "2GiB", more='used = "64MiB"', cmdline=line), manager).start()[1].memory.lowmem or 0
        for line in ("", "mem=1G")
    )
    assert whole - half > 1000 * MIB // 4096
    junk = boot(server(manager, "2GiB", more='used = "64MiB"', cmdline="mem=nopentium"), manager)
    assert junk.start()[1].memory.lowmem == whole


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"ram": "24MiB", "cpus": 256}, "percpu: failed to allocate 4K page for cpu"),
        ({"ram": "8MiB"}, "no such machine boots"),
        ({"ram": "26MiB", "cpus": 64}, "no such machine boots"),
        ({"ram": "1GiB", "more": 'used = "2GiB"'}, "no such machine boots"),
    ],
)
def test_too_little_ram_does_not_boot(manager: PluginManager, profile: dict[str, Any], words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        boot(server(manager, **profile), manager)


def test_generic_set_up_has_no_pages_to_fall_back_to(manager: PluginManager) -> None:
    with pytest.raises(EvaluationError, match=r"first chunk fails .error -12"):
        boot(router(manager, "16MiB", cpus=8, static=4 * MIB), manager)


def test_hash_tables_of_real_boots() -> None:
    """1 GiB: 1 MiB of dentry hash and half as much for inodes; half of it with 32-bit pointers; adapted above 64 GiB."""
    assert hash_bytes(1024 * MIB, 64) == 1536 * 1024
    assert hash_bytes(512 * MIB, 32) == 384 * 1024
    assert hash_bytes(1 << 40, 64) == ((1 << 40 >> 15) + (1 << 40 >> 16)) * 8


@given(ram=st.integers(8 * MIB, 1 << 42), online=st.integers(1, 512), more=st.integers(0, 512))
def test_the_guess_stays_below_what_there_is(ram: int, online: int, more: int) -> None:
    manager = PluginManager(entry_points=())
    architecture = boot(server(manager, "1GiB"), manager).architecture
    guess = held(architecture, ram, ram, online=online, possible=online + more)
    assert 12 * MIB <= guess.others <= max(ram * 3 // 8, 12 * MIB)
    assert 0 <= guess.spread <= guess.others - 12 * MIB


def test_sizes_in_words() -> None:
    assert (size_text(1536 * 1024), size_text(300 * MIB)) == ("1.5 MiB", "300 MiB")
