"""Version facts of the allocator at the sublevels where stable series took changes over."""

import pytest

from planner.allocator import kernel
from planner.allocator.kernel_version import KernelVersion


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.17", "none"),
        ("3.18", "not GFP_KERNEL"),
        ("6.1.158", "not GFP_KERNEL"),
        ("6.1.159", "may not block"),
        ("6.1.192", "may not block"),
        ("6.6.42", "not GFP_KERNEL"),
        ("6.6.117", "may not block"),
        ("6.12", "not GFP_KERNEL"),
        ("6.12.117", "may not block"),
        ("6.13.7", "not GFP_KERNEL"),
        ("6.14", "not GFP_KERNEL"),
        ("6.18.35", "may not block"),
    ],
)
def test_which_requests_are_atomic(version: str, expected: str) -> None:
    assert kernel.ATOMIC.at(KernelVersion.parse(version)) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("5.9.1", "one"),
        ("5.10.29", "one"),
        ("5.10.44", "per type"),
        ("5.11.5", "one"),
        ("5.12.9", "per type"),
        ("5.14", "one"),
    ],
)
def test_empty_counters(version: str, expected: str) -> None:
    assert kernel.EMPTY_COUNTERS.at(KernelVersion.parse(version)) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.6.32.67", "signed map"),
        ("3.14.4", "signed map"),
        ("3.15", "offset map"),
        ("4.13.9", "offset map"),
        ("4.14", "bitmap"),
        ("5.1.21", "bitmap"),
        ("5.2", "scan hints"),
        ("7.3.4", "scan hints"),
    ],
)
def test_engines(version: str, expected: str) -> None:
    assert kernel.ENGINE.at(KernelVersion.parse(version)) == expected
