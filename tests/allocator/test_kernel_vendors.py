"""Distribution kernels with a later mm/percpu.c: the facts of that release, but for what the tree leaves as it was."""

import pytest

from planner.allocator import kernel, kernel_boot, kernel_space
from planner.allocator.kernel_vendors import TREES, tree_of
from planner.allocator.kernel_version import KernelVersion

NEW, OLD, MAINLINE, LATER = (
    KernelVersion.parse(text) for text in ("4.18.0-553.16.1.el8_10.x86_64", "4.18.0-147.el8.x86_64", "4.18", "5.14")
)


@pytest.mark.parametrize("fact", [kernel.ENGINE, kernel.ATOMIC, kernel_space.OBJECT_VECTOR, kernel_space.STRUCT_64])
def test_run_time_facts_of_the_later_release(fact: kernel.Fact[object]) -> None:
    assert fact.at(NEW) == fact.at(LATER)
    assert fact.at(OLD) == fact.at(MAINLINE)


def test_they_differ() -> None:
    assert kernel.ENGINE.at(LATER) != kernel.ENGINE.at(MAINLINE)
    assert kernel_space.OBJECT_VECTOR.at(LATER) != kernel_space.OBJECT_VECTOR.at(MAINLINE)


@pytest.mark.parametrize("fact", [kernel_boot.GROUPING, kernel_boot.DYNAMIC_EARLY, kernel_space.PERCPU_SEARCH])
def test_the_boot_and_other_files_stay(fact: kernel.Fact[object]) -> None:
    assert fact.at(NEW) == fact.at(MAINLINE)


def test_only_builds_that_were_read() -> None:
    assert tree_of("4.18.0-394.el8.x86_64") is TREES[0]
    assert tree_of("Linux host 4.18.0-425.3.1.el8.x86_64 #1 SMP") is TREES[0]
    assert tree_of("4.18.0-393.el8") is None
    assert tree_of("4.18.20") is None
    assert tree_of("4.18.0-500.el7") is None
