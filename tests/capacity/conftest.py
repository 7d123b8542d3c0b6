"""Profiles for the tests of capacity, and a plugin manager without third parties."""

from collections.abc import Callable

import pytest

from planner.plugin.manager import PluginManager
from planner.profile import Profile, load_text

I386 = """
schema = 1
[system]
name = "Debian 12 i386"
arch = "x86"
bits = 32
kernel = "6.1.176"
[cpus]
possible = 2
[percpu]
static = 104276
in_use = 20000
[vmalloc]
size = "{vmalloc}"
used = "1MiB"
[config]
X86_PAE = "y"
{more}
"""


@pytest.fixture(scope="session")
def manager() -> PluginManager:
    return PluginManager(entry_points=())


@pytest.fixture(scope="session")
def make(manager: PluginManager) -> Callable[..., Profile]:
    """Make a profile of a small i386 machine: its vmalloc space ends soon, so that brute force is quick."""

    def build(more: str, vmalloc: str = "8MiB", text: str = I386) -> Profile:
        return load_text(text.format(more=more, vmalloc=vmalloc), manager)

    return build
