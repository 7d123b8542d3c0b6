"""Kernel versions are read as users write them and ordered as history runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.allocator.kernel import Fact, Since
from planner.allocator.kernel_version import KernelVersion


@pytest.mark.parametrize(
    ("text", "release", "stable", "rc"),
    [
        ("3.2.0-51-generic", (3, 2, 0), 0, None),
        ("6.8.0-45-generic", (6, 8, 0), 0, None),
        ("5.10.0-rc3+", (5, 10, 0), 0, 3),
        ("5.10-rc3", (5, 10, 0), 0, 3),
        ("4.14.y", (4, 14, 0), None, None),
        ("2.6.32.67", (2, 6, 32), 67, None),
        ("2.6.32-754.el6.x86_64", (2, 6, 32), 0, None),
        ("6.12", (6, 12, 0), 0, None),
        ("7.3.4+deb13-amd64", (7, 3, 0), 4, None),
        (
            "Linux n 6.1.0-50-686-pae #1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02) i686 GNU/Linux",
            (6, 1, 0),
            176,
            None,
        ),
        ("  6.1.176\n", (6, 1, 0), 176, None),
    ],
)
def test_what_users_write(text, release, stable, rc):
    version = KernelVersion.parse(text)
    assert (version.release, version.stable, version.rc) == (release, stable, rc)


@pytest.mark.parametrize("text", ["", " ", "six", "6", "6.x", "6.1\x00", "6..1", "x" * 600, "9999.1"])
def test_what_is_no_version(text):
    with pytest.raises(ValueError, match="not a kernel version"):
        KernelVersion.parse(text)


def test_order():
    texts = [
        "2.6.30",
        "2.6.32-rc1",
        "2.6.32",
        "2.6.32.67",
        "3.0",
        "3.10",
        "4.9.80",
        "4.14-rc5",
        "4.14",
        "6.1.176",
        "6.12",
    ]
    assert [str(version) for version in sorted(map(KernelVersion.parse, reversed(texts)))] == texts


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    try:
        version = KernelVersion.parse(text)
    except ValueError:
        return
    assert KernelVersion.parse(str(version)) == version


def test_a_back_port_counts_from_its_sublevel_to_the_end_of_its_series():
    fact = Fact(
        "colour",
        "what colour it is",
        (Since("6.15", "blue", "a"), Since("5.0", "red", "b")),
        backports=(Since("6.1.192", "blue", "c"),),
    )
    at = {
        text: fact.at(KernelVersion.parse(text))
        for text in ("5.0", "6.1.158", "6.1.192", "6.2", "6.15-rc1", "6.15", "7.0")
    }
    assert at == {
        "5.0": "red",
        "6.1.158": "red",
        "6.1.192": "blue",
        "6.2": "red",
        "6.15-rc1": "blue",
        "6.15": "blue",
        "7.0": "blue",
    }
    assert fact.entry(KernelVersion.parse("6.1.200")).source == "c"
    with pytest.raises(LookupError, match=r"colour: known from 5\.0 on, not for 4\.9"):
        fact.at(KernelVersion.parse("4.9"))
