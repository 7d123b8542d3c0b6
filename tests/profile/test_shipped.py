"""Shipped profiles: each loads, boots on the model, and where it carries a real machine's boot lines the model prints them.

Some sixty machines, most of whose boot logs their owners published: the widest range of real first chunks in these tests.
"""

import re

import pytest

from planner.capacity.machine import boot
from planner.plugin.manager import PluginManager
from planner.profile import Profile, load, load_text, shipped_profiles
from planner.profile.load import read_source

NAMES = [one.name for one in shipped_profiles()]

OTHER_KERNELS = {
    "distributions/rhel-7-x86_64": "Red Hat's 3.10 carries the larger dynamic reserve of later kernels (28 KiB, not 20)",
    "seeds/answerer-3.2-core2duo": "Ubuntu's 3.2.0-51 i386 carries the page-sized atom of 3.3",
    "seeds/answerer-3.2-core2duo-calibrated": "as the uncalibrated one",
}
"""Kernels with back-ports that their version does not tell: without its boot line the model takes them for plain ones."""


@pytest.fixture(scope="module")
def manager() -> PluginManager:
    return PluginManager(entry_points=())


def printed(profile: Profile, manager: PluginManager) -> list[str]:
    return [without_address(line) for _level, line in boot(profile, manager).first_chunk.log]


def without_address(line: str) -> str:
    """Addresses are the machine's own, and distributions dropped them from the line at releases of their choice."""
    return re.sub(r"@ *\S+ ", "", line)


def told(profile: Profile) -> list[str]:
    return [without_address(line) for line in profile.percpu.boot.lines]


def test_there_are_enough_of_them() -> None:
    folders = [name.partition("/")[0] for name in NAMES]
    assert {"seeds", "distributions", "machines", "boards"} == set(folders)
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_loads_and_boots_without_a_warning(name: str, manager: PluginManager) -> None:
    profile = load(name, manager)
    assert profile.warnings == ()
    assert profile.consumers
    lines = printed(profile, manager)
    assert [line for line in told(profile) if line not in lines] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_boot_line_follows_from_what_is_known_before_boot(name: str, manager: PluginManager) -> None:
    profile = load(name, manager)
    if not told(profile):
        pytest.skip("an example, or its boot line is not known")
    static = profile.percpu.boot.static
    before = {"percpu.boot_log": None} | ({"percpu.static": static} if static else {})
    missing = [line for line in told(profile) if line not in printed(profile.with_sets(before), manager)]
    assert bool(missing) == (name in OTHER_KERNELS)


@pytest.mark.parametrize("name", NAMES)
def test_says_what_it_rests_on(name: str, manager: PluginManager) -> None:
    profile = load(name, manager)
    text = read_source(name).text
    assert text.startswith("# ")
    assert text.split("\n")[1].startswith("#")  # more than a title
    if profile.has("percpu.static") and profile.basis_of("percpu.static") == "declared":
        assert re.search(r"measured|section|symbols|published|6 KiB static", text, re.IGNORECASE)
    if profile.has("percpu.boot_log"):
        assert re.search(r"log|measured|told", text, re.IGNORECASE)
    assert load_text(text, manager, label=name).system == profile.system


def test_most_of_them_are_real() -> None:
    manager = PluginManager(entry_points=())
    assert sum(load(name, manager).has("percpu.boot_log") for name in NAMES) >= 45
